"""Follow on-screen text over time.

Each text is recognised once, then followed from frame to frame by its look.

Finding text is the dearest step of the engine, so a frame is searched only where the picture changed since the last
search, and at most once in `SEARCH_EVERY_MS`; the frames between are compared with the texts already known. What
scrolls is followed along its way (engine/motion.py), so that a line of rolling credits is read once and is one
element.
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
from engine.findings import TextSightings, VisibleText
from engine.motion import STILL, Grey, Patch, Shift, common_shift, followed, likeness_at
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
MOST_READ = 40  # texts of one search that are read; a reading takes some 10 ms, and a search comes every second
AT_ONCE_CHARACTERS = 2_000  # of a full page, which a reader may go through while it stays
READ_PER_SECOND = 30  # characters that a quick reader takes in; subtitles are held to 20


@dataclass(slots=True, eq=False)
class Track:
    """A track is one text while it is followed.

    Frame numbers count from 0; `last` is the last frame that showed it.
    """

    text: str
    score: float
    box: FoundBox
    look: Grey
    appearance: str
    first: int
    last: int
    has_moved: bool = False

    @property
    def patch(self) -> Patch:
        return Patch(self.box, self.look)


class TextFollower:
    """Take the frames of a clip in order; `texts` gives what was found."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._every = max(1, round(SEARCH_EVERY_MS / 1000 * rate))
        self._active: list[Track] = []
        self._done: list[Track] = []
        self._recent: deque[tuple[Grey, Shift]] = deque(maxlen=self._every)  # frames just before, and the move after
        self._shift = STILL
        self._searched: NDArray[np.float32] | None = None
        self._searched_at = -self._every
        self._unread_ms = 0
        self._count = 0

    def add(self, frame: Frame) -> None:
        """Take the next frame, a BGR picture."""
        grey: Grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
        number = self._count
        self._follow(grey, number)
        small = np.asarray(cv2.resize(grey, (160, 90), interpolation=cv2.INTER_AREA), np.float32)
        due = number - self._searched_at >= self._every
        if due and (self._searched is None or _changed(small, self._searched)):
            self._search(frame, grey, number)
            self._searched, self._searched_at = small, number
        self._recent.append((grey, STILL))
        self._count += 1

    def _follow(self, grey: Grey, number: int) -> None:
        """Find the active texts in a new frame, in their old position or scrolled."""
        gone = []
        for track in self._active:
            alike = likeness_at(track.patch, grey)
            if alike >= SAME_LOOK:
                track.last = number
            if alike < UNCHANGED_LOOK and track.last >= number - 1:
                gone.append(track)
        self._shift = common_shift([track.patch for track in gone], grey, self._shift) if gone else STILL
        if self._shift == STILL:
            return
        if self._recent:
            self._recent[-1] = (self._recent[-1][0], self._shift)
        for track in gone:
            box = followed(track.patch, grey, self._shift, SAME_LOOK)
            if box is not None:
                track.box, track.last, track.has_moved = box, number, True

    def _search(self, frame: Frame, grey: Grey, number: int) -> None:
        left = list(self._active)
        found: list[Track] = []
        unread = 0
        for number_read, box in enumerate(self._unknown(find_boxes(frame), left, found, grey, number)):
            if number_read >= MOST_READ:
                unread += 1
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
        if unread:
            self._unread_ms += SEARCH_EVERY_MS
        still = [each for each in left if each.last == number and not _covered(each, found)]
        self._done += [each for each in left if each not in still]
        self._active = found + still

    def _unknown(
        self, boxes: list[FoundBox], left: list[Track], found: list[Track], grey: Grey, number: int
    ) -> list[FoundBox]:
        """Return the boxes that have to be read.

        Texts that are still there go from `left` to `found`.
        """
        unknown = []
        for box in boxes:
            known = max(left, key=lambda each: each.box.overlap(box), default=None)
            there = known is not None and known.box.overlap(box) >= SAME_POSITION
            if known is not None and there and likeness_at(known.patch, grey) >= UNCHANGED_LOOK:
                left.remove(known)
                known.last = number
                found.append(known)
            else:
                unknown.append(box)
        return unknown

    def _continues(self, track: Track, new: Track) -> bool:
        recent = new.last - track.last <= self._every
        return recent and likeness(track.text, new.text) >= SAME_TEXT and track.box.overlap(new.box) > 0

    def _first_seen(self, new: Track, number: int, replaced: list[Track]) -> int:
        """Return the first frame since the last search that shows the new text.

        It must show it more than the one that it replaced.
        """
        first, way = number, STILL
        for back, (earlier, shift) in enumerate(reversed(self._recent), start=1):
            way = Shift(way.dx - shift.dx, way.dy - shift.dy)
            look = max(likeness_at(new.patch, earlier, way), likeness_at(new.patch, earlier))
            if number - back <= self._searched_at or look < SAME_LOOK:
                break
            if any(likeness_at(each.patch, earlier) > look for each in replaced):
                break
            first = number - back
        for each in replaced:
            each.last = min(each.last, first - 1)
        return first

    def _believable(self, track: Track) -> bool:
        glimpsed = (track.last - track.first + 1) * 1000 < GLIMPSE_MS * self._rate and self._count > self._every
        return not glimpsed or (track.score >= GLIMPSE_SCORE and not _is_one_letter(track.text))

    def texts(self, duration_ms: int) -> TextSightings:
        """Return all texts in the order in which they appeared, from top to bottom.

        They are those that a person could read.
        """
        tracks = _without_gaps([*self._done, *self._active], round(LONGEST_GAP_MS / 1000 * self._rate))
        tracks = [track for track in tracks if self._believable(track)]
        tracks.sort(key=lambda each: (each.first, each.box.top, each.box.left))
        seen = [
            VisibleText(
                start_ms=round(track.first * 1000 / self._rate),
                end_ms=max(
                    round(track.first * 1000 / self._rate) + 1,
                    duration_ms if track.last == self._count - 1 else round((track.last + 1) * 1000 / self._rate),
                ),
                text=track.text,
                appearance=f"{track.appearance}, read with {track.score:.0%} confidence",
            )
            for track in tracks
        ]
        readable = within_reading_speed(seen)
        return TextSightings(tuple(readable), len(seen) - len(readable), min(self._unread_ms, duration_ms))


