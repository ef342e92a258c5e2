"""On-screen text over time: each text is recognised once, then followed from frame to frame by its look.

Finding text is the dearest step of the engine, so a frame is searched only where the picture changed since the last
search, and at most once in `SEARCH_EVERY_MS`; the frames between are compared with the texts already known.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.appearance import describe
from engine.decoding import Frame
from engine.findings import VisibleText
from engine.ocr import FoundBox, find_boxes, read_box
from engine.wording import likeness

SEARCH_EVERY_MS = 1_000
CHANGED_BLOCK = 6.0  # grey levels by which one block of the picture must change, to be searched again
BLOCKS = (16, 9)
SAME_LOOK = 0.6  # correlation with the known picture of a text above which it is still there
SAME_PLACE = 0.5  # intersection over union
SAME_TEXT = 0.8  # likeness of two readings
LEAST_SCORE = 0.75  # of the recogniser; scenery that looks like letters scores lower
LONGEST_GAP_MS = 1_000  # the same text, gone for no longer, is one element

Grey = NDArray[np.uint8]


@dataclass(slots=True)
class Track:
    """One text while it is followed. Frame numbers count from 0; `last` is the last frame that showed it."""

    text: str
    score: float
    box: FoundBox
    look: Grey
    appearance: str
    first: int
    last: int


class TextFollower:
    """Takes the frames of a clip in order; `texts` gives what was found."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._every = max(1, round(SEARCH_EVERY_MS / 1000 * rate))
        self._active: list[Track] = []
        self._done: list[Track] = []
        self._recent: deque[Grey] = deque(maxlen=self._every)  # the frames just before this one
        self._searched: NDArray[np.float32] | None = None
        self._searched_at = -self._every
        self._count = 0

    def add(self, frame: Frame) -> None:
        grey: Grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
        number = self._count
        for track in self._active:
            if _alike(track, grey):
                track.last = number
        small = np.asarray(cv2.resize(grey, (160, 90), interpolation=cv2.INTER_AREA), np.float32)
        due = number - self._searched_at >= self._every
        if due and (self._searched is None or _changed(small, self._searched)):
            self._search(frame, grey, number)
            self._searched, self._searched_at = small, number
        self._recent.append(grey)
        self._count += 1

    def _search(self, frame: Frame, grey: Grey, number: int) -> None:
        left = list(self._active)
        found: list[Track] = []
        for box in find_boxes(frame):
            known = next((each for each in left if each.box.overlap(box) >= SAME_PLACE and each.last == number), None)
            if known:
                left.remove(known)
                found.append(known)
                continue
            text, score = read_box(frame, box)
            if score < LEAST_SCORE or not text:
                continue
            same = next((each for each in left if self._continues(each, box, text, number)), None)
            if same:
                left.remove(same)
                found.append(_refreshed(same, Track(text, score, box, box.cut(grey), same.appearance, 0, number)))
            else:
                look = box.cut(grey)
                found.append(
                    Track(text, score, box, look, describe(frame, box), self._first_seen(box, look, number), number)
                )
        still = [each for each in left if each.last == number]
        self._done += [each for each in left if each.last != number]
        self._active = found + still

    def _continues(self, track: Track, box: FoundBox, text: str, number: int) -> bool:
        recent = number - track.last <= self._every
        return recent and likeness(track.text, text) >= SAME_TEXT and track.box.overlap(box) > 0

    def _first_seen(self, box: FoundBox, look: Grey, number: int) -> int:
        """The first of the frames since the last search that shows the text already."""
        first = number
        for back, earlier in enumerate(reversed(self._recent), start=1):
            if number - back <= self._searched_at or not _same_look(look, box.cut(earlier)):
                break
            first = number - back
        return first

    def texts(self, duration_ms: int) -> list[VisibleText]:
        """All texts in the order in which they appeared, from top to bottom."""
        tracks = _without_gaps([*self._done, *self._active], round(LONGEST_GAP_MS / 1000 * self._rate))
        tracks.sort(key=lambda each: (each.first, each.box.top, each.box.left))
        return [
            VisibleText(
                start_ms=round(track.first * 1000 / self._rate),
                end_ms=max(
                    round(track.first * 1000 / self._rate) + 1,
                    duration_ms if track.last == self._count - 1 else round((track.last + 1) * 1000 / self._rate),
                ),
                text=track.text,
                appearance=track.appearance,
            )
            for track in tracks
        ]


def _refreshed(track: Track, newer: Track) -> Track:
    """The track at its new place; of two readings the surer one."""
    better = newer if newer.score > track.score else track
    return Track(better.text, better.score, newer.box, newer.look, track.appearance, track.first, newer.last)


def _without_gaps(tracks: list[Track], most_frames: int) -> list[Track]:
    """The same text at the same place, lost for a moment, made one."""
    result: list[Track] = []
    for track in sorted(tracks, key=lambda each: each.first):
        same = next(
            (
                each
                for each in result
                if track.first - each.last - 1 <= most_frames
                and likeness(each.text, track.text) >= SAME_TEXT
                and each.box.overlap(track.box) > 0
            ),
            None,
        )
        if same is None:
            result.append(track)
            continue
        if track.score > same.score:
            same.text, same.score = track.text, track.score
        same.last = max(same.last, track.last)
    return result


def _alike(track: Track, grey: Grey) -> bool:
    return _same_look(track.look, track.box.cut(grey))


def _same_look(look: Grey, other: Grey) -> bool:
    if look.shape != other.shape or look.size == 0 or float(other.std()) < 1:
        return False
    return float(cv2.matchTemplate(other, look, cv2.TM_CCOEFF_NORMED)[0, 0]) >= SAME_LOOK


def _changed(small: NDArray[np.float32], before: NDArray[np.float32]) -> bool:
    blocks = cv2.resize(np.abs(small - before), BLOCKS, interpolation=cv2.INTER_AREA)
    return float(blocks.max()) >= CHANGED_BLOCK
