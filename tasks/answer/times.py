"""Times at the start of a line, as people and models write them, into milliseconds.

Read are `mm:ss.mmm` (the contract's form), `hh:mm:ss`, `hh:mm:ss,mmm`, `hh:mm:ss:mmm`, `mm:ss:mmm`, `m:ss`, `mm:ss.ff`
(a decimal fraction), `12.3s`, `1m 5s`, `1分5秒`, `第四秒`, in any script's digits; ranges with any dash or arrow, "to"
or 至; in brackets or bold, behind bullets, counters, and words such as "Time:", "from" or 从. Every repetition in the
patterns is bounded or possessive, so that no text takes more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from tasks.answer import time_words as words
from tasks.answer.numbers import ENGLISH_NUMBER, HAN_NUMBER, WHOLE_NUMBER, whole_number


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
    """Milliseconds, where the whole text is one time stamp.

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
    if line[:1].isdigit() and (contract := _CONTRACT.fullmatch(line)):
        first, second = _contract_ms(contract, 1), _contract_ms(contract, 4)
        return TimeMark(first, second, "", is_range=True, enclosed=True, arrow=False)
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
    if line[-1:] in _BEHIND_VAGUE and len(line) < 40:
        bare = line.strip(" \t*_`#[](){}<>（）【】:：.-–—")
        if bare.casefold() in _VAGUE:
            return ""
    if line[:1] not in _BEFORE_UNREADABLE:
        return None
    found = _UNREADABLE.match(line)
    if found is None or leading_time(line):
        return None
    return line[found.end() :].strip()


def bracketed_range(line: str) -> TimeMark | None:
    """Return the first range in brackets anywhere in the line.

    `rest` is the line without it.

    >>> bracketed_range("“EXIT” (00:01 - 00:05): green").rest
    '“EXIT”: green'
    """
    for bracket in _OPENING.finditer(line):
        mark = leading_time(line[bracket.start() : bracket.start() + 60])
        if mark and mark.is_range:
            head, tail = line[: bracket.start()].rstrip(), _AFTER_BRACKET.sub("", line[bracket.start() :], count=1)
            rest = f"{head}{tail}" if tail[:1] in _CLINGING else f"{head} {tail}"
            return TimeMark(mark.start_ms, mark.end_ms, rest.strip(), True, True, mark.arrow)
    return None


# --- the scanner -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stamp:
    ms: int
    stop: int  # the index behind it
    form: Literal["clock", "units", "bare"]  # bare: a number without a unit
    exact: bool = True  # it has a fraction


@dataclass(frozen=True, slots=True)
class _Found:
    mark: TimeMark
    sure: bool
    possible: bool


def _scan(line: str) -> _Found | None:
    if not (_ASCII_DIGIT.search(line, 0, 64) or _NUMERAL.match(line)):
        return None
    leading = _LEAD.match(line)
    start = leading.end() if leading else 0
    lead, first = line[:start], _read_stamp(line, start) or _start_word(line, start)
    if first is None:
        return None
    joint = (_AND_JOINT if _AND_OPENER.search(lead) else _JOINT).match(line, first.stop)
    second = _read_stamp(line, joint.end()) or _end_word(line, joint.end()) if joint else None
    if joint and not second and _PLACEHOLDER.match(line, joint.end()):
        return None
    if second and first.form == "bare" and second.form == "units":
        first = _Stamp(first.ms, first.stop, "units")  # "12.68 - 16.96 s"
    stop = (second or first).stop
    tail = _TAIL.match(line, stop)
    tail_stop = tail.end() if tail else stop
    behind = line[stop:tail_stop]
    rest = _without_bold(line[tail_stop:].strip()) if "**" in lead or "__" in lead else line[tail_stop:].strip()
    bracket = any(mark in lead for mark in _BRACKETS)
    enclosed = bracket or "**" in lead or "__" in lead or not rest
    colon = any(mark in behind for mark in ":：|")
    told = _TOLD.search(lead) is not None  # "Time: 0 - 4", "seconds 4 to 9"
    range_ms = (first.ms, (second or first).ms)
    arrow = joint is not None and second is not None and ">" in (joint[1] or "")
    forms = {first.form, second.form} if second else {first.form}
    mark = TimeMark(*range_ms, rest, second is not None, enclosed, arrow, bare=forms == {"bare"})
    numbered = _COUNTS.search(lead) is not None
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


def _start_word(line: str, at: int) -> _Stamp | None:
    found = _START.match(line, at)
    return _Stamp(0, found.end(), "clock") if found else None


def _end_word(line: str, at: int) -> _Stamp | None:
    """Read a word for the end, which lies beyond every segment.

    So it is clamped.
    """
    found = _END.match(line, at)
    return _Stamp(_FOREVER_MS, found.end(), "clock") if found else None


