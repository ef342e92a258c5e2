"""Makes a recording whose words are known, and answers about its segments.

From a seed, and without any sound.

Four people talk for half an hour: in turns with pauses between them, in runs of more than a minute without any, now
and then at the same time. Utterances lie on, across and around every cut that is planned. Answers have jittered
times, other words where segments overlap, other names for the same people, and lack words at the cuts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tasks.planning.owned_spans import OwnedSpan, plan_owned_spans
from tasks.records import Span, SpeakerProfile, Utterance
from tasks.subtitles.measure import UNSPACED, graphemes
from tasks.subtitles.seams import SegmentTranscript

PACE = 15.0  # characters a second
SILENCE_MS = 500  # a gap from which on silence is detected

PEOPLE = {
    "Ann": "Irish accent, warm and low voice, the harbour master who tells the story",
    "Bob": "young man, quick and nervous, northern English, the new deckhand",
    "Cleo": "elderly woman, slow and dry, speaks of the old days, from the village",
    "Dov": "deep bass voice, foreign accent, calm, engineer of the lighthouse",
}
ALIASES = {"Ann": "the harbour master", "Bob": "Young man", "Cleo": "Elderly woman", "Dov": "Man with the deep voice"}
_SUBJECTS = (
    "the pilot boat",
    "my cousin",
    "the old lighthouse",
    "our neighbour",
    "a storm",
    "the ferry",
    "every fisherman",
    "the baker",
    "that captain",
    "the council",
    "her brother",
    "the tide",
    "a stranger",
    "the night watch",
    "your letter",
)
_VERBS = (
    "came back",
    "left the quay",
    "turned around",
    "broke down",
    "was seen",
    "went missing",
    "carried on",
    "waited",
    "sank",
    "woke everybody",
    "made no sense",
    "changed course",
    "ran aground",
    "stayed",
    "caught fire",
)
_TIMES = (
    "before sunrise",
    "last winter",
    "on a Sunday",
    "at half past four",
    "during the fair",
    "after the long rain",
    "that very evening",
    "in nineteen fifty",
    "for three weeks",
    "twice a year",
    "without a warning",
)
_ENDS = (
    "and nobody knew why",
    "because the engine had failed",
    "so we rang the bell",
    "which is what I wrote down",
    "but the papers never said so",
    "although the sea was calm",
    "while the others slept",
    "as far as I remember",
    "and I can prove it",
    "if you believe the log",
)
_SHORT = ("Right, right.", "Is that so?", "Go on.", "Never!", "I see.", "And then?", "Of course.", "Well now.")
_OTHER_WORDS = {
    "came": "went",
    "left": "quit",
    "old": "ancient",
    "storm": "gale",
    "waited": "stayed",
    "evening": "night",
    "rang": "sounded",
    "wrote": "noted",
    "papers": "newspapers",
    "calm": "quiet",
    "others": "rest",
    "everybody": "everyone",
    "neighbour": "neighbor",
    "quay": "key",
    "tide": "tied",
    "cousin": "cuisine",
    "believe": "trust",
    "and": "then",
    "the": "a",
    "was": "is",
    "twenty": "20",
    "nineteen": "19",
    "fifty": "50",
    "three": "3",
    "twice": "two times",
    "天": "田",
    "在": "再",
    "他": "她",
    "は": "わ",
    "ใ": "ไ",
}


@dataclass(frozen=True, slots=True)
class Noise:
    """Says how far answers are from the truth."""

    name: str
    jitter_ms: int  # of the times of an utterance, at most
    reworded: float  # share of the words in an overlap that are others
    missing: float  # share of the words within 0.8 s of a cut that are not heard
    renamed: float  # share of the segments that have names of their own for the speakers
    divided: float  # share of the utterances that an answer gives as two


LEVELS = (
    Noise("low", 100, 0.05, 0.2, 0.3, 0.0),
    Noise("middle", 250, 0.15, 0.5, 0.7, 0.0),
    Noise("high", 500, 0.3, 0.8, 1.0, 0.0),
)
DIVIDED = replace(LEVELS[-1], name="high, lines divided", divided=0.2)


@dataclass(frozen=True, slots=True)
class Talk:
    """Holds a recording: its utterances, its pauses, and the spans planned."""

    duration_ms: int
    utterances: tuple[Utterance, ...]
    pauses: tuple[Span, ...]
    spans: tuple[OwnedSpan, ...]
    people: Mapping[str, str] = field(default_factory=lambda: PEOPLE)  # and how they sound


def make_talk(seed: int, minutes: int = 30, limit_ms: int = 60_000, pauses_known: bool = True) -> Talk:
    """Make the recording of a seed, planned by spans of at most `limit_ms`.

    Without known pauses, all spans overlap.
    """
    chance = random.Random(seed)
    utterances, duration = _talk(chance, minutes * 60_000)
    pauses = _pauses(utterances, duration) if pauses_known else ()
    spans = plan_owned_spans(duration, limit_ms, pauses)
    borders = [one.owned.start_ms for one in spans[1:] if not any(_inside(one.owned.start_ms, p) for p in pauses)]
    for number, border in enumerate(borders):
        utterances = _moved(utterances, border, number % 4)
    utterances += list(_interjections(chance, utterances))
    return Talk(duration, tuple(sorted(utterances, key=lambda u: (u.start_ms or 0, u.end_ms or 0))), pauses, spans)


def _talk(chance: random.Random, until: int) -> tuple[list[Utterance], int]:
    """Make turns with pauses and runs without any, each a minute or more."""
    utterances: list[Utterance] = []
    now, runs = 800, False
    while now < until:
        stretch_end = now + chance.randrange(70_000, 110_000)
        while now < min(stretch_end, until):
            speaker = chance.choice([name for name in PEOPLE if not utterances or name != utterances[-1].speaker])
            for text in [sentence(chance) for _ in range(chance.randrange(1, 4))]:
                length = round(1000 * len(text) / (PACE * chance.uniform(0.85, 1.15)))
                utterances.append(Utterance(now, now + length, speaker, "", text, "model"))
                now += length + (chance.randrange(0, 60) if runs else chance.randrange(60, 480))
            now += 0 if runs else chance.choice([0, 300, 700, 1200, 2000])
        now += chance.randrange(2000, 9000) if runs else 0
        runs = not runs
    return utterances, now + 1000


def sentence(chance: random.Random) -> str:
    """Something that one of them may say."""
    if chance.random() < 0.12:
        return chance.choice(_SHORT)
    parts = [chance.choice(_SUBJECTS), chance.choice(_VERBS), chance.choice(_TIMES)]
    if chance.random() < 0.6:
        parts.append(chance.choice(_ENDS))
    text = " ".join(parts)
    return text[0].upper() + text[1:] + "."


def units(text: str) -> list[str]:
    """The words of a text or, where it is written without spaces, its characters."""
    return graphemes(text) if UNSPACED.search(text) else text.split()


def in_one(some: Sequence[str]) -> str:
    """Units as a text again."""
    return ("" if any(UNSPACED.match(unit) for unit in some) else " ").join(some)


def _pauses(utterances: Sequence[Utterance], duration: int) -> tuple[Span, ...]:
    found, reached = [], 0
    for start, end in [*((u.start_ms or 0, u.end_ms or 0) for u in utterances), (duration, duration)]:
        if start - reached >= SILENCE_MS:
            found.append(Span(reached, start))
        reached = max(reached, end)
    return tuple(found)


def _inside(ms: int, span: Span) -> bool:
    return span.start_ms <= ms <= span.end_ms


def _moved(utterances: list[Utterance], border: int, way: int) -> list[Utterance]:
    """Move utterances to where a cut is planned.

    So that at a border one ends and another begins (0), one goes across (1), some lie around it
    as they happened to (2), or one runs on through all of the overlap (3)."""
    near_ms = {0: 1, 1: 600, 2: 0, 3: 4500}[way]
    inside = [u for u in utterances if (u.end_ms or 0) > border - near_ms and (u.start_ms or 0) < border + near_ms]
    if way in (1, 3) and inside:
        whole = replace(inside[0], text=_run_on([u.text for u in inside]), end_ms=inside[-1].end_ms)
        return [*(u for u in utterances if u not in inside), whole]
    if way == 2:
        return utterances
    crossing = next((u for u in inside if (u.start_ms or 0) < border < (u.end_ms or 0)), None)
    if crossing is None:
        return utterances
    words, start, end = crossing.text.split(), crossing.start_ms or 0, crossing.end_ms or 0
    at = round(len(words) * (border - start) / (end - start))
    if min(at, len(words) - at) < 2:  # too little of it on one side: all of it goes to the other
        moved = replace(crossing, end_ms=border) if 2 * at > len(words) else replace(crossing, start_ms=border)
        return [moved if u is crossing else u for u in utterances]
    first = replace(crossing, text=" ".join(words[:at]) + ".", end_ms=border)
    second = replace(crossing, text=" ".join(words[at:]).capitalize(), start_ms=border)
    return [*(u for u in utterances if u is not crossing), first, second]


def _run_on(texts: Sequence[str]) -> str:
    first, *others = (text.rstrip(".!?") for text in texts)
    return ", ".join([first, *(text[0].lower() + text[1:] for text in others)]) + "."


def _interjections(chance: random.Random, utterances: Sequence[Utterance]) -> Iterator[Utterance]:
    """Now and then somebody else says a word while one speaks."""
    for one in utterances:
        start, end = one.start_ms or 0, one.end_ms or 0
        if end - start > 4000 and chance.random() < 0.05:
            speaker = chance.choice([name for name in PEOPLE if name != one.speaker])
            yield Utterance(start + 1500, start + 2300, speaker, "", chance.choice(_SHORT), "model")


# --- what a model hears of it ------------------------------------------------------------------------------------


def answers(talk: Talk, noise: Noise, seed: int) -> list[SegmentTranscript]:
    """Make the answer about each span."""
    return [
        _answer(talk, number, noise, random.Random(f"{seed} {number} {noise.name}"))
        for number in range(len(talk.spans))
    ]


def _answer(talk: Talk, number: int, noise: Noise, chance: random.Random) -> SegmentTranscript:
    planned = talk.spans[number]
    names = _names(chance, noise, talk.people)
    whole = (_heard(one, talk, planned, noise, chance) for one in talk.utterances)
    named = [replace(one, speaker=names[one.speaker]) for one in whole if one]
    heard = [part for one in _in_order(named) for part in _divided(one, noise, chance)]
    profiles = [SpeakerProfile(names[name], _reworded_profile(talk.people[name], chance)) for name in talk.people]
    chance.shuffle(profiles)
    present = {one.speaker for one in heard}
    return SegmentTranscript(
        f"segment-{number}",
        planned.span,
        planned.owned,
        tuple(sorted(heard, key=lambda u: u.start_ms or 0)),
        tuple(profile for profile in profiles if profile.speaker in present),
    )


def _in_order(heard: Sequence[Utterance]) -> Iterator[Utterance]:
    """Lines come in the order in which they were said, however far their times are off."""
    reached = -1
    for one in heard:
        reached = max(reached + 1, one.start_ms or 0)
        yield replace(one, start_ms=reached, end_ms=max(reached + 1, one.end_ms or 0))


def _names(chance: random.Random, noise: Noise, people: Mapping[str, str]) -> dict[str, str]:
    """Choose an answer's names for the people: theirs, numbers, or descriptions."""
    if chance.random() >= noise.renamed:
        return {name: name for name in people}
    numbers = chance.sample(range(1, len(people) + 1), len(people))
    numbered = {name: f"Speaker {number}" for name, number in zip(people, numbers, strict=True)}
    return {name: ALIASES.get(name, numbered[name]) if chance.random() < 0.3 else numbered[name] for name in people}


