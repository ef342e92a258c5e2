"""Recognise statements that speech was heard and not written down.

Such as "Speech in Thai, not transcribed.", "[inaudible]", "听不清".

Data and their reader. A statement is a sentence that names speech and says that its words are not there; a mark stands
in place of words.
"""

from __future__ import annotations

from functools import lru_cache

from tasks.answer.names import UNHEARD
from tasks.answer.patterns import lazy

_LONGEST = 300  # characters

# What is heard, by language.
_SPEECH = lazy(
    r"\b(?:speech|spoken|speaks?|speaking|talks?|talking|dialogues?|dialogs?|conversations?|words?|voices?|vocals?|"
    r"utterances?|narration|lyrics|singing|sings|murmurs?|chatter|language|someone|somebody|people)\b|"
    r"语音|語音|人声|人聲|说话|說話|讲话|講話|对话|對話|对白|對白|话语|話語|发言|發言|交谈|交談|台词|臺詞|歌词|歌詞|有人|旁白|"
    r"発話|発言|会話|音声|声|セリフ|台詞|言葉|음성|말소리|대화|발화|목소리|대사|"
    r"\b(?:habla|voz|voces|di[aá]logos?|palabras|conversaci[oó]n(?:es)?|paroles?|voix|dialogues?|discours|propos|"
    r"sprache|gesprochenes|stimmen?|gespräche?|dialoge?|worte|rede|fala|falas|vozes|parlato|voci|parole)\b|"
    r"реч[ьи]|голос|слов[ао]?\b|диалог|разговор|говор"
)
# That its words are not there.
_NOT_TAKEN = lazy(
    r"(?:\bnot\b|n't\b|\bcannot\b|\bno\b|\bnever\b|\bunable to\b|\bimpossible to\b|\bwithout\b|\bhard to\b|"
    r"\btoo [a-z]+ to\b)"
    r"[^.!?\n]{0,60}\b(?:transcri\w+|made out|make out|understood|understand|discern\w*|decipher\w*|intelligible|"
    r"recogni[sz]ed|supported|be told|written down|distinguish\w*|catch|caught)\b|"
    r"\b(?:untranscribed|unintelligible|inaudible|indistinct|incomprehensible|unsupported|indecipherable)\b|"
    r"\b(?:an?|the|some) (?:foreign|unknown|unidentified|unrecogni[sz]ed|different|other) language\b|"
    r"(?:未|无法|無法|不能|没有|沒有|没能|未能|难以|難以|没|沒)(?:被|能|予|进行|進行|完整|准确|準確|清晰|清楚){0,3}"
    r"(?:转写|轉寫|转录|轉錄|转成|轉成|转换|轉換|听清|聽清|辨认|辨認|辨识|辨識|识别|識別|理解|听懂|聽懂|记录|記錄|支持|支援)|"
    r"(?:听|聽)不(?:清|懂|见|見)|不(?:受|被)?(?:支持|支援)|模糊不清|含糊不清|不清晰|不清楚|(?:未知|外国|外國)[的]?(?:语言|語言)|"
    r"文字起こし(?:でき|され|は|が)[^。]{0,8}(?:ない|ません|なかった)|聞き取れ(?:ない|ません|なかった|ず)|不明瞭|"
    r"認識でき(?:ない|ません|なかった)|"
    r"(?:전사|받아쓰|알아들|알아듣|식별|인식)[^.]{0,10}(?:않|못|없|불가)|불분명|"
    r"\bno (?:se )?(?:ha |han |pud\w+ |puede[n]? )?(?:sido )?(?:transcri\w+|entiend\w+|distingu\w+|comprend\w+)|"
    r"\bininteligibles?\b|\bsin transcribir\b|"
    r"\b(?:non|pas(?: été| pu être)?) transcri\w+|\binintelligibles?\b|\binaudibles?\b|\bincompréhensibles?\b|"
    r"\bnicht (?:transkribiert|verständlich|verstanden|zu verstehen)|\bunverständlich\w*|\bunhörbar\w*|"
    r"\bnão (?:foi |foram )?transcrit\w+|\binaudíve(?:l|is)\b|\bnon (?:è |sono )?(?:stat\w+ )?trascritt\w+|"
    r"не (?:удалось )?(?:расшифров|распозна|разобра|транскриб)|неразборчив|нерасшифрован"
)
_LANGUAGE_ALONE = lazy(
    r"(?:(?i:someone|somebody|an? (?:man|woman|voice)|people|they|he|she) )?(?i:is |are )?(?i:speaks?|speaking|talking|"
    r"sings?|singing) (?:in )?(?:an? )?(?:[A-Z][a-z]+|(?:foreign|unknown|other|another) language)"
)
_OTHER_SOUND = lazy(
    r"\b(?:music|musical|instrumental|noises?|sounds?|silence|silent|applause|ambien\w+|effects?|melody|beat|jingle|"
    r"song|m[úu]sica|musique|musik|музыка|шум)\b|音乐|音樂|噪音|环境音|環境音|音效|掌声|掌聲|背景音|杂音|音楽|効果音|음악|소리|소음"
)
_BRACKETED = lazy(r"[(（\[【<〈*]{1,2}([^()（）\[\]【】]+?)[)）\]】>〉*]{1,2}")


@lru_cache(maxsize=64)  # a text is asked about by several readers, one right after the other
def is_untranscribed(text: str) -> bool:
    """Say whether a remark states that there is speech without its words.

    >>> is_untranscribed("Speech in a language that is not supported, not transcribed.")
    True
    >>> is_untranscribed("有人说话，但听不清。"), is_untranscribed("Only music plays.")
    (True, False)
    """
    folded = _folded(text)
    return len(folded) <= _LONGEST and bool(
        UNHEARD.fullmatch(folded) or (_SPEECH.search(folded) and _NOT_TAKEN.search(folded))
    )


def stands_for_words(text: str, *, quoted: bool, named: bool) -> bool:
    """Say whether an utterance's words only say that there are none.

    Quoted words were said, unless they are in brackets; so were bare ones behind a speaker's name, unless they are a
    mark alone.

    >>> stands_for_words("[inaudible]", quoted=True, named=True)
    True
    >>> stands_for_words("I can't make out the words.", quoted=False, named=True)
    False
    """
    framed = _BRACKETED.fullmatch(text.strip())
    if framed:
        return is_untranscribed(framed[1]) or bool(_LANGUAGE_ALONE.fullmatch(framed[1].strip(" .")))
    if quoted:
        return False
    return bool(UNHEARD.fullmatch(_folded(text))) if named else is_untranscribed(text)


def is_other_sound(text: str) -> bool:
    """Say whether a remark tells of music or noise, and not of speech.

    >>> is_other_sound("The clip contains only background music."), is_other_sound("Music, and indistinct voices.")
    (True, False)
    """
    folded = _folded(text)
    return bool(_OTHER_SOUND.search(folded)) and not _SPEECH.search(folded)


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).strip(" .。!！")
