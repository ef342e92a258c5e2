"""Read names of files in an answer about several: "File 2", "第二个视频"."""

from __future__ import annotations

import re
from typing import Any

from tasks.answer.numbers import HAN_NUMBER, whole_number
from tasks.answer.patterns import lazy
from tasks.answer.words import alternatives, plain


def named_member(text: str, count: int) -> int | None:
    """Return which of `count` files a text names and nothing else; None: none.

    >>> [named_member(text, 3) for text in ("**File 2:**", "第二个视频", "File 9", "a file")]
    [2, 2, None, None]
    """
    found = _NAME.fullmatch(text.strip(AROUND)) if len(text) < _LONGEST else None
    return number_of(found, count) if found else None


def member_in(value: Any, count: int) -> int | None:
    """Return the file that a field's value names, also by its bare number.

    >>> member_in(2, 3), member_in("File 3", 3), member_in("a.mp4", 3)
    (2, 3, None)
    """
    if isinstance(value, bool):
        return None
    text = str(value).strip()
    return int(text) if text.isdecimal() and 1 <= int(text) <= count else named_member(text, count)


def is_member_key(name: str) -> bool:
    """Say whether a head or key is there for the file: "video", "file no".

    >>> is_member_key("file_id"), is_member_key("text")
    (True, False)
    """
    return len(name) <= _LONGEST and _KEY.fullmatch(plain(name)) is not None


def number_of(found: re.Match[str], count: int) -> int | None:
    """Return which of `count` files a match of `NUMBERED` names; None: none.

    >>> found = re.search(NUMBERED, "Image 2", re.IGNORECASE)
    >>> number_of(found, 3), number_of(found, 1)
    (2, None)
    """
    words = found["number"] or found["han"] or found["ordinal"]
    number = _ORDINALS[words.lower()] if found["ordinal"] else whole_number(words)
    return number if 1 <= number <= count else None


_LONGEST = 120
AROUND = " \t*_#`~:：.。-–—=|•<>[]【】()（）《》"
_ORDINALS = {
    word: number
    for number, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), 1
    )
}
_NOUNS = """
    file | video file | audio file | image file | media file | video | video clip | clip | audio | audio clip |
    recording | image | picture | photo | input | 文件 | 檔案 | 视频 | 視頻 | 影片 | 音频 | 音頻 | 录音 | 錄音 | 图片 |
    圖片 | 图像 | 照片 | 片段文件 | ファイル | 動画 | 音声ファイル | 画像 | 파일 | 비디오 | 영상 | 오디오 | 이미지 |
    archivo | fichero | vídeo | imagen | fichier | vidéo | datei | bild | aufnahme | arquivo | файл | видео | запись |
    изображение | الملف | ملف
"""
_NOUN = rf"(?:{alternatives(_NOUNS)})"
NUMBERED = (
    rf"(?:(?<![^\W_])(?:the\s)?{_NOUN}[\s_]?(?:no\.?\s?|number\s|nr\.?\s?|n[ºo°]\s?|[#№]\s?)?(?P<number>\d{{1,4}})(?![\d:：.,]\d|\d)"
    rf"|第\s?(?P<han>{HAN_NUMBER}|\d{{1,4}})\s?(?:个|個|段|张|張|つの|の)?\s?{_NOUN}"
    rf"|(?:the\s)?(?P<ordinal>{'|'.join(_ORDINALS)})\s{_NOUN}\b)"
)
_NAME = lazy(NUMBERED + r"(?:\s?[(（][^()（）]{0,80}[)）])?", re.IGNORECASE)
_KEY = lazy(rf"{_NOUN}s?(?:\s?(?:no|number|nr|id|index|seq|name))?|files|文件名|文件号|文件编号", re.IGNORECASE)
