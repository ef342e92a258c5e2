"""Shots, boxes and the look of texts: on pictures made here, without any recogniser."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.appearance import describe
from engine.decoding import Frame, analysed_size
from engine.ocr import FoundBox, western_marks
from engine.shots import ShotMeter, cuts


def plain(*bgr: int) -> Frame:
    return np.full((90, 160, 3), bgr, np.uint8)


def box(left: int, top: int, right: int, bottom: int) -> FoundBox:
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return FoundBox(tuple((float(x), float(y)) for x, y in corners), left, top, right, bottom)


def metered(frames: list[Frame]) -> ShotMeter:
    meter = ShotMeter()
    for frame in frames:
        meter.add(frame)
    return meter


def test_a_change_of_scene_begins_a_new_shot() -> None:
    shots = metered([plain(200, 30, 30)] * 6 + [plain(20, 200, 60)] * 4).shots(rate=2.0, duration_ms=5_000)
    assert [(shot.start_ms, shot.end_ms) for shot in shots] == [(0, 3_000), (3_000, 5_000)]


def test_shots_cover_the_clip_without_gaps() -> None:
    frames = [plain(*colour) for colour in [(0, 0, 0)] * 4 + [(255, 255, 255)] * 3 + [(0, 0, 255)] * 3]
    shots = metered(frames).shots(rate=2.0, duration_ms=5_100)
    assert (shots[0].start_ms, shots[-1].end_ms) == (0, 5_100)
    assert all(one.end_ms == two.start_ms for one, two in pairwise(shots))


def test_a_still_picture_is_one_shot_without_motion() -> None:
    [shot] = metered([plain(90, 90, 90)] * 8).shots(rate=2.0, duration_ms=4_000)
    assert shot.motion == 0


def test_steady_motion_is_no_cut() -> None:
    assert cuts([0.0, *[18.0] * 12], [1.0] * 13) == []


def test_a_black_picture_has_no_brightness() -> None:
    [shot] = metered([plain(0, 0, 0)] * 3).shots(rate=2.0, duration_ms=1_500)
    assert (shot.brightness, shot.contrast) == (0, 0)


def test_no_frames_are_no_shots() -> None:
    assert ShotMeter().shots(rate=2.0, duration_ms=1_000) == []


def test_boxes_overlap_by_intersection_over_union() -> None:
    assert box(0, 0, 10, 10).overlap(box(0, 0, 10, 10)) == 1.0
    assert box(0, 0, 10, 10).overlap(box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert box(0, 0, 10, 10).overlap(box(20, 0, 30, 10)) == 0.0


def test_the_look_of_a_caption_is_told_in_words() -> None:
    frame = plain(0, 0, 0)
    frame[80:84, 70:90:4] = 255
    assert describe(frame, box(65, 78, 95, 86)) == "large light text on a darker background, bottom centre"


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Good night！晚安！", "Good night!晚安！"),
        ("使用Python！", "使用Python！"),
        ("晚安！", "晚安！"),
        ("Tickets： 3", "Tickets: 3"),
    ],
)
def test_western_words_keep_western_marks(read: str, meant: str) -> None:
    assert western_marks(read) == meant


@pytest.mark.parametrize(
    ("size", "looked_at"), [((1920, 1080), (1280, 720)), ((640, 360), (640, 360)), ((721, 1281), (720, 1280))]
)
def test_large_frames_are_looked_at_smaller_and_even(size: tuple[int, int], looked_at: tuple[int, int]) -> None:
    assert analysed_size(*size) == looked_at