def _heard(one: Utterance, talk: Talk, planned: OwnedSpan, noise: Noise, chance: random.Random) -> Utterance | None:
    """What of an utterance is heard in a span; None: nothing."""
    start, end, span = one.start_ms or 0, one.end_ms or 0, planned.span
    words = units(one.text)
    times = [start + (end - start) * (2 * place + 1) // (2 * len(words)) for place in range(len(words))]
    overlaps = [Span(a.span.start_ms, b.span.end_ms) for b, a in zip(talk.spans, talk.spans[1:], strict=False)]
    kept: list[tuple[int, str]] = []
    for word, ms in zip(words, times, strict=True):
        cuts = [edge for edge in (span.start_ms, span.end_ms) if 0 < edge < talk.duration_ms]
        at_cut = any(abs(ms - edge) < 800 for edge in cuts) and any(_inside(ms, o) for o in overlaps if o.duration_ms)
        if not _inside(ms, span) or (at_cut and chance.random() < noise.missing):
            continue
        share = noise.reworded if any(_inside(ms, o) for o in overlaps if o.duration_ms) else noise.reworded / 4
        kept.append((ms, _OTHER_WORDS.get(word, word) if chance.random() < share else word))
    if not kept:
        return None
    half = (end - start) // (2 * len(words))
    first, last = (
        (start if kept[0][0] == times[0] else kept[0][0] - half),
        (end if kept[-1][0] == times[-1] else kept[-1][0] + half),
    )
    jitter = (chance.randint(-noise.jitter_ms, noise.jitter_ms) for _ in range(2))
    begins, ends = (min(max(ms + by, span.start_ms), span.end_ms) for ms, by in zip((first, last), jitter, strict=True))
    return replace(one, text=in_one([word for _, word in kept]), start_ms=begins, end_ms=max(begins + 1, ends))


def _divided(one: Utterance, noise: Noise, chance: random.Random) -> list[Utterance]:
    """An utterance as one, or as two of which the second begins in the middle."""
    words = units(one.text)
    if len(words) < 8 or chance.random() >= noise.divided:
        return [one]
    at = len(words) // 2
    start, end = one.start_ms or 0, one.end_ms or 0
    middle = start + (end - start) * at // len(words)
    return [
        replace(one, text=in_one(words[:at]), end_ms=middle),
        replace(one, text=in_one(words[at:]), start_ms=middle),
    ]


def _reworded_profile(profile: str, chance: random.Random) -> str:
    parts = profile.split(", ")
    chance.shuffle(parts)
    return ", ".join(parts[: max(2, len(parts) - chance.randrange(2))])
