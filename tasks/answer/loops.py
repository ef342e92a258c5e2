"""Find where a model says the same thing over and over, and cut it.

Such loops are found in the text alone, and cut behind the first time.

What changes in any list from one time to the next is looked through: time stamps, the numbers of a list, the counters
of subtitles. So a phrase without an end, a line, a block of lines and subtitles with growing times are all the same: a
stretch that repeats with some period.

People repeat themselves too: a chorus, a chant, laughter, "No, no, no", a camera before which nothing happens. So it
takes more than they would say in a row: a loop has no reason to stop and mostly runs into the hundreds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tasks.answer.patterns import lazy

LONGEST_UNIT = 3000  # characters of what is repeated
PHRASE_TIMES = 20  # of a phrase or a short line ...
PHRASE_BYTES = 60  # ... in UTF-8, in which a sentence of any script is about as long
BLOCK_TIMES = 8  # of anything longer
TIMED_ENTRIES = 30  # entries that each have a time of their own; a refrain is sung a dozen times, rarely twenty
FEWEST_BYTES = 200  # of the whole stretch: laughter is shorter
SIGNS_BYTES = 1000  # of a stretch without any letter: rules, dots and dashes are drawn for a reason


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop says again in `text[start:end]` what stands before it."""

    start: int  # in characters; what is said for the first time lies before it
    end: int
    unit: str  # what is said again, without its times, on one line; "" where there is no word in it
    times: int  # in a row, the first one included

    @property
    def sentence(self) -> str:
        """Say what was found, for the reason of an outcome."""
        shown = f"“{self.unit[:60].rstrip()}{'…' if len(self.unit) > 60 else ''}”" if self.unit else "the same signs"
        return f"repeated {self.times} times in a row: {shown}"


def find_loops(text: str) -> tuple[Loop, ...]:
    """Return the loops of a text, in its order; they don't overlap.

    Takes time in proportion to the text.

    >>> [(loop.times, loop.unit) for loop in find_loops("A bell. " + "It rings on and on. " * 40)]
    [(40, 'It rings on and on.')]
    """
    if not _may_hold_loop(text):
        return ()
    masked = _Masked.of(text)
    return tuple(_loop(masked, *run) for run in _runs(masked.text))


def without_loops(text: str) -> tuple[str, tuple[Loop, ...]]:
    """Return the text with each loop cut behind the first time.

    And the loops that were found.

    >>> without_loops("A bell. " + "It rings on and on. " * 40)[0]
    'A bell. It rings on and on.'
    """
    loops = find_loops(text)
    if not loops:
        return text, ()
    edges = [0, *(edge for loop in loops for edge in (loop.start, loop.end)), len(text)]
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)), loops


# --- what holds no loop for sure ---------------------------------------------------------------------------------

_OF_TIMES = b"0123456789:.,sm"  # in any notation
_SENTENCE_ENDS = ".。，"
_IN_A_ROW = bytes([True]) * (BLOCK_TIMES - 1)


def _may_hold_loop(text: str) -> bool:
    """Say whether a text may hold a loop, many times as fast as it is found.

    A loop over several lines has the same lines over and over but for their times, so that all lines in it come often.
    So do the sentences of one within a line. Any other lies within one sentence, which is long or has many digits:
    these are looked at alone, unless they are most of the text.
    """
    raw = text.encode("utf-8", "replace")
    most = len(raw) // 2
    for ends in ("", _SENTENCE_ENDS):
        for end in ends:
            raw = raw.replace(end.encode(), b"\n") if end in text else raw
        bare = raw.translate(None, _OF_TIMES).split(b"\n")
        common = {piece for piece, times in Counter(bare).items() if times >= BLOCK_TIMES - 1}
        if _IN_A_ROW in bytes(map(common.__contains__, bare)):
            return True
        pieces = zip(raw.split(b"\n"), bare, strict=True)
        raw = b"\n".join(
            [piece for piece, words in pieces if len(piece) >= FEWEST_BYTES or len(piece) - len(words) >= TIMED_ENTRIES]
        )
    return len(raw) > most or (bool(raw) and any(True for _ in _runs(_Masked.of(raw.decode()).text)))


# --- what changes from one time to the next ----------------------------------------------------------------------

