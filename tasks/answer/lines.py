"""Divide an answer's text into lines, and sections into blocks under a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.answer.patterns import lazy
from tasks.answer.quotes import Outside
from tasks.answer.time_notations import MAY_STRETCH, rare_notations, with_stretch, with_usual_times
from tasks.answer.times import TimeMark, behind_unreadable_time, bracketed_range, leading_time, possible_time

Record = Mapping[str, str]
"""One row by the names that a table or JSON gives its fields, as written; `fields.field_of` says what they mean."""


@dataclass(slots=True)
class Line:
    """A line has no outer white space; `mark` is the time that it starts with."""

    text: str
    indent: int = 0  # columns of white space in front
    mark: TimeMark | None = None
    unread: bool = False  # a time stands in front that cannot be read; `text` is what follows it
    record: Record | None = None  # a row of its own; `text` is for those who read lines alone
    member: int | None = None  # the file that it is about, where a message holds several; None: not known


@dataclass(frozen=True, slots=True)
class Block:
    """A block is the lines that follow one time.

    The rest of the time's own line is among them.

    `mark` is None before the first time, and where a time could not be read.
    """

    mark: TimeMark | None
    lines: tuple[Line, ...]
    unread: bool = False

    @property
    def start_ms(self) -> int | None:
        return self.mark.start_ms if self.mark else None

    @property
    def end_ms(self) -> int | None:
        return self.mark.end_ms if self.mark else None

    @property
    def record(self) -> Record | None:
        return self.lines[0].record if self.lines else None


def read_lines(text: str) -> list[Line]:
    r"""Return the lines of a clean text.

    One that holds several timed entries becomes several lines.

    >>> [line.mark.start_ms for line in read_lines("00:01 - 00:02 A bell.\n00:03 - 00:04 A door.")]
    [1000, 3000]
    """
    lines: list[Line] = []
    rare = rare_notations(text)
    for raw in _without_block_quote(text.split("\n")):
        line = with_usual_times(raw.strip(EDGES), rare) if rare else raw.strip(EDGES)
        indent = len(raw.expandtabs(4)) - len(raw.expandtabs(4).lstrip(EDGES)) if raw[:1] in _BLANK else 0
        mark = leading_time(line)
        if mark and mark.is_range and line[0] != "|" and ENTRY.search(mark.rest, 1):
            lines += [Line(entry, indent, leading_time(entry)) for entry in _entries(line, mark.start_ms)]
        else:
            lines.append(Line(line, indent, mark))
    return _with_stretches(lines) if MAY_STRETCH.search(text) else lines


def _with_stretches(lines: list[Line]) -> list[Line]:
    """Return the lines with "In the first 8 seconds" as a time.

    From the first time on each line has to begin with one: elsewhere it belongs to what is told.
    """
    found = list(lines)
    for number, line in enumerate(lines):
        if line.mark is None:
            text = with_stretch(line.text)
            found[number] = Line(text, line.indent, leading_time(text))
    first = next((number for number, line in enumerate(found) if line.mark), len(found))
    is_list = all(line.mark or not line.text or line.text[0] == "#" for line in found[first:])
    return found if is_list else lines


Test = Callable[[Line], bool]


def with_possible_times(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with bare numbers as times, where they go on like seconds.

    >>> [line.mark.end_ms for line in with_possible_times([Line("0 - 8"), Line("8 - 20")])]
    [8000, 20000]
    """
    return _with_times(list(lines), lambda _: False)


