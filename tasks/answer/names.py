"""Read names of speakers, without the marks around them."""

from __future__ import annotations

import re

from tasks.answer.patterns import lazy
from tasks.answer.words import phrases, plain

# Words before a colon that are no names: what models call the parts of an event or of a report.
LABELS = """
    visual | visuals | audio | video | sound | sounds | sound effects | sfx | music | background music | camera |
    scene | setting | location | action | actions | note | notes | time | text | title | description | summary |
    background | ambience | atmosphere | lighting | mood | content | context | translation | lyrics | transcript |
    transcription | dialogue | speech | on screen text | visible text | subtitle | caption | narrative | overview |
    details | result | chorus | verse | verse 1 | verse 2 | verse 3 | bridge | intro | outro | refrain | hook |
    pre chorus | interlude | start | end | state | emotion | tone | appearance | style | duration | language |
    dialect | observation | remark | 画面 | 音频 | 视频 | 声音 | 音效 | 音乐 | 背景音乐 | 镜头 | 场景 | 动作 | 备注 |
    注 | 时间 | 文字 | 标题 | 描述 | 总结 | 背景 | 环境音 | 环境 | 内容 | 翻译 | 字幕 | 对白 | 对话 | 台词 |
    屏幕文字 | 语音 | 状态 | 说明 | 音訊 | 影像 | 聲音 | 音樂 | 鏡頭 | 場景 | 備註 | 時間 | 標題 | 臺詞 | 映像 |
    音声 | 音楽 | カメラ | 場面 | 備考 | 화면 | 오디오 | 음악 | 소리 | 카메라 | 장면 | 참고 | sonido | imagen |
    música | nota | escena | son | image | musique | remarque | scène | bild | ton | musik | anmerkung | szene |
    звук | музыка | изображение | примечание | сцена | الصوت | الصورة | الموسيقى | ملاحظة
"""
PRONOUNS = (
    "he | she | they | it | i | we | you | someone says | they all | who | this | that | the text | 他 | 她 | 他们 | 它"
)

# What people do with their voice, between brackets: a state, and no name.
SOUNDS = lazy(
    r"(?:[a-z]+ly |softly |loudly )?(?:laugh|laughter|sigh|cough|sob|cry|cries|gasp|scream|shout|whisper|murmur|mutter|"
    r"sing|hum|chuckl|giggl|yell|groan|grunt|sniff|breath|exhal|inhal|applau|cheer|music|silence|pause|clear|snor|"
    r"stutter|speak|talk|read|calm|angr|happ|sad|excit|quiet|loud|soft|fast|slow|off[- ]?screen|voice ?over|"
    r"(?:over|on) (?:the )?(?:phone|radio)|in [A-Z]?[a-z]+$)[a-z, ]*|"
    r"(?:笑|大笑|轻笑|叹气|咳嗽|哭|哭泣|低语|耳语|唱|哼唱|喊|大喊|鼓掌|掌声|音乐|沉默|停顿|画外音|旁白声).{0,8}",
    re.IGNORECASE,
)
UNHEARD = lazy(
    r"[\[(（【]?(?:inaudible|unintelligible|indistinct|unclear|illegible|crosstalk|听不清|無法辨識|无法辨识|听不清楚|不清|"
    r"聞き取れない)[\])）】]?",
    re.IGNORECASE,
)
ROLE = lazy(
    r"(?:speaker|voice|man|woman|boy|girl|child|male|female|narrator|host|guest|singer|reporter|announcer|interviewer|"
    r"spk|person|caller|customer|teacher|student|说话人|说话者|发言人|男|女|旁白|主持人|记者|歌手|解说|說話人|說話者|話者|화자|hablante|"
    r"locuteur|sprecher|говорящий|المتحدث)[\w .#-]{0,20}",
    re.IGNORECASE,
)
_VERB = lazy(
    r"\s(?:says|said|speaks|asks|asked|replies|replied|answers|sings|shouts|whispers|adds|continues)$|(?:说|说道|問|问|答)$",
    re.IGNORECASE,
)
_AROUND = ' \t*_`:："“”„「」『』<>＜＞[]【】〔〕#•-–—|{}'


def bare_name(text: str) -> str:
    """Return a name without the marks around it; "" where nothing but marks is there.

    >>> bare_name("**<Ann>**:"), bare_name("[Speaker 1]"), bare_name("***")
    ('Ann', 'Speaker 1', '')
    """
    name = text.strip(_AROUND)
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1].strip(_AROUND)
    return name if any(sign.isalnum() for sign in name) else ""


def is_plausible_name(name: str) -> bool:
    """Say whether words before a colon may be a name.

    It is title-cased and short, or a role such as "woman 2".

    >>> is_plausible_name("Old Tom"), is_plausible_name("She said"), is_plausible_name("Visual")
    (True, False, False)
    """
    if not name or plain(name) in _LABELS:
        return False
    if ROLE.fullmatch(name):
        return True
    words = name.split()
    return len(words) <= 4 and len(name) <= 30 and all(not word[0].islower() for word in words) and name[0].isalnum()


def without_verb(name: str) -> str:
    """Return the name in "Ann says"; a pronoun is none.

    >>> without_verb("Ann says"), without_verb("She said")
    ('Ann', 'She said')
    """
    bare = _VERB.sub("", name)
    return name if plain(bare) in _PRONOUNS else bare


_LABELS = phrases(LABELS)
_PRONOUNS = phrases(PRONOUNS)