def within_reading_speed(texts: list[VisibleText]) -> list[VisibleText]:
    """Return the texts that a quick reader could take in, in order.

    What is shown faster is left out.

    A full page may stand at once (AT_ONCE_CHARACTERS); after it come READ_PER_SECOND more characters a second.
    """
    kept: list[VisibleText] = []
    left, at_ms = float(AT_ONCE_CHARACTERS), 0
    for each in texts:
        left = min(AT_ONCE_CHARACTERS, left + (each.start_ms - at_ms) * READ_PER_SECOND / 1000)
        at_ms = each.start_ms
        if len(each.text) <= left:
            left -= len(each.text)
            kept.append(each)
    return kept


def _is_one_letter(text: str) -> bool:
    return len(text) == 1 and unicodedata.east_asian_width(text) not in "WF"


def _refreshed(track: Track, newer: Track) -> Track:
    """Move a track to its new position, with the surer one of two readings."""
    better = newer if newer.score > track.score else track
    return Track(
        better.text, better.score, newer.box, newer.look, track.appearance, track.first, newer.last, track.has_moved
    )


def _without_gaps(tracks: list[Track], most_frames: int) -> list[Track]:
    """Join tracks of one text in one position that was lost for a moment."""
    result: list[Track] = []
    for track in sorted(tracks, key=lambda each: each.first):
        same = next(
            (
                each
                for each in result
                if track.first - each.last - 1 <= most_frames
                # Of what scrolls, two of one name may pass one after the other; at the edge one is seen twice.
                and (track.first >= each.last - most_frames or not (track.has_moved or each.has_moved))
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


def _covered(track: Track, by: list[Track]) -> bool:
    """Say whether another text was just read at the place of this one."""
    return any(track.box.overlap(each.box) >= SAME_POSITION for each in by)


def _changed(small: NDArray[np.float32], before: NDArray[np.float32]) -> bool:
    blocks = cv2.resize(np.abs(small - before), BLOCKS, interpolation=cv2.INTER_AREA)
    return float(blocks.max()) >= CHANGED_BLOCK
