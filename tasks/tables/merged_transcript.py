"""Merge the transcripts of segments that overlap, and make their rows. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from tasks.answer.registry import SECTIONS
from tasks.records import ParsedAnswer, PlannedSegment
from tasks.subtitles.seams import MergedTranscript, SegmentTranscript, merge_segments
from tasks.subtitles.speech import place_times
from tasks.tables.rows import Row
from tasks.tables.section_rows import item_columns, length_ms

HeardSegment = tuple[PlannedSegment, ParsedAnswer]


def merge_transcripts(heard: Iterable[HeardSegment]) -> MergedTranscript | None:
    """Return the transcript of a recording whose segments own windows; else None.

    Each line comes once and each speaker has one name. What was said without a time is placed between its neighbours.

    >>> merge_transcripts([]) is None
    True
    """
    several = sorted(heard, key=lambda pair: pair[0].span)
    transcripts = [
        SegmentTranscript(
            segment_id=segment.segment_id,
            span=segment.span,
            owned=segment.owned,
            utterances=place_times(parsed.transcript or (), segment.span),
            profiles=parsed.speakers or (),
        )
        for segment, parsed in several
        if segment.owned is not None
    ]
    if not transcripts or len(transcripts) < len(several):
        return None
    return merge_segments(transcripts)


def merged_rows(merged: MergedTranscript, of_analysis: Row, language: str) -> list[Row]:
    """Return the rows of `transcript`, each under the segment whose words it has.

    >>> from tasks.subtitles.roster import Roster
    >>> merged_rows(MergedTranscript((), (), Roster()), {}, "auto")
    []
    """
    [section] = [section for section in SECTIONS if section.name == "transcript"]
    pairs = zip(merged.segment_ids, merged.utterances, strict=True)
    return [
        {**of_analysis, "segment_id": segment_id, **item_columns(section, utterance, language), "seq": seq}
        for seq, (segment_id, utterance) in enumerate(pairs)
    ]


def merged_speakers(merged: MergedTranscript, of_analysis: Row) -> list[Row]:
    """Return the rows of `speakers`, with the name that each segment gave them.

    >>> from tasks.subtitles.roster import Roster, RosterSpeaker
    >>> ann = RosterSpeaker("Ann", "Irish", (("s0", "Ann"), ("s1", "Woman")))
    >>> merged_speakers(MergedTranscript((), (), Roster((ann,))), {})[0]["segment_names_json"]
    '{"s0":"Ann","s1":"Woman"}'
    """
    talk: Counter[str] = Counter()
    for utterance in merged.utterances:
        talk[utterance.speaker] += length_ms(utterance)
    return [
        {
            **of_analysis,
            "speaker": one.name,
            "profile": one.profile,
            "segment_names_json": json.dumps(dict(one.names), ensure_ascii=False, separators=(",", ":")),
            "talk_ms": talk[one.name],
        }
        for one in merged.roster.speakers
    ]
