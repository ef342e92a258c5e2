"""Rewrite rare notations of times in front of a line into the usual one. Pure.

Such are rare brackets ("⟨0:01⟩"), names of both ends ("[start=0.0, end=2.5]"), pairs ("(0.00, 8.00)"), minutes and
seconds as angles (`0'08"`), offsets ("t=4"), ordinals ("the 4th second") and stretches ("in the first 8 seconds").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.answer.patterns import lazy

Notation = tuple[re.Pattern[str], str]
"""A pattern, and what takes its place."""


def rare_notations(text: str) -> tuple[Notation, ...]:
    """Return the rare notations that a text's lines may have in front.

    >>> rare_notations("00:01 - 00:04\\nRain."), len(rare_notations("⟨0:01⟩ Rain.")) > 0
    ((), True)
    """
    return _NOTATIONS if _MAY_HOLD.search(text) else ()


def with_usual_times(line: str, rare: Sequence[Notation]) -> str:
    """Return a line with the times in front of it in the usual notation.

    >>> with_usual_times("[start=0.0, end=2.5] Rain.", rare_notations("[start=0.0, end=2.5] Rain."))
    '[0.0s - 2.5s] Rain.'
    """
    if _RARE_SIGNS.search(line):
        line = _RARE_BRACKETS.sub(lambda found: f"[{found[1] or found[2]}]", line)
    for pattern, usual in rare:
        if (found := pattern.match(line)) is not None:
            return f"{found.expand(usual)}{line[found.end() :]}"
    return line


def with_stretch(line: str) -> str:
    """Return a line with words for a stretch of time in front of it as a range.

    >>> with_stretch("In the first 8 seconds, rain."), with_stretch("Then sun.")
    ('0s - 8s, rain.', 'Then sun.')
    """
    return with_usual_times(line, _STRETCHES)


_NUMBER = r"\d{1,5}(?:\.\d{1,6})?"
_STAMP = rf"(?:\d{{1,3}}(?::\d\d){{1,2}}(?:[.,]\d{{1,3}})?|{_NUMBER})"
_LEAD = r"^([-*•\s]{0,6}\**)"
_DASH = r"(?:-{1,2}>?|–|—|→|~|to)"
_ANGLE = r"(\d{1,3})['′’](\d\d)(?:[\"″”]|''|′′|’’)"
_EQUALS = r"\s?[=:]\s?[\"']?"
_START = rf"(?:start|begin|from|t0|start_?time|开始|起始){_EQUALS}"
_END = rf"(?:end|finish|to|t1|end_?time|结束){_EQUALS}"
_BETWEEN = r"[\"']?\s?[,;|]?\s{0,3}"
_RARE_SIGNS = lazy("[⟨⟪⟦❮‹«]")
_RARE_BRACKETS = lazy(  # quotation marks only around a range
    r"[⟨⟪⟦❮]\s?(\d[\d:.,s\s–—~→>-]{0,40})[⟩⟫⟧❯]|[‹«]\s?(?=\d{1,3}:\d\d[\d:.,s]{0,12}\s?[-–—~→])(\d[\d:.,s\s–—~→>-]{3,40})[›»]"
)
_NOTATIONS: tuple[Notation, ...] = (
    (
        lazy(rf"{_LEAD}[\[({{<]\s?{_START}({_NUMBER})s?{_BETWEEN}{_END}({_NUMBER})s?[\"']?\s?[\])}}>]", re.IGNORECASE),
        r"\1[\2s - \3s]",
    ),
    (
        lazy(rf"{_LEAD}[\[({{<]\s?{_START}({_STAMP}){_BETWEEN}{_END}({_STAMP})[\"']?\s?[\])}}>]", re.IGNORECASE),
        r"\1[\2 - \3]",
    ),
    (
        lazy(rf"{_LEAD}[\[(]\s?(\d{{1,5}}\.\d{{1,6}})s?\s?[,;:]\s{{0,2}}(\d{{1,5}}\.\d{{1,6}})s?\s?[\])](?=\s|:|$)"),
        r"\1[\2s - \3s]",
    ),
    (lazy(rf"{_LEAD}{_ANGLE}\s?[-–—~至到]\s?{_ANGLE}"), r"\1\2:\3 - \4:\5"),
    (
        lazy(rf"{_LEAD}t\s?[=+]\s?({_NUMBER})\s?s?\s?{_DASH}\s?t\s?[=+]\s?({_NUMBER})s?(?![:\d])", re.IGNORECASE),
        r"\1\2s - \3s",
    ),
    (lazy(rf"{_LEAD}t\s?[=+]\s?({_STAMP})\s?{_DASH}\s?t\s?[=+]\s?({_STAMP})", re.IGNORECASE), r"\1\2 - \3"),
    (lazy(rf"{_LEAD}t\s?[=+]\s?({_NUMBER})\s?s?(?=\s?[:,，：]|\s-\s)(?!:\d)", re.IGNORECASE), r"\1\2s"),
)
_STRETCHES: tuple[Notation, ...] = (
    (
        lazy(
            rf"{_LEAD}(?:from|between)\s(?:the\s)?(\d{{1,4}})(?:st|nd|rd|th)?(?:\ssecond)?\s(?:to|until|and)\s(?:the\s)?"
            r"(\d{1,4})(?:st|nd|rd|th)\ssecond",
            re.IGNORECASE,
        ),
        r"\1\2s - \3s",
    ),
    (
        lazy(
            rf"{_LEAD}(?:in|during|for|over|within)\sthe\s(?:very\s)?(?:first|opening)\s({_NUMBER})\s?(?:seconds?|secs?|s)\b",
            re.IGNORECASE,
        ),
        r"\g<1>0s - \2s",
    ),
    (lazy(rf"{_LEAD}在?(?:视频|視頻|影片)?的?前\s?({_NUMBER})\s?秒"), r"\g<1>0s - \2s"),
    (lazy(rf"{_LEAD}(?:最初|冒頭)の?\s?({_NUMBER})\s?秒(?:間)?"), r"\g<1>0s - \2s"),
)
_MAY_HOLD = lazy(
    r"[⟨⟪⟦❮‹]|«\s?\d|[\[({<]\s?(?:start|begin|from|t0|开始|起始)\w{0,5}\s?[=:]|^[-*•\s]{0,6}\**(?:"
    r"[\[(]\s?\d{1,5}\.\d{1,6}s?\s?[,;:]|\d{1,3}['′’]\d\d|t\s?[=+]\s?\d)",
    re.IGNORECASE | re.MULTILINE,
)
MAY_STRETCH = lazy(
    r"^[-*•\s]{0,6}\**(?:(?:from|between)\s(?:the\s)?\d{1,4}[snrt]?|(?:in|during|for|over|within)\sthe\s(?:very\s)?"
    r"(?:first|opening)\s\d|在?(?:视频|視頻|影片)?的?前\s?\d|(?:最初|冒頭)の?\s?\d)",
    re.IGNORECASE | re.MULTILINE,
)
