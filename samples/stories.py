"""What happens when in each sample recording: scenes, texts, voices and music, in seconds; and the truth that follows.

`truth` is what tests and benchmarks compare with, so everything seen or heard in a sample stands in these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import scenes
import sound
from scenes import Scene
from sound import Take


@dataclass(frozen=True, slots=True)
class Text:
    """Words in the picture. `kind`: "title", "subtitle" (on a dark box), "sign" or "label" (part of the scene)."""

    start: float
    end: float
    text: str
    kind: str
    x: int = 640  # px, the text's middle
    y: int = 646
    size: int = 40  # px
    colour: tuple[int, int, int] = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Story:
    """One sample recording. Shots are (start, scene), takes (start, take), music (start, seconds)."""

    name: str
    title: str
    seconds: float
    takes: tuple[tuple[float, Take], ...]
    music: tuple[tuple[float, float], ...] = ()
    shots: tuple[tuple[float, Scene], ...] = ()
    texts: tuple[Text, ...] = ()
    sound_from: float = 0.0  # the sound track starts that late


INK = (46, 52, 60)
DAYS = (("Mon", 275), ("Tue", 455), ("Wed", 635), ("Thu", 815), ("Fri", 995))

HARBOUR = Story(
    name="harbour-day.mp4",
    title="A Day at the Harbour",
    seconds=67.6,
    shots=(
        (0.0, scenes.sunrise),
        (9.0, scenes.lighthouse),
        (20.0, scenes.chart),
        (32.4, scenes.clock),
        (38.4, scenes.market),
        (46.8, scenes.underwater),
        (57.0, scenes.night),
    ),
    texts=(
        Text(1.0, 6.0, "A Day at the Harbour", "title", y=120, size=76),
        Text(1.0, 6.0, "港口的一天", "title", y=220, size=54),
        Text(9.6, 13.6, "It was the best of times, it was the worst of times,", "subtitle"),
        Text(13.6, 17.2, "it was the age of wisdom, it was the age of foolishness.", "subtitle"),
        Text(20.0, 32.4, "Boats in the Harbour", "label", y=54, size=48),
        *(Text(20.0, 32.4, day, "label", x=x, y=530, size=30, colour=INK) for day, x in DAYS),
        Text(20.6, 24.4, "那是光明的季节，也是黑暗的季节。", "subtitle"),
        Text(24.6, 28.2, "那是希望的春天，也是绝望的冬天。", "subtitle"),
        Text(28.4, 31.8, "我们拥有一切，我们一无所有。", "subtitle"),
        Text(32.4, 38.4, "CLOSED", "sign", x=920, y=248, size=50, colour=(170, 40, 36)),
        Text(32.4, 38.4, "午休", "sign", x=920, y=308, size=42, colour=INK),
        Text(38.4, 46.8, "FISH MARKET", "sign", x=715, y=202, size=46, colour=(255, 240, 200)),
        Text(38.4, 46.8, "鱼市", "sign", x=715, y=252, size=36, colour=(255, 240, 200)),
        Text(38.9, 42.3, "And Mr. John Dashwood had then leisure to consider", "subtitle", size=36, y=672),
        Text(42.3, 46.2, "how much there might be prudently in his power to do for them.", "subtitle", size=36, y=672),
        Text(50.8, 56.2, "除非冷淡和自私也算心地不好。", "subtitle"),
        Text(60.0, 65.4, "Good night, harbour! 晚安，港口！", "subtitle", size=48, y=610),
    ),
    takes=(
        (9.6, sound.DICKENS_OPENING),
        (20.6, sound.DICKENS_SEASONS),
        (38.9, sound.AUSTEN_LEISURE),
        (47.2, sound.AUSTEN_YOUNG_MAN),
        (50.6, sound.AUSTEN_SELFISH),
    ),
    music=((0.2, 8.2), (57.6, 9.4)),
)

READERS = Story(
    name="two-readers.m4a",
    title="Two Readers, Two Novels",
    seconds=40.0,
    takes=(
        (4.6, sound.DICKENS_CLOSE),
        (22.4, sound.AUSTEN_YOUNG_MAN),
        (25.6, sound.AUSTEN_SELFISH),
        (31.6, sound.DICKENS_MOTTO),
        (36.1, sound.AUSTEN_AMIABLE),
    ),
    music=((0.0, 4.4),),
)

FERRY = Story(
    name="phone-ferry.mp4",
    title="Ferry, filmed with a telephone",
    seconds=8.0,
    shots=((0.0, scenes.ferry),),
    texts=(
        Text(0.0, 8.0, "Ferry 6:30", "sign", x=360, y=910, size=76, colour=INK),
        Text(0.0, 8.0, "渡轮码头", "sign", x=360, y=1006, size=60, colour=(170, 40, 36)),
    ),
    takes=((3.2, sound.AUSTEN_AMIABLE),),
    sound_from=2.0,
)

STORIES = (HARBOUR, READERS, FERRY)


def truth(story: Story) -> dict[str, Any]:
    """What a perfect model would find: utterances, texts, kinds of sound, cuts; times in ms from the start."""
    transcript = [
        {
            "start_ms": _ms(at + line.start - take.start),
            "end_ms": _ms(at + line.end - take.start),
            "speaker": take.speaker,
            "text": line.text,
        }
        for at, take in story.takes
        for line in take.lines
    ]
    captions = [
        {"start_ms": _ms(text.start), "end_ms": _ms(text.end), "text": text.text, "kind": text.kind}
        for text in story.texts
    ]
    return {
        "duration_ms": _ms(story.seconds),
        "transcript": transcript,
        "captions": captions,
        "sounds": _sounds(story),
        "shots": [_ms(start) for start, _ in story.shots[1:]],
    }


def _sounds(story: Story) -> list[dict[str, Any]]:
    """Speech, music and the silence between them; a take counts as speech from its first word to its last."""
    spoken = [
        (at + take.lines[0].start - take.start, at + take.lines[-1].end - take.start, "speech")
        for at, take in story.takes
    ]
    heard = sorted([*spoken, *((at, at + seconds, "music") for at, seconds in story.music)])
    kinds, now = [], 0.0
    for start, end, kind in [*heard, (story.seconds, story.seconds, "")]:
        if start - now > 0.05:
            kinds.append({"start_ms": _ms(now), "end_ms": _ms(start), "kind": "silence"})
        if kind:
            kinds.append({"start_ms": _ms(start), "end_ms": _ms(end), "kind": kind})
        now = end
    return kinds


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
