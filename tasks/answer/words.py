"""Make words and phrases comparable; list parts of a speaker's profile.

Phrases of a table are separated by `|` and compared after `plain`: no Markdown, no case, no punctuation around.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from tasks.answer.patterns import by_first_letter

# Parts of one speaker's profile that models put on lines of their own.
PROFILE_KEYS = """
    accent | tone | role | gender | sex | age | voice | voice quality | identity | language | description | profile |
    pitch | style | personality | dialect | mood | emotion | timbre | occupation | appearance |
    口音 | 方言 | 语气 | 音色 | 角色 | 身份 | 性别 | 年龄 | 语言 | 描述
"""

MARKS = " \t*_#`~:：.。,，;；!！-–—=|•·\"'“”‘’《》<>[]【】"


@lru_cache(maxsize=2048)  # names and keys come again and again
def plain(text: str) -> str:
    """Make a phrase comparable: lower case, no Markdown, single spaces.

    Punctuation around it goes, `&` is "and", hyphens are spaces.

    >>> plain("**On-Screen  Text:**")
    'on screen text'
    """
    folded = (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()
    text = folded.replace("&", " and ").replace("-", " ").replace("_", " ")
    return " ".join(text.split()).strip(MARKS)


def is_profile_key(word: str) -> bool:
    """Say whether a key names one trait of a speaker, and no speaker.

    >>> is_profile_key("Gender"), is_profile_key("Ann")
    (True, False)
    """
    return len(word) <= 40 and plain(word) in _PROFILE_KEYS


def phrases(table: str) -> frozenset[str]:
    """Return the phrases of a table above, made comparable.

    >>> sorted(phrases("On-screen text | Titles"))
    ['on screen text', 'titles']
    """
    return frozenset(plain(phrase) for phrase in table.split("|") if phrase.strip())


def alternatives(table: str) -> str:
    """Write a table's phrases as alternatives of a pattern, longer ones first.

    >>> alternatives("to | up to")
    'up\\\\sto|to'
    """
    found = sorted((phrase.strip() for phrase in table.split("|")), key=len, reverse=True)
    return by_first_letter("|".join(re.escape(phrase).replace(r"\ ", r"\s") for phrase in found))


_PROFILE_KEYS = phrases(PROFILE_KEYS)
