"""List the ways to say that there is nothing, language by language.

Data for `tasks/answer/absence.py`.

Patterns match one whole sentence in lower case, without the marks around it. Every repetition in them is bounded.
"""

from __future__ import annotations

# Alone in a section these words say it all.
ABSENT_WORDS = """
    none | n/a | na | nil | null | nothing | not applicable | not present | absent | empty | no | silence | silent |
    no events | no findings | no lyrics | none appear | none appears | none detected | none found | none heard |
    none in this clip | none observed | none present | none visible | nothing visible | nothing happens |
    nothing to report | 无 | 無 | 没有 | 沒有 | 暂无 | 暫無 | 不适用 | 不適用 | 未出现 | 未出現 | 无内容 | 無內容 |
    空 | なし | 無し |
    該当なし | ありません | 없음 | 해당 없음 | 없습니다 | kein | keine | keiner | nichts | entfällt | aucun | aucune |
    néant |
    rien | ninguno | ninguna | nada | no aplica | nessuno | nessuna | niente | nenhum | nenhuma | brak | geen | ingen |
    yok | нет | отсутствует | ничего | لا يوجد | لا شيء | غير موجود
"""

# A sentence with one of these takes something out of the nothing that it states.
EXCEPTIONS = (
    r"\bexcept|\bbut\b|\buntil\b|\bunless\b|\bapart from\b|\bother than\b|\bbesides\b|\bhowever\b|除了|除外|以外|"
    r"但是|直到|ただし|"
    r"제외|외에는|\bsalvo\b|\bexcepto\b|\bhasta\b|\bpero\b|\bsauf\b|\bmais\b|\baußer\b|\baber\b|\bкроме\b|\bно\b|"
    r"\bдо тех\b|إلا|"
    r"\bexceto\b|\btranne\b|\beccetto\b"
)

_NOUN = (
    r"(?:texts?|text overlays?|words?|captions?|subtitles?|titles?|signs?(?! of)|writing|speech|"
    r"dialogues?|dialogs?|speakers?|voices?|vocals?|"
    r"lyrics|"
    r"singing|narration|voice[- ]?overs?|conversations?|utterances?|transcripts?|transcription|talking|spoken words|"
    r"one speak(?:s|ing)|one talk(?:s|ing)|one sings|one says anything|events?|storyline|text elements?|"
    r"speaker profiles?|profiles?|spoken content|language|human (?:speech|voices?)|audio|sound|content)"
)
_ADJECTIVE = (
    r"(?:visible|on[- ]?screen|readable|legible|discernible|recogni[sz]able|written|spoken|audible|intelligible|human|"
    r"clear|distinct|notable|other|additional|actual|identifiable|displayed|verbal|vocal|sung|any|or|and|clearly)"
)
_VERB = (
    r"(?:appears?|appeared|occurs?|occurred|exists?|visible|present|shown|displayed|detected|seen|heard|audible|spoken|"
    r"found|readable|legible|identified|available|observed|recogni[sz]ed|recogni[sz]able|included|provided|needed|"
    r"applicable|discernible|recorded|used|on[- ]?screen)"
)
_WHERE = (
    r"(?:(?:in|on|during|throughout|within|at|from|for|of|anywhere) [^.!?\n]{1,120}|here|at all|whatsoever|"
    r"only (?:music|noises?|silence|background [a-z ]{1,30}))"
)
_TAIL = r"(?:,? [^.!?\n]{1,80})?"

