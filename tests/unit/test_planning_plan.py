"""The planner: what is asked about a recording, in which pieces, at which size, for how many tokens."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.catalog import load_catalog
from tasks.errors import MediaError, NotMedia
from tasks.media_records import AudioStream, VideoStream
from tasks.planning.picture import plan_picture, request_max_pixels
from tasks.planning.plan import AnalysisSpec, default_prompt, plan_analysis
from tasks.planning.transport import clip_budget, clip_bytes, frames_bytes, upload_budget
from tasks.records import Kind, Question, Recording
from tasks.tokens import video_frame_size, video_frames, video_tokens

CATALOG = load_catalog()
SERVED = [name for name in CATALOG.models if name != "embedded"]
QUESTION = Question("quick", "aa", "Say what happens.", "text", "auto")
SOUND = AudioStream(index=1, codec="aac", sample_rate=44_100, channels=2, start_ms=0)
HOUR = 3_600_000


def picture_stream(width: int, height: int) -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        width=width,
        height=height,
        rotation=0,
        fps_num=30,
        fps_den=1,
        variable_fps=False,
        start_ms=0,
    )


def recording(
    duration_ms: int, *, size: tuple[int, int] | None = (1920, 1080), sound: bool = True, kind: Kind = "video"
) -> Recording:
    return Recording(
        media_id="ab" * 32,
        id_basis="bytes",
        uri="talk.mp4",
        path="/media/talk.mp4",
        kind=kind,
        container="mov,mp4",
        size_bytes=1_000,
        duration_ms=duration_ms,
        video=None if size is None else picture_stream(*size),
        audio=SOUND if sound else None,
        probe_json="{}",
    )


def image(width: int, height: int, size_bytes: int = 1_000) -> Recording:
    found = recording(0, size=(width, height), sound=False, kind="image")
    return replace(found, size_bytes=size_bytes)


def audio_recording(duration_ms: int) -> Recording:
    return recording(duration_ms, size=None, kind="audio")


def spec(scenario: str = "standard", model: str = "qwen3.5-omni-plus", provider: str = "dashscope") -> AnalysisSpec:
    return AnalysisSpec(CATALOG.scenarios[scenario], CATALOG.models[model], CATALOG.providers[provider], QUESTION)


QUICK_HERE = spec("quick", provider="local")
SPECS = st.builds(spec, st.sampled_from(sorted(CATALOG.scenarios)), st.sampled_from(sorted(CATALOG.models)))
DURATIONS = st.one_of(st.integers(1, 600_000), st.integers(1, 30 * HOUR))
SIZES = st.tuples(st.integers(16, 4096), st.integers(16, 4096)).filter(lambda size: max(size) <= 40 * min(size))
RECORDINGS = st.one_of(
    st.builds(lambda ms, size, sound: recording(ms, size=size, sound=sound), DURATIONS, SIZES, st.booleans()),
    st.builds(audio_recording, DURATIONS),
)


# --- the pieces ----------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(found=RECORDINGS, wanted=SPECS)
def test_every_plan_covers_the_recording_within_the_limits(found: Recording, wanted: AnalysisSpec) -> None:
    plan = plan_analysis(found, wanted)
    spans = [segment.span for segment in plan.segments]
    assert spans[0].start_ms == 0
    assert spans[-1].end_ms == found.duration_ms
    assert all(before.end_ms == after.start_ms for before, after in pairwise(spans))
    assert all(span.start_ms % 500 == 0 for span in spans)
    scenario, model = (
        (wanted.scenario.video, wanted.model.video)
        if found.video is not None
        else (wanted.scenario.audio, wanted.model.audio)
    )
    longest = max(span.duration_ms for span in spans)
    assert longest <= scenario.max_length_ms
    assert longest <= (model.max_duration_ms or longest)
    assert longest - min(span.duration_ms for span in spans) < 2000
    assert [segment.seq for segment in plan.segments] == list(range(len(spans)))
    assert len({segment.segment_id for segment in plan.segments}) == len(spans)


@settings(max_examples=60, deadline=None)
@given(found=RECORDINGS, wanted=SPECS)
def test_every_planned_clip_is_expected_to_fit_into_a_request(found: Recording, wanted: AnalysisSpec) -> None:
    plan = plan_analysis(found, wanted)
    limits = wanted.model.audio if found.video is None else wanted.model.video
    budget = upload_budget(limits) if plan.transport == "upload" else clip_budget(wanted.provider)
    for segment in plan.segments:
        assert clip_bytes(segment.span.duration_ms, segment.picture, segment.sound) <= budget


# --- how the pieces travel -----------------------------------------------------------------------------------------


def test_what_base64_holds_at_the_recommended_length_is_not_uploaded() -> None:
    plan = plan_analysis(recording(2 * HOUR), spec("standard"))
    assert (plan.transport, len(plan.segments)) == ("base64", 30)


def test_what_base64_would_cut_shorter_is_uploaded_at_full_length() -> None:
    plan = plan_analysis(recording(2 * HOUR), spec("quick"))
    assert (plan.transport, len(plan.segments)) == ("upload", 2)


@pytest.mark.parametrize("scenario", sorted(CATALOG.scenarios))
def test_forced_to_base64_no_plan_is_uploaded(scenario: str) -> None:
    assert plan_analysis(recording(2 * HOUR), replace(spec(scenario), transport="base64")).transport == "base64"


def test_how_a_clip_travels_alone_asks_nothing_again() -> None:
    plans = [plan_analysis(recording(90_000), replace(spec(), transport=way)) for way in ("base64", "upload")]
    assert [plan.transport for plan in plans] == ["base64", "upload"]
    assert plans[0].analysis_id == plans[1].analysis_id


def test_a_list_of_frames_has_no_sound_where_one_modality_is_taken() -> None:
    [segment] = plan_analysis(recording(20_000), replace(spec(), transport="frames")).segments
    assert (segment.sound, segment.tokens.audio) == (False, 0)
    [whole] = plan_analysis(recording(20_000), spec()).segments
    assert whole.segment_id != segment.segment_id


def test_a_list_of_frames_keeps_its_sound_where_two_modalities_are_taken() -> None:
    open_weights = spec(model="Qwen/Qwen3-Omni-30B-A3B-Instruct", provider="vllm")
    [segment] = plan_analysis(recording(20_000), replace(open_weights, transport="frames")).segments
    assert segment.sound


def test_lists_of_frames_are_cut_to_fit_into_a_request() -> None:
    wanted = replace(spec(), transport="frames")
    plan = plan_analysis(recording(HOUR), wanted)
    assert plan.segments[0].cut_reason == "transport"
    for segment in plan.segments:
        assert segment.picture is not None
        assert frames_bytes(segment.span.duration_ms, segment.picture, segment.sound) <= clip_budget(wanted.provider)


@pytest.mark.parametrize(
    ("found", "wanted", "minutes", "reason"),
    [
        (recording(90_000), spec(), 1.5, "whole"),
        (recording(2 * HOUR), spec(), 4, "scenario"),
        (recording(2 * HOUR), spec("fine"), 2, "scenario"),
        (recording(2 * HOUR), spec("standard", "qwen3-omni-flash"), 2.5, "model"),
        (recording(2 * HOUR), spec("fine", "qwen-omni-turbo"), 2 / 3, "model"),
        (recording(2 * HOUR), spec("quick"), 60, "scenario"),
        (recording(2 * HOUR), spec("quick", provider="local"), 12, "transport"),
        (recording(2 * HOUR), spec("extract", provider="local"), 12, "transport"),
        (audio_recording(2 * HOUR), spec(), 2, "scenario"),
        (audio_recording(2 * HOUR), spec("quick"), 60, "scenario"),
        (audio_recording(2 * HOUR), spec("quick", provider="local"), 40, "transport"),
        (audio_recording(2 * HOUR), spec("quick", "qwen3-omni-flash"), 20, "model"),
    ],
)
def test_the_shortest_limit_sets_the_length_and_is_named(
    found: Recording, wanted: AnalysisSpec, minutes: float, reason: str
) -> None:
    first = plan_analysis(found, wanted).segments[0]
    assert (first.span.duration_ms, first.cut_reason) == (minutes * 60_000, reason)


def test_a_quick_look_at_a_long_video_in_base64_is_cut_into_ten_to_eighteen_minutes() -> None:
    longest = max(s.span.duration_ms for s in plan_analysis(recording(30 * HOUR), QUICK_HERE).segments)
    assert 10 * 60_000 <= longest <= 18 * 60_000


def test_about_seven_megabytes_of_a_clip_fit_into_a_request() -> None:
    budget = clip_budget(CATALOG.providers["dashscope"])
    assert 7_000_000 < budget < 7_500_000
    assert -(-budget // 3) * 4 < 10_485_760 - 65_536
    assert clip_budget(CATALOG.providers["local"]) == budget


@pytest.mark.parametrize("duration_ms", [1, 120, 499, 500, 501, 999])
@pytest.mark.parametrize("model", SERVED)
def test_a_moment_is_one_segment_with_enough_frames(duration_ms: int, model: str) -> None:
    wanted = spec(model=model)
    (segment,) = plan_analysis(recording(duration_ms), wanted).segments
    assert segment.picture is not None
    assert segment.picture.frames == wanted.model.tokens.min_frames
    assert segment.tokens.video > 2


# --- the picture ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "minutes", "shown"),
    [
        ("qwen3.5-omni-plus", 4, (1152, 640, 480, 2.0)),
        ("qwen3.5-omni-plus", 60, (544, 288, 2048, 2048 / 3600)),
        ("qwen3-omni-flash", 2.5, (672, 384, 128, 128 / 150)),
        ("qwen-omni-turbo", 2 / 3, (728, 420, 80, 2.0)),
    ],
)
def test_full_hd_is_shown_as_the_model_would_see_it(
    model: str, minutes: float, shown: tuple[int, int, int, float]
) -> None:
    facts = CATALOG.models[model]
    max_pixels = request_max_pixels(CATALOG.scenarios["standard"].video, facts, 1920, 1080)
    picture = plan_picture(1920, 1080, round(minutes * 60_000), max_pixels, facts.tokens)
    assert (picture.width, picture.height, picture.frames, picture.fps) == shown


@pytest.mark.parametrize(
    ("scenario", "model", "size", "max_pixels"),
    [
        ("quick", "qwen3.5-omni-plus", (3840, 2160), 230_400),
        ("quick", "qwen3.5-omni-plus", (320, 240), 230_400),
        ("standard", "qwen3.5-omni-plus", (320, 240), 921_600),
        ("standard", "qwen3.5-omni-plus", (1600, 900), 1_440_000),
        ("standard", "qwen3.5-omni-plus", (1920, 1080), 2_048_000),
        ("fine", "qwen3.5-omni-plus", (320, 240), 2_048_000),
        ("standard", "qwen3-omni-flash", (1920, 1080), 786_432),
        ("standard", "qwen-omni-turbo", (1920, 1080), 602_112),
        ("quick", "qwen-omni-turbo", (1920, 1080), 230_400),
    ],
)
def test_max_pixels_follow_the_source_within_the_scenario_and_the_model(
    scenario: str, model: str, size: tuple[int, int], max_pixels: int
) -> None:
    media = CATALOG.scenarios[scenario].video
    assert request_max_pixels(media, CATALOG.models[model], *size) == max_pixels


@given(
    size=SIZES,
    duration_ms=st.integers(1, HOUR),
    scenario=st.sampled_from(sorted(CATALOG.scenarios)),
    model=st.sampled_from(sorted(CATALOG.models)),
)
def test_the_service_finds_nothing_to_resize_in_a_planned_clip(
    size: tuple[int, int], duration_ms: int, scenario: str, model: str
) -> None:
    facts = CATALOG.models[model]
    max_pixels = request_max_pixels(CATALOG.scenarios[scenario].video, facts, *size)
    picture = plan_picture(*size, duration_ms, max_pixels, facts.tokens)
    assert video_frames(picture.frames, picture.fps, facts.tokens) == picture.frames
    seen = video_frame_size(picture.width, picture.height, picture.frames, facts.tokens, max_pixels)
    assert seen == (picture.width, picture.height)


@given(
    size=SIZES,
    seconds=st.integers(1, 3600),
    rate=st.sampled_from([10, 25, 30, 50]),
    model=st.sampled_from(sorted(CATALOG.models)),
)
def test_a_planned_clip_costs_the_tokens_that_the_recording_itself_would(
    size: tuple[int, int], seconds: int, rate: int, model: str
) -> None:
    c = CATALOG.models[model].tokens
    assume(2 * seconds >= c.min_frames)
    picture = plan_picture(*size, seconds * 1000, 230_400, c)
    sent = video_tokens(picture.width, picture.height, picture.frames, picture.fps, c, 230_400)
    assert sent == video_tokens(*size, seconds * rate, rate, c, 230_400)


@given(duration_ms=st.integers(1000, HOUR), model=st.sampled_from(sorted(CATALOG.models)))
def test_the_frames_reach_the_last_second_of_the_span(duration_ms: int, model: str) -> None:
    picture = plan_picture(1280, 720, duration_ms, 230_400, CATALOG.models[model].tokens)
    assert picture.frames / picture.fps > duration_ms / 1000 - 1
    assert picture.fps <= 2.0


# --- what is there to see and hear ---------------------------------------------------------------------------------


def test_four_minutes_cost_their_picture_their_sound_the_prompt_and_an_answer() -> None:
    (segment,) = plan_analysis(recording(240_000), spec()).segments
    tokens = segment.tokens
    assert (tokens.video, tokens.audio, tokens.text, tokens.output) == (172_802, 1_680, 5, 4_300)


def test_an_answer_is_not_expected_to_be_longer_than_the_model_can_write() -> None:
    wanted = spec(model="qwen-omni-turbo")
    chatty = wanted.scenario.video.model_copy(update={"answer_tokens": 9_999})
    wanted = replace(wanted, scenario=wanted.scenario.model_copy(update={"video": chatty}))
    assert plan_analysis(recording(10_000), wanted).segments[0].tokens.output == 2_048


def test_a_silent_film_has_no_sound_to_send_or_to_count() -> None:
    (segment,) = plan_analysis(recording(60_000, sound=False), spec()).segments
    assert (segment.sound, segment.tokens.audio) == (False, 0)
    assert segment.picture is not None


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_what_has_no_picture_is_asked_about_as_audio(kind: Kind) -> None:
    plan = plan_analysis(recording(300_000, size=None, kind=kind), spec())
    assert [segment.span.duration_ms for segment in plan.segments] == [100_000] * 3
    assert all(segment.picture is None and segment.sound and segment.tokens.video == 0 for segment in plan.segments)


# --- images ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "scenario", "seen"),
    [((1920, 1080), "standard", (1920, 1056)), ((640, 480), "standard", (640, 480)),
     ((1920, 1080), "quick", (640, 352)), ((6000, 4000), "fine", (4992, 3328))],
)  # fmt: skip
def test_an_image_is_one_segment_without_length_at_the_pixels_of_the_scenario(
    size: tuple[int, int], scenario: str, seen: tuple[int, int]
) -> None:
    [segment] = plan_analysis(image(*size), spec(scenario)).segments
    assert segment.picture is not None
    assert (segment.span.start_ms, segment.span.end_ms, segment.cut_reason) == (0, 0, "whole")
    assert (segment.picture.width, segment.picture.height) == seen
    assert segment.tokens.image == seen[0] * seen[1] // 32**2 + 2
    assert (segment.tokens.video, segment.tokens.audio, segment.sound) == (0, 0, False)


@pytest.mark.parametrize(
    ("found", "error", "words"),
    [
        (image(10, 300), MediaError, "10x300 is too small"),
        (image(5000, 20), MediaError, "5000x20 is too narrow"),
        (recording(1000, size=None, sound=False), NotMedia, "neither a picture nor a sound"),
        (recording(0), MediaError, "lasts 0 ms"),
        (recording(1000, size=(5000, 20)), MediaError, "5000x20 is too narrow"),
    ],
)
def test_what_cannot_be_asked_about_is_refused_with_its_name(
    found: Recording, error: type[MediaError], words: str
) -> None:
    with pytest.raises(error, match=rf"talk\.mp4 .*{words}"):
        plan_analysis(found, spec())


# --- the identity --------------------------------------------------------------------------------------------------


def test_the_same_recording_and_wishes_give_the_same_plan() -> None:
    assert plan_analysis(recording(HOUR), spec()) == plan_analysis(recording(HOUR), spec())


def test_a_file_that_moved_is_the_same_analysis() -> None:
    moved = replace(recording(HOUR), uri="other.mp4", path="/elsewhere/other.mp4")
    assert plan_analysis(moved, spec()).analysis_id == plan_analysis(recording(HOUR), spec()).analysis_id


@pytest.mark.parametrize(
    "other", [spec("fine"), spec(model="qwen3.5-omni-flash"), spec(provider="dashscope-cn")], ids=lambda s: s.model.name
)
def test_another_scenario_model_or_provider_is_another_analysis(other: AnalysisSpec) -> None:
    assert plan_analysis(recording(60_000), other).analysis_id != plan_analysis(recording(60_000), spec()).analysis_id


def test_the_address_of_a_provider_is_not_part_of_the_analysis() -> None:
    wanted = spec()
    elsewhere = replace(wanted, provider=wanted.provider.model_copy(update={"base_url": "http://127.0.0.1/v1"}))
    assert plan_analysis(recording(60_000), elsewhere) == plan_analysis(recording(60_000), wanted)


def test_the_parameters_say_what_is_shown() -> None:
    params = json.loads(plan_analysis(recording(300_000), spec()).params_json)
    assert params == {
        "spans": [[0, 150_000], [150_000, 300_000]],
        "frames": [[300, 1472, 800, 2.0]] * 2,
        "max_pixels": 2_048_000,
        "sound_hz": 16_000,
    }


@pytest.mark.parametrize(
    ("scenario", "kind", "prompt"),
    [("standard", "video", "structured-video"), ("standard", "audio", "structured-audio"), ("quick", "audio", "quick")],
)
def test_a_scenario_has_a_prompt_for_each_kind(scenario: str, kind: Kind, prompt: str) -> None:
    assert default_prompt(CATALOG.scenarios[scenario], kind) == prompt