def blocks(lines: Sequence[Line], leads: Test | None = None, hoist: Test | None = None) -> list[Block]:
    r"""Return the lines grouped under their times.

    Rules, and a closing "(End)", are dropped.

    Where a section uses ranges, a single unbracketed stamp is part of the text: a clock in the picture, say. Where no
    line starts with a time, bare numbers are seconds if they go on like times, and times in brackets inside the lines
    are taken, of those for which `hoist` is true. Lines for which `leads` is true go to the time that follows them
    directly.

    >>> [(block.start_ms, join(block.lines)) for block in blocks(read_lines("00:01 - 00:02\nA bell.\nIt rings."))]
    [(1000, 'A bell.\nIt rings.')]
    """
    lines = _with_times(_without_clutter(lines), hoist)
    ranged = any(line.mark and line.mark.is_range for line in lines)
    timed = ranged or any(line.mark for line in lines)
    found: list[tuple[TimeMark | None, list[Line], bool]] = [(None, [], False)]
    for line in lines:
        mark = line.mark
        if line.record is not None:
            found.append((mark, [line], line.unread))
        elif mark and (mark.is_range or mark.enclosed or not ranged):
            before = _taken_from(found[-1][1], found[-1][0] is not None or found[-1][2], leads)
            found.append((mark, before + ([Line(mark.rest, line.indent)] if mark.rest else []), False))
        elif timed and (rest := behind_unreadable_time(line.text)) is not None:
            found.append((None, [Line(rest, line.indent)] if rest else [], True))
        elif line.text or found[-1][1]:
            if found[-1][1] and found[-1][1][0].record is not None:
                found.append((None, [], False))
            found[-1][1].append(line)
    trimmed = [Block(mark, _trimmed(inside), unread) for mark, inside, unread in found]
    return [block for block in trimmed if block.mark or block.lines]


def without_record(line: Line) -> Iterator[Line]:
    """Write a record as lines of text, its time on one of its own.

    >>> [line.text for line in without_record(Line("Label: fraud", record={"Label": "fraud"}))]
    ['Label: fraud']
    """
    if line.record is None:
        yield line
        return
    if line.mark:
        yield Line("", line.indent, line.mark)
    yield Line(line.text, line.indent)


def is_timed(lines: Iterable[Line]) -> bool:
    r"""Say whether any line starts with a time.

    >>> is_timed(read_lines("A bell.\n00:01 - 00:02 A door."))
    True
    """
    return any(line.mark for line in lines)


def without_bullet(text: str) -> str:
    """Return the text behind a list's bullet or number.

    >>> without_bullet("2. EXIT")
    'EXIT'
    """
    found = _BULLET.match(text)
    return text[found.end() :] if found else text


def has_bullet(text: str) -> bool:
    """Say whether a list's bullet or number stands in front.

    >>> has_bullet("- a bell"), has_bullet("2) a door"), has_bullet("a bell")
    (True, True, False)
    """
    return _BULLET.match(text) is not None


def join(lines: Iterable[Line]) -> str:
    r"""Return the lines as one text; single blank lines between paragraphs stay.

    >>> join([Line(""), Line("a bell"), Line(""), Line(""), Line("a door")])
    'a bell\n\na door'
    """
    return _BLANKS.sub("\n\n", "\n".join(line.text for line in lines)).strip()


_BLANK = (" ", "\t", "\v", "\f", "\xa0", "\u3000")
_OPENERS = "[(（【<"
EDGES = " \t\v\f\xa0\u3000\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_RULE = lazy(r"[-*_=–—](?:[ \t]?[-*_=–—]){2,}|\.{3,6}|…{1,2}")
_END = lazy(r"[\[(（【*](?:the )?(?:end|fin|完|结束|結束|终|終|끝|конец)[\])）】*][.。]?", re.IGNORECASE)
_BULLET = lazy(r"[-*•·▪◦‣●○■□▶►+–—>]\s+|\d{1,3}[.)、]\s+|[(（]\d{1,3}[)）]\s*|[①-⑳]\s*")
_TITLE = lazy(r"\*\*[^*\n]{1,80}\*\*[:：]?")
_BLANKS = lazy(r"\n{3,}")
ENTRY = lazy(
    r"(?:(?<=[.!?;”\"])\s{1,4}|(?<=[。！？；”」])\s{0,4})(?=(?:[^\W\d]{1,12}[,，\s]\s?){0,5}(?:from|between|at|von|de|从|從|在|第)?\s?第?\d)"
    r"|(?<=\s)(?=[\[(（【<]\s?\d)",
    re.IGNORECASE,
)