_ES = (
    r"(?:texto|textos|habla|voz|voces|di[aá]logos?|palabras?|hablantes?|conversaci[oó]n|conversaciones|subt[ií]tulos?|"
    r"narraci[oó]n|eventos?|locuci[oó]n|elementos? de texto|contenido hablado|letra)"
)
_FR = (
    r"(?:textes?|paroles?|dialogues?|discours|voix|locuteurs?|mots?|sous-titres?|conversations?|événements?|narration|"
    r"contenu parlé)"
)
_DE = (
    r"(?:texte?|sprache|worte|wörter|sprecher(?:in|innen)?|stimmen?|dialoge?|rede|schrift|untertitel|gesprochenes|"
    r"ereignisse|gespräch|gespräche)"
)
_DE_ADJECTIVE = r"(?:(?:sichtbare|lesbare|gesprochene|menschliche|hörbare|erkennbare|eingeblendete)[rnms]? )"
_RU = (
    r"(?:текст(?:а|ов|ы)?|реч[ьи]|слов[ао]?|надпис(?:ь|и|ей)|голос(?:а|ов)?|диалог(?:а|ов|и)?|говорящих|"
    r"разговор(?:а|ов)?|"
    r"событи[йя]|субтитров|субтитры)"
)
_RU_ADJECTIVE = r"(?:(?:видим|читаем|разборчив|человеческ|слышим|различим)[а-я]{1,4} )"
_AR = r"(?:نص|نصوص|كلام|حديث|صوت بشري|أصوات بشرية|متحدث|متحدثون|متحدثين|حوار|كلمات|أحداث|خطاب)"
_PT = r"(?:textos?|fala|falas|voz|vozes|diálogos?|palavras?|falantes?|legendas?|conversas?|narração|eventos?)"
_IT = r"(?:test[oi]|parlato|voc[ei]|dialog(?:o|hi)|parol[ae]|parlanti|sottotitoli|conversazion[ei]|narrazione|eventi)"
_HAN = (
    r"(?:文字|文本|字幕|字样|字樣|标题|標題|语音|語音|人声|人聲|说话人|說話人|说话者|說話者|发言人|發言人|对白|對白|"
    r"对话|對話|台词|臺詞|歌词|歌詞|人说话|人說話|人发言|"
    r"人發言|人讲话|人講話|讲话|講話|言语|言語|旁白|文字元素|文本元素|文字内容|文字內容|文本内容|语音内容|語音內容|"
    r"说话|說話|事件|内容|內容|说话声|說話聲|人开口)"
)
_JA = (
    r"(?:テキスト|文字|文字情報|字幕|テロップ|発話|発言|会話|音声|セリフ|台詞|話者|話し手|声|人の声|話し声|言葉|歌詞|"
    r"イベント|出来事)"
)
_JA_NOT = r"(?:ません(?:でした)?|ない|なかった|て(?:い|おり)ません(?:でした)?|て(?:い)?ない)"
_KO = r"(?:텍스트|문자|글자|자막|음성|대사|발화|화자|말소리|목소리|대화|내용|이벤트|말하는 사람|가사|문구)"

