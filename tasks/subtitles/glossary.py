"""Keep the terms of a translation, which a file names or answers fix."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BETWEEN = re.compile(r"(\t|->|→|=)")
_HEAD = re.compile(r"\W*(?:fixed )?terms\W*", re.IGNORECASE)
_MOST_AN_ANSWER = 5
_LONGEST = 60  # characters of a term: what is longer is a sentence


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
        pair = _term(line)
        if pair is None:
            raise ValueError(f'expected "term = translation" in line {number} of the glossary, found "{line.strip()}"')
        terms[pair[0]] = pair[1]
    return terms


def glossary_lines(terms: Mapping[str, str], lines: Mapping[int, str]) -> list[str]:
    """List the terms that occur in lines, for the prompt.

    The others would only cost tokens.

    >>> glossary_lines({"quay": "Kai", "tide": "Flut"}, {1: "On the Quay."})
    ['quay = Kai']
    """
    text = "\n".join(lines.values()).casefold()
    return [f"{term} = {translation}" for term, translation in terms.items() if term.casefold() in text]


def split_terms(answer: str) -> tuple[str, dict[str, str]]:
    """Part an answer from the terms that stand after its lines, under a line "TERMS".

    >>> split_terms("1. Am Kai.\\n\\nTERMS\\nquay = Kai")
    ('1. Am Kai.', {'quay': 'Kai'})
    """
    lines = answer.splitlines()
    head = next((number for number, line in enumerate(lines) if _HEAD.fullmatch(line.strip())), len(lines))
    pairs = [pair for line in lines[head + 1 :] if (pair := _term(line.strip(" -*`")))]
    return "\n".join(lines[:head]).strip("\n"), dict(pairs[:_MOST_AN_ANSWER])


def confirmed_terms(terms: Mapping[str, str], sources: Mapping[int, str], lines: Mapping[int, str]) -> dict[str, str]:
    """Keep those terms that occur in a line, and translated in its translation.

    What a model only claims would mislead all later requests.

    >>> confirmed_terms({"quay": "Kai", "tide": "Ebbe"}, {1: "The quay.", 2: "The tide."}, {1: "Kai.", 2: "Flut."})
    {'quay': 'Kai'}
    """
    pairs = [(sources[number].casefold(), line.casefold()) for number, line in lines.items()]
    return {
        term: translation
        for term, translation in terms.items()
        if len(term) <= _LONGEST
        and any(term.casefold() in source and translation.casefold() in line for source, line in pairs)
    }


def _term(line: str) -> tuple[str, str] | None:
    term, *rest = _BETWEEN.split(line, maxsplit=1)
    return (term.strip(), rest[1].strip()) if rest and term.strip() and rest[1].strip() else None
