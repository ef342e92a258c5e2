"""The keys of answers as data, and how phrases are compared.

Phrases of a table are separated by `|` and compared after `plain`: no Markdown, no case, no punctuation around.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

Key = Literal["speaker", "state", "content", "language", "appearance"]

# `Key: value` lines of one utterance or one text element.
KEYS: dict[Key, str] = {
    "speaker": """
        speaker | speaker name | name | voice | 说话人 | 说话者 | 发言人 | 說話人 | 說話者 | 話者 | 화자 | hablante |
        locuteur | sprecher | falante | parlante | говорящий
    """,
    "state": """
        state | speaking state | state of speech | emotion | mood | tone | style | manner | delivery | 状态 | 狀態 |
        说话状态 | 情绪 | 语气 | 状態 | 상태 | estado | état | zustand | stato | состояние
    """,
    "content": """
        content | contents | words | exact words | transcript | text | utterance | speech | line | lyrics | 内容 |
        內容 | 文本 | 文字 | 台词 | 歌词 | 내용 | contenido | contenu | inhalt | conteúdo | contenuto | содержание
    """,
    "language": """
        dialect | dialects | language | languages | language or dialect | dialect or language | 方言 | 语言 | 語言 |
        語种 | 语种 | 言語 | 사투리 | 언어 | dialecto | idioma | dialecte | langue | dialekt | sprache | dialeto |
        диалект | язык
    """,
    "appearance": """
        appearance | look | style | description | 外观 | 外觀 | 样式 | 外観 | 모양 | apariencia | apparence |
        aussehen | aparência | aspetto | вид
    """,
}

# Parts of one speaker's profile that models put on lines of their own.
PROFILE_KEYS = """
    accent | tone | role | gender | sex | age | voice | voice quality | identity | language | description | profile |
    pitch | style | personality | 口音 | 语气 | 音色 | 角色 | 身份 | 性别 | 年龄 | 语言 | 描述
"""

MARKS = " \t*_#`~:：.。,，;；!！-–—=|•·\"'“”‘’《》<>[]【】"


def plain(text: str) -> str:
    """Lower case, one space between words, no Markdown or punctuation around, `&` as "and", hyphens as spaces."""
    text = unicodedata.normalize("NFC", text).casefold().replace("&", " and ").replace("-", " ").replace("_", " ")
    return " ".join(text.split()).strip(MARKS)


def key_of(word: str, keys: tuple[Key, ...]) -> Key | None:
    """Which of the keys the word before a colon is; where it may be several, the first asked for."""
    word = plain(word) if len(word) <= 40 else ""
    return next((key for key in keys if word in _KEY_WORDS[key]), None)


def is_profile_key(word: str) -> bool:
    return len(word) <= 40 and plain(word) in _PROFILE_KEYS


def phrases(table: str) -> frozenset[str]:
    """The phrases of a table above, made comparable."""
    return frozenset(plain(phrase) for phrase in table.split("|"))


_KEY_WORDS: dict[Key, frozenset[str]] = {key: phrases(table) for key, table in KEYS.items()}
_PROFILE_KEYS = phrases(PROFILE_KEYS)
