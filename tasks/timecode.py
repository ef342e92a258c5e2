"""Read and write times as people and models write them.

`mm:ss.mmm` is the documented form and the one written here. Read are also `hh:mm:ss`, `hh:mm:ss,mmm`, `hh:mm:ss:mmm`,
`mm:ss:mmm`, `m:ss`, `mm:ss.ff` (a decimal fraction), `12.3s`, `1m 5s`, `1分5秒`; ranges with any dash, arrow or "to",
in brackets, in bold, after a bullet or a word such as "Time:".
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def format_ms(ms: int) -> str:
    """Write a time as `mm:ss.mmm`; minutes grow beyond 59.

    >>> format_ms(4_503_250)
    '75:03.250'
    """
    sign, ms = ("-", -ms) if ms < 0 else ("", ms)
    return f"{sign}{ms // 60_000:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


@dataclass(frozen=True, slots=True)
class TimeMark:
    """A mark is a time found at the start of a line, as written.

    It is not shifted, not clamped, start and end not swapped. A single time stamp is a point: both ends are equal and
    `is_range` is false.
    """

    start_ms: int
    end_ms: int
    rest: str  # what follows on the line, without the punctuation between
    is_range: bool
    enclosed: bool  # in brackets or in bold, or alone on its line: surely a time, not a clock or a score in a text
    arrow: bool  # `-->`, as in subtitles and lyrics


def leading_time(line: str) -> TimeMark | None:
    """Return the range or the time stamp that a line starts with.

    It may stand behind bullets, brackets, bold and the word "Time:".

    >>> mark = leading_time("- [00:01 - 00:02.5] A door opens.")
    >>> mark.start_ms, mark.end_ms, mark.rest
    (1000, 2500, 'A door opens.')
    """
    if not _DIGIT.search(line, 0, 80):
        return None
    start = _skip(_LEAD, line, 0)
    lead, first = line[:start], _read_stamp(line, start)
    if first is None:
        return None
    joint = _JOINT.match(line, first.stop)
    second = _read_stamp(line, joint.end()) if joint else None
    stop = (second or first).stop
    tail = _skip(_TAIL, line, stop)
    rest = line[tail:].strip()
    bold = "**" in lead or "__" in lead
    if bold:  # the closing marks may come after the colon, or at the end of a bold title
        rest = rest.removeprefix("**").removeprefix("__").lstrip()
        rest = rest.removesuffix("**").rstrip() if rest.count("**") % 2 else rest
    bracket = any(mark in lead for mark in "[(（【〔<")
    enclosed = bold or bracket or not rest
    if not _is_believable(first, second, bracket=bracket, alone=not rest, colon=bool(_COLON.search(line[stop:tail]))):
        return None
    if second is None or joint is None:
        return TimeMark(first.ms, first.ms, rest, is_range=False, enclosed=enclosed, arrow=False)
    return TimeMark(first.ms, second.ms, rest, is_range=True, enclosed=enclosed, arrow=">" in joint[1])


def bracketed_range(line: str) -> TimeMark | None:
    """Return the first range in brackets anywhere in the line.

    `rest` is the line without it.

    >>> bracketed_range("Anna (00:01 - 00:02): Hello.").rest
    'Anna: Hello.'
    """
    for bracket in _OPENING.finditer(line):
        mark = leading_time(line[bracket.start() : bracket.start() + 60])
        if mark and mark.is_range:
            head, tail = line[: bracket.start()].rstrip(), _AFTER_BRACKET.sub("", line[bracket.start() :], count=1)
            rest = f"{head}{tail}" if tail[:1] in _CLINGING else f"{head} {tail}"
            return TimeMark(mark.start_ms, mark.end_ms, rest.strip(), True, True, mark.arrow)
    return None


# --- the scanner -----------------------------------------------------------------------------------------------
# Every repetition below is bounded or possessive, so that no text takes more than linear time.


@dataclass(frozen=True, slots=True)
class _Stamp:
    ms: int
    stop: int  # the index behind it
    form: str  # "clock", "units" or "bare" (a number without a unit)


_DIGIT = re.compile(r"\d")
_BULLET = r"(?:[-*•·▪◦‣+–—>]\s{1,8}|\d{1,4}[.)、]\s{1,8}|[(（]\d{1,3}[)）]\s{0,8}|\#{1,6}\s{0,8})"
_WORD = r"(?:(?:time(?:\s?(?:range|stamps?|codes?))?|时间[段戳]?|時間)\s?(?:\*\*)?[:：](?:\*\*)?\s{0,8}|from\s{1,8})"
_LEAD = re.compile(
    rf"\s{{0,40}}{_BULLET}{{0,2}}[\[(（【〔<*_`|\s]{{0,8}}{_WORD}?[\[(（【〔<*_`|~≈\s]{{0,8}}", re.IGNORECASE
)
_JOINT = re.compile(
    r"[\s\])）】〕*_`]{0,8}"
    r"(-{1,3}>|=>|→|⟶|[-‐‑‒–—―−~～〜－]{1,3}|to\b|until\b|till\b|至|到|\.{2,3}|…)"
    r"[\s\[(（【〔*_`]{0,8}",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:\s{0,4}[\])）】〕>]|[*_`]){0,6}\s{0,40}(?:[:：|]|[-–—]{1,2}(?=\s)|[，,](?=\s))?")
_COLON = re.compile(r"[:：|]")
_OPENING = re.compile(r"[\[(（【]")
_AFTER_BRACKET = re.compile(r"[\[(（【][^\])）】]{0,60}[\])）】]?\s{0,8}")
_CLINGING = (":", "：", ",", "，", ".", "。", "")

_CLOCK = re.compile(
    r"(\d{1,4})[:：](\d{2})(?:[:：](\d{2,3}))?(?:[:：](\d{1,3}))?(?:[.,．](\d++))?s?(?![A-Za-z\d]|[:：]\d)"
)
_UNITS = re.compile(
    r"(?:(\d{1,3})\s?(?:hours?|hrs?|h|小时|小時|時間|时)\s?)?"
    r"(?:(\d{1,5})\s?(?:minutes?|mins?|m|分钟|分鐘|分)\s?)?"
    r"(?:(\d{1,7}(?:[.,]\d{1,9})?)\s?(?:seconds?|secs?|s|秒钟|秒))?(?![A-Za-z\d])",
    re.IGNORECASE,
)
_BARE = re.compile(r"\d{1,7}(?:\.\d{1,9})?(?![\w:：.%])")


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _read_stamp(text: str, at: int) -> _Stamp | None:
    if clock := _CLOCK.match(text, at):
        ms = _clock_ms(*clock.groups())
        return None if ms is None else _Stamp(ms, clock.end(), "clock")
    units = _UNITS.match(text, at)
    if units and units.end() > at and any(units.groups()):
        hours, minutes, seconds = units.groups()
        ms = 3_600_000 * int(hours or 0) + 60_000 * int(minutes or 0) + _seconds_ms(seconds or "0")
        return _Stamp(ms, units.end(), "units")
    if bare := _BARE.match(text, at):
        return _Stamp(_seconds_ms(bare[0]), bare.end(), "bare")
    return None


def _clock_ms(first: str, second: str, third: str | None, fourth: str | None, fraction: str | None) -> int | None:
    """Read `h:mm:ss:fff`, `h:mm:ss[.f]`, `m:ss:fff` or `m:ss[.f]`.

    Three digits tell `m:ss:fff` from `h:mm:ss`.
    """
    if third and len(third) == 3:
        if fourth:
            return None
        return 60_000 * int(first) + 1000 * int(second) + int(third)
    rest = _fraction_ms(fourth or fraction)
    if third:
        return 3_600_000 * int(first) + 60_000 * int(second) + 1000 * int(third) + rest
    return 60_000 * int(first) + 1000 * int(second) + rest


def _seconds_ms(number: str) -> int:
    whole, _, fraction = number.replace(",", ".").partition(".")
    return 1000 * int(whole) + _fraction_ms(fraction)


def _fraction_ms(digits: str | None) -> int:
    return int((digits or "")[:3].ljust(3, "0"))


def _is_believable(first: _Stamp, second: _Stamp | None, *, bracket: bool, alone: bool, colon: bool) -> bool:
    """Return whether numbers without colons mean a time.

    "5 seconds later" and "1 - 2 people" do not.
    """
    if second is None:
        return first.form == "clock" or (first.form == "units" and (bracket or alone or colon))
    forms = {first.form, second.form}
    return forms != {"bare"} or bracket or (alone and first.ms % 1000 + second.ms % 1000 > 0)
