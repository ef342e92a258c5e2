"""Recognise statements that there is nothing.

Such as "No text appears.", "None", "无", "音頻中沒有人說話。", "Никто не говорит.".

Only whole sentences of a known build count, so that a sign that reads "No smoking" stays a text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

from tasks.answer.absence_words import ABSENT_WORDS, EXCEPTIONS, NEGATIONS, REMARKS, STATEMENTS
from tasks.answer.patterns import by_first_letter, lazy
from tasks.answer.words import phrases


def is_absence(text: str, strict: bool = False) -> bool:
    """Say whether the text states that there is nothing, and nothing else.

    It may do so in several sentences.

    `strict`: single words ("None", "无") do not count, because somebody may have said or written them.

    >>> is_absence("No text appears."), is_absence("No smoking"), is_absence("None", strict=True)
    (True, False, False)
    """
    if len(text) > _LONGEST:
        return False
    folded = " ".join(_folded(text).split())
    if not _NEGATION.search(folded):
        return not strict and text.strip() in _DASHES
    if _EXCEPTION.search(folded):
        return False
    sentences = [sentence for part in _SENTENCE.split(folded) if (sentence := part.strip(_OUTER))]
    stated = [sentence for sentence in sentences if _is_absent(sentence, strict)]
    return bool(stated) and all(sentence in stated or _REMARK.fullmatch(sentence) for sentence in sentences)


def negating_words(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of texts that negate, as they are written.

    A line without any of them states no absence.

    >>> sorted(negating_words(["NO WAY", "red"])), sorted(negating_words(["EXIT"]))
    (['NO'], [])
    """
    return frozenset(filter(_negates, set(chain.from_iterable(map(str.split, texts)))))


@lru_cache(maxsize=4096)
def _negates(word: str) -> bool:
    return _NEGATION.search(_folded(word)) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().replace("’", "'")


def _is_absent(sentence: str, strict: bool) -> bool:
    if sentence in _ABSENT:
        return not strict
    if _STATEMENT.fullmatch(_LABEL.sub("", sentence)):
        return True
    clauses = [clause for part in _CLAUSE.split(sentence) if (clause := part.strip(_OUTER))]
    stated = [clause for clause in clauses if _STATEMENT.fullmatch(clause)]
    return bool(stated) and all(clause in stated or _REMARK.fullmatch(clause) for clause in clauses)


_LONGEST = 200  # characters
_DASHES = ("-", "–", "—", "[]", "{}", "()", "（）")
_OUTER = " \t*_`#()（）[]【】<>\"'“”‘’「」.。!！:：;；,，-–—•·"
_SENTENCE = lazy(r"[.。!！;；]\s*")
_CLAUSE = lazy(r"[,，、]\s*(?:(?:as|since|because|and|so|因为|因為)\s+)?|\s(?:and|as|since|because)\s")
_LABEL = lazy(r"(?:note|注|备注|備註)[:：]\s*")
_ABSENT = phrases(ABSENT_WORDS)
_STATEMENT = lazy("|".join(pattern for patterns in STATEMENTS.values() for pattern in patterns))
_REMARK = lazy("|".join(REMARKS))
_EXCEPTION = lazy(EXCEPTIONS)
_NEGATION = lazy(by_first_letter(NEGATIONS))
