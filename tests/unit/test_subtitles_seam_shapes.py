"""Talk of shapes that are hard at a seam: no line is lost or doubled, and everybody keeps their name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.subtitle_judge import judge
from bench.subtitle_shapes import INDISTINCT, deaf, shapes
from bench.subtitle_talk import LEVELS, answers, make_talk, units
from tasks.records import Span, Utterance
from tasks.subtitles.alignment import align, heard_words
from tasks.subtitles.seams import SegmentTranscript, merge_segments

LOW, MIDDLE, HIGH = LEVELS
SHAPES = shapes(1)


def line(start: int, end: int, text: str, speaker: str = "Ann") -> Utterance:
    return Utterance(start, end, speaker, "", text, "model")


@pytest.mark.parametrize("name", SHAPES)
def test_merge_segments_copes_with_hard_shapes(name: str) -> None:
    talk, noise = SHAPES[name], MIDDLE if name == INDISTINCT else HIGH  # which of two is told by words that are heard
    verdict = judge(talk.utterances, merge_segments(answers(talk, noise, 1)))
    assert (verdict.lost, verdict.doubled) == ((), ())
    assert verdict.mistaken <= 0.01


@pytest.mark.parametrize("side", [0, 1])
def test_merge_segments_copes_where_one_side_heard_nothing(side: int) -> None:
    talk = make_talk(1, minutes=10, pauses_known=False)
    verdict = judge(talk.utterances, merge_segments(deaf(talk, replace(LOW, missing=0.0), 1, side)))
    assert (verdict.lost, verdict.doubled) == ((), ())
    assert verdict.mistaken <= 0.01


def test_align_pairs_repeated_lines_by_their_times() -> None:
    first = heard_words([line(0, 1900, "你真的相信吗"), line(2100, 4000, "你真的相信吗")])
    second = heard_words([line(2000, 4000, "你真的相信吗"), line(4500, 5200, "后来呢")])
    assert [(pair.first, pair.second) for pair in align(first, second)] == [(6 + at, at) for at in range(6)]


def test_align_pairs_no_common_word_far_apart() -> None:
    first = heard_words([line(0, 3000, "a storm and I can prove it")])
    second = heard_words([line(4500, 4900, "I see"), line(5000, 6000, "your letter")])
    assert align(first, second) == []


def test_merge_segments_tells_no_voices_by_a_common_word() -> None:
    noes = [line(15_000 + 500 * at, 15_300 + 500 * at, "No.", "AB"[at % 2]) for at in range(8)]
    later = [line(one.start_ms or 0, one.end_ms or 0, "No.", one.speaker) for one in noes[1:]]
    last = line(25_000, 26_000, "So.", "A")
    found = merge_segments(
        [
            SegmentTranscript("a", Span(0, 20_000), Span(0, 17_000), tuple(noes)),
            SegmentTranscript("b", Span(14_000, 40_000), Span(17_000, 40_000), (*later, last)),
        ]
    )
    assert [one.name for one in found.roster.speakers] == ["A", "B"]
    assert found.utterances[-1].speaker == "A"


def test_units_keep_marks_on_what_they_stand_on() -> None:
    assert units("กี่คน") == ["กี่", "ค", "น"]
