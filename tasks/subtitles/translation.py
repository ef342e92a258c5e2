"""Align a translation with its lines: each comes back under its own number.

A line is never moved to another number. What did not come back, came twice in two ways, or seems to be another line's
translation is listed, to be asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NUMBERED = re.compile(r"\s*[*_`]{0,3}[\[(（【#]?\s*(\d{1,6})\s*(?:[.)、:：\]）】]|\s-)[*_`]{0,3}\s*(.*)")
_BETWEEN = re.compile("\t|->|→|=")
_DIGITS = re.compile(r"\d+")
_LAST_SIGN = re.compile(r"([?？؟!！…])[\"'”’»」』)）\]]*\s*\Z")
_SIGNS = {"？": "?", "؟": "?", "！": "!"}
_CLEAR = 2.0  # by so much must a shifted translation fit better, before it is taken for one


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


def read_translation(answer: str, asked: Mapping[int, str]) -> Translation:
    """Read the lines of an answer by their numbers, and list the missing ones.

    Numbers that were not asked for are left out, lines without a number go on the line before. Where an answer has
    fewer lines than were asked for, and from some line on each fits the next one's words better than its own (by
    digits, by question and exclamation marks, by length), two lines became one and the rest moved up: from there on,
    all are missing.

    >>> read_translation("7. Guten Morgen.\\n9. Nein.", {7: "Good morning.", 8: "Yes?"})
    Translation(lines={7: 'Guten Morgen.'}, missing=(8,))
    """
    found: dict[int, str] = {}
    twice: set[int] = set()
    number: int | None = None
    for line in answer.splitlines():
        match = _NUMBERED.match(line)
        if match and int(match[1]) in asked:
            number, text = int(match[1]), match[2].strip()
            twice |= {number} if found.get(number, text) != text else set()
            found[number] = text
        elif match:
            number = None
        elif number is not None and line.strip():
            found[number] = f"{found[number]} {line.strip()}".strip()
    lines = {number: text for number, text in found.items() if text and number not in twice}
    moved = _moved_from(list(asked), asked, lines)
    lines = {number: lines[number] for number in asked if number in lines and number not in moved}
    return Translation(lines, tuple(number for number in asked if number not in lines))


def merge_translations(first: Translation, second: Translation) -> Translation:
    """Add what came when the missing lines were asked for again.

    >>> merge_translations(Translation({1: "Ja."}, (2,)), Translation({2: "Nein."}, ())).lines
    {1: 'Ja.', 2: 'Nein.'}
    """
    lines = dict(sorted({**second.lines, **first.lines}.items()))
    return Translation(lines, tuple(number for number in first.missing if number not in lines))


def _moved_from(numbers: Sequence[int], asked: Mapping[int, str], lines: Mapping[int, str]) -> set[int]:
    """Find the numbers from where on a translation moved up by one line."""
    present = [number for number in numbers if number in lines]
    if not present or len(present) == len(numbers) or present != list(numbers[: len(present)]):
        return set()  # nothing is missing at the end, so nothing has moved up
    own = [_fit(asked[number], lines[number]) for number in present]
    next_one = [_fit(asked[numbers[position + 1]], lines[number]) for position, number in enumerate(present)]
    gains = [moved - fit for fit, moved in zip(own, next_one, strict=True)]
    totals = [sum(gains[position:]) for position in range(len(gains))]
    best = max(range(len(totals)), key=lambda position: totals[position])
    return set(present[best:]) if totals[best] >= _CLEAR else set()


def _fit(source: str, target: str) -> float:
    """Rate a line as another's translation, by what every language writes alike."""
    fit = 0.0
    digits = sorted(_DIGITS.findall(source)), sorted(_DIGITS.findall(target))
    if any(digits):
        fit += 2.0 if digits[0] == digits[1] else -2.0
    signs = _last_sign(source), _last_sign(target)
    if any(signs):
        fit += 1.0 if signs[0] == signs[1] else -1.0
    lengths = sorted((1 + len(source), 1 + len(target)))
    return fit + lengths[0] / lengths[1]


def _last_sign(text: str) -> str:
    found = _LAST_SIGN.search(text)
    return _SIGNS.get(found[1], found[1]) if found else ""


# --- the glossary ------------------------------------------------------------------------------------------------


def read_glossary(text: str) -> dict[str, str]:
    """Read the terms of a glossary: a line each, `term = translation`.

    A tab or "->" between will do too; `#` begins a note.

    Raises ValueError for a line that is none of these, with its number.

    >>> read_glossary("# names\\nquay = Kai\\npilot boat -> Lotsenboot")
    {'quay': 'Kai', 'pilot boat': 'Lotsenboot'}
    """
    terms: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        term, _, translation = (
            re.split(r"(\t|->|→|=)", line, maxsplit=1) if re.search(r"\t|->|→|=", line) else ("",) * 3
        )
        if not term.strip() or not translation.strip():
            raise ValueError(f'expected "term = translation" in line {number} of the glossary, found "{line.strip()}"')
        terms[term.strip()] = translation.strip()
    return terms


def glossary_lines(terms: Mapping[str, str], lines: Mapping[int, str]) -> list[str]:
    """List the terms that occur in lines, for the prompt.

    The others would only cost tokens.

    >>> glossary_lines({"quay": "Kai", "tide": "Flut"}, {1: "On the Quay."})
    ['quay = Kai']
    """
    text = "\n".join(lines.values()).casefold()
    return [f"{term} = {translation}" for term, translation in terms.items() if term.casefold() in text]
