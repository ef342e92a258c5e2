"""Merges the transcripts of segments that overlap into one, so that no line is lost, doubled or cut in half.

Two segments hear the same words where they overlap, each badly at its own edge. Their words are aligned (alignment.py),
which also tells who is who (roster.py), and the lines joined where that loses the least (joints.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tasks.records import Span, SpeakerProfile, Utterance
from tasks.subtitles.alignment import align, heard_words
from tasks.subtitles.joints import Line, Seam, Words, join_lines
from tasks.subtitles.roster import Roster, Votes, match_speakers


@dataclass(frozen=True, slots=True)
class SegmentTranscript:
    """What one segment's answer says was said in it; every utterance has a time (see speech.place_times)."""

    segment_id: str
    span: Span
    owned: Span  # the window that is this segment's own; those of all segments follow each other without a gap
    utterances: tuple[Utterance, ...]
    profiles: tuple[SpeakerProfile, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedTranscript:
    """The utterances of a recording in order, the segment that each was taken from, and who the speakers are."""

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
        heard = sorted(segment.utterances, key=lambda u: (u.start_ms or 0, u.end_ms or 0))
        zone = sorted((line for line in lines if seam and seam.is_near(line.utterance)), key=lambda line: line.span)
        near = [u for u in heard if seam and seam.is_near(u)]
        words = _aligned([line.utterance for line in zone], near)
        names = (utterance.speaker for utterance in heard)
        matched = match_speakers(known, segment.segment_id, names, segment.profiles, _votes(words, zone, near))
        known = matched.roster
        new = [Line(u, segment.segment_id, matched.places.get(u.speaker)) for u in heard]
        if seam:
            lines = [line for line in lines if not seam.is_near(line.utterance)]
            lines += join_lines(zone, [line for line in new if seam.is_near(line.utterance)], words, seam)
            lines += [line for line in new if not seam.is_near(line.utterance)]
        else:
            lines += new
    lines.sort(key=lambda line: line.span)
    return MergedTranscript(
        tuple(replace(line.utterance, speaker=_name(known, line.speaker)) for line in lines),
        tuple(line.segment_id for line in lines),
        known,
    )


def _seam(before: SegmentTranscript, after: SegmentTranscript) -> Seam | None:
    """Where two segments overlap; None where they don't: then each line belongs to one of them."""
    overlap = Span(after.span.start_ms, before.span.end_ms)
    return Seam(overlap, after.owned.start_ms) if overlap.duration_ms > 0 else None


def _aligned(first: Sequence[Utterance], second: Sequence[Utterance]) -> Words:
    words, others = heard_words(first), heard_words(second)
    return Words(words, others, align(words, others))


def _votes(words: Words, zone: Sequence[Line], near: Sequence[Utterance]) -> Votes:
    """How many words each speaker of the roster and each of the segment said alike."""
    votes: Counter[tuple[int, str]] = Counter()
    for pair in words.pairs:
        place = zone[words.first[pair.first].utterance].speaker
        name = near[words.second[pair.second].utterance].speaker
        if pair.alike and place is not None and name:
            votes[place, name] += 1
    return votes


def _name(roster: Roster, place: int | None) -> str:
    return "" if place is None else roster.speakers[place].name
