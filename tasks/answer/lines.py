"""From an answer's text to lines, and from a section's lines to blocks that stand under one time each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tasks.timecode import TimeMark, bracketed_range, leading_time


@dataclass(frozen=True, slots=True)
class Line:
    """One line, without outer white space; `mark` is the time that it starts with."""

    text: str
    indent: int = 0  # columns of white space in front
    mark: TimeMark | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """The lines that follow one time, the rest of the time's own line included; `mark` is None before the first."""

    mark: TimeMark | None
    lines: tuple[Line, ...]

    @property
    def start_ms(self) -> int | None:
        return self.mark.start_ms if self.mark else None

    @property
    def end_ms(self) -> int | None:
        return self.mark.end_ms if self.mark else None


def split_lines(text: str) -> list[Line]:
    """The answer's lines, without invisible characters, thinking before the answer, and a code fence around it."""
    text = _INVISIBLE.sub("", _SURROGATE.sub("�", text))
    text = _LINE_END.sub("\n", _without_thinking(text))
    lines = [_line(raw) for raw in text.split("\n")]
    return [line for line in _without_fence(lines) if not _WRAPPER.fullmatch(line.text)]


def blocks(lines: Sequence[Line]) -> list[Block]:
    """The lines grouped under their times. Rules, counters of subtitles and a closing "(End)" are dropped.

    Where a section uses ranges, a single unbracketed stamp is part of the text: a clock in the picture, say.
    Where no line starts with a time, times in brackets inside the lines are taken.
    """
    lines = _without_clutter(lines)
    if not any(line.mark for line in lines):
        lines = [_hoisted(line) for line in lines]
    ranged = any(line.mark and line.mark.is_range for line in lines)
    found: list[tuple[TimeMark | None, list[Line]]] = [(None, [])]
    for line in lines:
        mark = line.mark
        if mark and (mark.is_range or mark.enclosed or not ranged):
            found.append((mark, [Line(mark.rest, line.indent)] if mark.rest else []))
        elif line.text or found[-1][1]:
            found[-1][1].append(line)
    return [Block(mark, _trimmed(inside)) for mark, inside in found if mark or _trimmed(inside)]


def is_timed(lines: Iterable[Line]) -> bool:
    return any(line.mark for line in lines)


def without_bullet(text: str) -> str:
    """The text behind a list's bullet or number."""
    found = _BULLET.match(text)
    return text[found.end() :] if found else text


def has_bullet(text: str) -> bool:
    return _BULLET.match(text) is not None


def join(lines: Iterable[Line]) -> str:
    """The lines as one text; single blank lines between paragraphs stay."""
    return _BLANKS.sub("\n\n", "\n".join(line.text for line in lines)).strip()


# Joiners (U+200C, U+200D) and direction marks stay inside the text: Persian, Hindi, Hebrew and emoji need them.
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\x00]")
_SURROGATE = re.compile("[\ud800-\udfff]")  # cannot be stored as UTF-8
_EDGES = " \t\v\f\xa0\u3000\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LINE_END = re.compile("\r\n?|\u2028|\u2029|\x85")
_THINKING = re.compile(r"\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT = re.compile(r"^[ \t]*</(?:think|thinking|thought|reasoning)>", re.IGNORECASE | re.MULTILINE)
_WRAPPER = re.compile(r"</?(?:answer|output|response|result|report)>", re.IGNORECASE)
_FENCE = re.compile(r"(?:`{3,}|~{3,})[\w+-]*")
_RULE = re.compile(r"[-*_=–—](?:[ \t]?[-*_=–—]){2,}|\.{3,6}|…{1,2}")
_COUNTER = re.compile(r"\d{1,6}")
_END = re.compile(r"[\[(（【](?:the )?(?:end|fin|完|结束|結束|终|終)[\])）】][.。]?", re.IGNORECASE)
_BULLET = re.compile(r"[-*•·▪◦‣+–—>]\s+|\d{1,3}[.)、]\s+|[(（]\d{1,3}[)）]\s*")
_BLANKS = re.compile(r"\n{3,}")


def _line(raw: str) -> Line:
    text = raw.strip(_EDGES)
    return Line(text, len(raw.expandtabs(4)) - len(raw.expandtabs(4).lstrip(_EDGES)), leading_time(text))


def _without_thinking(text: str) -> str:
    """The answer without the reasoning that some servers leave in front of it; the raw answer keeps it."""
    opening = _THINKING.match(text)
    if opening:
        closing = f"</{opening[1]}>"
        end = text.casefold().find(closing.casefold())
        return text[end + len(closing) :] if end >= 0 else text
    closed = _THOUGHT.search(text)
    return text[closed.end() :] if closed else text


def _without_fence(lines: list[Line]) -> list[Line]:
    """Takes away the code fence around the answer, with or without an end, but not one inside of a section."""
    fences = [number for number, line in enumerate(lines) if _FENCE.fullmatch(line.text)]
    if not fences or any(line.mark or line.text.startswith("#") for line in lines[: fences[0]]):
        return lines
    around = {fences[0], fences[-1]} if len(fences) % 2 == 0 else {fences[0]}
    return [line for number, line in enumerate(lines) if number not in around]


def _without_clutter(lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    for line, following in pairwise([*lines, Line("")]):
        counter = following.mark is not None and following.mark.arrow and _COUNTER.fullmatch(line.text)
        if not counter and not (_RULE.fullmatch(line.text) and not line.mark):
            kept.append(line)
    last = next((number for number in range(len(kept) - 1, -1, -1) if kept[number].text), None)
    if last is not None and _END.fullmatch(_words_of(kept[last])):
        del kept[last]
    return kept


def _words_of(line: Line) -> str:
    return line.mark.rest if line.mark else line.text


def _hoisted(line: Line) -> Line:
    mark = bracketed_range(line.text)
    return replace(line, mark=mark) if mark else line


def _trimmed(lines: list[Line]) -> tuple[Line, ...]:
    """Without blank lines at both ends."""
    start, stop = 0, len(lines)
    while start < stop and not lines[start].text:
        start += 1
    while stop > start and not lines[stop - 1].text:
        stop -= 1
    return tuple(lines[start:stop])
