"""Find which part of a section a heading opens.

Titles come in many languages, numbered, decorated, or with words around them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from tasks.answer.patterns import lazy
from tasks.answer.registry import SECTIONS
from tasks.answer.section import SectionSpec
from tasks.answer.titles import OTHERS, TITLES
from tasks.answer.words import MARKS, phrases, plain


@lru_cache(maxsize=4096)
def title_part(title: str, marked: bool) -> str | None:
    """Return the part of a section that a heading opens.

    `marked`: Markdown says that it is a heading, so be generous.

    >>> title_part("2. Visible Text", marked=False), title_part("Section 1: Structured storyline", marked=True)
    ('visible_text', 'storyline')
    """
    if len(title) > _LONGEST or not may_hold_title(title):
        return None
    bare = unnumbered(title)
    if found := _lookups()[0].get(plain(bare)):
        return found
    wordings = (bare, _BRACKETED.sub(" ", bare), *_ALTERNATIVES.split(bare)) if marked else (bare,)
    for wording in dict.fromkeys(wordings):
        if found := _one_or_joined(unnumbered(wording), marked):
            return found
    return None


def is_no_label(title: str) -> bool:
    """Say whether a title is one that nobody writes as a label.

    Such are the contract's, in several words.

    >>> is_no_label("Visible Text"), is_no_label("Transcript")
    (True, False)
    """
    words = plain(title)
    return (" " in words or not words.isascii()) and title_part(title, marked=False) is not None


def may_hold_title(text: str) -> bool:
    """Say whether any word of a text may be one of a title's.

    It looks at single words alone.

    >>> may_hold_title("The Visible Text"), may_hold_title("Rain")
    (True, False)
    """
    if not text.isascii():
        return any(sign.isalpha() for sign in text)
    return not _title_words().isdisjoint(_ASCII_WORD.findall(text.lower()))


def named_sections(text: str) -> tuple[str, ...]:
    """Return the names of the sections whose headings stand in a text.

    The text may be a prompt; the names are in the registry's order.

    >>> named_sections("Write down the lyrics.\\n## Transcript\\n[mm:ss] words")
    ('transcript',)
    """
    titles = [line.strip("# \t") for line in text.splitlines() if line.startswith("#")]
    parts = {title_part(title, marked=True) for title in titles}
    return tuple(section.name for section in SECTIONS if parts.intersection(section.parts))


@cache
def spec_of(part: str) -> SectionSpec:
    """Return the section that a part belongs to.

    >>> spec_of("speech").heading
    'Speakers and Transcript'
    """
    return next(section for section in SECTIONS if part in section.parts)


def section_of(part: str) -> str:
    """Return the name of the section that a part belongs to.

    >>> section_of("speakers")
    'transcript'
    """
    return spec_of(part).name


def unnumbered(title: str) -> str:
    """Return a title without the numbering and the pictographs in front.

    >>> unnumbered("**1. Storyline**"), unnumbered("一、故事线"), unnumbered("🎬 Storyline")
    ('Storyline', '故事线', 'Storyline')
    """
    title = title.strip(MARKS)
    while title and unicodedata.category(title[0]) in _PICTOGRAPHS:
        title = title[1:].lstrip(MARKS)
    numbering = _NUMBERING.match(title)
    return title[numbering.end() :].strip(MARKS) if numbering and numbering.end() < len(title) else title


def _one_or_joined(title: str, marked: bool) -> str | None:
    """Return the part of one title, or of several joined by "and".

    Those of speech are one section.
    """
    words = plain(title)
    if marked and not _OTHERS.in_(words) and (found := _part_of(words) or _paired(words)):
        return found
    pieces = [piece for piece in _AND.split(words) if piece.strip()]
    if len(pieces) < 2 or len(pieces) > 4:
        return None
    parts = {_part_of(piece.strip()) for piece in pieces}
    if None in parts:
        return None
    if len(parts) == 1:
        return parts.pop() if marked else None
    return "speech" if {section_of(part) for part in parts if part} == {"transcript"} else None


def _paired(words: str) -> str | None:
    """Return the part whose two words meet in a title.

    "Text that is visible on the screen".
    """
    if ":" in words or "：" in words:  # a title and a text
        return None
    for part, (first, second) in _PAIRS.items():
        if first.in_(words) and second.in_(words):
            return part
    return None


class _Phrases:
    """This looks for phrases in titles.

    They are whole words, or any letters where a script has no spaces.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        found = frozenset(phrases)
        self._words = frozenset(phrase for phrase in found if " " not in phrase)
        self._several = [f" {phrase} " for phrase in found if " " in phrase]
        self._unspaced = [phrase for phrase in self._words if not phrase.isascii()]

    def in_(self, words: str) -> bool:
        """Say whether any of them stands in the words."""
        spaced = _PUNCTUATION.sub(" ", words)
        if not self._words.isdisjoint(spaced.split()):
            return True
        if " " in spaced and any(phrase in f" {spaced} " for phrase in self._several):
            return True
        return not words.isascii() and " " not in words and any(phrase in words for phrase in self._unspaced)


