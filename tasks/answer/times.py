"""Read times at the start of a line, in milliseconds.

They are written as people and models write them.

Read are `mm:ss.mmm` (the contract's form), `hh:mm:ss`, `hh:mm:ss,mmm`, `hh:mm:ss:mmm`, `mm:ss:mmm`, `m:ss`, `mm:ss.ff`
(a decimal fraction), `12.3s`, `1m 5s`, `1分5秒`, `第四秒`, in any script's digits; ranges with any dash or arrow, "to"
or 至; in brackets or bold, behind bullets, counters, and words such as "Time:", "from" or 从. Every repetition in the
patterns is bounded or possessive, so that no text takes more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from tasks.answer import time_patterns as patterns
from tasks.answer.stamps import Stamp, read_stamp


@dataclass(frozen=True, slots=True)
class TimeMark:
    """A mark is a time found at the start of a line, as written.

    It is not shifted, not clamped, start and end not swapped.

    A single time stamp is a point: both ends are equal and `is_range` is false.
    """

    start_ms: int
    end_ms: int
    rest: str  # what follows on the line, without the punctuation between
    is_range: bool
    enclosed: bool  # in brackets or in bold, or alone on its line: surely a time, not a clock or a score in a text
    arrow: bool  # `-->`, as in subtitles and lyrics
    bare: bool = False  # numbers without colons and units


def parse_stamp(text: str) -> int | None:
    """Return the milliseconds of a text that is one time stamp.

    >>> parse_stamp("00:12.5"), parse_stamp("1分5秒"), parse_stamp("soon")
    (12500, 65000, None)
    """
    mark = leading_time(text)
    return mark.start_ms if mark and not mark.is_range and not mark.rest else None


def parse_range(text: str) -> tuple[int, int] | None:
    """Return start and end in milliseconds.

    In the order written, where the whole text is one range.

    >>> parse_range("[00:00:12,680 --> 00:00:16,960]")
    (12680, 16960)
    """
    mark = leading_time(text)
    return (mark.start_ms, mark.end_ms) if mark and mark.is_range and not mark.rest else None


def leading_time(line: str) -> TimeMark | None:
    """Return the time that a line starts with, a range or a stamp.

    Numbers that may be something else are none.

    >>> leading_time("**00:01 – 00:04**: A man walks.").rest
    'A man walks.'
    """
    if line[:1].isdigit() and (contract := patterns.CONTRACT.fullmatch(line)):
        is_range = contract[4] is not None
        first, second = _contract_ms(contract, 1), _contract_ms(contract, 4 if is_range else 1)
        return TimeMark(first, second, "", is_range, enclosed=True, arrow=False)
    found = _scan(line)
    return found.mark if found and found.sure else None


def possible_time(line: str) -> TimeMark | None:
    """Return a range or a number without unit that a line starts with.

    It is a time where the lines around it are timed so too.

    >>> possible_time("0 - 4").end_ms, possible_time("5 apples fall")
    (4000, None)
    """
    found = _scan(line)
    return found.mark if found and found.possible else None


def behind_unreadable_time(line: str) -> str | None:
    """Return what follows a time that cannot be read, None without such a time.

    It is "" where nothing follows.

    >>> behind_unreadable_time("[00:xx - 00:05] A man."), behind_unreadable_time("At the beginning:")
    ('A man.', '')
    """
    if line[-1:] in patterns.BEHIND_VAGUE and len(line) < 40:
        bare = line.strip(" \t*_`#[](){}<>（）【】:：.-–—")
        if bare.casefold() in patterns.VAGUE:
            return ""
    if line[:1] not in patterns.BEFORE_UNREADABLE:
        return None
    found = patterns.UNREADABLE.match(line)
    if found is None or leading_time(line):
        return None
    return line[found.end() :].strip()


def bracketed_range(line: str) -> TimeMark | None:
    """Return the first range in brackets anywhere in the line.

    `rest` is the line without it.

    >>> bracketed_range("“EXIT” (00:01 - 00:05): green").rest
    '“EXIT”: green'
    """
    for bracket in patterns.OPENING.finditer(line):
        mark = leading_time(line[bracket.start() : bracket.start() + 60])
        if mark and mark.is_range:
            head, tail = (
                line[: bracket.start()].rstrip(),
                patterns.AFTER_BRACKET.sub("", line[bracket.start() :], count=1),
            )
            rest = f"{head}{tail}" if tail[:1] in patterns.CLINGING else f"{head} {tail}"
            return TimeMark(mark.start_ms, mark.end_ms, rest.strip(), True, True, mark.arrow)
    return None


def may_hold_time(line: str) -> bool:
    """Say at a glance whether a line may start with a time.

    >>> may_hold_time("Two minutes in, a bell rings."), may_hold_time("A bell rings.")
    (True, False)
    """
    return bool(patterns.ASCII_DIGIT.search(line, 0, 64) or patterns.NUMERAL.match(line))


# --- the scanner -----------------------------------------------------------------------------------------------


_BRACKETS, _COLONS = frozenset(patterns.BRACKETS), frozenset(":：|")


@dataclass(frozen=True, slots=True)
class _Found:
    mark: TimeMark
    sure: bool
    possible: bool


def _scan(line: str) -> _Found | None:
    if not may_hold_time(line):
        return None
    leading = patterns.LEAD.match(line)
    start = leading.end() if leading else 0
    lead, first = line[:start], read_stamp(line, start) or _start_word(line, start)
    if first is None:
        return None
    is_between = bool(lead) and patterns.AND_OPENER.search(lead) is not None
    joint = (patterns.AND_JOINT if is_between else patterns.JOINT).match(line, first.stop)
    second = read_stamp(line, joint.end()) or _end_word(line, joint.end()) if joint else None
    if joint and not second and patterns.PLACEHOLDER.match(line, joint.end()):
        return None
    if second and first.form == "bare" and second.form == "units":
        first = Stamp(first.ms, first.stop, "units")  # "12.68 - 16.96 s"
    stop = (second or first).stop
    tail = patterns.TAIL.match(line, stop)
    tail_stop = tail.end() if tail else stop
    behind = line[stop:tail_stop]
    rest = _without_bold(line[tail_stop:].strip()) if "**" in lead or "__" in lead else line[tail_stop:].strip()
    bracket = not _BRACKETS.isdisjoint(lead)
    enclosed = bracket or "**" in lead or "__" in lead or not rest
    colon = not _COLONS.isdisjoint(behind)
    told = bool(lead) and patterns.TOLD.search(lead) is not None  # "Time: 0 - 4", "seconds 4 to 9"
    range_ms = (first.ms, (second or first).ms)
    arrow = joint is not None and second is not None and ">" in (joint[1] or "")
    forms = {first.form, second.form} if second else {first.form}
    mark = TimeMark(*range_ms, rest, second is not None, enclosed, arrow, bare=forms == {"bare"})
    numbered = bool(lead) and patterns.COUNTS.search(lead) is not None
    return _Found(
        mark,
        sure=told or _is_sure(forms, mark, bracket=bracket, colon=colon or _is_placed(lead, behind)),
        possible=forms == {"bare"}
        and not numbered
        and _is_possible(mark, first.exact or bool(second and second.exact), sure=bracket or colon),
    )


def _is_sure(forms: Collection[str], mark: TimeMark, *, bracket: bool, colon: bool) -> bool:
    """Say whether numbers without colons mean a time.

    "5 seconds later" and "1 - 2 people" do not.
    """
    if not mark.is_range:
        return "clock" in forms or ("units" in forms and (bracket or not mark.rest or colon))
    if "clock" in forms or "units" in forms:
        return True
    return bracket or (not mark.rest and mark.start_ms % 1000 + mark.end_ms % 1000 > 0)


def _is_possible(mark: TimeMark, exact: bool, sure: bool) -> bool:
    """Say whether numbers without units may be seconds.

    Whole ones alone count things: "1: first", "[2] second".
    """
    if not (mark.is_range or exact):
        return False
    return not mark.rest or sure or (mark.is_range and exact)


def _is_placed(lead: str, behind: str) -> bool:
    """Say whether words say that a point in time follows: "at 4.5 s, …", "在第4秒时，…"."""
    return bool(lead.strip()) and lead.strip()[-1].isalpha() and bool(behind.strip(" \t*_`"))


def _start_word(line: str, at: int) -> Stamp | None:
    found = patterns.START.match(line, at)
    return Stamp(0, found.end(), "clock") if found else None


def _end_word(line: str, at: int) -> Stamp | None:
    """Read a word for the end, which lies beyond every segment.

    So it is clamped.
    """
    found = patterns.END.match(line, at)
    return Stamp(patterns.FOREVER_MS, found.end(), "clock") if found else None


def _without_bold(rest: str) -> str:
    """Return the rest behind a bold time.

    The closing marks may come after the colon, or at the end of a bold title.
    """
    rest = rest.removeprefix("**").removeprefix("__").lstrip()
    return rest.removesuffix("**").rstrip() if rest.count("**") % 2 else rest


def _contract_ms(found: re.Match[str], group: int) -> int:
    return 60_000 * int(found[group]) + 1000 * int(found[group + 1]) + int(found[group + 2])
