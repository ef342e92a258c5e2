"""Statements that there is nothing: "No text appears.", "None", "无", "没有人说话。".

Only whole sentences of a known build count, so that a sign that reads "No smoking" stays a text.
"""

from __future__ import annotations

import re
import unicodedata

from tasks.answer.words import phrases

ABSENT_WORDS = """
    none | n/a | na | nil | null | nothing | not applicable | not present | absent | empty | no | silence | silent |
    no events | no findings | no lyrics | none appear | none appears | none detected | none found | none heard |
    none in this clip | none observed | none present | none visible | nothing visible | nothing happens |
    无 | 無 | 没有 | 沒有 | 暂无 | 不适用 | 未出现 | 无内容 | 空 | なし | 該当なし | ありません | 없음 |
    kein | keine | keiner | aucun | aucune | néant | ninguno | ninguna | nessuno | nessuna | nenhum | nenhuma |
    brak | geen | ingen | yok | нет | отсутствует | لا يوجد
"""
_NOUN = (
    r"(?:texts?|words?|captions?|subtitles?|titles?|writing|speech|dialogues?|dialogs?|speakers?|voices?|vocals?|lyrics|"
    r"singing|narration|voice[- ]?overs?|conversations?|utterances?|transcripts?|transcription|talking|spoken words|"
    r"one speak(?:s|ing)|one talk(?:s|ing)|one sings|one says anything|events?|storyline|text elements?|"
    r"speaker profiles?|profiles?|spoken content|language|human (?:speech|voices?)|audio|sound|content)"
)
_ADJECTIVE = (
    r"(?:visible|on[- ]?screen|readable|legible|discernible|recogni[sz]able|written|spoken|audible|intelligible|human|"
    r"clear|distinct|notable|other|additional|actual|identifiable|displayed|verbal|vocal|sung|or|and|clearly)"
)
_VERB = (
    r"(?:appears?|appeared|occurs?|occurred|exists?|visible|present|shown|displayed|detected|seen|heard|audible|spoken|found|"
    r"readable|legible|identified|available|observed|recogni[sz]ed|recogni[sz]able|included|provided|needed|applicable|"
    r"discernible|recorded|used|on[- ]?screen)"
)
_WHERE = (
    r"(?:(?:in|on|during|throughout|within|at|from|for|of|anywhere) [^.!?\n]{1,120}|here|at all|whatsoever|"
    r"only (?:music|noises?|silence|background [a-z ]{1,30}))"
)
_ENGLISH = re.compile(
    r"(?:there(?: is| are| was| were|'s) |(?:the |this )?(?:video|clip|audio|recording|segment|file|image|picture)"
    r" (?:contains|has|shows|features|includes) )?(?:no|not any|without)(?: " + _ADJECTIVE + r",?){0,5} " + _NOUN
    + r"(?:,? (?:or|and|nor)(?: " + _ADJECTIVE + r"){0,3} " + _NOUN + r"){0,2}"
    r"(?: (?:is|are|was|were|has been|have been|can be|could be))?(?: (?:ever|clearly|directly|actually))?"
    r"(?: " + _VERB + r"){0,2}(?:,? " + _WHERE + r")?"
)  # fmt: skip
_PASSIVE = re.compile(
    _NOUN + r" (?:does not|doesn't|do not|don't|did not|is not|isn't|are not|aren't|was not|were not)"
    r" (?:appear|exist|occur|" + _VERB + r")(?:,? " + _WHERE + r")?"
)
_NOBODY = re.compile(
    r"(?:nobody|no one) (?:ever )?(?:speaks|talks|sings|says (?:anything|a word))(?:,? " + _WHERE + r")?"
)
_HAN_NOUN = (
    r"(?:文字|文本|字幕|字样|标题|语音|人声|说话人|说话者|发言人|对白|对话|台词|歌词|人说话|人发言|人讲话|讲话|言语|"
    r"說話人|語音|對白|人說話|旁白|文字元素|文本元素|文字内容|文本内容|语音内容|说话|事件|内容)"
)
_HAN = re.compile(
    r"(?:(?:在|该|本|此|整个)?(?:视频|影片|画面|音频|录音|片段|屏幕|图像|影像|視頻|畫面|音訊)(?:中|里|內|内|上)?[,，]?)?"
    r"(?:均|都|并|也)?(?:没有|沒有|无|無|未|不存在|未见|没)(?:出现|出現|发现|检测到|显示|看到|听到|包含|见|有|任何|可见|可見|"
    r"可读|清晰|清楚|明显|可辨识|人类|的){0,5}" + _HAN_NOUN + r"(?:[和与或、及]" + _HAN_NOUN + r"){0,2}"
    r"(?:出现|出現|显示|存在|可见|内容|信息){0,2}"
)  # fmt: skip
_OTHER = re.compile(
    r"(?:(?:画面|映像|音声)に)?(?:テキスト|文字|発話|音声|会話|セリフ|台詞)は?(?:表示され|あり|見られ|聞こえ)(?:ません|ない|ていません)|"
    r"(?:텍스트|음성|대사|발화|화자)(?:가|이|는|은)? ?(?:없습니다|없음|나타나지 않습니다)|"
    r"(?:es (?:ist|wird|gibt|erscheint) )?kein(?:e|en)? (?:sichtbarer? |gesprochene )?"
    r"(?:text|sprache|worte|sprecher)[^.!?\n]{0,40}|"
    r"(?:il n'y a )?aucune? (?:texte|parole|dialogue|discours)[^.!?\n]{0,40}|"
    r"(?:no (?:hay|aparece|se (?:ve|oye|escucha)) )(?:ningún |texto|habla|voz|diálogo)[^.!?\n]{0,40}"
)
_STATEMENT = re.compile("|".join(one.pattern for one in (_ENGLISH, _PASSIVE, _NOBODY, _HAN, _OTHER)))
_ABSENT = phrases(ABSENT_WORDS)
_LONGEST = 200  # characters
_OUTER = " \t*_`#()（）[]【】<>\"'“”‘’「」.。!！:：;；,，-–—•·"
_SENTENCE = re.compile(r"[.。!！;；]\s*")


def is_absence(text: str, strict: bool = False) -> bool:
    """Whether the text says, in one sentence or several, that there is nothing, and says nothing else.

    `strict`: single words ("None", "无") do not count, because somebody may have said or written them.
    """
    if len(text) > _LONGEST:
        return False
    sentences = [part for part in _SENTENCE.split(text) if part.strip(_OUTER)]
    if not sentences:
        return not strict and text.strip() in ("-", "–", "—")
    return all(_is_absent(part, strict) for part in sentences)


def _is_absent(sentence: str, strict: bool) -> bool:
    words = " ".join(unicodedata.normalize("NFC", sentence).casefold().replace("’", "'").split()).strip(_OUTER)
    if words in _ABSENT:
        return not strict
    return _STATEMENT.fullmatch(words) is not None