def _without_bold(rest: str) -> str:
    """Return the rest behind a bold time.

    The closing marks may come after the colon, or at the end of a bold title.
    """
    rest = rest.removeprefix("**").removeprefix("__").lstrip()
    return rest.removesuffix("**").rstrip() if rest.count("**") % 2 else rest


def _read_stamp(text: str, at: int) -> _Stamp | None:
    if clock := _CLOCK.match(text, at):
        ms = _clock_ms(*clock.groups())
        return None if ms is None else _Stamp(ms, clock.end(), "clock")
    units = _UNITS.match(text, at)
    if units and any(units.groups()):
        hours, minutes, seconds, thousandths = units.groups()
        whole = 3_600_000 * whole_number(hours or "") + 60_000 * whole_number(minutes or "")
        return _Stamp(whole + _seconds_ms(seconds) + whole_number(thousandths or ""), units.end(), "units")
    if bare := _BARE.match(text, at):
        return _Stamp(_seconds_ms(bare[0]), bare.end(), "bare", any(mark in bare[0] for mark in ".,．"))
    return None


def _clock_ms(first: str, second: str, third: str | None, fourth: str | None, fraction: str | None) -> int | None:
    """Read the parts of a clock: three digits tell `m:ss:fff` from `h:mm:ss`."""
    if third and len(third) == 3:
        if fourth:
            return None
        return 60_000 * int(first) + 1000 * int(second) + int(third)
    rest = _fraction_ms(fourth or fraction)
    if third:
        return 3_600_000 * int(first) + 60_000 * int(second) + 1000 * int(third) + rest
    return 60_000 * int(first) + 1000 * int(second) + rest


def _contract_ms(found: re.Match[str], group: int) -> int:
    return 60_000 * int(found[group]) + 1000 * int(found[group + 1]) + int(found[group + 2])


def _seconds_ms(number: str | None) -> int:
    whole, _, fraction = (number or "0").replace(",", ".").replace("．", ".").partition(".")
    return 1000 * whole_number(whole) + _fraction_ms(fraction)


def _fraction_ms(digits: str | None) -> int:
    return int((digits or "")[:3].ljust(3, "0"))


