"""Plans of prompts that want sound alone, or segments that overlap: what is sent, where it is cut, who owns what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.catalog import load_catalog
from tasks.errors import NotMedia
from tasks.planning.plan import AnalysisSpec, plan_analysis
from tasks.records import AudioStream, Question, Recording, Span, VideoStream

CATALOG = load_catalog()
HOUR = 3_600_000
SOUND = AudioStream(index=1, codec="aac", sample_rate=44_100, channels=2, start_ms=0)
PICTURE = VideoStream(0, "h264", 1920, 1080, rotation=0, fps_num=30, fps_den=1, variable_fps=False, start_ms=0)


def recording(duration_ms: int, sound: AudioStream | None = SOUND) -> Recording:
    return Recording(
        media_id="ab" * 32,
        id_basis="bytes",
        uri="talk.mp4",
        path="/media/talk.mp4",
        kind="video",
        container="mov,mp4",
        size_bytes=1_000,
        duration_ms=duration_ms,
        video=PICTURE,
        audio=sound,
        probe_json="{}",
    )


SUBTITLES = Question("subtitle", "bb", "Write it down.", "sections", "auto", shows="sound", segments="overlapping")
TALK = recording(200_000)


def subtitles(silences: tuple[Span, ...] | None = (), **changes: Any) -> AnalysisSpec:
    model, provider = CATALOG.models["qwen3.5-omni-plus"], CATALOG.providers["dashscope"]
    question = replace(SUBTITLES, **changes)
    return AnalysisSpec(CATALOG.scenarios["standard"], model, provider, question, silences=silences)


def test_sound_alone_is_planned_as_sound() -> None:
    [first, *_] = plan_analysis(TALK, subtitles()).segments
    assert (first.picture, first.sound, first.tokens.video) == (None, True, 0)


def test_overlapping_segments_are_as_long_as_the_audio_row_says() -> None:
    for shows in ("sound", "all"):
        segments = plan_analysis(TALK, subtitles(shows=shows)).segments
        assert (
            max(segment.span.duration_ms for segment in segments) <= CATALOG.scenarios["standard"].audio.max_length_ms
        )


def test_overlapping_segments_own_the_recording_once() -> None:
    owned = [segment.owned for segment in plan_analysis(TALK, subtitles()).segments]
    assert owned == [Span(0, 100_000), Span(100_000, 200_000)]


def test_a_cut_lies_in_a_pause_and_segments_know_their_silences() -> None:
    first, second = plan_analysis(TALK, subtitles((Span(97_000, 99_000),))).segments
    assert (first.span.end_ms, second.span.start_ms) == (98_000, 98_000)
    assert (first.silences, second.silences) == ((Span(97_000, 98_000),), (Span(98_000, 99_000),))


def test_a_silence_that_moves_a_cut_makes_another_analysis() -> None:
    plain, moved = (plan_analysis(TALK, subtitles(s)).analysis_id for s in ((), (Span(97_000, 99_000),)))
    assert plain != moved


def test_a_recording_without_sound_has_nothing_for_such_a_prompt() -> None:
    with pytest.raises(NotMedia, match=r"has no sound, and prompt subtitle asks about that alone"):
        plan_analysis(recording(9_000, sound=None), subtitles())


def test_overlapping_segments_are_shortened_until_they_fit() -> None:
    planned = plan_analysis(recording(HOUR), replace(subtitles(shows="all"), transport="base64"))
    assert {segment.cut_reason for segment in planned.segments} <= {"scenario", "transport"}
    assert all(one.span.contains(one.owned) for one in planned.segments if one.owned)
