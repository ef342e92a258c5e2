"""Pictures that are one video: each is in one list, no list is longer than model and scenario allow."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import load_catalog
from tasks.errors import MediaError
from tasks.planning.image_sequence import frames_within
from tasks.planning.plan import AnalysisSpec, plan_analysis
from tasks.planning.transport import clip_budget, frames_bytes
from tasks.records import Question, Recording
from tests.support.dataset_rows import recording

CATALOG = load_catalog()
QUESTION = Question("quick", "aa", "Say what happens.", "text", "auto")


def film(count: int, fps: float = 2.0, size: tuple[int, int] = (1280, 720)) -> Recording:
    shown = recording()
    assert shown.video is not None
    rate = Fraction(fps).limit_denominator(1000)
    video = replace(
        shown.video, width=size[0], height=size[1], fps_num=rate.numerator, fps_den=rate.denominator, variable_fps=False
    )
    pictures = tuple(replace(shown, uri=f"{number}.png", kind="image", duration_ms=0) for number in range(count))
    return replace(
        shown, id_basis="frames", video=video, audio=None, duration_ms=round(1000 * count / fps), members=pictures
    )


def spec(model: str = "qwen3.5-omni-plus", scenario: str = "standard") -> AnalysisSpec:
    return AnalysisSpec(CATALOG.scenarios[scenario], CATALOG.models[model], CATALOG.providers["dashscope"], QUESTION)


def test_a_short_film_is_one_list_of_all_its_pictures_without_sound() -> None:
    plan = plan_analysis(film(40, fps=4.0, size=(640, 352)), spec())
    [segment] = plan.segments
    assert (plan.transport, segment.cut_reason, segment.sound) == ("frames", "whole", False)
    assert (segment.span.start_ms, segment.span.end_ms) == (0, 10_000)
    picture = segment.picture
    assert picture is not None
    assert (picture.frames, picture.fps, picture.width, picture.height) == (40, 4.0, 640, 352)
    assert segment.tokens.video == 20 * (640 // 32) * (352 // 32) + 2
    assert segment.tokens.audio == 0


def test_a_picture_alone_is_repeated_until_the_model_takes_the_list() -> None:
    [segment] = plan_analysis(film(1, fps=0.5), spec()).segments
    assert segment.picture is not None
    assert segment.picture.frames == CATALOG.models["qwen3.5-omni-plus"].min_list_frames
    assert segment.span.end_ms == 2000


@pytest.mark.parametrize(
    ("model", "scenario", "pieces", "reason"),
    [
        ("qwen3-omni-flash", "extract", 3, "model"),  # 128 pictures a list
        ("qwen3.5-omni-plus", "fine", 2, "scenario"),  # two minutes
    ],
)
def test_a_long_film_is_several_lists_of_about_the_same_length(
    model: str, scenario: str, pieces: int, reason: str
) -> None:
    plan = plan_analysis(film(300, size=(320, 192)), spec(model, scenario))
    assert [s.picture.frames for s in plan.segments if s.picture] == [300 // pieces] * pieces
    assert {s.cut_reason for s in plan.segments} == {reason}


def test_the_rate_is_part_of_the_identity_of_what_is_shown() -> None:
    slow, fast = (plan_analysis(film(20, fps=fps), spec()) for fps in (1.0, 2.0))
    assert slow.analysis_id != fast.analysis_id


def test_a_film_without_a_picture_is_refused() -> None:
    with pytest.raises(MediaError, match="no picture"):
        plan_analysis(film(0), spec())


@given(
    count=st.integers(1, 3000),
    fps=st.sampled_from([0.1, 0.5, 1.0, 2.0, 29.97 / 4, 10.0]),
    size=st.sampled_from([(64, 48), (1280, 720), (3840, 2160), (500, 2000)]),
    model=st.sampled_from(["qwen3.5-omni-plus", "qwen3-omni-flash", "qwen-omni-turbo"]),
    scenario=st.sampled_from(sorted(CATALOG.scenarios)),
)
def test_every_picture_is_in_one_list_that_model_scenario_and_request_hold(
    count: int, fps: float, size: tuple[int, int], model: str, scenario: str
) -> None:
    whole, wanted = film(count, fps, size), spec(model, scenario)
    segments = plan_analysis(whole, wanted).segments
    shown = [frames_within(whole, segment.span) for segment in segments]
    assert [member.uri for members in shown for member in members] == [member.uri for member in whole.members]
    assert (segments[0].span.start_ms, segments[-1].span.end_ms) == (0, whole.duration_ms)
    assert all(one.span.end_ms == after.span.start_ms for one, after in pairwise(segments))
    for segment, members in zip(segments, shown, strict=True):
        assert segment.picture is not None
        assert segment.picture.frames == max(len(members), wanted.model.min_list_frames) <= wanted.model.max_list_frames
        assert len(members) == 1 or segment.span.duration_ms <= wanted.scenario.video.max_length_ms + 1
        if len(members) > 1:
            assert frames_bytes(segment.span.duration_ms, segment.picture, sound=False) <= clip_budget(wanted.provider)
