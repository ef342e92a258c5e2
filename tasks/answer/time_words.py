"""List the words around times, in the languages of the headings.

Data for `tasks/answer/times.py`.

Alternatives are separated by `|`. Those of scripts with spaces are matched as whole words.
"""

from __future__ import annotations

# Before a time: "Time: 00:04", "from 0:04 to 0:09", "从00:00到00:04", "第0秒".
TIME_LABELS = """
    time | times | time range | timerange | time span | time stamp | timestamp | timestamps | time code | timecode |
    interval | seconds | second | sec | 时间 | 时间段 | 时间戳 | 时间点 | 时间范围 | 时间码 | 時間 | 時間段 | 時間帯 |
    時刻 | 時間戳 | 時間範圍 | タイムスタンプ | 시간 | 타임스탬프 | tiempo | marca de tiempo | temps | horodatage |
    zeit | zeitstempel | zeitraum | время | временной отрезок | таймкод | tempo | horário | minutaggio | الوقت | الزمن
"""
PREPOSITIONS = """
    from | between | at | around | about | approximately | approx | circa | starting at | starting from | von |
    zwischen | bei | ab | desde | entre | de | a los | du | dès | à | dal | da | от | с | между | около | на
"""
PREPOSITIONS_UNSPACED = "从 | 從 | 自 | 在 | 于 | 於 | 约 | 約 | 大约 | 大約 | 第 | من | بين | عند"

# In front of these: "Then, from 0:04 to 0:09".
INTROS = """
    then | next | finally | first | at first | after that | afterwards | later | at the end | in the end | lastly |
    meanwhile | 然后 | 接着 | 接下来 | 最后 | 随后 | 首先 | 之后 | 然後 | 接著 | 最後 | 隨後 | dann | schließlich |
    zuerst | ensuite | enfin | puis | luego | después | finalmente | затем | потом | наконец
"""

# Between two times. `and` joins only what `between` opens.
JOINTS = "to | until | till | through | thru | up to | bis | a | al | hasta | à | jusqu'à | até | до | по"
JOINTS_UNSPACED = "至 | 到 | から | 부터 | إلى | الى"
AND_JOINTS = "and | und | y | et | и | e | و"
AND_OPENERS = "between | zwischen | entre | между | بين"

# Behind a time: "00:04时", "00:00から00:04まで".
TAILS = "mark | 时候 | 时 | 時 | 处 | 處 | 左右 | 之间 | 之間 | 期间 | 期間 | の間 | まで | 까지 | 사이"

# Units of a time in words.
HOURS = """
    hours | hour | hrs | hr | h | 小时 | 小時 | 時間 | 时 | 시간 | horas | hora | heures | heure | stunden | stunde |
    ч
"""
MINUTES = """
    minutes | minute | mins | min | m | 分钟 | 分鐘 | 分 | 분 | minutos | minuto | minuten | минуты | минут | минута |
    мин | دقائق | دقيقة | ′
"""
SECONDS = """
    seconds | second | secs | sec | s | 秒钟 | 秒鐘 | 秒 | 초 | segundos | segundo | secondes | seconde | sekunden |
    sekunde | sek | ″ | секунды | секунду | секунде | секунда | секунд | сек | с | secondi | secondo | ثوان | ثانية
"""
MILLISECONDS = "milliseconds | millisecond | msec | ms | 毫秒"

# What a thing with a number is called before its time: "Scene 1: 00:00 - 00:04".
NUMBERED = """
    scene | event | shot | segment | part | clip | cue | entry | item | caption | subtitle | line | utterance |
    element | moment | chapter | section | no | 镜头 | 场景 | 片段 | 事件 | 段落 | 第一段 | 鏡頭 | 場景 | シーン |
    장면 | escena | scène | szene | сцена
"""

# In place of a time: "00:08 - end", "start - 00:04".
STARTS = "the start | start | the beginning | beginning | 开头 | 开始 | 片头"
ENDS = """
    the end | end of the video | end of the clip | end of the recording | end of video | end of clip | end of audio |
    end | 视频结束 | 片尾 | 结束 | 结尾 | 最后
"""

# A stretch that words alone place: "At the beginning:".
VAGUE = """
    at the beginning | in the beginning | at the start | in the middle | at the end | towards the end | near the end |
    throughout | later | afterwards | finally | opening | ending | time unknown | unknown time | unknown | 开头 |
    开始 | 中间 | 结尾 | 最后 | 随后 | 时间未知 | 時間不明
"""
