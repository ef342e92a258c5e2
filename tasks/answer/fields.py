"""Name the fields of a row as answers do, and look them up.

They are keys before a colon, heads of tables, names in JSON.

Phrases are separated by `|` and compared after `words.plain`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

from tasks.answer.patterns import lazy
from tasks.answer.words import phrases, plain

Field = Literal[
    "speaker", "state", "content", "language", "appearance", "description", "profile", "start", "end", "time", "counter"
]

FIELDS: dict[Field, str] = {
    "speaker": """
        speaker | speaker name | speaker id | speaker label | name | voice | who | person | singer | character |
        role | spoken by | actor | 说话人 | 说话者 | 发言人 | 讲话人 | 讲述者 | 人物 | 角色 | 歌手 | 演唱者 | 說話人 |
        說話者 | 發言人 | 話者 | 話し手 | 発言者 | 발화자 | 화자 | hablante | orador | interlocutor | locuteur |
        spk | locutrice | intervenant | personne | sprecher | sprecherin | person | falante | parlante | oratore |
        говорящий | спикер | диктор | المتحدث | المتكلم
    """,
    "state": """
        state | speaking state | state of speech | emotion | emotions | mood | tone | tone of voice | style | manner |
        delivery | speaking style | prosody | vocal state | 状态 | 狀態 | 说话状态 | 發言狀態 | 情绪 | 情緒 | 情感 |
        心情 | 语气 | 語氣 | 语调 | 状態 | 話し方 | 様子 | 感情 | 상태 | 감정 | 어조 | estado | emoción | tono |
        état | émotion | ton | zustand | stimmung | tonfall | estado de ânimo | stato | emozione | состояние |
        эмоция | интонация | тон | الحالة | النبرة
    """,
    "content": """
        content | contents | words | exact words | transcript | transcription | text | texts | utterance |
        utterances | speech | spoken words | line | lines | lyrics | lyric | dialogue | dialog | sentence | message |
        quote | said | exact text | visible text | text content | element | on screen text | caption | 内容 | 內容 |
        文本 | 文字 | 台词 | 臺詞 | 歌词 | 歌詞 | 对白 | 對白 | 话语 | 原话 | 发言内容 | 说话内容 | 文字内容 |
        文本内容 | 转写 | 转录 | テキスト | 発言 | 発話 | 台詞 | セリフ | 내용 | 텍스트 | 대사 | 발화 | contenido |
        texto | palabras | contenu | texte | paroles | inhalt | wortlaut | worte | conteúdo | contenuto | testo |
        содержание | текст | слова | реплика | النص | المحتوى | الكلام | value
    """,
    "language": """
        dialect | dialects | language | languages | language or dialect | dialect or language | language dialect |
        lang | 方言 | 语言 | 語言 | 语种 | 語種 | 言語 | 사투리 | 언어 | 방언 | dialecto | idioma | lengua |
        dialecte | langue | dialekt | sprache | dialeto | língua | lingua | диалект | язык | اللغة | اللهجة
    """,
    "appearance": """
        appearance | look | looks | style | visual style | formatting | format | description | design | position |
        location | placement | colour | color | font | 外观 | 外觀 | 样式 | 樣式 | 样貌 | 外貌 | 描述 | 位置 | 颜色 |
        字体 | 外観 | 見た目 | 様式 | 모양 | 모습 | 외관 | 외형 | apariencia | aspecto | apparence | aspect |
        aussehen | erscheinung | aparência | aspetto | вид | внешний вид | оформление | المظهر | الشكل
    """,
    "description": """
        description | descriptions | event | events | what happens | happening | storyline | story | narrative |
        summary | details | detail | action | actions | scene | scene description | content | visual and audio |
        描述 | 事件 | 情节 | 情節 | 故事线 | 故事線 | 内容 | 內容 | 画面描述 | 场景描述 | 场景 | 说明 | 說明 |
        出来事 | 説明 | 内容説明 | 描写 | 설명 | 사건 | 내용 | 묘사 | descripción | evento | suceso | événement |
        beschreibung | ereignis | geschehen | descrição | acontecimento | descrizione | описание | событие | الوصف |
        الحدث | desc | narration
    """,
    "profile": """
        profile | speaker profile | description | characteristics | details | about | traits | 简介 | 档案 | 特征 |
        描述 | 介绍 | 特徴 | プロフィール | 프로필 | 특징 | perfil | profil | beschreibung | profilo | профиль |
        описание | الوصف
    """,
    "start": """
        start | start time | starts | starts at | begin | begin time | begins | beginning | from | t start | onset |
        in | time start | start timestamp | appears at | first seen | start ms | start s | start sec | start seconds |
        t0 | 开始 | 开始时间 | 起始 | 起始时间 | 起点 | 開始 | 開始時間 | 起始時間 | 開始時刻 | 시작 | 시작 시간 |
        inicio | hora de inicio | tiempo de inicio | début | heure de début | beginn | anfang | startzeit | início |
        inizio | начало | время начала | البداية | وقت البدء
    """,
    "end": """
        end | end time | ends | ends at | finish | stop | stop time | to | until | t end | offset | out | time end |
        end timestamp | disappears at | last seen | end ms | end s | end sec | end seconds | t1 | 结束 | 结束时间 |
        终止时间 | 终点 | 結束 | 結束時間 | 終了 | 終了時間 | 終了時刻 | 종료 | 종료 시간 | 끝 | fin | final |
        hora de fin | tiempo final | heure de fin | ende | endzeit | fim | fine | конец | окончание | время окончания |
        النهاية | وقت الانتهاء
    """,
    "time": """
        time | times | t | time range | timerange | time span | timespan | timestamp | timestamps | time stamp |
        time code | timecode | interval | when | time interval | time period | period | range | duration range |
        时间 | 时间段 | 时间戳 | 时间点 | 时间范围 | 时间码 | 时间区间 | 時間 | 時間段 | 時間帯 | 時刻 | 時間戳 |
        時間範圍 | タイムスタンプ | タイムコード | 시간 | 시간대 | 타임스탬프 | tiempo | marca de tiempo | intervalo |
        temps | horodatage | intervalle | zeit | zeitstempel | zeitraum | tempo | horário | время | таймкод |
        интервал | الوقت | الزمن | التوقيت
    """,
    "counter": """
        no | number | nr | id | index | idx | seq | sequence | seek | tokens | temperature | avg logprob |
        no speech prob | compression ratio | item | segment | scene no | scene number | duration | length |
        confidence | score | 序号 | 序號 | 编号 | 編號 | 号 | 时长 | 番号 | 번호 | número | numéro | nummer | номер |
        الرقم
    """,
}

TIMES: tuple[Field, ...] = ("time", "start", "end")


@lru_cache(maxsize=4096)
def fields_of(word: str) -> tuple[Field, ...]:
    """Return all the fields that a key, head or name may mean.

    The one that fits is chosen by who asks.

    >>> fields_of("**Start time**"), fields_of("weather")
    (('start',), ())
    """
    if word in _NUMBER_SIGNS:
        return ("counter",)
    if len(word) > 60:
        return ()
    bare = plain(_CAMEL.sub(" ", word))
    return tuple(field for field in get_args(Field) if bare in _PHRASES[field])


@lru_cache(maxsize=4096)
def field_of(word: str, wanted: tuple[Field, ...]) -> Field | None:
    """Return which of the wanted fields a word means.

    Where it may mean several, the first of them.

    >>> field_of("描述", ("appearance", "description"))
    'appearance'
    """
    found = fields_of(word)
    return next((field for field in wanted if field in found), None) if found else None


_NUMBER_SIGNS = ("#", "№", "＃")
_CAMEL = lazy(r"(?<=[a-z])(?=[A-Z])")
_PHRASES = {field: phrases(table) for field, table in FIELDS.items()}