_TIME, _NUMBER = "\ue000", "\ue001"  # stand for what was masked
_BEHIND_DIGIT = (  # what makes a time of a digit
    r"(?:[0-9]{0,2}(?::[0-9]{1,3})?:[0-9]{2}(?:[.,:][0-9]{1,3})?"
    r"|[0-9]{0,5}(?:[.,][0-9]{1,6})?[ ]?(?:s\b|秒)|[0-9]{0,3}(?:分|m )[0-9]{1,2}(?:秒|s\b))"
)
_MASKS = lazy(  # begins with a set of signs, so that what lies between is skipped fast
    rf"[0-9](?:(?P<time>{_BEHIND_DIGIT}(?:[ \t]*(?:-->|->|→|[-–—~～至到]|to\b)[ \t]*[0-9]{_BEHIND_DIGIT})?)"
    r"|(?P<number>[0-9]{0,5}(?:[.)、:](?=\s)|(?=[ \t]*$)))|[0-9]*)",
    re.MULTILINE,
)


def _starts_line(text: str, offset: int) -> bool:
    """Say whether only blanks stand before an offset on its line."""
    while offset and text[offset - 1] in " \t":
        offset -= 1
    return offset == 0 or text[offset - 1] == "\n"


@dataclass(frozen=True, slots=True)
class _Masked:
    """A masked text has one sign for each time and number.

    It knows the way back to the offsets of the original.
    """

    text: str
    original: str
    starts: tuple[int, ...]  # where the pieces between the masks, and the masks, begin in `text` ...
    origins: tuple[int, ...]  # ... and in the original

    @classmethod
    def of(cls, text: str) -> _Masked:
        pieces: list[str] = []
        starts, origins, length, reached = [0], [0], 0, 0
        for found in _MASKS.finditer(text):
            kind = found.lastgroup
            if kind is None or (kind == "number" and not _starts_line(text, found.start())):
                continue
            start = found.start()
            pieces += (text[reached:start], _TIME if kind == "time" else _NUMBER)
            length += start - reached
            reached = found.end()
            starts += (length, length + 1)
            origins += (start, reached)
            length += 1
        return cls("".join([*pieces, text[reached:]]), text, tuple(starts), tuple(origins))

    def origin(self, offset: int) -> int:
        """Return the offset in the original of one in the masked text."""
        piece = bisect_right(self.starts, offset) - 1
        return self.origins[piece] + offset - self.starts[piece]


# --- stretches that repeat ---------------------------------------------------------------------------------------

_KEY = 16  # characters by which an offset is known again
_SEEN = 3  # last offsets of a key that are looked back at: a unit may begin several of its sentences alike
_BARE = 48  # characters without any mark, in which every offset is looked at: a loop may have none ...
_BARE_ASCII = 190  # ... if it is long enough: FEWEST_BYTES in all
_WINDOW = 5 * BLOCK_TIMES * LONGEST_UNIT
_WORD_OF = lazy(r"\S+")
_MARK = lazy(r"[\n.!?。，、！？…\ue000\ue001][^\S\n]*")


def _offsets(text: str, first: int, last: int) -> list[int]:
    """Return the offsets between two others where something begins.

    That is behind each mark, and in a stretch without any at each word or letter.
    """
    marks = [found.end() for found in _MARK.finditer(text, first, last)]
    edges = [first, *marks, last]
    bare = [(start, stop) for start, stop in pairwise(edges) if stop - start > _BARE]
    inside = [
        offset
        for start, stop in bare
        if stop - start > _BARE_ASCII or not text[start:stop].isascii()
        for offset in _words(text, start, stop)
    ]
    return sorted([*marks, *inside]) if inside else marks


def _words(text: str, start: int, stop: int) -> Iterator[int]:
    for word in _WORD_OF.finditer(text, start, stop):
        yield word.start()
        if word.end() - word.start() > _BARE:
            yield from range(word.start() + 1, word.end())