STATEMENTS: dict[str, tuple[str, ...]] = {
    "en": (
        r"(?:there(?: is| are| was| were|'s) |there (?:isn't|aren't|is not|are not) (?=any )|"
        r"(?:the |this )?(?:video|clip|audio|recording|segment|file|image|picture) "
        r"(?:contains|has|shows|features|includes) )?(?:no|not any|without|any)(?: " + _ADJECTIVE + r",?){0,5} " + _NOUN
        + r"(?:,?(?: (?:or|and|nor))?(?: " + _ADJECTIVE + r"){0,3} " + _NOUN + r"){0,4}"
        r"(?: (?:is|are|was|were|has been|have been|can be|could be))?(?: (?:ever|clearly|directly|actually))?"
        r"(?: " + _VERB + r"){0,2}(?:,? " + _WHERE + r")?",
        _NOUN + r" (?:does not|doesn't|do not|don't|did not|is not|isn't|are not|aren't|was not|were not)"
        r" (?:appear|exist|occur|" + _VERB + r")(?:,? " + _WHERE + r")?",
        r"(?:nobody|no one|no person) (?:ever )?(?:speaks|talks|sings|says (?:anything|a word)|"
        r"is (?:heard )?(?:speaking|talking|singing))(?:,? " + _WHERE + r")?",
        r"(?:the |this )?(?:video|clip|audio|recording|segment|soundtrack) is (?:completely |entirely )?silent",
        r"none of the (?:frames|pictures|images|shots|scenes|segments|clips) (?:contains?|shows?|has|have)"
        r" (?:any )?(?:" + _ADJECTIVE + r" ){0,3}" + _NOUN,
    ),
    "zh": (
        r"(?:(?:在|该|該|本|此|这个|這個|这段|這段|整个|整個|全){0,2}(?:视频|影片|画面|音频|录音|片段|屏幕|图像|"
        r"影像|視頻|畫面|音訊|音頻|錄音|螢幕|圖像|圖片|图片|短片)"
        r"(?:中|里|裡|裏|內|内|上|期间)?[,，]?)?(?:均|都|并|並|也|全程|始终|始終|完全|暂|暫){0,2}"
        r"(?:没有|沒有|无|無|未|不存在|未见|未見|没|沒|不包含|不含|未能)"
        r"(?:出现|出現|发现|發現|检测到|檢測到|检测出|显示|顯示|看到|听到|聽到|听见|聽見|包含|见|見|识别出|識別出|"
        r"识别到|有|任何|可见|可見|可读|可讀|清晰|清楚|明显|明顯|"
        r"可辨识|可辨識|可辨认|可辨認|可识别|可識別|能辨认|能识别|人类|人類|具体|实质|的){0,7}" + _HAN
        + r"(?:[和与與或、及]" + _HAN + r"){0,2}(?:出现|出現|显示|顯示|存在|可见|可見|内容|內容|信息|資訊|元素){0,3}",
    ),
    "ja": (
        r"(?:(?:この)?(?:動画|映像|画面|音声|録音|クリップ|ビデオ|画像)(?:内|中|上)?(?:に|には|で|では)、?)?"
        r"(?:(?:表示される|読み取れる|判別できる|見える|聞こえる|明確な|認識できる)){0,2}" + _JA
        + r"(?:(?:や|と|または|・)" + _JA + r")?(?:は|が|も)?(?:一切|全く|特に)?(?:"
        r"(?:表示され|表示されてい|あり|見られ|見え|聞こえ|確認でき|確認され|検出され|存在し|含まれ|話されてい|"
        r"映ってい)" + _JA_NOT
        + r"|(?:表示され|表示され|見られ|含まれ|話され)て(?:い|おり)(?:ません|ない)|な(?:し|い)|無し|無い|ありません|"
        r"いません|いない)",
        r"(?:誰も|だれも)(?:話し|喋っ|しゃべっ|歌っ|発言し)て(?:い)?(?:ません|ない)",
        r"(?:話し|喋っ|歌っ)ている(?:人|人物|者)は?(?:いません|いない)",
    ),
    "ko": (
        r"(?:(?:이 )?(?:영상|화면|오디오|비디오|클립|녹음|동영상)(?:에|에는|에서|에서는|상에)?,? ?)?"
        r"(?:(?:보이는|눈에 보이는|들리는|읽을 수 있는|인식 가능한|식별 가능한|표시된|사람의) ){0,2}" + _KO
        + r"(?:(?:이나|나|와|과|,) ?" + _KO + r")?(?:가|이|는|은|도)? ?(?:전혀 )?"
        r"(?:없습니다|없음|없다|없어요|나타나지 않(?:습니다|음|는다)|보이지 않(?:습니다|음|는다)|들리지 않(?:습니다|"
        r"음|는다)|"
        r"(?:감지|확인|표시)되지 않(?:습니다|음|았습니다|는다))",
        r"아무도 (?:말|노래|이야기)하지 않(?:습니다|음|는다)",
    ),
    "es": (
        r"(?:en [^,.]{1,40},? )?no (?:hay|existen?|aparecen?|se (?:ven?|observan?|aprecian?|muestran?|oyen?|escuchan?|"
        r"detectan?|perciben?|distinguen?|visualizan?)) (?:ning[uú]n[ao]? |nada de )?" + _ES + _TAIL,
        r"(?:ning[uú]n[ao]?|sin) " + _ES + _TAIL,
        r"(?:no hay )?nadie (?:habla|hablando|canta|cantando|dice nada)" + _TAIL,
        r"(?:el|la|este|esta) [a-zé]{3,14} no (?:contiene|tiene|incluye|muestra|presenta)"
        r"(?: ning[uú]n[ao]?)? " + _ES + _TAIL,
    ),
    "fr": (
        r"(?:(?:dans|sur|pendant) [^,.]{1,40},? )?(?:il n'y a |on ne (?:voit|lit|entend|distingue) |on n'entend )?"
        r"(?:aucune?|pas de|pas d'|sans|ni) ?" + _FR + _TAIL,
        r"personne ne (?:parle|chante|dit rien)" + _TAIL,
        r"(?:le |la |l'|cette |cet |ce )[a-zé]{3,16} ne (?:contient|comporte|montre|présente)"
        r" (?:aucune?|pas de|ni) " + _FR + _TAIL,
    ),
    "de": (
        r"(?:es (?:ist|sind|wird|werden|gibt|erscheint|erscheinen) |im [a-z]{1,20} (?:ist|sind|erscheint|gibt es) )?"
        r"(?:kein(?:e|en|er|erlei)?|ohne) " + _DE_ADJECTIVE + r"{0,2}" + _DE + _TAIL,
        r"niemand (?:spricht|singt|redet|sagt (?:etwas|ein wort))" + _TAIL,
        r"(?:das|die|der|dieses|diese|dieser) [a-zäöü]{3,16} (?:enthält|zeigt|hat) keine?[nrs]? "
        + _DE_ADJECTIVE + r"{0,2}" + _DE + _TAIL,
        r"es wird (?:hier |überhaupt )?(?:nicht|nichts) (?:gesprochen|gesungen|gesagt)",
        _DE + r" (?:ist|sind) nicht (?:vorhanden|sichtbar|hörbar|erkennbar|zu (?:sehen|hören|erkennen))" + _TAIL,
    ),
    "ru": (
        r"(?:(?:на|в) [а-я]{1,20} )?(?:нет|отсутству(?:ет|ют)|не (?:видно|слышно|обнаружено|появляется|звучит))"
        r"(?: никак(?:ого|их|ой))? " + _RU_ADJECTIVE + r"{0,2}" + _RU + _TAIL,
        _RU_ADJECTIVE + r"{0,2}" + _RU + r"(?: (?:на|в) [а-я]{1,20})? (?:нет|отсутству(?:ет|ют)|"
        r"не (?:обнаружен[аоы]?|видно|слышно|появляется|видны|слышны|слышна|виден))",
        r"никто не (?:говорит|поёт|поет|разговаривает)" + _TAIL,
        r"(?:это |эта |этот )?[а-я]{3,16} не содерж(?:ит|ат) (?:никак(?:ого|их|ой) )?"
        + _RU_ADJECTIVE + r"{0,2}" + _RU + _TAIL,
    ),
    "ar": (
        r"(?:في [^،.]{1,40}،? )?(?:لا (?:يوجد|توجد|يظهر|تظهر|يسمع|يُسمع|تسمع)|لم يظهر)(?: (?:أي|أية))? " + _AR + _TAIL,
        r"(?:لا|بدون|دون) " + _AR + _TAIL,
        r"لا (?:أحد يتحدث|أحد يتكلم|يتحدث أحد|يتكلم أحد)" + _TAIL,
    ),
    "pt": (
        r"(?:não (?:há|existe|aparece|se (?:vê|ouve)) (?:nenhuma? )?|nenhuma? |sem )" + _PT + _TAIL,
        r"ninguém (?:fala|canta|diz nada)" + _TAIL,
        r"(?:o|a|este|esta) [a-zíáú]{3,14} não (?:contém|tem|mostra|apresenta) (?:nenhuma? )?" + _PT + _TAIL,
    ),
    "it": (
        r"(?:non (?:c'è|ci sono|appare|appaiono|si (?:vede|sente|vedono|sentono)) (?:alcun[oa]? |nessun[oa]? )?|"
        r"nessun[oa']? ?|senza )" + _IT + _TAIL,
        r"nessuno (?:parla|canta|dice nulla)" + _TAIL,
        r"(?:il|la|l'|lo|questo|questa) ?[a-z]{3,14} non (?:contiene|ha|mostra|presenta) (?:alcun[oa]? |nessun[oa]? )?"
        + _IT + _TAIL,
    ),
}  # fmt: skip

