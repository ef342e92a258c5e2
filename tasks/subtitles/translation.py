"""Read a translation's lines by their numbers: each under its own, or not at all.

A line is never moved to another number. What did not come back, came twice in two ways, or may be another line's
translation is listed, to be asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_NUMBERED = re.compile(r"\s*[*_`]{0,3}[\[(（【#]?\s*(\d{1,6})\s*(?:[.)、:：\]）】]|\s-)[*_`]{0,3}\s*(.*)")
_DIGITS = re.compile(r"\d+")
_LAST_SIGN = re.compile(r"([?？؟!！…])[\"'”’»」』)）\]]*\s*\Z")
_SIGNS = {"？": "?", "؟": "?", "！": "!"}
_ENDS = re.compile(r"[.。!！?？؟…:：;；)）\]\"”»」』*`]\s*\Z")
_CLEAR = 3.0  # by so much must lines fit a neighbour's words better, before they are taken for its translation


@dataclass(frozen=True, slots=True)
class Translation:
    """Hold the lines that came back, and the numbers to ask for again."""

    lines: dict[int, str]
    missing: tuple[int, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing


def number_lines(lines: Mapping[int, str]) -> str:
    """Number lines as the model is given them, one a line.

    >>> number_lines({7: "Good\\nmorning.", 8: "Yes?"})
    '7. Good morning.\\n8. Yes?'
    """
    return "\n".join(f"{number}. {' '.join(text.split())}" for number, text in lines.items())


def read_translation(answer: str, asked: Mapping[int, str], *, is_cut: bool = False) -> Translation:
    """Read the lines of an answer by their numbers, and list the missing ones.

    Lines can have moved where there are numbers that nobody asked for: then none is believed. So they can where the
    last ones did not come, since two that became one move all after them up; unless the answer was cut by its length
    (`is_cut`), only those are believed that stand before one with the digits of its own words alone. Where lines fit
    a neighbour's words clearly better than their own (digits, question and exclamation marks, length), these are
    missing, too. A single line is believed under any number. Text without a number goes on the line before only where
    that has no end yet.

    >>> read_translation("7. Guten Morgen.\\n8. Ja?", {7: "Good morning.", 8: "Yes?"}).lines
    {7: 'Guten Morgen.', 8: 'Ja?'}
    >>> read_translation("7. Guten Morgen. Ja?", {7: "Good morning.", 8: "Yes?"}).missing
    (7, 8)
    """
    found, numbers = _numbered(answer), list(asked)
    if len(numbers) == 1:
        lines = {numbers[0]: found[0].text} if len(found) == 1 and found[0].is_whole and found[0].text else {}
        return Translation(lines, () if lines else tuple(numbers))
    places = [numbers.index(one.number) if one.number in asked else -1 for one in found]
    if -1 in places or places != sorted(places):
        return Translation({}, tuple(numbers))
    texts: dict[int, set[str]] = {}
    for one in found[:-1] if is_cut else found:
        texts.setdefault(one.number, set()).add(one.text if one.is_whole else "")
    lines = {number: min(some) for number, some in texts.items() if len(some) == 1 and min(some)}
    if numbers[-1] not in texts and not is_cut:
        certain = _certain(numbers, asked, lines)
        lines = {number: text for number, text in lines.items() if number in certain}
    moved = _moved(numbers, asked, lines, 1) | _moved(numbers, asked, lines, -1)
    lines = {number: lines[number] for number in numbers if number in lines and number not in moved}
    return Translation(lines, tuple(number for number in numbers if number not in lines))


def doubtful(asked: Sequence[int], found: Translation) -> tuple[int, ...]:
    """List the lines before a missing one: they may hold its words, too.

    >>> doubtful([1, 2, 3], Translation({1: "Ja. Nein.", 3: "Gut."}, (2,)))
    (1,)
    """
    missing = set(found.missing)
    return tuple(number for number, after in pairwise(asked) if number not in missing and after in missing)


@dataclass(slots=True)
class _Line:
    number: int
    text: str
    is_whole: bool = field(default=True)  # False: what follows it may belong to it, or not


def _numbered(answer: str) -> list[_Line]:
    """Find the numbered lines of an answer, without the chatter around them."""
    found: list[_Line] = []
    is_open = False
    lines = answer.splitlines()
    for position, line in enumerate(lines):
        if match := _NUMBERED.match(line):
            found.append(_Line(int(match[1]), match[2].strip()))
            is_open = True
        elif not line.strip():
            is_open = False
        elif is_open and found[-1].text and not _ENDS.search(found[-1].text):
            found[-1].text += f" {line.strip()}"
            found[-1].is_whole = any(_NUMBERED.match(later) for later in lines[position + 1 :])
    return found


def _certain(numbers: Sequence[int], asked: Mapping[int, str], lines: Mapping[int, str]) -> set[int]:
    """Find the lines up to the last one that is certain.

    It has the digits of its own words, and not those of the next one's.
    """
    last = 0
    for position, (number, after) in enumerate(pairwise(numbers), 1):
        own = _digits(asked[number])
        if number in lines and own and own == _digits(lines[number]) and own != _digits(asked[after]):
            last = position
    return set(numbers[:last])


def _moved(numbers: Sequence[int], asked: Mapping[int, str], lines: Mapping[int, str], by: int) -> set[int]:
    """Find the stretch of lines that fit their neighbours' words best, if any does.

    What stands at either end of it may be two lines in one, or half of one.
    """
    best: tuple[float, int, int] = (0.0, 0, 0)
    total, start = 0.0, 0
    for position, number in enumerate(numbers):
        if number not in lines or not 0 <= position + by < len(numbers):
            total, start = 0.0, position + 1
            continue
        total += _fit(asked[numbers[position + by]], lines[number]) - _fit(asked[number], lines[number])
        if total <= 0:
            total, start = 0.0, position + 1
        best = max(best, (total, start, position + 1))
    return set(numbers[max(0, best[1] - 1) : best[2] + 1]) if best[0] >= _CLEAR else set()


def _fit(source: str, target: str) -> float:
    """Rate a line as another's translation, by what every language writes alike."""
    fit = 0.0
    digits = _digits(source), _digits(target)
    if any(digits):
        fit += 2.0 if digits[0] == digits[1] else -2.0
    signs = _last_sign(source), _last_sign(target)
    if any(signs):
        fit += 1.0 if signs[0] == signs[1] else -1.0
    lengths = sorted((1 + len(source), 1 + len(target)))
    return fit + lengths[0] / lengths[1]


def _digits(text: str) -> list[str]:
    return sorted(_DIGITS.findall(text))


def _last_sign(text: str) -> str:
    found = _LAST_SIGN.search(text)
    return _SIGNS.get(found[1], found[1]) if found else ""
