"""Segments that overlap: no line is lost, doubled or cut in half, and every speaker has one name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench.subtitle_judge import judge
from bench.subtitle_talk import DIVIDED, LEVELS, PEOPLE, Noise, answers, make_talk
from tasks.records import Span, Utterance
from tasks.subtitles.seams import MergedTranscript, SegmentTranscript, merge_segments


def line(start: int, end: int, text: str, speaker: str = "Ann") -> Utterance:
    return Utterance(start, end, speaker, "", text, "model")


def merged(first: Sequence[Utterance], second: Sequence[Utterance]) -> MergedTranscript:
    """Of two segments, 0 to 20 s and 14 to 40 s, whose border is at 17 s."""
    return merge_segments(
        [
            SegmentTranscript("a", Span(0, 20_000), Span(0, 17_000), tuple(first)),
            SegmentTranscript("b", Span(14_000, 40_000), Span(17_000, 40_000), tuple(second)),
        ]
    )


def texts(transcript: MergedTranscript) -> list[str]:
    return [one.text for one in transcript.utterances]


def test_merge_segments_takes_each_line_once() -> None:
    first = [
        line(12_000, 14_800, "The tide came back."),
        line(15_000, 16_800, "We waited."),
        line(17_200, 19_000, "All night."),
    ]
    second = [
        line(15_200, 17_000, "We waited!"),
        line(17_000, 18_900, "All the night."),
        line(21_000, 23_000, "Then rain."),
    ]
    found = merged(first, second)
    assert texts(found) == ["The tide came back.", "We waited.", "All the night.", "Then rain."]
    assert found.segment_ids == ("a", "a", "b", "b")


def test_merge_segments_keeps_a_line_whole_that_runs_through() -> None:
    first = [
        line(10_000, 20_000, "when the rain had stopped and all the boats were tied up we walked along the quay to")
    ]
    second = [line(14_000, 26_000, "boats were tied up we walked along the quay to the old lighthouse and looked back")]
    assert texts(merged(first, second)) == [
        "when the rain had stopped and all the boats were tied up we walked along the quay to the old lighthouse and "
        "looked back"
    ]


def test_merge_segments_does_the_same_in_chinese() -> None:
    first = [line(10_000, 20_000, "雨停了以后我们沿着码头一直走到那座")]
    second = [line(14_000, 26_000, "我们沿着码头一直走到那座老灯塔下面才停下来。")]
    assert texts(merged(first, second)) == ["雨停了以后我们沿着码头一直走到那座老灯塔下面才停下来。"]


def test_merge_segments_keeps_a_line_that_one_of_them_missed() -> None:
    first = [line(15_000, 16_800, "We waited.")]
    second = [line(15_100, 16_900, "We waited."), line(17_200, 19_000, "All night.")]
    assert texts(merged(first, second)) == ["We waited.", "All night."]


def test_merge_segments_keeps_what_is_said_twice() -> None:
    first = [line(15_000, 15_800, "No."), line(16_000, 16_800, "No.")]
    second = [line(15_100, 15_900, "No."), line(16_100, 16_900, "No.")]
    assert texts(merged(first, second)) == ["No.", "No."]


def test_merge_segments_drops_a_scrap_of_a_line() -> None:
    first = [line(10_000, 15_000, "The council never wrote it down.")]
    second = [line(14_000, 14_900, "wrote it down."), line(18_000, 19_000, "Why?")]
    assert texts(merged(first, second)) == ["The council never wrote it down.", "Why?"]


def test_merge_segments_keeps_an_aside_once() -> None:
    first = [
        line(10_000, 20_000, "one two three four five six seven eight nine ten"),
        line(15_500, 16_200, "Go on.", "Bob"),
    ]
    second = [
        line(14_000, 24_000, "five six seven eight nine ten eleven twelve"),
        line(15_600, 16_300, "Go on!", "Man"),
    ]
    found = merged(first, second)
    assert texts(found) == ["one two three four five six seven eight nine ten eleven twelve", "Go on."]


def test_merge_segments_gives_a_speaker_one_name() -> None:
    first = [line(15_000, 19_000, "We waited all night for the boats.", "Ann")]
    second = [
        line(15_000, 19_000, "We waited all night for the boats.", "Speaker 2"),
        line(21_000, 22_000, "Why?", "Ann"),
    ]
    found = merged(first, second)
    assert [one.speaker for one in found.utterances] == ["Ann", "Ann 2"]
    assert found.roster.speakers[0].names == (("a", "Ann"), ("b", "Speaker 2"))


def test_merge_segments_puts_lines_together_that_do_not_overlap() -> None:
    first = SegmentTranscript("a", Span(0, 10_000), Span(0, 10_000), (line(9000, 9900, "No."),))
    second = SegmentTranscript("b", Span(10_000, 20_000), Span(10_000, 20_000), (line(10_100, 11_000, "No."),))
    assert texts(merge_segments([first, second])) == ["No.", "No."]


@pytest.mark.parametrize("noise", LEVELS, ids=lambda noise: noise.name)
@pytest.mark.parametrize("seed", [3, 7])
def test_merge_segments_finds_the_truth_again(seed: int, noise: Noise) -> None:
    talk = make_talk(seed, minutes=10, pauses_known=False)
    verdict = judge(talk.utterances, merge_segments(answers(talk, noise, seed)))
    assert (verdict.lost, verdict.doubled, verdict.halved) == ((), (), ())
    assert verdict.mistaken <= 0.01
    assert max(verdict.start_errors_ms) <= noise.jitter_ms


def test_merge_segments_copes_with_lines_that_are_divided_anew() -> None:
    talk = make_talk(5, minutes=10, pauses_known=False)
    verdict = judge(talk.utterances, merge_segments(answers(talk, DIVIDED, 5)))
    assert (verdict.lost, verdict.doubled) == ((), ())


def test_make_talk_puts_lines_on_across_and_around_the_cuts() -> None:
    talk = make_talk(3, minutes=10, pauses_known=False)
    borders = [one.owned.start_ms for one in talk.spans[1:]]
    at = [[u for u in talk.utterances if (u.start_ms or 0) <= border <= (u.end_ms or 0)] for border in borders]
    assert any(border in (u.start_ms, u.end_ms) for border, some in zip(borders, at, strict=True) for u in some)
    assert any((u.end_ms or 0) - (u.start_ms or 0) > 8000 for some in at for u in some)
    assert {u.speaker for u in talk.utterances} == set(PEOPLE)


def test_make_talk_has_a_run_of_a_minute_without_a_pause() -> None:
    talk = make_talk(3, minutes=10)
    edges = [0, *(edge for pause in talk.pauses for edge in (pause.start_ms, pause.end_ms)), talk.duration_ms]
    assert max(stop - start for start, stop in zip(edges[::2], edges[1::2], strict=True)) > 60_000


def test_answers_differ_from_the_truth() -> None:
    talk = make_talk(3, minutes=5)
    exact, noisy = (answers(talk, noise, 3) for noise in (replace(LEVELS[0], jitter_ms=0, renamed=0), LEVELS[2]))
    assert {u.speaker for one in exact for u in one.utterances} <= set(PEOPLE)
    assert not {u.speaker for one in noisy for u in one.utterances} & set(PEOPLE)