# Beside a statement of absence these say what there is instead, and are no speech and no text.
REMARKS = (
    r"(?:complete |total )?silence(?: throughout| only)?",
    r"(?:there is |it has |we hear )?(?:only|just|instead)(?: [a-z]{1,14}){0,4} (?:music|noises?|sounds?|silence|"
    r"effects?)"
    r"[^.!?\n]{0,60}",
    r"(?:only |the )?(?:ambient|background|instrumental|natural|environmental)? ?(?:music|sounds?|noise)"
    r"(?: only| (?:is|are|can be) (?:heard|audible|present)| plays?)[^.!?\n]{0,40}",
    r"(?:只有|仅有|僅有|只能听到|只能聽到|仅包含|僅包含)[^。]{0,24}(?:音乐|音樂|环境音|環境音|噪音|声音|聲音|音效|"
    r"杂音)[^。]{0,20}",
    r"[^。]{0,12}(?:音楽|効果音|環境音|BGM|bgm)(?:のみ|だけ)[^。]{0,12}",
    r"[^.]{0,16}(?:음악|배경음|소리|소음)(?:만|뿐)[^.]{0,16}",
    r"(?:sólo|solo|solamente|únicamente|seulement|uniquement|nur|lediglich|только|apenas|somente)\b[^.]{0,40}"
    r"(?:músic|musique|musica|musik|музык|sonid|son|bruit|geräusch|звук|шум|ruid|rumor)[^.]{0,40}",
)

# Without one of these a sentence states no absence: spares a closer look.
NEGATIONS = (
    r"\bno\b|\bnot\b|n't\b|\bnon|\bnil\b|\bnull\b|\bna?/?a\b|nothing|without|silen|nobody|\bany\b|absent|empty|无|"
    r"無|没|沒|未|不|空|なし|"
    r"ない|無|ません|なかっ|없|않|нет|отсутств|\bне\b|никто|ничего|لا|بدون|دون|لم|غير|\bkein|niemand|nicht|ohne|"
    r"entfällt|aucun|\bpas\b|"
    r"personne|\brien\b|néant|\bsans\b|\bni\b|\bsin\b|ning|nadie|\bnada\b|\bsem\b|nenhum|não|ninguém|nessun|niente|"
    r"senza|brak|geen|"
    r"ingen|\byok\b"
)
