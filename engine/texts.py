"""On-screen text over time: each text is recognised once, then followed from frame to frame by its look.

Finding text is the dearest step of the engine, so a frame is searched only where the picture changed since the last
search, and at most once in `SEARCH_EVERY_MS`; the frames between are compared with the texts already known.
"""

from __future__ import annotations

import unicodedata
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
UNCHANGED_LOOK = 0.9  # above, it is not even read again; between the two, another text of the same make may stand there
SAME_POSITION = 0.5  # intersection over union
SAME_TEXT = 0.8  # likeness of two readings
LEAST_SCORE = 0.75  # of the recogniser; scenery that looks like letters scores lower
LONGEST_GAP_MS = 1_000  # the same text, gone for no longer, is one element
GLIMPSE_MS = 1_000  # a text seen for less must be read without doubt, and a single letter is taken for a shape
GLIMPSE_SCORE = 0.9

Grey = NDArray[np.uint8]


@dataclass(slots=True, eq=False)
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
            if _look_alike(track, grey) >= SAME_LOOK:
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
            track = max(left, key=lambda each: each.box.overlap(box), default=None)
            if track and track.box.overlap(box) >= SAME_POSITION and _look_alike(track, grey) >= UNCHANGED_LOOK:
                left.remove(track)
                track.last = number
                found.append(track)
                continue
            text, score = read_box(frame, box)
            if score < LEAST_SCORE or not text:
                continue
            new = Track(text, score, box, box.cut(grey), describe(frame, box), number, number)
            same = next((each for each in left if self._continues(each, new)), None)
            if same:
                left.remove(same)
                found.append(_refreshed(same, new))
            else:
                new.first = self._first_seen(new, number, [each for each in left if each.box.overlap(box) > 0])
                found.append(new)
        still = [each for each in left if each.last == number and not _covered(each, found)]
        self._done += [each for each in left if each not in still]
        self._active = found + still

    def _continues(self, track: Track, new: Track) -> bool:
        recent = new.last - track.last <= self._every
        return recent and likeness(track.text, new.text) >= SAME_TEXT and track.box.overlap(new.box) > 0

    def _first_seen(self, new: Track, number: int, replaced: list[Track]) -> int:
        """The first frame since the last search that shows the new text, and more so than the one that it replaced."""
        first = number
        for back, earlier in enumerate(reversed(self._recent), start=1):
            look = _look_alike(new, earlier)
            if number - back <= self._searched_at or look < SAME_LOOK:
                break
            if any(_look_alike(each, earlier) > look for each in replaced):
                break
            first = number - back
        for each in replaced:
            each.last = min(each.last, first - 1)
        return first

    def _believable(self, track: Track) -> bool:
        glimpsed = (track.last - track.first + 1) * 1000 < GLIMPSE_MS * self._rate and self._count > self._every
        return not glimpsed or (track.score >= GLIMPSE_SCORE and not _is_one_letter(track.text))

    def texts(self, duration_ms: int) -> list[VisibleText]:
        """All texts in the order in which they appeared, from top to bottom."""
        tracks = _without_gaps([*self._done, *self._active], round(LONGEST_GAP_MS / 1000 * self._rate))
        tracks = [track for track in tracks if self._believable(track)]
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


def _is_one_letter(text: str) -> bool:
    return len(text) == 1 and unicodedata.east_asian_width(text) not in "WF"


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


def _look_alike(track: Track, grey: Grey) -> float:
    """How much the text's place looks as when it was read, -1 to 1."""
    there = track.box.cut(grey)
    if there.shape != track.look.shape or track.look.size == 0 or float(there.std()) < 1:
        return -1.0
    return float(cv2.matchTemplate(there, track.look, cv2.TM_CCOEFF_NORMED)[0, 0])


def _covered(track: Track, by: list[Track]) -> bool:
    """Another text was just read at the place of this one."""
    return any(track.box.overlap(each.box) >= SAME_POSITION for each in by)


def _changed(small: NDArray[np.float32], before: NDArray[np.float32]) -> bool:
    blocks = cv2.resize(np.abs(small - before), BLOCKS, interpolation=cv2.INTER_AREA)
    return float(blocks.max()) >= CHANGED_BLOCK
