"""Make regular expressions that are compiled at their first use, not at import.

The parser has over two hundred, a sixth of a second, and most commands read no answer.
"""

from __future__ import annotations

import re
import threading
from typing import Any, AnyStr, cast

_compiling = threading.Lock()  # else each of the threads with a first answer compiles all of them


class Lazy:
    """Stands in for a pattern, and becomes as fast as one.

    What was looked up once is an attribute.
    """

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self._given: tuple[Any, int] = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        with _compiling:
            found = getattr(re.compile(*self._given), name)  # which `re` remembers between two names
        setattr(self, name, found)
        return found


def lazy(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that is compiled once it is used.

    >>> lazy(r"\\d+").findall("1 and 22")
    ['1', '22']
    """
    return cast("re.Pattern[AnyStr]", Lazy(pattern, flags))


def by_first_letter(alternatives: str) -> str:
    r"""Group alternatives by their first letters, so that a search is fast.

    One may begin at a word's start. Those of one letter keep their order.

    >>> by_first_letter(r"\bno\b|nothing|\bany\b")
    'n(?:(?<=\\bn)o\\b|othing)|a(?<=\\ba)ny\\b'
    """
    groups: dict[str, list[str]] = {}
    for one in alternatives.split("|"):
        bare = one.removeprefix(r"\b")
        at_start = rf"(?<=\b{bare[0]})" if bare != one else ""
        groups.setdefault(bare[0], []).append(at_start + bare[1:])
    return "|".join(
        first + (f"(?:{'|'.join(rests)})" if len(rests) > 1 else rests[0]) for first, rests in groups.items()
    )