def _part_of(words: str) -> str | None:
    """Return the part that words open, with or without filler around them.

    Markdown's say is taken for granted.
    """
    plain_ones, marked_ones = _lookups()
    content = " ".join(word for word in words.split() if word not in _FILLERS)
    for candidate in (words, content, _without_unspaced(content)):
        if found := plain_ones.get(candidate) or marked_ones.get(candidate):
            return found
    alone = {plain_ones.get(word) or marked_ones.get(word) for word in content.split()}
    return alone.pop() if len(alone) == 1 else None


def _without_unspaced(words: str) -> str:
    """Take the filler off both ends of words without spaces.

    It stops as soon as a title is left.
    """
    for _ in range(0 if words.isascii() else 6):
        if words in _lookups()[0] or words in _lookups()[1]:
            break
        shorter = next((words.removeprefix(f).removesuffix(f) for f in _UNSPACED if f in words and words != f), words)
        if shorter == words:
            break
        words = shorter.strip()
    return words


@cache
def _lookups() -> tuple[dict[str, str], dict[str, str]]:
    """Return which part a title opens: the plain ones, and those that need Markdown."""
    titles = [titles for section in SECTIONS for titles in section.titles]
    plain_ones = {phrase: one.part for one in titles for phrase in phrases(one.plain)}
    return plain_ones, {phrase: one.part for one in titles for phrase in phrases(one.marked)}


@cache
def _title_words() -> frozenset[str]:
    """Return the longest ASCII word of each phrase that a title may have."""
    tables = [table for row in TITLES.values() for name, table in row.items() if name not in ("and", "filler")]
    tables += [table for section in SECTIONS for one in section.titles for table in (one.plain, one.marked)]
    words = (_ASCII_WORD.findall(phrase) for table in tables for phrase in phrases(table))
    return frozenset(max(found, key=len) for found in words if found)


_ASCII_WORD = lazy("[a-z]+")
_LONGEST = 100  # characters: no heading is longer
_NUMBERING = lazy(
    r"[0-9]{1,2}(?:\.[0-9]{1,2}){1,2}\.?\s|(?:(?:section|part|chapter|step|sección|abschnitt|раздел|第)\s{0,4})?"
    r"(?:[0-9]{1,3}|[ivx]{1,5}|[a-h](?=[.)])|[一二三四五六七八九十]{1,3}|one|two|three|four|five|six)"
    r"\s{0,4}(?:[.)、．:：）]|部分\W?|章\W?|节\W?|[-–—]\s)|[(（][0-9a-h一二三四五六七八九十]{1,3}[)）]|[0-9]\ufe0f?\u20e3|"
    r"[①-⑳]|(?:section|part)\s(?:[0-9]{1,3}|[ivx]{1,5})\s|(?:section|part)\s[a-h]\s?[:：.)–—-]",
    re.IGNORECASE,
)
_BRACKETED = lazy(r"[(（\[【][^()（）\[\]【】]{0,80}[)）\]】]")
_ALTERNATIVES = lazy(r"[/|()（）【】—–]")
_PICTOGRAPHS = ("So", "Sk", "Mn", "Cf", "Co", "Cn")

_FILLERS = frozenset(phrase for row in TITLES.values() for phrase in phrases(row["filler"]))
_UNSPACED = sorted((word for word in _FILLERS if not word.isascii()), key=len, reverse=True)
_PUNCTUATION = lazy(r"[,;:()/]+\s?")


def _all(name: str) -> _Phrases:
    """Return the phrases of one column in all languages."""
    return _Phrases(phrase for row in TITLES.values() for phrase in phrases(row[name]))


_PAIRS = {
    part: (_all(first), _all(second))
    for part, first, second in (("visible_text", "visible", "text"), ("speech", "speaker", "words"))
}
_OTHERS = _Phrases(phrases(OTHERS))
_JOINED = sorted({word for row in TITLES.values() for word in phrases(row["and"])}, key=len, reverse=True)
_AND = lazy(
    "|".join(rf"\s{re.escape(word)}\s" for word in _JOINED if word.isalpha() and ord(word[0]) < 0x3000)
    + "|"
    + "|".join(re.escape(word) for word in _JOINED if ord(word[0]) >= 0x3000 and not "\uac00" <= word[0] <= "\ud7a3")
    + r"|(?:와|과)\s|\s및\s|\sو|[,，/+&、・]\s?"
)
