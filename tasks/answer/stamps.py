"""Read single time stamps: clocks, numbers with units, and bare numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tasks.answer import time_words as words
from tasks.answer.numbers import ENGLISH_NUMBER, HAN_NUMBER, NUMBER_AHEAD, WHOLE_NUMBER, whole_number
from tasks.answer.patterns import lazy
from tasks.answer.words import alternatives


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp is a time at a place of a text."""

    ms: int
    stop: int  # the index behind it
    form: Literal["clock", "units", "bare"]  # bare: a number without a unit
    exact: bool = True  # it has a fraction


def read_stamp(text: str, at: int = 0) -> Stamp | None:
    """Read the time stamp that begins at a place of a text; None without one.

    >>> read_stamp("1分5秒").ms, read_stamp("0:04.5 - 0:09").stop, read_stamp("12").form
    (65000, 6, 'bare')
    """
    if at == len(text) or text[at] in _NO_NUMBER:
        return None
    if clock := _CLOCK.match(text, at):
        ms = _clock_ms(*clock.groups())
        return None if ms is None else Stamp(ms, clock.end(), "clock")
    units = _UNITS.match(text, at)
    if units and any(units.groups()):
        hours, minutes, seconds, thousandths = units.groups()
        whole = 3_600_000 * whole_number(hours or "") + 60_000 * whole_number(minutes or "")
        return Stamp(whole + _seconds_ms(seconds) + whole_number(thousandths or ""), units.end(), "units")
    if bare := _BARE.match(text, at):
        return Stamp(_seconds_ms(bare[0]), bare.end(), "bare", any(mark in bare[0] for mark in ".,．"))
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


def _seconds_ms(number: str | None) -> int:
    whole, _, fraction = (number or "0").replace(",", ".").replace("．", ".").partition(".")
    return 1000 * whole_number(whole) + _fraction_ms(fraction)


def _fraction_ms(digits: str | None) -> int:
    return int((digits or "")[:3].ljust(3, "0"))


_NO_NUMBER = frozenset(" \t!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~“”")  # begins none
_CLOCK = lazy(
    r"(\d{1,4})[:：∶](\d{2})(?:[:：∶](\d{2,3}))?(?:[:：∶](\d{1,3}))?(?:[.,．，](\d++))?(?:\s?s)?(?![A-Za-z\d]|[:：]\d)"
)
_UNITS = lazy(
    rf"{NUMBER_AHEAD}(?:({WHOLE_NUMBER})[\s-]?(?:{alternatives(words.HOURS)})(?![a-z])\s?)?"
    rf"(?:({WHOLE_NUMBER})[\s-]?(?:{alternatives(words.MINUTES)})(?![a-z])\s?)?"
    rf"(?:(\d{{1,7}}+(?:[.,．]\d{{1,9}}+)?+|{HAN_NUMBER}|{ENGLISH_NUMBER})[\s-]?(?:{alternatives(words.SECONDS)})(?![a-z])\s?)?"
    rf"(?:(\d{{1,9}}+)\s?(?:{alternatives(words.MILLISECONDS)}))?(?<!\s)(?![A-Za-z\d])",
    re.IGNORECASE,
)
_BARE = lazy(
    r"(?!(?:19|20)\d\d\b)\d{1,5}(?:[.．]\d{1,9}|,\d{1,2})?(?![\w.%°]|[,．]\d|\s?[:：]\d)|"
    + ENGLISH_NUMBER
    + r"(?=\s(?:to|and|until)\s)",
    re.IGNORECASE,
)
