"""Divide Chinese, Japanese and Thai text into phrases, with budoux.

Weighed against jieba (Chinese alone; 19 MB, last released in January 2020): budoux does all three in 130 KB, keeps up
its releases, and gives phrases rather than words, which is what a line should end with. Scripts without a model (Khmer,
Lao, Burmese) are divided at their characters.
"""

from __future__ import annotations

import re
from functools import lru_cache

import budoux

from tasks.subtitles.measure import UNSPACED, graphemes

_THAI = re.compile("[\u0e00-\u0e7f]")
_KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_TRADITIONAL = ("zh-TW", "zh-HK", "zh-MO", "zh-Hant", "yue")
# What may not begin a line, and what may not end one, in Chinese and Japanese.
_CLOSING = re.compile(
    r"[、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】°′″℃％‰,.:;?!)\]}»…‥〜～ぁぃぅぇぉっゃゅょァィゥェォッャュョ]"
)
_OPENING = re.compile(r"[‘“（〔［｛〈《「『【(\[{«¥＄$£]")
_WORD_SIGN = re.compile(r"[A-Za-z0-9À-ɏ]")
_ADDRESS_SIGN = re.compile(r"[A-Za-z0-9./:_@#%&=?~+-]")  # of addresses, which are not divided either
_NUMBER_JOINT = re.compile(r"[0-9０-９一二三四五六七八九十百千万億亿.,]")


def phrases(text: str, language: str) -> list[str]:
    """Cut a text without white space into parts between which a line may break.

    No part begins or ends with what may not begin or end a line, and no number or Latin word is divided.

    >>> phrases("今日は、GitHubで寝ます。", "ja")
    ['今日は、', 'GitHubで', '寝ます。']
    """
    if not UNSPACED.search(text):
        return [text]
    parts = _parser(language, bool(_KANA.search(text)), bool(_THAI.search(text)))
    divided = parts.parse(text) if parts else graphemes(text)
    kept: list[str] = []
    for part in divided:
        if kept and _is_inseparable(kept[-1], part):
            kept[-1] += part
        else:
            kept.append(part)
    return kept


def characters(text: str) -> list[str]:
    """Cut a phrase that is wider than a line into the smallest parts.

    >>> characters("第100回。")
    ['第', '100', '回。']
    """
    kept: list[str] = []
    for part in graphemes(text):
        if kept and _is_inseparable(kept[-1], part):
            kept[-1] += part
        else:
            kept.append(part)
    return kept


def _is_inseparable(before: str, after: str) -> bool:
    last, first = before[-1], after[0]
    return bool(
        _CLOSING.match(first)
        or _OPENING.match(last)
        or (_WORD_SIGN.match(last) and _WORD_SIGN.match(first))
        or (_ADDRESS_SIGN.match(last) and _ADDRESS_SIGN.match(first))
        or (_NUMBER_JOINT.match(last) and _NUMBER_JOINT.match(first))
    )


def _parser(language: str, kana: bool, thai: bool) -> budoux.Parser | None:
    """Choose the model for a text: its script goes before the declared language."""
    if thai:
        return _load("th")
    if kana or language.partition("-")[0] == "ja":
        return _load("ja")
    if language.partition("-")[0] in ("km", "lo", "my"):
        return None
    return _load("zh-hant" if language.startswith(_TRADITIONAL) else "zh-hans")


@lru_cache(maxsize=4)
def _load(model: str) -> budoux.Parser:
    """Read a model, 30 to 65 KB of JSON, when it is first needed."""
    loaders = {
        "ja": budoux.load_default_japanese_parser,
        "th": budoux.load_default_thai_parser,
        "zh-hans": budoux.load_default_simplified_chinese_parser,
        "zh-hant": budoux.load_default_traditional_chinese_parser,
    }
    return loaders[model]()
