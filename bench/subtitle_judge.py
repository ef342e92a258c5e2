"""Compares a merged transcript with the truth: lines, speakers, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from bench.subtitle_talk import units
from tasks.records import Utterance
from tasks.subtitles.seams import MergedTranscript

_FAR_MS = 8000
_SAME_MOMENT_MS = 2000
_SAME = 75


@dataclass(frozen=True, slots=True)
class Verdict:
    lines: int
    lost: tuple[Utterance, ...]  # of the truth
    doubled: tuple[Utterance, ...]  # of what was merged
    halved: tuple[Utterance, ...]  # of the truth: whose words came out as two lines of two segments
    mistaken: float  # share of the words under the wrong speaker
    start_errors_ms: tuple[
        int, ...
    ]  # of lines that are said once around their time, and begin with the same word in both


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    line: int
    first: bool


def judge(truth: Sequence[Utterance], transcript: MergedTranscript) -> Verdict:
    """Judge a merged transcript."""
    merged = transcript.utterances
    said, heard = _words(truth), _words(merged)
    pairs = _paired(said, heard)
    matched = {a for a, _ in pairs}
    extra = set(range(len(heard))) - {b for _, b in pairs}
    return Verdict(
        lines=len(truth),
        lost=tuple(u for number, u in enumerate(truth) if _is_lost(number, u, said, matched, merged)),
        doubled=tuple(
            u
            for number, u in enumerate(merged)
            if _is_extra(number, heard, extra) and _count(u, merged) > max(1, _count(u, truth))
        ),
        halved=tuple(truth[number] for number in _halved(said, heard, pairs, transcript.segment_ids)),
        mistaken=_mistaken([(truth[said[a].line], merged[heard[b].line]) for a, b in pairs], truth),
        start_errors_ms=tuple(
            abs((truth[said[a].line].start_ms or 0) - (merged[heard[b].line].start_ms or 0))
            for a, b in pairs
            if said[a].first and heard[b].first and _count(truth[said[a].line], truth) == 1
            if fuzz.ratio(truth[said[a].line].text, merged[heard[b].line].text) >= _SAME
        ),
    )


def _words(lines: Sequence[Utterance]) -> list[_Word]:
    return [
        _Word(word.strip(".,!?").casefold(), number, place == 0)
        for number, line in enumerate(lines)
        for place, word in enumerate(units(line.text))
    ]


def _paired(said: Sequence[_Word], heard: Sequence[_Word]) -> list[tuple[int, int]]:
    """The words that stand for each other, in the best alignment of both texts."""
    pairs: list[tuple[int, int]] = []
    for step in Levenshtein.opcodes([word.text for word in said], [word.text for word in heard]):
        if step.tag in ("equal", "replace"):
            pairs += zip(range(step.src_start, step.src_end), range(step.dest_start, step.dest_end), strict=True)
    return pairs


def _is_lost(
    number: int, line: Utterance, said: Sequence[_Word], matched: set[int], merged: Sequence[Utterance]
) -> bool:
    places = [at for at, word in enumerate(said) if word.line == number]
    if 2 * sum(at in matched for at in places) > len(places):
        return False
    return not any(_near(line, other) and fuzz.partial_ratio(line.text, other.text) >= _SAME for other in merged)


def _count(line: Utterance, lines: Sequence[Utterance]) -> int:
    """How often a line is said around its time."""
    return sum(_near(line, other) and fuzz.partial_ratio(line.text, other.text) >= _SAME for other in lines)


def _is_extra(number: int, heard: Sequence[_Word], extra: set[int]) -> bool:
    """Whether half of a line's words, or more, stand for none of the truth."""
    places = [at for at, word in enumerate(heard) if word.line == number]
    return 2 * sum(at in extra for at in places) >= len(places)


def _halved(
    said: Sequence[_Word], heard: Sequence[_Word], pairs: Sequence[tuple[int, int]], segment_ids: Sequence[str]
) -> list[int]:
    """Find the lines of the truth whose words lie in lines of two segments."""
    found: dict[int, Counter[int]] = {}
    for a, b in pairs:
        if said[a].text == heard[b].text:
            found.setdefault(said[a].line, Counter())[heard[b].line] += 1
    halves = {line: [other for other, count in lines.items() if count > 1] for line, lines in found.items()}
    return [line for line, others in halves.items() if len({segment_ids[other] for other in others}) > 1]


def _near(line: Utterance, other: Utterance) -> bool:
    return abs((line.start_ms or 0) - (other.start_ms or 0)) < _FAR_MS


def _mistaken(pairs: Sequence[tuple[Utterance, Utterance]], truth: Sequence[Utterance]) -> float:
    """The share of words whose speaker is not the one that this name mostly means.

    Where the same words are said twice within a second or two, either speaker is right: which word stands for which
    cannot be told from their order alone.
    """
    counts = Counter((true.speaker, one.speaker) for true, one in pairs)
    meant: dict[str, str] = {}
    for (true, name), _ in counts.most_common():
        if name not in meant and true not in meant.values():
            meant[name] = true
    wrong = [one for true, one in pairs if meant.get(one.speaker) != true.speaker]
    repeated = {one for one in set(wrong) if any(_is_same(one, other, meant) for other in truth)}
    return sum(one not in repeated for one in wrong) / max(1, len(pairs))


def _is_same(one: Utterance, other: Utterance, meant: Mapping[str, str]) -> bool:
    near = abs((one.start_ms or 0) - (other.start_ms or 0)) < _SAME_MOMENT_MS
    return near and meant.get(one.speaker) == other.speaker and fuzz.ratio(one.text, other.text) >= _SAME
