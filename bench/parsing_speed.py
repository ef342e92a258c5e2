"""How fast answers are read, and how time grows with their length: `python -m bench.parsing_speed [KIND...]`.

First answers in the contract's form, and in the spellings of it that models use (limit 20 MB/s), then one in another
form and hostile ones: signs without order, or one sign over and over (limit 5 MB/s). `grows` is the exponent by which
time grows with the text from 0.25 to 4 MB: 1 is linear (limit 1.1). Last the generated ones of
`bench/hostile_answers.py`: how fast the slower half of them is, and how the time of those grows that seem to grow the
most. Processor time, the best of three where it is short. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import count
from random import Random

from bench.answer_spellings import SPELLINGS
from bench.hostile_answers import hostile_answers
from tasks.answer.parse import parse_answer
from tasks.records import Span, Utterance
from tasks.timecode import format_ms

CONTRACT_MB_S, HOSTILE_MB_S, MOST_GROWTH = 20.0, 5.0, 1.1
SHORT, MIDDLE, LONG = 250_000, 1_000_000, 4_000_000  # characters
SEARCHED, FURTHER, DOUBTED = 5_000, 8, 10  # characters, times as many, kinds that are looked at again
ROUNDS, LONG_S = 3, 0.5
SPAN = Span(60_000, 36_060_000)
WORDS = ("a", "camera", "pans", "across", "the", "harbour", "wall", "while", "gulls", "circle", "above", "old", "boats")
NAMES = ("Ann", "Old Tom", "Speaker 3")
RANGE = "00:01.000 - 00:04.000\n"

Make = Callable[[int], str]


def main(*kinds: str) -> int:
    print(f"{'':26}{'250 kB':>10}{'1 MB':>10}{'4 MB':>10}  MB/s{'grows':>8}")
    missed = [
        name
        for makes, limit in ((CONTRACT, CONTRACT_MB_S), (SPELLED, CONTRACT_MB_S), (HOSTILE, HOSTILE_MB_S))
        for name, make in makes.items()
        if (not kinds or name in kinds) and not is_met(name, make, limit)
    ]
    missed += [] if kinds else generated_missed()
    print(f"rows of the transcript alone: {rows_mb_s():.0f} MB/s")
    print(f"missed: {', '.join(missed)}" if missed else "all limits are met")
    return 1 if missed else 0


def is_met(name: str, make: Make, limit_mb_s: float) -> bool:
    """Measure one kind of answer, print it, and say whether its limits are met."""
    texts = [make(size) for size in (SHORT, MIDDLE, LONG)]
    seconds = [fewest_seconds(text) for text in texts]
    speeds = [len(text.encode()) / taken / 1e6 for text, taken in zip(texts, seconds, strict=True)]
    growth = _growth(seconds[0], seconds[-1], len(texts[-1]) / len(texts[0]))
    listed = "".join(f"{speed:10.1f}" for speed in speeds)
    is_fast, is_linear = speeds[1] >= limit_mb_s, growth <= MOST_GROWTH
    verdict = "" if is_fast and is_linear else f"   MISSED: {limit_mb_s:g} MB/s, {MOST_GROWTH:g}"
    print(f"{name:26}{listed}{growth:14.2f}{verdict}", flush=True)
    return is_fast and is_linear


def generated_missed() -> list[str]:
    """Look for a hostile answer whose time grows faster than its length, and print the worst ones."""
    found = []
    for name, make in hostile_answers():
        short, long = make(SEARCHED), make(FURTHER * SEARCHED)
        seconds = seconds_of(short), seconds_of(long)
        found.append((_growth(*seconds, FURTHER), len(long.encode()) / seconds[1] / 1e6, name, make))
    speeds = sorted(speed for _, speed, _, _ in found)
    print(
        f"{len(found)} generated ones: {speeds[len(speeds) // 2]:.1f} MB/s in the middle, {speeds[0]:.1f} the slowest"
    )
    doubted = sorted(found, key=lambda one: one[0], reverse=True)[:DOUBTED]
    return [name for _, _, name, make in doubted if not is_linear(name, make)]


def is_linear(name: str, make: Make) -> bool:
    texts = make(SHORT // 2), make(MIDDLE)
    short_s, long_s = map(fewest_seconds, texts)
    growth = _growth(short_s, long_s, len(texts[1]) / len(texts[0]))
    verdict = "" if growth <= MOST_GROWTH else f"   MISSED: {MOST_GROWTH:g}"
    print(f"{name:56}{growth:14.2f}{verdict}", flush=True)
    return growth <= MOST_GROWTH


def _growth(first_s: float, second_s: float, times: float) -> float:
    """Return the exponent by which the time grows with the length."""
    return math.log(max(second_s, 1e-4) / max(first_s, 1e-4), times)


def fewest_seconds(text: str) -> float:
    """Return the least time of a few rounds, of one where that takes long."""
    first = seconds_of(text)
    return first if first > LONG_S else min(first, *(seconds_of(text) for _ in range(ROUNDS - 1)))


def seconds_of(text: str) -> float:
    start = time.process_time()
    parse_answer(text, "video", "sections", SPAN)
    return time.process_time() - start


def rows_mb_s() -> float:
    """Return the speed of making the rows of a transcript, from fields that are there already."""
    text = transcript(MIDDLE)
    rows = parse_answer(text, "video", "sections", SPAN).transcript or ()
    fields = [(row.start_ms, row.end_ms, row.speaker, row.state, row.text) for row in rows]
    start = time.process_time()
    made = [Utterance(*given, "model") for given in fields]
    return len(text.encode()) / (time.process_time() - start) / 1e6 if made else 0.0


# --- answers in the contract's form -------------------------------------------------------------------------------


def report(size: int) -> str:
    """Return storyline, visible text and transcript, a third each, and a section of the model's own."""
    parts = story(size // 3), shown(size // 3), transcript(size // 3)
    return "\n".join([*parts, "## Mood\nCalm at first: nobody is in a hurry.\n\nThen the wind rises.\n"])


def transcript(size: int) -> str:
    profiles = "".join(f"{name} - calm, a low voice, who mends the nets\n" for name in NAMES)
    return f"## Speakers and Transcript\nSpeaker profiles:\n{profiles}\n" + _entries(size, Random(1), _utterance)


def story(size: int) -> str:
    return "## Storyline\n" + _entries(size, Random(2), _paragraph)


def shown(size: int) -> str:
    return "## Visible Text\n" + _entries(size, Random(4), _elements)


def spelled(name: str, size: int) -> str:
    """Return all sections of the contract in a spelling."""
    return SPELLINGS[name](_sections(size))


@cache  # made once for all spellings
def _sections(size: int) -> str:
    return "\n".join((story(size // 3), shown(size // 3), transcript(size // 3)))


def _utterance(chance: Random) -> str:
    return f"Speaker: {chance.choice(NAMES)}\nState: {_words(chance, 5)}\nContent: “{_words(chance, 12)}.”"


def _paragraph(chance: Random) -> str:
    return " ".join(f"{_words(chance, 14).capitalize()}." for _ in range(8))


def _elements(chance: Random) -> str:
    return "\n".join(f"“{_words(chance, 3).upper()}”: {_words(chance, 6)}" for _ in range(chance.randint(1, 3)))


def _entries(size: int, chance: Random, entry: Callable[[Random], str]) -> str:
    step_ms = 2_000 if size < MIDDLE else 500  # so that the last lies within the segment
    parts, length = [], 0
    for number in count():
        ms = number * step_ms
        parts.append(f"{format_ms(ms)} - {format_ms(ms + step_ms)}\n{entry(chance)}\n\n")
        length += len(parts[-1])
        if length >= size:
            return "".join(parts)
    return ""


def _words(chance: Random, number: int) -> str:
    return " ".join(chance.choices(WORDS, k=number))


# --- hostile ones -------------------------------------------------------------------------------------------------


def repeated(unit: str, size: int) -> str:
    """Return one thing over and over, below the headings and the time that it may belong to."""
    return f"## Speakers and Transcript\n{RANGE}" + unit * (size // len(unit))


def varied(units: str, size: int) -> str:
    """Return signs and words without order, none of them twice, so that nothing of it is a repetition loop."""
    return "".join(_until(size, (f"{unit}{word}" for unit, word in _pairs(Random(3), units))))


def mixed(size: int) -> str:
    """Return headings, brackets, quotes and broken JSON without order, none of them twice."""
    chance = Random(3)
    units = (
        "# {}\n",
        "**{}:**\n",
        "[{} ",
        "“{}”, ",
        '{{"{}": [',
        "| {} | b |\n",
        "Start: {}\n",
        "{}: x; ",
        "00:01 - {}\n",
    )
    return "".join(_until(size, (chance.choice(units).format(_word(chance)) for _ in count())))


def in_other_form(size: int) -> str:
    """Return a transcript with another key for the speaker, which goes the general way."""
    return transcript(size).replace("Speaker: ", "Voice: ")


def _pairs(chance: Random, units: str) -> Iterator[tuple[str, str]]:
    while True:
        yield chance.choice(units) * chance.randint(1, 3), chance.choice((_word(chance), "\n", "", *"    "))


def _word(chance: Random) -> str:
    return f"{chance.choice(WORDS)}{chance.randrange(10**9)}"


def _until(size: int, parts: Iterator[str]) -> Iterator[str]:
    length = 0
    while length < size:
        part = next(parts)
        length += len(part)
        yield part


CONTRACT: dict[str, Make] = {
    "all sections": report,
    "transcript alone": transcript,
    "paragraphs alone": story,
    "visible text alone": shown,
}
SPELLED: dict[str, Make] = {name: partial(spelled, name) for name in SPELLINGS}
HOSTILE: dict[str, Make] = {
    "transcript in another form": in_other_form,
    "mixed": mixed,
    "brackets": partial(varied, "[](){}<>【】"),
    "digits": partial(varied, "0123456789"),
    "colons": partial(varied, "::："),
    "pipes": partial(varied, "||"),
    "asterisks": partial(varied, "*_"),
    "quotes": partial(varied, "“”\"'«»「」"),
    "the same bracket": partial(repeated, "["),
    "the same digit": partial(repeated, "1"),
    "the same colon": partial(repeated, ":"),
    "the same pipe": partial(repeated, "|"),
    "the same asterisk": partial(repeated, "*"),
    "the same quote": partial(repeated, "“"),
    "blank lines": partial(repeated, "\n"),
    "one endless line": lambda size: f"## Storyline\n{RANGE}" + _words(Random(5), size // 5),
    "one endless range line": lambda size: "## Storyline\n00:01 - 00:04 " + _words(Random(5), size // 5),
}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