def _without_block_quote(lines: list[str]) -> list[str]:
    """Return the lines without the ">" of a quotation, where most of them have it."""
    quoted = sum(line.lstrip().startswith(">") for line in lines)
    if 2 * quoted <= sum(map(bool, lines)):
        return lines
    return [line.lstrip()[1:].removeprefix(" ") if line.lstrip().startswith(">") else line for line in lines]


def _entries(text: str, start_ms: int) -> Iterator[str]:
    """Yield the entries of a line that starts with a range, in one pass.

    Each has its own range.

    A further entry has a range of the same kind, in brackets or behind the end of a sentence, and does not go back in
    time. Inside of quotation marks there is none.
    """
    bracket = text[0] if text[0] in _OPENERS else ""
    outside = Outside(text)
    cut = 0
    for found in ENTRY.finditer(text, 1):
        at = found.end()
        if not outside.at(at) or (text[at] in _OPENERS and text[at] != bracket):
            continue  # also a range in brackets behind what it times
        mark = leading_time(text[at : at + 80])
        if mark and mark.is_range and mark.rest and mark.start_ms >= start_ms:
            yield text[cut : found.start()].rstrip()
            cut, start_ms = at, mark.start_ms
    yield text[cut:]


def _with_times(lines: list[Line], hoist: Test | None) -> list[Line]:
    """Return the lines with times found where none starts a line for sure."""
    if any(line.mark and not line.mark.bare for line in lines):
        return lines
    if possible := _going_on(lines):
        marked = list(lines)
        for number, mark in possible.items():
            marked[number] = replace(lines[number], mark=mark)
        return marked
    if any(line.mark for line in lines):
        return lines
    return [_hoisted(line) if hoist is None or hoist(line) else line for line in lines]


def _going_on(lines: Sequence[Line]) -> dict[int, TimeMark]:
    """Return the numbers in front of lines that are seconds, one after the other.

    They are ranges, or at least two points; none where any of them goes back.
    """
    found: dict[int, TimeMark] = {}
    reached = 0
    for number, line in enumerate(lines):
        mark = line.mark or possible_time(line.text)
        if mark and not reached <= mark.start_ms <= mark.end_ms:
            return {}
        if mark:
            found[number], reached = mark, mark.start_ms
    return found if len(found) > 1 or all(mark.is_range for mark in found.values()) else {}


def _without_clutter(lines: Sequence[Line]) -> list[Line]:
    kept = [line for line in lines if line.record is not None or line.mark or not _RULE.fullmatch(line.text)]
    last = next((number for number in range(len(kept) - 1, -1, -1) if kept[number].text), None)
    if last is not None and _END.fullmatch(_words_of(kept[last])):
        del kept[last]
    return kept


def _words_of(line: Line) -> str:
    return line.mark.rest if line.mark else line.text


def _hoisted(line: Line) -> Line:
    mark = bracketed_range(line.text) if line.record is None else None
    return replace(line, mark=mark) if mark else line


def _taken_from(before: list[Line], is_timed: bool, leads: Test | None) -> list[Line]:
    """Take the last lines of a block that belong to the time behind them.

    They are paragraphs, or titles in bold.
    """
    if leads is None or not before or not before[-1].text:
        return []
    first = len(before)
    while first and before[first - 1].text and leads(before[first - 1]):
        first -= 1
    titles = all(_TITLE.fullmatch(line.text) for line in before[first:])
    apart = (first and not before[first - 1].text) or (first == 0 and not is_timed)
    if first == len(before) or not (apart or (first and titles)):
        return []
    taken = before[first:]
    del before[first:]
    return taken


def _trimmed(lines: list[Line]) -> tuple[Line, ...]:
    """Drop the blank lines at both ends."""
    start, stop = 0, len(lines)
    while start < stop and not lines[start].text and lines[start].record is None:
        start += 1
    while stop > start and not lines[stop - 1].text and lines[stop - 1].record is None:
        stop -= 1
    return tuple(lines[start:stop])
