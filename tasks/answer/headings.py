"""Which section a heading opens: titles in many languages, numbered, decorated, or with words around them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from tasks.answer.registry import SECTIONS
from tasks.answer.words import MARKS, phrases, plain

# Words that a marked heading may have around its title: "Detailed Storyline of the Clip".
FILLERS = """
    a | all | an | audio | chronological | clip | complete | detailed | full | in | list | of | overview | recording |
    section | the | timestamped | timestamps | verbatim | video | with
"""

_NUMBERING = re.compile(
    r"(?:(?:section|part|第)\s{0,4})?(?:[0-9]{1,3}|[ivx]{1,5}|[一二三四五六七八九十]{1,3})\s{0,4}(?:[.)、．:：）]|部分|章|-\s)|"
    r"[(（][0-9一二三四五六七八九十]{1,3}[)）]|[0-9]\ufe0f?\u20e3",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[(（\[【][^()（）\[\]【】]{0,80}[)）\]】]")
_PICTOGRAPHS = ("So", "Sk", "Mn", "Cf", "Co", "Cn")
_LONGEST = 100  # characters: no heading is longer


def title_part(title: str, marked: bool) -> str | None:
    """The part of a section that a heading opens. `marked`: Markdown says that it is a heading, so be generous.

    >>> title_part("2. Visible Text", marked=False)
    'visible_text'
    """
    if len(title) > _LONGEST:
        return None
    plain_ones, marked_ones = _lookups()
    bare = _unnumbered(title)
    if found := plain_ones.get(plain(bare)):
        return found
    if not marked:
        return None
    for wording in (bare, _BRACKETED.sub(" ", bare), *re.split(r"[/|()（）【】—–]", bare)):
        words = plain(_unnumbered(wording))
        content = " ".join(word for word in words.split() if word not in _FILLER_WORDS)
        for candidate in (words, content):
            if found := plain_ones.get(candidate) or marked_ones.get(candidate):
                return found
    return None


def named_sections(text: str) -> tuple[str, ...]:
    """The names of the sections whose headings stand in a text, such as a prompt, in the registry's order.

    >>> named_sections("Write down the lyrics.\\n## Transcript\\n[mm:ss] words")
    ('transcript',)
    """
    titles = [line.strip("# \t") for line in text.splitlines() if line.startswith("#")]
    parts = {title_part(title, marked=True) for title in titles}
    return tuple(section.name for section in SECTIONS if parts.intersection(section.parts))


def _unnumbered(title: str) -> str:
    """Without the numbering and the pictographs in front: "**1. Storyline**", "一、故事线", "🎬 Storyline"."""
    title = title.strip(MARKS)
    while title and unicodedata.category(title[0]) in _PICTOGRAPHS:
        title = title[1:].lstrip(MARKS)
    numbering = _NUMBERING.match(title)
    return title[numbering.end() :].strip(MARKS) if numbering and numbering.end() < len(title) else title


@cache
def _lookups() -> tuple[dict[str, str], dict[str, str]]:
    """Which part a title opens: the plain ones, and those that need Markdown."""
    titles = [titles for section in SECTIONS for titles in section.titles]
    plain_ones = {phrase: one.part for one in titles for phrase in phrases(one.plain)}
    return plain_ones, {phrase: one.part for one in titles for phrase in phrases(one.marked)}


_FILLER_WORDS = phrases(FILLERS)
