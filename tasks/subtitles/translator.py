"""Translate numbered lines by asking, until each has a translation of its own.

Who asks is given, so that this is pure: the same lines and answers lead to the same questions, in the same order. A run
that was killed goes through it again with the answers that it has, and asks on where it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tasks.subtitles.glossary import confirmed_terms, glossary_lines, split_terms
from tasks.subtitles.translation import doubtful, number_lines, read_translation

LINES_A_REQUEST = 40
CHARACTERS_A_REQUEST = 4000
_TRIES = 3  # for a line that is asked for alone
_MOST_TERMS = 30  # that answers fix for a recording
_CONTEXT = 2  # lines before those asked for, which are shown
_NONE = "none"
_FIELD = re.compile(r"\{(language|count|terms|context|lines)\}")


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold what came back for a question, or why nothing did."""

    text: str = ""  # "": there is no answer
    is_cut: bool = False  # by its length
    is_refused: bool = False
    reason: str = ""  # why there is none


Ask = Callable[[str, int], Reply]
"""Puts a question, for the first, second or third time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold what a translation is to be."""

    language: str  # its English name
    words: str  # the prompt, with {language}, {count}, {terms}, {context} and {lines}
    terms: Mapping[str, str] = field(default_factory=dict)  # of the user's glossary
    most_characters: int = CHARACTERS_A_REQUEST


@dataclass(frozen=True, slots=True)
class TranslatedLines:
    """Hold the lines by number, and why the others are missing."""

    lines: Mapping[int, str]
    reason: str = ""  # "": none is missing


def portions(lines: Mapping[int, str], most_characters: int = CHARACTERS_A_REQUEST) -> Iterator[list[int]]:
    """Divide lines into requests, by number.

    >>> [len(some) for some in portions({number: "Yes." for number in range(90)})]
    [40, 40, 10]
    """
    some: list[int] = []
    size = 0
    for number, text in lines.items():
        if some and (len(some) == LINES_A_REQUEST or size + len(text) > most_characters):
            yield some
            some, size = [], 0
        some.append(number)
        size += len(text)
    if some:
        yield some


def translate_lines(
    sources: Mapping[int, str], wanted: Wanted, ask: Ask, known: Mapping[int, str] | None = None
) -> TranslatedLines:
    """Translate lines, each under its own number.

    `sources` are all lines of a recording in order, `known` those of them that are translated already. Lines that are
    missing are asked for again with the one before, which may hold their words; where an answer cannot be believed at
    all, in two halves, in the end alone, where no line can be taken for another. It ends at the first line that has
    no translation after that.

    >>> wanted = Wanted("German", "{lines}")
    >>> translate_lines({4: "Yes.", 9: "No."}, wanted, lambda question, number: Reply("1. Ja.\\n2. Nein.")).lines
    {4: 'Ja.', 9: 'Nein.'}
    """
    work = _Work(sources, wanted, ask, dict(known or {}))
    left = {number: text for number, text in sources.items() if number not in work.lines}
    for some in portions(left, wanted.most_characters):
        if not work.translate(some):
            break
    ordered = {number: work.lines[number] for number in sources if number in work.lines}
    return TranslatedLines(ordered, work.reason)


@dataclass(slots=True)
class _Work:
    sources: Mapping[int, str]
    wanted: Wanted
    ask: Ask
    lines: dict[int, str]
    terms: dict[str, str] = field(default_factory=dict)  # fixed by answers so far
    reason: str = ""

    def translate(self, numbers: Sequence[int], tried: int = 0) -> bool:
        """Translate lines that are asked for together; False: that is not possible."""
        reply = self.ask(self._question(numbers), tried + 1)
        if not reply.text.strip():
            return self._without_answer(numbers, reply)
        text, terms = split_terms(reply.text)
        places = dict(enumerate(numbers, 1))
        found = read_translation(
            text, {place: self.sources[number] for place, number in places.items()}, is_cut=reply.is_cut
        )
        unsure = doubtful(list(places), found)
        new = {places[place]: line for place, line in found.lines.items() if place not in unsure}
        self.lines |= new
        self._fix(confirmed_terms(terms, self.sources, new))
        left = [number for number in numbers if number not in new]
        if not left:
            return True
        if len(left) < len(numbers):
            return self.translate(left)
        if len(numbers) > 1:
            return self._in_halves(numbers)
        if tried + 1 < _TRIES:
            return self.translate(numbers, tried + 1)
        place = list(self.sources).index(numbers[0]) + 1
        self.reason = (
            f"line {place} of {len(self.sources)} did not come back, though it was asked for alone {_TRIES} times"
        )
        return False

    def _in_halves(self, numbers: Sequence[int]) -> bool:
        middle = len(numbers) // 2
        return self.translate(numbers[:middle]) and self.translate(numbers[middle:])

    def _without_answer(self, numbers: Sequence[int], reply: Reply) -> bool:
        """Find out which lines are refused; all else that prevents an answer ends it."""
        if (reply.is_refused or reply.is_cut) and len(numbers) > 1:
            return self._in_halves(numbers)
        self.reason = reply.reason or "there is no answer"
        return False

    def _question(self, numbers: Sequence[int]) -> str:
        lines = {place: self.sources[number] for place, number in enumerate(numbers, 1)}
        terms = glossary_lines({**self.terms, **self.wanted.terms}, lines)
        every = list(self.sources)
        first = every.index(numbers[0])
        context = [" ".join(self.sources[number].split()) for number in every[max(0, first - _CONTEXT) : first]]
        fields = {
            "language": self.wanted.language,
            "count": str(len(numbers)),
            "terms": "\n".join(terms) or _NONE,
            "context": "\n".join(f"> {line}" for line in context) or _NONE,
            "lines": number_lines(lines),
        }
        return _FIELD.sub(lambda found: fields[found[1]], self.wanted.words)

    def _fix(self, terms: Mapping[str, str]) -> None:
        for term, translation in terms.items():
            if len(self.terms) < _MOST_TERMS:
                self.terms.setdefault(term, translation)
