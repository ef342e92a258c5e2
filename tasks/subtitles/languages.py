"""Tell the language of a text by its script, as far as that goes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

UNDETERMINED = "und"  # BCP 47

_FULL_WIDTH = frozenset({"zh", "yue", "wuu", "nan", "hak", "gan", "hsn", "cjy", "ja"})
_KANA_SHARE = 0.1  # of kana and Chinese characters, from which on a text is Japanese
# The first word of a letter's name in Unicode, and the language that is mostly written so.
_SCRIPTS = {
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "THAI": "th",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "CYRILLIC": "ru",
    "GREEK": "el",
}


def found_language(declared: str, texts: Iterable[str]) -> str:
    """Give the declared language or, for "auto", the one most letters stand for.

    "und" where that stays open, as with Latin letters.

    >>> [found_language("auto", [text]) for text in ("今日はいい天気です。OK", "今天天气很好", "Hi")]
    ['ja', 'zh', 'und']
    """
    if declared != "auto":
        return declared
    counts = Counter(_script(letter) for text in texts for letter in text if letter.isalpha())
    kana = counts["HIRAGANA"] + counts["KATAKANA"]
    if kana and kana >= _KANA_SHARE * (kana + counts["CJK"]):
        counts["HIRAGANA"] += counts.pop("CJK", 0) + counts.pop("KATAKANA", 0)
    most = counts.most_common(1)
    return _SCRIPTS.get(most[0][0], UNDETERMINED) if most else UNDETERMINED


def heard_language(declared: str, said: Iterable[tuple[str, str]], known: Mapping[str, str]) -> str:
    """Give the language of most words.

    That is the declared one, or the one that answers name, or that of the script. `said` are (language as the answer
    names it, text); `known` maps BCP 47 tags to English names.

    >>> said = [("German", "Guten Morgen."), ("", "So."), ("English", "Yes.")]
    >>> heard_language("auto", said, {"de": "German", "en": "English"})
    'de'
    """
    if declared != "auto":
        return declared
    tags = {name.casefold(): tag for tag, name in known.items()} | {tag.casefold(): tag for tag in known}
    counts: Counter[str] = Counter()
    texts: list[str] = []
    for language, text in said:
        texts.append(text)
        if tag := tags.get(language.strip().casefold()):
            counts[tag] += len(text)
    most = counts.most_common(1)
    return most[0][0] if most else found_language("auto", texts)


def speaker_label(speaker: str, language: str) -> str:
    """Write a speaker's name as it stands before their words.

    With a full-width colon where the words are so wide.

    >>> speaker_label("Ann", "en"), speaker_label("林", "zh-TW")
    ('Ann: ', '林：')
    """
    return f"{speaker}：" if language.partition("-")[0] in _FULL_WIDTH else f"{speaker}: "


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
