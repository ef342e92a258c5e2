"""The words of answers as data: headings, keys, and the ways to say that there is nothing.

Phrases of a table are separated by `|` and compared after `plain`: no Markdown, no case, no punctuation around.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Part = Literal["storyline", "visible_text", "speech", "speakers", "transcript"]
Key = Literal["speaker", "state", "content", "appearance"]

# Headings that are one wherever they stand alone on a line, also without any Markdown. The first is the contract's.
TITLES: dict[Part, str] = {
    "storyline": """
        storyline | story line | storylines | 故事线 | 故事線 | 故事情节 | 故事情節 | 剧情 | 剧情线 | 情节 | 情节线 |
        故事梗概 | 时间线 | 時間線 | ストーリーライン | ストーリー | 스토리라인 | línea argumental | línea narrativa |
        scénario | trame narrative | handlung | handlungsverlauf | linha narrativa | trama | сюжетная линия | сюжет |
        خط القصة
    """,
    "visible_text": """
        visible text | visible texts | on screen text | onscreen text | text on screen | text visible on screen |
        可见文字 | 可见文本 | 可見文字 | 可见的文字 | 可见的文本 | 屏幕文字 | 屏幕文本 | 画面文字 | 画面中的文字 |
        画面内文字 | 螢幕文字 | 文字信息 | 表示テキスト | 画面上のテキスト | 画面の文字 | 보이는 텍스트 |
        화면 텍스트 | texto visible | texto en pantalla | texte visible | texte à l'écran | sichtbarer text |
        text im bild | texto visível | texto na tela | testo visibile | видимый текст | текст на экране | النص المرئي
    """,
    "speech": """
        speakers and transcript | speaker and transcript | speakers and transcripts | speakers and transcription |
        speaker profiles and transcript | speakers transcript | speech and transcript | speakers and dialogue |
        说话人与转录 | 说话人和转录 | 说话人及转录 | 说话人与转写 | 说话人和转写 | 说话人与文字记录 | 说话人与文本 |
        说话人与对白 | 说话人与台词 | 说话者与转录 | 说话者和转录 | 发言人与转录 | 发言人和转录 | 发言人与文字记录 |
        說話人與轉錄 | 说话人与逐字稿 | 說話者與逐字稿 | 話者と文字起こし | 話者と書き起こし | 화자 및 대본 |
        화자와 대본 | hablantes y transcripción | locuteurs et transcription | sprecher und transkript |
        falantes e transcrição | parlanti e trascrizione | говорящие и расшифровка | говорящие и транскрипт |
        المتحدثون والنص
    """,
    "speakers": """
        speaker profiles | speaker profile | speakers profiles | profiles of the speakers | list of speakers |
        speaker list | 说话人简介 | 说话人档案 | 说话人资料 | 说话人介绍 | 说话人特征 | 说话人列表 | 说话人概况 |
        说话者简介 | 说话者档案 | 发言人简介 | 发言人档案 | 說話人簡介 | 話者プロフィール | 話者のプロフィール |
        화자 프로필 | perfiles de los hablantes | profils des locuteurs | sprecherprofile | perfis dos falantes |
        profili dei parlanti | профили говорящих
    """,
    "transcript": """
        transcript | transcription | transcripts | full transcript | lyrics | 转录 | 转写 | 转录文本 | 转录内容 |
        文字记录 | 逐字稿 | 逐字记录 | 歌词 | 轉錄 | 歌詞 | 文字起こし | 書き起こし | 대본 | 전사 | 가사 |
        transcripción | transkript | transcrição | trascrizione | расшифровка | транскрипт
    """,
}

# Headings only where Markdown marks them (`##`, or bold and alone on the line): too common as plain words.
MARKED_TITLES: dict[Part, str] = {
    "storyline": """
        story | plot | narrative | timeline | events | scene description | scenes | description | video description |
        audio description | 故事 | 事件 | 描述 | 视频描述 | 音频描述 | 场景描述
    """,
    "visible_text": """
        text | texts | screen text | ocr | displayed text | text elements | 文字 | 文本 | 文字内容
    """,
    "speech": """
        speech | dialogue | dialogues | dialog | spoken words | 对话 | 对白 | 语音 | 台词 | 対話 | 대화
    """,
    "speakers": """
        speakers | speaker | voices | 说话人 | 说话者 | 发言人 | 話者 | 화자 | hablantes | sprecher
    """,
    "transcript": """
        subtitles | utterances | spoken content | 语音内容 | 语音转录 | 语音转写 | 音频转录 | 字幕
    """,
}

# `Key: value` lines of one utterance or one text element.
KEYS: dict[Key, str] = {
    "speaker": """
        speaker | speaker name | name | voice | 说话人 | 说话者 | 发言人 | 說話人 | 說話者 | 話者 | 화자 | hablante |
        locuteur | sprecher | falante | parlante | говорящий
    """,
    "state": """
        state | speaking state | state of speech | emotion | tone | style | manner | delivery | 状态 | 狀態 |
        说话状态 | 情绪 | 语气 | 状態 | 상태 | estado | état | zustand | stato | состояние
    """,
    "content": """
        content | contents | words | exact words | transcript | text | utterance | speech | line | lyrics | 内容 |
        內容 | 文本 | 文字 | 台词 | 歌词 | 내용 | contenido | contenu | inhalt | conteúdo | contenuto | содержание
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
_MARKS = " \t*_#`~:：.。,，;；!！-–—=|•·\"'“”‘’《》<>[]【】"
_PICTOGRAPHS = ("So", "Sk", "Mn", "Cf", "Co", "Cn")
_LONGEST = 100  # characters: no heading is longer