def _runs(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and period of each stretch that repeats often enough to be a loop.

    The text is looked at in windows that overlap by the longest loop that is just one, so that what lies within a loop
    is passed over.
    """
    floor = reached = 0
    while reached < len(text):
        last = min(reached + _WINDOW, len(text))
        for start, end, period in _runs_within(text, max(floor, reached - BLOCK_TIMES * LONGEST_UNIT), last):
            yield start, end, period
            floor = end
        reached = max(last, floor)


def _runs_within(text: str, floor: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Return the same of the stretches that repeat between `floor` and `last`.

    They may end behind `last`.
    """
    offsets = _offsets(text, floor, last)
    keys = [text[at : at + _KEY] for at in offsets]
    seen: dict[str, list[int]] = {key: [] for key, times in Counter(keys).items() if times >= BLOCK_TIMES - 1}
    looked_at: dict[int, int] = {}  # period -> the end of the last stretch with it
    for at, key in zip(offsets, keys, strict=True) if seen else ():
        if key not in seen or at < floor:
            continue
        before = seen[key]  # the last offsets that begin so
        found = None
        for offset in reversed(before):
            period = at - offset
            if period > LONGEST_UNIT or offset < floor:
                break
            if period and looked_at.get(period, 0) <= at and text.startswith(key, offset + (BLOCK_TIMES - 2) * period):
                start = offset - _common_before(text, offset, at, floor)
                end = looked_at[period] = at + _common(text, offset, at)
                period = _root(text[start : start + period])
                if _is_loop(text, start, end, period):
                    found = start, end, period
                    break
        before.append(at)
        if len(before) > _SEEN:
            del before[0]
        if found:
            yield found
            floor = found[1]


def _root(unit: str) -> int:
    """Return the length of the shortest text that `unit` consists of, be it once."""
    return (unit + unit).find(unit, 1)


def _is_loop(text: str, start: int, end: int, period: int) -> bool:
    times = (end - start) // period
    if times < BLOCK_TIMES:
        return False
    unit = text[start : start + period]
    length = len(text[start:end].encode("utf-8", "replace"))
    if not any(sign.isalpha() for sign in unit):
        return length >= SIGNS_BYTES
    marks = unit.count(_TIME) or unit.count(_NUMBER)
    if marks:
        return times * marks >= TIMED_ENTRIES
    return length >= FEWEST_BYTES and (times >= PHRASE_TIMES or length // times >= PHRASE_BYTES)


def _common(text: str, first: int, second: int) -> int:
    """Count the characters from `first` on that are the same from `second` on.

    `second` comes later.
    """
    length, step = 0, 64
    while step:
        there = second + length
        if there + step <= len(text) and text[first + length : first + length + step] == text[there : there + step]:
            length, step = length + step, step * 2
        else:
            step //= 2
    return length


def _common_before(text: str, first: int, second: int, floor: int) -> int:
    """Count the characters before `first` that are the same before `second`.

    It does not look before `floor`.
    """
    length = 0
    while first - length > floor and text[first - length - 1] == text[second - length - 1]:
        length += 1
    return length


# --- where it is cut ---------------------------------------------------------------------------------------------

_LINE_WITH_TIME = lazy(rf"^[^\w\n{_TIME}{_NUMBER}]{{0,8}}[{_TIME}{_NUMBER}]", re.MULTILINE)
_LINE = lazy(r"^(?=.)", re.MULTILINE)
_SENTENCE = lazy(r"(?<=[.!?。!?…])\s*(?=\S)")
_WORD = lazy(r"(?<=\s)(?=\S)")


def _loop(masked: _Masked, start: int, end: int, period: int) -> Loop:
    """Describe a loop, cut where something begins.

    It may be cut anywhere, so it is cut where an entry, a line, a sentence or a word begins.
    """
    text = masked.text
    first = _first(text, start, start + period)
    is_last = not text[end:].strip()
    stop = len(text) if is_last else end - (end - first) % period
    unit = " ".join(re.sub(rf"[{_TIME}{_NUMBER}]", " ", text[first : first + period]).split()).strip(" []()*-–—:,")
    return Loop(
        start=masked.origin(first + period),
        end=masked.origin(stop),
        unit=unit if any(sign.isalnum() for sign in unit) else "",
        times=(min(end, stop) - first) // period,
    )


def _first(text: str, start: int, end: int) -> int:
    for beginning in (_LINE_WITH_TIME, _LINE, _SENTENCE, _WORD):
        found = beginning.search(text, start, end)
        if found:
            return found.start()
    return start
