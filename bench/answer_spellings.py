"""Spell answers in the contract's form as models do: other headings, times, keys, marks, or another order.

Each spelling takes an answer as `render_answer` writes it, and says the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_RANGE = re.compile(r"^(\d+:\d\d\.\d{3}) - (\d+:\d\d\.\d{3})\n", re.MULTILINE)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_KEY = re.compile(r"^(Speaker|State|Content): ", re.MULTILINE)
_ELEMENT = re.compile(r"^“([^“”\n]*)”(?:: (.*))?$", re.MULTILINE)
_UTTERANCE = re.compile(r"^Speaker: (.+)\n(?:State: (.+)\n)?Content: (?=“)", re.MULTILINE)
_CHINESE = {
    "Storyline": "故事线",
    "Visible Text": "可见文字",
    "Speakers and Transcript": "说话人与转录",
    "Speaker": "说话人",
    "State": "状态",
    "Content": "内容",
}

Spelling = Callable[[str], str]


def _times(written: str) -> Spelling:
    return lambda text: _RANGE.sub(lambda found: written.format(*found.groups()), text)


def _headings(written: str) -> Spelling:
    return lambda text: _HEADING.sub(lambda found: written.format(found[1]), text)


def _keys(written: str) -> Spelling:
    return lambda text: _KEY.sub(lambda found: written.format(found[1]), text)


def _elements(written: str, separator: str = ": ") -> Spelling:
    def spelled(found: re.Match[str]) -> str:
        return written.format(found[1]) + (f"{separator}{found[2]}" if found[2] else "")

    return lambda text: _ELEMENT.sub(spelled, text)


def _numbered_headings(text: str) -> str:
    numbers = iter(range(1, 1000))
    return _HEADING.sub(lambda found: f"## {next(numbers)}. {found[1]}", text)


def _in_chinese(text: str) -> str:
    text = _HEADING.sub(lambda found: f"## {_CHINESE.get(found[1], found[1])}", text)
    return _KEY.sub(lambda found: f"{_CHINESE[found[1]]}：", text)


def _names_first(text: str) -> str:
    return _UTTERANCE.sub(lambda found: f"{found[1]} ({found[2]}): " if found[2] else f"{found[1]}: ", text)


def _turned(text: str) -> str:
    """Put the sections in the opposite order."""
    sections = [section.strip("\n") for section in re.split(r"^(?=## )", text, flags=re.MULTILINE)]
    return "\n\n".join(filter(None, reversed(sections))) + "\n"


def _over_hours(text: str) -> str:
    return _RANGE.sub(lambda found: f"00:{found[1]} - 00:{found[2]}\n", text)


SPELLINGS: dict[str, Spelling] = {
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "blanks at line ends": lambda text: text.replace("\n", "  \n"),
    "more blank lines": lambda text: text.replace("\n\n", "\n\n\n"),
    "sections turned": _turned,
    "deeper headings": _headings("### {}"),
    "bold headings": _headings("**{}**"),
    "bold headings with colon": _headings("**{}:**"),
    "numbered headings": _numbered_headings,
    "in Chinese": _in_chinese,
    "times in brackets": _times("[{} - {}]\n"),
    "times in bold": _times("**{} – {}**\n"),
    "times behind bullets": _times("- {} - {}\n"),
    "times with hours": _over_hours,
    "times joined by to": _times("{} to {}\n"),
    "times on the same line": _times("[{} - {}] "),
    "bold times on the same line": _times("**{}–{}:** "),
    "bold keys": _keys("**{}:** "),
    "keys behind bullets": _keys("- {}: "),
    "straight quotes": lambda text: text.replace("“", '"').replace("”", '"'),
    "texts behind bullets": _elements("- “{}”"),
    "texts behind numbers": _elements("1. “{}”"),
    "texts in corner brackets": _elements("「{}」"),
    "appearance behind a dash": _elements("“{}”", " – "),
    "names as keys": _names_first,
}
