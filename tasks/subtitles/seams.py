"""Merge the transcripts of segments that overlap.

No line is lost, doubled or cut in half.

Two segments hear the same words where they overlap, each badly at its own edge. Their words are aligned (alignment.py),
which also tells who is who (roster.py), and the lines joined where that loses the least (joints.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.records import Span, SpeakerProfile, Utterance
from tasks.subtitles.alignment import Pair, align, heard_words
from tasks.subtitles.heard import Line, Seam, Words, part_asides
from tasks.subtitles.joints import Side, join_sides
from tasks.subtitles.roster import Roster, Votes, match_speakers


@dataclass(frozen=True, slots=True)
class SegmentTranscript:
    """Hold the transcript of one segment.

    Every utterance has a time (see speech.place_times).
    """

    segment_id: str
    span: Span
    owned: Span  # the window that is this segment's own; those of all segments follow each other without a gap
    utterances: tuple[Utterance, ...]
    profiles: tuple[SpeakerProfile, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedTranscript:
    """Hold a recording's utterances in order, their segments, and the roster."""

    utterances: tuple[Utterance, ...]
    segment_ids: tuple[str, ...]
    roster: Roster


def merge_segments(segments: Sequence[SegmentTranscript], roster: Roster | None = None) -> MergedTranscript:
    """Merge the transcripts of a recording's segments, given in the order of time.

    `roster` holds the speakers that were known before. In the result speakers have the roster's names.

    >>> ann = Utterance(2000, 4000, "Ann", "", "Good morning to you all.", "model")
    >>> also = Utterance(2100, 4000, "Woman", "", "Morning to you all.", "clamped")
    >>> first = SegmentTranscript("a", Span(0, 5000), Span(0, 3500), (ann,))
    >>> second = SegmentTranscript("b", Span(2000, 9000), Span(3500, 9000), (also,))
    >>> [(u.speaker, u.text) for u in merge_segments([first, second]).utterances]
    [('Ann', 'Good morning to you all.')]
    """
    known, lines = roster or Roster(), list[Line]()
    for number, segment in enumerate(segments):
        seam = _seam(segments[number - 1], segment) if number else None
        heard = sorted((Line(u, segment.segment_id) for u in segment.utterances), key=lambda line: line.span)
        before, zone = _parted(lines, seam)
        after, near = _parted(heard, seam)
        words = _aligned(zone.lines, near.lines)
        names = (line.utterance.speaker for line in heard)
        votes = _votes(words, zone.lines, near.lines, seam)
        matched = match_speakers(known, segment.segment_id, names, segment.profiles, votes)
        known = matched.roster
        lines = before + _with_speakers(after, matched.positions)
        if seam:
            named = Side(_with_speakers(near.lines, matched.positions), _with_speakers(near.asides, matched.positions))
            lines += join_sides(zone, named, words, seam)
    lines.sort(key=lambda line: line.span)
    return MergedTranscript(
        tuple(replace(line.utterance, speaker=_name(known, line.speaker)) for line in lines),
        tuple(line.segment_id for line in lines),
        known,
    )


def _seam(before: SegmentTranscript, after: SegmentTranscript) -> Seam | None:
    """Find where two segments overlap; None where they don't."""
    overlap = Span(after.span.start_ms, before.span.end_ms)
    return Seam(overlap, after.owned.start_ms) if overlap.duration_ms > 0 else None


def _parted(lines: Sequence[Line], seam: Seam | None) -> tuple[list[Line], Side]:
    """Part the lines away from a seam from those near it."""
    near = sorted((line for line in lines if seam and seam.is_near(line.utterance)), key=lambda line: line.span)
    return [line for line in lines if line not in near], Side(*part_asides(near))


def _aligned(first: Sequence[Line], second: Sequence[Line]) -> Words:
    words, others = (heard_words([line.utterance for line in lines]) for lines in (first, second))
    return Words(words, others, align(words, others))


def _votes(words: Words, zone: Sequence[Line], near: Sequence[Line], seam: Seam | None) -> Votes:
    """Count the words that each of the roster and each of the segment said alike.

    Only those count that both heard where they overlap. One that comes several times tells less, since it may be paired
    with another one's.
    """
    votes: dict[tuple[int, str], float] = defaultdict(float)
    times = [Counter(word.text for word in some) for some in (words.first, words.second)]
    for pair in words.pairs:
        position = zone[words.first[pair.first].utterance].speaker
        name = near[words.second[pair.second].utterance].utterance.speaker
        if pair.alike and position is not None and name and _is_heard_by_both(pair, words, seam):
            text = words.first[pair.first].text
            votes[position, name] += 1 / max(1, *(counts[text] for counts in times))
    return votes


def _is_heard_by_both(pair: Pair, words: Words, seam: Seam | None) -> bool:
    if seam is None:
        return False
    return words.first[pair.first].ms >= seam.overlap.start_ms and words.second[pair.second].ms < seam.overlap.end_ms


def _with_speakers(lines: Sequence[Line], positions: Mapping[str, int]) -> list[Line]:
    return [replace(line, speaker=positions.get(line.utterance.speaker)) for line in lines]


def _name(roster: Roster, position: int | None) -> str:
    return "" if position is None else roster.speakers[position].name
