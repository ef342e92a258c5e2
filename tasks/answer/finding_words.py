"""Hold the words of findings as data, and read the values of their keys."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from tasks.answer.patterns import lazy
from tasks.answer.words import phrases, plain
from tasks.moderation.records import MOST_SEVERE, Modality

FindingKey = Literal["label", "time", "start", "end", "severity", "confidence", "modality", "evidence", "rationale"]

KEYS: dict[FindingKey, str] = {
    "label": """
        label | labels | label id | category | class | id | policy | type | violation | finding | tag | 标签 |
        標籤 | 类别 | 類別 | 违规类型 | ラベル | カテゴリ | カテゴリー | 라벨 | 범주 | etiqueta | categoría |
        étiquette | catégorie | kategorie | etikett | rótulo | categoria | etichetta | метка | категория
    """,
    "time": """
        time | times | time range | timestamp | timestamps | timecode | range | interval | period | when |
        时间 | 时间段 | 時間 | 時間帯 | 时间范围 | 시간 | tiempo | temps | zeit | zeitraum | tempo | время
    """,
    "start": """
        start | starts | start time | begin | from | 开始 | 开始时间 | 開始 | 시작 | inicio | début | beginn |
        начало
    """,
    "end": "end | ends | end time | to | until | 结束 | 结束时间 | 終了 | 끝 | fin | ende | fim | fine | конец",
    "severity": """
        severity | severity level | level | harm level | 严重程度 | 严重性 | 嚴重程度 | 深刻度 | 重大度 |
        심각도 | severidad | gravedad | gravité | sévérité | schweregrad | schwere | gravidade | gravità |
        серьёзность | тяжесть
    """,
    "confidence": """
        confidence | confidence level | certainty | probability | 置信度 | 信心 | 可信度 | 确信度 | 信頼度 |
        確信度 | 신뢰도 | confianza | confiance | konfidenz | sicherheit | confiança | confidenza | уверенность
    """,
    "modality": """
        modality | modalities | medium | channel | source | where | 模态 | 模態 | 来源 | モダリティ | 양식 |
        modalidad | modalité | modalität | modalidade | modalità | модальность
    """,
    "evidence": """
        evidence | quote | proof | content | words | description | what is seen | 证据 | 證據 | 依据 | 証拠 |
        根拠 | 증거 | evidencia | prueba | preuve | beleg | beweis | evidência | prova | доказательство
    """,
    "rationale": """
        rationale | reason | reasoning | explanation | justification | comment | note | 理由 | 原因 | 说明 |
        說明 | 근거 | 이유 | razón | motivo | justificación | raison | begründung | razão | motivazione |
        обоснование | причина
    """,
}
MODALITIES: dict[Modality, str] = {
    "picture": """
        picture | visual | visuals | image | images | video | frame | frames | scene | 画面 | 图像 | 視覺 |
        视觉 | 映像 | 画像 | 영상 | imagen | bild
    """,
    "speech": """
        speech | spoken | voice | spoken words | dialogue | dialog | talk | transcript | verbal | 语音 | 語音 |
        言语 | 说话 | 音声 | 発話 | 음성 | voz | habla | parole | sprache | речь
    """,
    "text": """
        text | on screen text | visible text | written | writing | caption | captions | ocr | sign | 文字 |
        文本 | 字幕 | テキスト | 텍스트 | 자막 | texto | texte | текст
    """,
    "sound": """
        sound | sounds | audio | noise | noises | music | 声音 | 聲音 | 音效 | 音频 | 音 | 소리 | sonido | son |
        ton | звук
    """,
}
SEVERITIES: dict[int, str] = {
    0: "harmless | no harm | 无害",
    1: "negligible | minimal | very low | trivial | very mild | 极低 | 极轻",
    2: """
        low | minor | mild | slight | light | 低 | 轻微 | 轻度 | 낮음 | niedrig | gering | bajo | baja |
        faible | baixo | basso | низкая
    """,
    3: "low to medium | low medium | medium low | mild to moderate | 中低",
    4: """
        medium | moderate | middle | average | 中 | 中等 | 中度 | 중간 | mittel | medio | media | moyen |
        moyenne | médio | средняя
    """,
    5: "medium to high | medium high | moderate to high | considerable | 中高 | 较高",
    6: """
        high | serious | major | strong | grave | 高 | 严重 | 高い | 높음 | hoch | alto | alta | élevé |
        élevée | высокая
    """,
    7: """
        very high | severe | critical | extreme | maximum | highest | 极高 | 极其严重 | 非常严重 | sehr hoch |
        muy alta | критическая
    """,
}
CONFIDENCES: dict[int, str] = {
    10: "very low | very unsure | 极低",
    30: """
        low | unsure | uncertain | possible | possibly | weak | 低 | 낮음 | niedrig | gering | bajo | baja |
        faible | baixa | низкая
    """,
    60: "medium | moderate | fair | 中 | 中等 | 중간 | mittel | medio | media | moyen | moyenne | média | средняя",
    75: "likely | probable | probably | medium high | medium to high | fairly high | 较高",
    85: "high | strong | confident | sure | 高 | 높음 | hoch | alto | alta | élevé | élevée | высокая",
    95: """
        very high | very likely | certain | very sure | highest | absolute | 极高 | 非常高 | sehr hoch |
        muy alta | très élevée
    """,
}

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_HAN = {character: number for number, character in enumerate("零一二三四五六七八九")}
_WORD_NUMBER = lazy(
    rf"\b(?:(?:one |a )?hundred|({'|'.join(_TENS)})(?:[ -]({'|'.join(_UNITS[1:10])}))?|({'|'.join(_UNITS)}))\b"
)
_HAN_NUMBER = lazy(r"[零一二三四五六七八九]?十[一二三四五六七八九]?|百|[零一二三四五六七八九]")
_NUMBER = r"(?:\d{1,9}(?:[.,]\d{1,9})?|(?<![\w.,])[.,]\d{1,9})"
_MINUS = lazy(r"(?:^|.*[\s(:])(?:[-−–]|minus)\s?")
_AMOUNT = lazy(
    rf"({_NUMBER})\s{{0,4}}(?:(?:-|–|—|~|to|or|bis)\s{{0,4}}({_NUMBER})\s{{0,4}})?"
    rf"(?:(%|％|percent|per cent|pct)|(?:/|／|\(?(?:out of|of|from))\s{{0,4}}({_NUMBER}))?"
)
_SCALE = lazy(r"\s{0,4}[(（][^()（）]{1,20}[)）]")  # "Severity (0-7)"
_NO_WORD = lazy(r"[^\w ]")
_LONGEST = 80  # characters of a value that hold a number or a level


def finding_key(word: str) -> FindingKey | None:
    """Return the key that the word before a colon is.

    >>> finding_key("**Severity level**"), finding_key("Confidence (%)")
    ('severity', 'confidence')
    """
    return _KEY_OF.get(plain(_SCALE.sub("", word))) if len(word) <= 40 else None


@lru_cache(maxsize=512)
def read_severity(text: str) -> int | None:
    """Read a severity of 0 to 7 from a number, a share or a word.

    None where none is recognised.

    Of a range the higher end counts, a number above the scale is its top, and one below it says nothing.

    >>> read_severity("6/7"), read_severity("seven"), read_severity("medium-high"), read_severity("unknown")
    (6, 7, 5, None)
    """
    amount = _amount(text, unfilled=(0, MOST_SEVERE))
    if amount is None:
        return _level(text, _SEVERITY_OF)
    value, scale, is_fraction = amount
    if scale is None and is_fraction and value <= 1:
        scale = 1.0
    return _rounded(value if scale is None else value * MOST_SEVERE / scale, MOST_SEVERE)


@lru_cache(maxsize=512)
def read_confidence(text: str) -> int | None:
    """Read a confidence in percent from a number, a share or a word.

    None where none is recognised, and where it may be either of two: 1 is one percent or all of one.

    >>> read_confidence("85 %"), read_confidence(".9"), read_confidence("8/10"), read_confidence("high")
    (85, 90, 80, 85)
    """
    amount = _amount(text, unfilled=(0, 100))
    if amount is None:
        return _level(text, _CONFIDENCE_OF)
    value, scale, is_fraction = amount
    if value == 1 and scale is None and not is_fraction:
        return None
    if is_fraction and value <= 1 and scale == 100.0:  # "0.9 %" is hardly meant
        return None
    if scale is None:
        scale = 1.0 if is_fraction and value <= 1 else 100.0
    return _rounded(value * 100 / scale, 100)


@lru_cache(maxsize=512)
def read_modality(text: str) -> Modality | None:
    """Return the first modality that the text names.

    >>> read_modality("audio, on-screen text")
    'sound'
    """
    words = plain(text[:_LONGEST])
    if found := _MODALITY_OF.get(words):
        return found
    spaced = _spaced(words)
    named = ((words.find(word), found) for word, found in _MODALITY_OF.items() if _holds(words, spaced, word))
    return min(named, default=(0, None), key=lambda pair: pair[0])[1]


def _amount(text: str, unfilled: tuple[int, int]) -> tuple[float, float | None, bool] | None:
    """Read a number, the scale that it is of, and whether it is a fraction.

    A range that is the whole scale, `unfilled`, is the form of the prompt, sent back without an answer. A number below
    nothing is none.
    """
    words = _with_digits(" ".join(unicodedata.normalize("NFKC", text[:_LONGEST]).casefold().split()))
    found = _AMOUNT.search(words)
    if found is None:
        return None
    low, high, percent, scale = found.groups()
    if high and (_float(low), _float(high)) == unfilled:
        return None
    if _MINUS.fullmatch(words[: found.start()]):
        return None
    written = high or low
    whole = 100.0 if percent else _float(scale) if scale else None
    return _float(written), whole or None, not written.isdigit()


def _with_digits(words: str) -> str:
    words = _WORD_NUMBER.sub(lambda found: str(_word_value(found)), words)
    return _HAN_NUMBER.sub(lambda found: str(_han_value(found[0])), words)


def _word_value(found: re.Match[str]) -> int:
    tens, unit, small = found.groups()
    if tens:
        return 20 + 10 * _TENS.index(tens) + (_UNITS.index(unit) if unit else 0)
    return _UNITS.index(small) if small else 100


def _han_value(digits: str) -> int:
    if digits == "百":
        return 100
    tens, ten, unit = digits.rpartition("十")
    return (10 * _HAN.get(tens, 1) if ten else 0) + _HAN.get(unit, 0)


def _float(number: str) -> float:
    return float(number.replace(",", "."))


def _rounded(value: float, most: int) -> int:
    return min(most, int(value + 0.5))


def _level(text: str, levels: Mapping[str, int]) -> int | None:
    """Return the level that the text is, or the longest one that it names."""
    words = plain(text[:_LONGEST])
    spaced = _spaced(words)
    named = [word for word in levels if word == words or _holds(words, spaced, word)]
    return levels[max(named, key=len)] if named else None


def _spaced(words: str) -> str:
    """Return words with one blank around each, and nothing else between them."""
    return f" {' '.join(_NO_WORD.sub(' ', words).split())} "


def _holds(words: str, spaced: str, word: str) -> bool:
    if not word.isascii() and not any(character.isspace() for character in words):
        return word in words  # scripts without spaces
    return f" {word} " in spaced


_KEY_OF: dict[str, FindingKey] = {word: key for key, table in KEYS.items() for word in phrases(table)}
_MODALITY_OF: dict[str, Modality] = {word: key for key, table in MODALITIES.items() for word in phrases(table)}
_SEVERITY_OF = {word: level for level, table in SEVERITIES.items() for word in phrases(table)}
_CONFIDENCE_OF = {word: level for level, table in CONFIDENCES.items() for word in phrases(table)}