def plain(text: str) -> str:
    """Lower case, one space between words, no Markdown or punctuation around, `&` as "and", hyphens as spaces."""
    text = unicodedata.normalize("NFC", text).casefold().replace("&", " and ").replace("-", " ").replace("_", " ")
    return " ".join(text.split()).strip(_MARKS)


def title_part(title: str, marked: bool) -> Part | None:
    """Which part of the contract a heading opens. `marked`: Markdown says that it is a heading, so be generous."""
    if len(title) > _LONGEST:
        return None
    bare = _unnumbered(title)
    if found := _TITLE_OF.get(plain(bare)):
        return found
    if not marked:
        return None
    for wording in (bare, _BRACKETED.sub(" ", bare), *re.split(r"[/|()（）【】—–]", bare)):
        words = plain(_unnumbered(wording))
        content = " ".join(word for word in words.split() if word not in _FILLERS)
        for candidate in (words, content):
            if found := _TITLE_OF.get(candidate) or _MARKED_TITLE_OF.get(candidate):
                return found
    return None


def key_of(word: str, keys: tuple[Key, ...]) -> Key | None:
    """Which of the keys the word before a colon is; where it may be several, the first asked for."""
    word = plain(word) if len(word) <= 40 else ""
    return next((key for key in keys if word in _KEY_WORDS[key]), None)


def is_profile_key(word: str) -> bool:
    return len(word) <= 40 and plain(word) in _PROFILE_KEYS


def _unnumbered(title: str) -> str:
    """Without the numbering and the pictographs in front: "**1. Storyline**", "一、故事线", "🎬 Storyline"."""
    title = title.strip(_MARKS)
    while title and unicodedata.category(title[0]) in _PICTOGRAPHS:
        title = title[1:].lstrip(_MARKS)
    numbering = _NUMBERING.match(title)
    return title[numbering.end() :].strip(_MARKS) if numbering and numbering.end() < len(title) else title


def phrases(table: str) -> frozenset[str]:
    """The phrases of a table above, made comparable."""
    return frozenset(plain(phrase) for phrase in table.split("|"))


_TITLE_OF: dict[str, Part] = {title: part for part, table in TITLES.items() for title in phrases(table)}
_MARKED_TITLE_OF: dict[str, Part] = {title: part for part, table in MARKED_TITLES.items() for title in phrases(table)}
_KEY_WORDS: dict[Key, frozenset[str]] = {key: phrases(table) for key, table in KEYS.items()}
_PROFILE_KEYS = phrases(PROFILE_KEYS)
_FILLERS = phrases(FILLERS)
