"""Text that moves: followed along its way, read once, and no more of it listed than a person could read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine import texts
from engine.decoding import Frame
from engine.findings import VisibleText
from engine.motion import STILL, Patch, Shift, best_shift, common_shift, followed
from engine.ocr import FoundBox
from engine.texts import READ_PER_SECOND, TextFollower, within_reading_speed

HEIGHT, WIDTH, PITCH = 180, 320, 30
NAMES = ("ALDER", "BIRCH", "CEDAR", "DOGWOOD", "ELM", "FIR", "GINKGO", "HOLLY", "IVY", "JUNIPER")


def box(left: int, top: int, right: int, bottom: int) -> FoundBox:
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return FoundBox(tuple((float(x), float(y)) for x, y in corners), left, top, right, bottom)


def scrolled(by: int) -> tuple[Frame, list[tuple[FoundBox, str]]]:
    """A frame of names that have moved up so far, and where each one stands."""
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    shown = []
    for number, name in enumerate(NAMES):
        top = HEIGHT + number * PITCH - by
        cv2.putText(frame, name, (60, top + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
        if top >= 0 and top + 26 <= HEIGHT:
            shown.append((box(56, top, 220, top + 26), name))
    return frame, shown


def grey_of(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def patches(by: int) -> list[Patch]:
    frame, shown = scrolled(by)
    return [Patch(place, place.cut(grey_of(frame))) for place, _ in shown]


def test_best_shift_finds_where_a_text_went() -> None:
    assert best_shift(patches(100)[1], grey_of(scrolled(125)[0])) == Shift(0, -25)


def test_common_shift_is_that_of_most_texts() -> None:
    assert common_shift(patches(100), grey_of(scrolled(PITCH + 100)[0]), STILL) == Shift(0, -PITCH)


def test_common_shift_of_a_still_picture_is_none() -> None:
    assert common_shift(patches(100), grey_of(scrolled(100)[0]), STILL) == STILL


def test_followed_gives_the_box_at_its_new_place() -> None:
    moved = followed(patches(100)[1], grey_of(scrolled(121)[0]), Shift(0, -20), 0.6)
    assert moved is not None
    assert moved.top == patches(100)[1].box.top - 21


@pytest.mark.parametrize("speed", [7, 15, 30, 45])
def test_each_scrolling_line_is_one_element(speed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[FoundBox, str]] = []
    readings: list[str] = []

    def read(frame: Frame, place: FoundBox) -> tuple[str, float]:
        del frame
        name = next(name for known, name in shown if known == place)
        readings.append(name)
        return name, 0.99

    monkeypatch.setattr(texts, "find_boxes", lambda frame: [place for place, _ in shown])
    monkeypatch.setattr(texts, "read_box", read)
    follower = TextFollower(rate=2.0)
    for by in range(0, HEIGHT + len(NAMES) * PITCH, speed):
        frame, shown[:] = scrolled(by)
        follower.add(frame)
    found = [each.text for each in follower.texts(60_000).texts]
    assert (sorted(found), sorted(set(readings))) == (sorted(NAMES), sorted(NAMES))


def test_what_a_search_cannot_read_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [box(n % 9 * 30, n // 9 * 20, n % 9 * 30 + 25, n // 9 * 20 + 12) for n in range(texts.MOST_READ + 5)]
    monkeypatch.setattr(texts, "find_boxes", lambda frame: many)
    monkeypatch.setattr(texts, "read_box", lambda frame, place: (f"word {place.left} {place.top}", 0.99))
    follower = TextFollower(rate=1.0)
    follower.add(scrolled(100)[0])
    found = follower.texts(1_000)
    assert (len(found.texts), found.unread_ms) == (texts.MOST_READ, 1_000)


def test_no_more_is_listed_than_could_be_read() -> None:
    flood = [VisibleText(second * 1_000, second * 1_000 + 500, "x" * 100, "") for second in range(600)]
    listed = sum(len(each.text) for each in within_reading_speed(flood))
    assert listed <= texts.AT_ONCE_CHARACTERS + 600 * READ_PER_SECOND


def test_a_full_page_is_listed_as_a_whole() -> None:
    page = [VisibleText(0, 20_000, "a line of a page with some words", "") for _ in range(40)]
    assert within_reading_speed(page) == page
