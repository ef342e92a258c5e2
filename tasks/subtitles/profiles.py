"""Say how alike two descriptions of a speaker are."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz

from tasks.subtitles.measure import UNSPACED

_WORD = re.compile(r"[^\W\d_]+")
_STEM = 6  # letters by which words of a family are the same: "narrator", "narrates"
_SHORTEST = 3
_CONTRADICTION = 0.3  # what is left of the likeness where they do
_NO_FEATURE = re.compile(
    "voices?|accents?|speak(?:s|er|ing)?|sounds?|toned?|with|and|who|the|from|very|slightly|seems|appears|person|style"
    "|[的声音说话者人聲說話]"
)
# What one voice cannot be at once; two profiles that disagree in any of these are of two people.
_OPPOSITES = (
    (
        frozenset({"man", "male", "boy", "gentleman", "father", "he", "his", "him", "男"}),
        frozenset({"woman", "female", "girl", "lady", "mother", "she", "her", "女"}),
    ),
    (
        frozenset({"young", "youthful", "child", "boy", "girl", "teenage"}),
        frozenset({"old", "older", "elderly", "aged", "老"}),
    ),
)


def likeness(first: str, second: str) -> float:
    """Rate how alike two profiles are, 0 to 1.

    Half by the features that both name, half by their wording.

    A feature is a word that tells voices apart. A man is never much like a woman, nor a young voice like an old one.

    >>> round(likeness("Female, British accent, calm narrator", "A woman with a calm British voice who narrates"), 1)
    0.6
    >>> round(likeness("Young man, calm", "Young woman, calm"), 1)
    0.2
    """
    if not first or not second:
        return 0.0
    own, other = _features(first), _features(second)
    shared = len(own & other) / max(1, min(len(own), len(other)))
    alike = (shared + fuzz.token_set_ratio(first.casefold(), second.casefold()) / 100) / 2
    return alike * _CONTRADICTION if _contradicts(first, second) else alike


@lru_cache(maxsize=1024)
def _features(profile: str) -> frozenset[str]:
    words = _words(profile)
    return frozenset(
        word[:_STEM]
        for word in words
        if not _NO_FEATURE.fullmatch(word) and (len(word) >= _SHORTEST or UNSPACED.match(word))
    )


def _words(profile: str) -> list[str]:
    """List the words in lower case; of scripts without spaces, the characters."""
    words: list[str] = []
    for word in _WORD.findall(profile.casefold()):
        words += list(word) if UNSPACED.search(word) else [word]
    return words


def _contradicts(first: str, second: str) -> bool:
    own, other = frozenset(_words(first)), frozenset(_words(second))
    return any(
        {_side(own, one, opposite), _side(other, one, opposite)} == {"one", "opposite"} for one, opposite in _OPPOSITES
    )


def _side(words: frozenset[str], one: frozenset[str], opposite: frozenset[str]) -> str:
    """Tell which of two opposites a profile says; "" for neither or both."""
    said = bool(words & one), bool(words & opposite)
    return {(True, False): "one", (False, True): "opposite"}.get(said, "")