def _listed(table: str) -> str:
    """Return the alternatives of a table as a pattern, longer ones first."""
    found = sorted((phrase.strip() for phrase in table.split("|")), key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s") for phrase in found)


_BRACKETS = "[(（【〔<＜〈［{《"
_CLOSERS = r"\])）】〕>＞〉］}》"
_SYMBOL = r"(?:[^\w?？\"“”'‘’„「」『』«»‹›]|_)"
_ASCII_DIGIT = re.compile("[0-9]")  # found much faster
_NUMERAL = re.compile(  # other digits, and numbers in words at the start of a line
    rf"[^\x00-\x7f]{{0,40}}?(?:[٠-٩۰-۹０-９]|{HAN_NUMBER}[秒分])|(?:[a-z]{{2,8}},?\s){{0,3}}{ENGLISH_NUMBER}\b",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"[#№$€£¥]\s*$|(?<!\S)[+]\s*$")
_LEAD = re.compile(
    rf"{_SYMBOL}{{0,24}}+(?:[(（]?\d{{1,4}}(?:[)）、]\s*+|\.\s++){_SYMBOL}{{0,12}}+)?"
    rf"(?:(?:{_listed(words.NUMBERED)})\s?[#№]?\d{{1,4}}{_SYMBOL}{{1,12}}+)?"
    rf"(?:(?:{_listed(words.TIME_LABELS)})\b\s?{_SYMBOL}{{0,12}}+)?"
    rf"(?:(?:{_listed(words.INTROS)})[,，:：]?\s?)?"
    rf"(?:(?:{_listed(words.PREPOSITIONS)})\b\.?\s(?:the\s|seconds?\s)?{_SYMBOL}{{0,12}}+)?"
    rf"(?:{_listed(words.PREPOSITIONS_UNSPACED)}){{0,2}}\s?{_SYMBOL}{{0,12}}+第?",
    re.IGNORECASE,
)
_DASH = r"-{1,3}>|=>|→|⟶|⇒|➔|[-‐‑‒–—―−~～〜－]{1,3}"
_OPENERS = rf"[\s{re.escape(_BRACKETS)}*_`]{{0,8}}"
_JOINT = re.compile(
    rf"[\s{_CLOSERS}*_`]{{0,8}}"
    rf"(?:({_DASH})|,(?=\d{{1,2}}:\d\d)|(?:开始|起|時|时)?(?:至|到)|(?:{_listed(words.JOINTS)})\b|{_listed(words.JOINTS_UNSPACED)}|\.{{2,3}}|…){_OPENERS}"
    r"(?:seconds?\s|第)?",
    re.IGNORECASE,
)
_AND_JOINT = re.compile(
    rf"\s{{0,4}}(?:(?:{_listed(words.AND_JOINTS)})\b|和|与|跟|({_DASH})|to\b){_OPENERS}第?", re.IGNORECASE
)
_AND_OPENER = re.compile(rf"(?:{_listed(words.AND_OPENERS)}|在|介于)\W*$", re.IGNORECASE)
_DURATION = (
    r"(?:\s{0,4}[(（\[【](?:duration|length|时长|時長|约|~)?[:： ]{0,3}\d{1,5}(?:[.,]\d{1,6})?\s?"
    r"(?:s|sec|secs|seconds?|秒|秒钟|ms|毫秒)[)）\]】])?"
)
_TAIL = re.compile(
    rf"(?:\s{{0,4}}[{_CLOSERS}]|[*_`]){{0,6}}{_DURATION}(?:\s?(?:{_listed(words.TAILS)}))?[*_`]{{0,3}}"
    r"\s{0,40}(?:[:：|]|[-–—]{1,2}(?=\s)|[/](?=\s)|[，、；]|[,;](?=[\s\"“]))?"
)
_OPENING = re.compile(r"[\[(（【<＜〈［{]")
_AFTER_BRACKET = re.compile(rf"[\[(（【<＜〈［{{][^{_CLOSERS}]{{0,60}}[{_CLOSERS}]?\s{{0,8}}")
_CLINGING = (":", "：", ",", "，", ".", "。", "")

_CONTRACT = re.compile(r"(\d{2,4}):(\d\d)\.(\d{3}) - (\d{2,4}):(\d\d)\.(\d{3})", re.ASCII)
_CLOCK = re.compile(
    r"(\d{1,4})[:：∶](\d{2})(?:[:：∶](\d{2,3}))?(?:[:：∶](\d{1,3}))?(?:[.,．，](\d++))?(?:\s?s)?(?![A-Za-z\d]|[:：]\d)"
)
_UNITS = re.compile(
    rf"(?:({WHOLE_NUMBER})[\s-]?(?:{_listed(words.HOURS)})(?![a-z])\s?)?"
    rf"(?:({WHOLE_NUMBER})[\s-]?(?:{_listed(words.MINUTES)})(?![a-z])\s?)?"
    rf"(?:(\d{{1,7}}(?:[.,．]\d{{1,9}})?|{HAN_NUMBER}|{ENGLISH_NUMBER})[\s-]?(?:{_listed(words.SECONDS)})(?![a-z])\s?)?"
    rf"(?:(\d{{1,9}})\s?(?:{_listed(words.MILLISECONDS)}))?(?<!\s)(?![A-Za-z\d])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?!(?:19|20)\d\d\b)\d{1,5}(?:[.．]\d{1,9}|,\d{1,2})?(?![\w.%°]|[,．]\d|\s?[:：]\d)|"
    + ENGLISH_NUMBER
    + r"(?=\s(?:to|and|until)\s)",
    re.IGNORECASE,
)
_TOLD = re.compile(rf"(?:{_listed(words.TIME_LABELS)})\W*$", re.IGNORECASE)
_START = re.compile(rf"(?:{_listed(words.STARTS)})(?=\s{{0,4}}(?:{_DASH}|to\b|至|到)\s{{0,4}}\d)", re.IGNORECASE)
_END = re.compile(rf"(?:{_listed(words.ENDS)})(?!\w)", re.IGNORECASE)
_FOREVER_MS = 10**12
_PLACEHOLDER = re.compile(r"[?？xX_]{1,4}(?![A-Za-z])|-{2}:|unknown\b|未知", re.IGNORECASE)
_PLACE = r"(?:[\d?？_xmsh-]{1,4}(?:[:：][\d?？_xmsh-]{1,4}){1,3}(?:[.,][\dxms?]{1,3})?|[?？x]{2,4}|unknown|未知)"
_UNREADABLE = re.compile(
    rf"[\s*_`#>•-]{{0,12}}(?:[{re.escape(_BRACKETS)}]{{1,2}}\s?(?:time\s)?{_PLACE}(?:\s?(?:{_DASH}|to)\s?{_PLACE})?\s?[{_CLOSERS}]{{1,2}}"
    rf"|{_PLACE}\s?(?:{_DASH}|to)\s?{_PLACE}(?!\w)|(?=[\d:：]*[?？])[\d?？]{{1,4}}[:：][\d?？]{{1,4}}(?!\w))"
    r"[*_`]{0,3}\s{0,8}[:：]?",
    re.IGNORECASE,
)
_BEHIND_VAGUE = frozenset(":：]）)】*")
_BEFORE_UNREADABLE = frozenset("[(（【〔<＜〈［{《*_`#>•-?？xXmMsShHuU未0123456789")
_VAGUE = frozenset(phrase.strip() for phrase in words.VAGUE.split("|"))
