"""Measure text as style guides count it: by characters, or by their width."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Counting = Literal["characters", "half_width"]

_WEIGHTLESS = frozenset({"Mn", "Me", "Cf", "Cc"})  # combining marks, joiners, direction marks
_JOINS_BEFORE = frozenset({"Mn", "Me", "Mc", "Cf"})
_JOINER = "\u200d"

# Scripts that are written without spaces, with their punctuation and full-width forms. Korean has spaces.
_UNSPACED = (
    "\u2e80-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
UNSPACED = re.compile(f"[{_UNSPACED}]")


def text_width(text: str, counting: Counting) -> float:
    """Measure a line in characters, or in full-width ones.

    Combining marks, joiners and direction marks count nothing. A character that may be either (“ ” …) is full-width
    where half-width ones count half, as it is in Chinese and Japanese fonts.

    >>> text_width("naïve", "characters"), text_width("5月のABC", "half_width")
    (5, 4.0)
    """
    if counting == "characters":
        return sum(_counts(sign) for sign in text)
    return sum(_cells(sign) for sign in text) / 2


def graphemes(text: str) -> list[str]:
    """Cut a text into the smallest pieces: no mark leaves what it stands on.

    >>> graphemes("กี่")
    ['กี่']
    """
    pieces: list[str] = []
    for sign in text:
        if pieces and (unicodedata.category(sign) in _JOINS_BEFORE or pieces[-1].endswith(_JOINER)):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def is_unspaced(sign: str) -> bool:
    """Tell whether a character's script is written without spaces.

    >>> is_unspaced("語"), is_unspaced("한"), is_unspaced("a")
    (True, False, False)
    """
    return UNSPACED.match(sign) is not None


def join_texts(first: str, second: str) -> str:
    """Join two texts, with a space unless both sides are written without.

    >>> join_texts("Good", "morning"), join_texts("你好。", "再见")
    ('Good morning', '你好。再见')
    """
    if not first or not second:
        return first or second
    return first + second if is_unspaced(first[-1]) and is_unspaced(second[0]) else f"{first} {second}"


@lru_cache(maxsize=8192)
def _counts(sign: str) -> int:
    return unicodedata.category(sign) not in _WEIGHTLESS


@lru_cache(maxsize=8192)
def _cells(sign: str) -> int:
    if unicodedata.category(sign) in _WEIGHTLESS:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WFA" else 1
