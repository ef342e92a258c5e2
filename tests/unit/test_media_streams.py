"""What ffprobe's words about a stream mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.media.streams import audio_stream, clockwise, pick, upright, video_stream

EVEN_25 = [k / 25 for k in range(50)]


def video(**changed: Any) -> dict[str, Any]:
    stream = {
        "index": 0,
        "codec_type": "video",
        "codec_name": "h264",
        "width": 1280,
        "height": 720,
        "avg_frame_rate": "25/1",
        "r_frame_rate": "25/1",
        "start_time": "0.000000",
        "disposition": {"default": 0, "attached_pic": 0},
    }
    return {**stream, **changed}


def audio(**changed: Any) -> dict[str, Any]:
    stream = {
        "index": 1,
        "codec_type": "audio",
        "codec_name": "aac",
        "sample_rate": "48000",
        "channels": 2,
        "start_time": "0.000000",
        "disposition": {"default": 0},
    }
    return {**stream, **changed}


def matrix(rotation: float, rows: tuple[int, int, int, int]) -> list[dict[str, Any]]:
    a, b, c, d = rows
    text = f"\n00000000: {a:>12}{b:>12}           0\n00000001: {c:>12}{d:>12}           0\n00000002: 0 0 1073741824\n"
    return [{"side_data_type": "Display Matrix", "displaymatrix": text, "rotation": rotation}]


def test_cover_art_is_not_video() -> None:
    assert pick([video(disposition={"attached_pic": 1, "default": 1})], "video") is None


def test_the_default_stream_is_picked() -> None:
    streams = [audio(index=1), audio(index=2, disposition={"default": 1})]
    assert pick(streams, "audio") is streams[1]


def test_without_a_default_the_first_stream_is_picked() -> None:
    streams = [video(), audio(index=1), audio(index=2)]
    assert pick(streams, "audio") is streams[1]


@pytest.mark.parametrize(
    "useless", [{"sample_rate": "0"}, {"channels": 0}, {"codec_name": "unknown"}, {"codec_name": None}]
)
def test_a_stream_that_nobody_can_decode_is_not_picked(useless: dict[str, Any]) -> None:
    assert pick([audio(**useless)], "audio") is None


@pytest.mark.parametrize(("angle", "degrees"), [(-90, 90), (90, 270), (180, 180), (-180, 180), (-270, 270), (-88, 90)])
def test_the_display_matrix_turns_the_other_way_round(angle: int, degrees: int) -> None:
    assert clockwise(video(side_data_list=matrix(angle, (0, 65536, -65536, 0)))) == degrees


@pytest.mark.parametrize(("tag", "degrees"), [("90", 90), ("-90", 270), ("270", 270), ("180", 180), ("x", 0)])
def test_an_old_rotate_tag_counts_where_there_is_no_matrix(tag: str, degrees: int) -> None:
    assert clockwise(video(tags={"rotate": tag})) == degrees


def test_turning_by_a_quarter_swaps_width_and_height() -> None:
    found = video_stream(video(tags={"rotate": "90"}), 0.0, EVEN_25)
    assert (found.width, found.height, found.rotation) == (720, 1280, 90)


@pytest.mark.parametrize(
    ("tag", "filters"),
    [
        ("0", []),
        ("90", [("transpose", {"dir": "clock"})]),
        ("180", [("hflip", {}), ("vflip", {})]),
        ("270", [("transpose", {"dir": "cclock"})]),
    ],
)
def test_a_rotate_tag_becomes_filters(tag: str, filters: Any) -> None:
    assert list(upright(video(tags={"rotate": tag}))) == filters


def test_a_display_matrix_is_left_to_ffmpeg() -> None:
    both = video(tags={"rotate": "90"}, side_data_list=matrix(-90, (0, 1, -1, 0)))
    assert upright(both) == ()


@pytest.mark.parametrize(
    ("ratio", "width"), [("64:45", 1820), ("8:9", 1138), ("1:1", 1280), ("0:1", 1280), ("N/A", 1280), ("1:1000", 1280)]
)
def test_width_is_in_square_pixels(ratio: str, width: int) -> None:
    assert video_stream(video(sample_aspect_ratio=ratio), 0.0, EVEN_25).width == width


def test_the_frame_rate_is_a_fraction() -> None:
    ntsc = video(avg_frame_rate="2997/100", r_frame_rate="30000/1001")
    found = video_stream(ntsc, 0.0, [k * 1001 / 30000 for k in range(50)])
    assert (found.fps_num, found.fps_den, found.variable_fps) == (30000, 1001, False)


def test_an_unknown_frame_rate_is_zero() -> None:
    found = video_stream(video(avg_frame_rate="0/0", r_frame_rate="0/0"), 0.0, [])
    assert (found.fps_num, found.fps_den, found.variable_fps) == (0, 1, False)


def test_a_time_base_posing_as_frame_rate_is_ignored() -> None:
    found = video_stream(video(avg_frame_rate="25/1", r_frame_rate="90000/1"), 0.0, EVEN_25)
    assert (found.fps_num, found.fps_den) == (25, 1)


def test_uneven_steps_between_frames_are_a_variable_rate() -> None:
    uneven = [0, 0.04, 0.08, 0.3, 0.34, 0.38, 0.7, 0.74]
    assert video_stream(video(), 0.0, uneven).variable_fps


def test_times_rounded_to_milliseconds_are_no_variable_rate() -> None:
    rounded = [round(k / 30, 3) for k in range(90)]
    assert not video_stream(video(avg_frame_rate="30/1", r_frame_rate="30/1"), 0.0, rounded).variable_fps


def test_one_missing_frame_is_no_variable_rate() -> None:
    assert not video_stream(video(), 0.0, [time for time in EVEN_25 if time != 0.4]).variable_fps


def test_an_average_far_from_the_first_frames_rate_is_a_variable_rate() -> None:
    assert video_stream(video(avg_frame_rate="15/1"), 0.0, EVEN_25).variable_fps


def test_interlaced_video_is_no_variable_rate() -> None:
    assert not video_stream(video(avg_frame_rate="25/1", r_frame_rate="50/1"), 0.0, EVEN_25).variable_fps


def test_starts_count_from_the_containers_start() -> None:
    assert audio_stream(audio(start_time="2.100000"), 1.4).start_ms == 700
    assert video_stream(video(start_time="1.400000"), 1.4, EVEN_25).start_ms == 0
    assert audio_stream(audio(start_time="N/A"), 1.4).start_ms == 0


@given(st.lists(st.floats(0, 1e5), max_size=60), st.sampled_from(["0/0", "25/1", "1/0", "N/A", "30000/1001"]))
def test_any_times_and_rates_give_a_stream(times: list[float], rate: str) -> None:
    found = video_stream(video(avg_frame_rate=rate, r_frame_rate=rate), 0.0, sorted(times))
    assert found.fps_den > 0
