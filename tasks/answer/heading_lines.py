"""Recognise headings of one line.

They are hashed, bold, framed, underlined or plain, with or without text behind them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.answer.absence import is_absence
from tasks.answer.fields import fields_of
from tasks.answer.headings import section_of, title_part
from tasks.answer.lines import Line, has_bullet, without_bullet
from tasks.answer.patterns import lazy
from tasks.answer.quotes import starts_quoted
from tasks.answer.words import plain

BOLD, PLAIN, NOTHING = 7, 8, 9  # heading levels below the six of Markdown; NOTHING: before the first heading


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading opens a part of the answer by its title.

    The part is None where the contract has no such title.
    """

    part: str | None
    title: str
    level: int
    rest: str = ""  # text on the heading's own line
    colon: bool = False  # behind the title

    @property
    def section(self) -> str | None:
        return section_of(self.part) if self.part else None


def heading_at(lines: Sequence[Line], number: int) -> Heading | None:
    """Read the line with a number as a heading; None where it is none.

    >>> heading_at([Line("**Visible Text:** None")], 0)
    Heading(part='visible_text', title='Visible Text', level=7, rest='None', colon=True)
    """
    line = lines[number]
    text = line.text
    if not text or line.mark or line.record is not None:
        return None
    first = text[0]
    if first == "#":
        return _hashed(text)
    if starts_quoted(text):
        return None
    if first in "*_-•(（" or first.isdigit():
        bulleted, text = has_bullet(text), without_bullet(text)
        if not text:
            return None
        if bold := _BOLD_LEAD.match(text[:_LONGEST]):
            return _bold(bold, text, bulleted)
    if first in "[【《=<" and (framed := _FRAMED.fullmatch(text)):
        return _known(framed[1], "", BOLD, marked=True)
    underlined = number + 1 < len(lines) and _UNDERLINE.fullmatch(lines[number + 1].text) is not None
    if underlined and (part := title_part(text, marked=True)):
        return Heading(part, _bare(text), 1 if lines[number + 1].text[0] == "=" else 2)
    return _plain(text)


def _hashed(text: str) -> Heading | None:
    body = text.lstrip("#")
    level, title = min(len(text) - len(body), 6), body.rstrip("#").strip()
    if not plain(title[:_LONGEST]):
        return None
    known = _known(title, "", level, marked=True)
    if known or not body.startswith((" ", "\t", "\xa0", "\u3000")):  # "#summer" is a tag
        return known
    return Heading(None, _bare(title), level)


def _bold(bold: re.Match[str], text: str, bulleted: bool) -> Heading | None:
    title, behind = bold[1].strip(), text[bold.end() :].strip()
    rest = behind.lstrip(":：").strip()
    colon = title.endswith((":", "：")) or behind.startswith((":", "："))
    hashed = title.lstrip("# ")
    known = _known(hashed, rest, BOLD, marked=not rest and not bulleted, colon=colon)
    if known or rest or bulleted or (colon and fields_of(hashed)):
        return known
    return Heading(None, _bare(hashed), BOLD, colon=colon)


def _plain(text: str) -> Heading | None:
    """Read a heading without any Markdown.

    It is a title of the contract alone on its line, or `Title: text`.
    """
    colon = _COLON.search(text, 0, _LONGEST_PLAIN)
    if colon is None:
        is_short = len(text) <= _LONGEST_PLAIN and text[-1] not in _SENTENCE_ENDS
        part = title_part(text, marked=False) if is_short else None
        return Heading(part, _bare(text), PLAIN) if part else None
    if _NUMBER.fullmatch(text[: colon.start()]):  # "Section 2: Visible Text"
        part = title_part(text, marked=False) if len(text) <= _LONGEST_PLAIN else None
        return Heading(part, _bare(text), PLAIN) if part else None
    tail = text[colon.end() :].strip(" *_")
    part = title_part(text[: colon.start()], marked=False)
    if part is None or (tail and part == "transcript" and not is_absence(tail)):
        return None
    return Heading(part, _bare(text[: colon.start()]), PLAIN, tail, colon=True)


def _known(title: str, rest: str, level: int, marked: bool, colon: bool = False) -> Heading | None:
    """Return the heading of a part of the contract, alone or as `Title: text`."""
    if len(title) <= _LONGEST and (part := title_part(title, marked)):
        if rest and part == "transcript" and not is_absence(rest):
            return None  # `Transcript: “words”` is a key of an utterance
        return Heading(part, _bare(title), level, rest, colon)
    head = _COLON.split(title[:_LONGEST], maxsplit=1)[0]
    if rest or len(head) == len(title):
        return None
    tail = title[len(head) + 1 :].strip(" *_")
    part = title_part(head, marked)
    if not tail or part is None or (part == "transcript" and level >= BOLD and not is_absence(tail)):
        return None
    return Heading(part, _bare(head), level, tail, colon=True)


def _bare(title: str) -> str:
    return title.strip(" \t*_`").rstrip(":：").strip(" \t*_`")


_LONGEST_PLAIN = 80  # characters of a title without Markdown
_SENTENCE_ENDS = '.。!！?？,，;；”"’'
_LONGEST = 160  # characters of a line that can hold a heading's title
_BOLD_LEAD = lazy(r"(?:\*\*|__)([^*_\n][^*\n]{0,120}?)(?:\*\*|__)")
_FRAMED = lazy(r"[\[【《=<]{1,4}\s*([^\[\]【】《》=<>]{1,60}?)\s*[\]】》=>]{1,4}")
_UNDERLINE = lazy(r"={3,}|-{3,}")
_NUMBER = lazy(
    r"(?:section|part|chapter|step|第)?\s?(?:\d{1,3}|[ivx]{1,5}|[一二三四五六七八九十]{1,3})(?:部分|章|节)?",
    re.IGNORECASE,
)
_COLON = lazy(r"[:：]")
