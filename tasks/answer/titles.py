"""List the headings of the contract's sections, language by language.

In each row, by part of the contract: titles that are headings wherever they stand alone on a line, and behind `||`
those that are headings only where Markdown says so, because they are common as plain words. `|` is between phrases.
`and` joins the titles of two parts, `filler` may stand around any title that Markdown marks. Such a title is also one
where a word of `visible` meets one of `text`, or a word of `speaker` one of `words`, unless `OTHERS` stand in it.
"""

from __future__ import annotations

from tasks.answer.section import Titles

TITLES: dict[str, dict[str, str]] = {
    "en": {
        "storyline": """
            storyline | story line | storylines || story | plot | narrative | timeline | time line | events |
            event log | scene description | scene descriptions | scenes | scene breakdown | description |
            video description | audio description | visual description | what happens | chronology |
            chronological description | shot list | shots
        """,
        "visible_text": """
            visible text | visible texts | text visible | on screen text | onscreen text | text on screen |
            text on the screen | text visible on screen | visible on screen text || text | texts | screen text | ocr |
            displayed text | displayed texts | text elements | text overlays | text overlay | readable text |
            written text | graphics and text | captions and text | text in the image | text in frame
        """,
        "speakers": """
            speaker profiles | speaker profile | speakers profiles | profiles of the speakers | list of speakers |
            speaker list | speaker descriptions || speakers | speaker | voices | voice profiles | profiles |
            speaker information | speaker identification | characters | participants | singers
        """,
        "transcript": """
            transcript | transcription | transcripts | full transcript | lyrics | speech to text transcription |
            speech to text transcript || speech to text | subtitles | captions | utterances | spoken content |
            speech transcript | speech transcription | audio transcript | audio transcription | dialogue transcript |
            spoken text | asr | asr transcript | closed captions
        """,
        "speech": """
            speakers and transcript | speaker and transcript | speakers and transcripts | speakers transcript ||
            speech | speech content | dialogue | dialogues | dialog | dialogs | conversation | spoken words
        """,
        "visible": "visible | on screen | onscreen | displayed | shown | readable | legible | in frame",
        "text": "text | texts | captions | writing | words",
        "speaker": "speaker | speakers | speaker's | singers",
        "words": "transcript | transcription | dialogue | utterances | speech | words | transcripts",
        "and": "and | with | plus",
        "filler": """
            a | all | an | audio | automatic | brief | chronological | clip | complete | detailed | detected | exact |
            extracted | final | full | here | in | is | list | of | on | ordered | overview | part | recording |
            report | section | structured | the | timecoded | timed | timestamped | time stamped | timestamps |
            verbatim | video | with | content | track | log | information | your
        """,
    },
    "zh": {
        "storyline": """
            故事线 | 故事情节 | 故事主线 | 剧情线 | 情节线 | 故事梗概 | 剧情 | 情节 | 时间线 || 故事 | 事件 | 描述 |
            叙事 | 事件线 | 视频描述 | 音频描述 | 场景描述 | 画面描述 | 内容描述 | 情节描述 | 剧情描述 | 事件描述 |
            剧情概要 | 故事概要 | 剧情发展 | 故事描述 | 时间轴 | 事件列表 | 分镜描述 | 镜头描述
        """,
        "visible_text": """
            可见文字 | 可见文本 | 可见的文字 | 可见的文本 | 可视文字 | 可视文本 | 屏幕文字 | 屏幕文本 | 画面文字 |
            画面文本 | 屏幕上的文字 | 画面中的文字 | 画面中的文本 | 画面内文字 | 文字信息 || 文字 | 文本 |
            字幕与文字 | 文字元素 | 文本元素 | 文字识别 | 画面字幕
        """,
        "speakers": """
            说话人简介 | 说话人档案 | 说话人资料 | 说话人介绍 | 说话人特征 | 说话人列表 | 说话人概况 | 说话人画像 |
            说话人信息 | 说话者简介 | 说话者档案 | 说话者特征 | 发言人简介 | 发言人档案 | 发言人特征 | 人物简介 ||
            说话人 | 说话者 | 发言人 | 讲话人 | 讲话者 | 人物 | 角色 | 歌手 | 演唱者
        """,
        "transcript": """
            转录 | 转写 | 转录文本 | 转写文本 | 转录内容 | 转写内容 | 文字记录 | 逐字稿 | 逐字记录 | 文字稿 | 文稿 |
            歌词 | 语音转写 | 语音转录 | 语音转文字 | 语音识别 | 对白转写 | 对话转写 | 对话记录 || 语音内容 |
            音频转录 | 音频转写 | 字幕 | 发言记录 | 口述内容
        """,
        "speech": """
            说话人与文本 | 说话人转写 | 说话人转录 | 说话人语音转写 || 语音 | 人声 | 对话 | 对白 | 台词 | 对话内容 |
            发言内容 | 人物对话 | 角色对话
        """,
        "visible": "可见 | 可视 | 屏幕 | 画面 | 显示 | 出现",
        "text": "文字 | 文本",
        "speaker": "说话人 | 说话者 | 发言人 | 讲话人",
        "words": "转写 | 转录 | 文字记录 | 逐字稿 | 对话 | 对白 | 台词 | 发言内容",
        "and": "与 | 和 | 及 | 以及 | 并 | 、",
        "filler": """
            内容 | 部分 | 信息 | 详细 | 完整 | 结构化 | 按时间顺序 | 按时间顺序排列 | 时间顺序 | 的 | 视频 | 音频 |
            片段 | 列表 | 全部 | 所有 | 描述 | 概述 | 分析 | 识别 | 提取 | 逐字 | 带时间戳
        """,
    },
    "zh-Hant": {
        "storyline": """
            故事線 | 故事情節 | 故事主線 | 劇情線 | 情節線 | 劇情 | 情節 | 時間線 | 時間軸 || 敘事 | 影片描述 |
            音訊描述 | 場景描述 | 畫面描述 | 內容描述 | 情節描述 | 劇情描述 | 事件描述 | 事件列表
        """,
        "visible_text": """
            可見文字 | 可見文本 | 可見的文字 | 可視文字 | 螢幕文字 | 螢幕上的文字 | 畫面文字 | 畫面中的文字 ||
            文字元素 | 畫面字幕
        """,
        "speakers": """
            說話人簡介 | 說話人檔案 | 說話人資料 | 說話人特徵 | 說話人列表 | 說話者簡介 | 說話者檔案 | 說話者特徵 |
            發言人簡介 | 發言人檔案 || 說話人 | 說話者 | 發言人 | 講者 | 講話者 | 人物簡介
        """,
        "transcript": """
            轉錄 | 轉寫 | 轉錄文本 | 轉寫文本 | 文字記錄 | 文字紀錄 | 逐字稿 | 歌詞 | 語音轉寫 | 語音轉錄 |
            語音轉文字 | 語音辨識 || 語音內容
        """,
        "speech": "說話人轉寫 | 說話者逐字稿 || 語音 | 人聲 | 對話 | 對白 | 臺詞 | 台詞 | 對話內容 | 發言內容",
        "visible": "可見 | 可視 | 螢幕 | 畫面 | 顯示 | 出現",
        "text": "文字 | 文本",
        "speaker": "說話人 | 說話者 | 發言人 | 講者",
        "words": "轉寫 | 轉錄 | 文字記錄 | 逐字稿 | 對話 | 對白 | 臺詞",
        "and": "與 | 和 | 及 | 以及",
        "filler": """
            內容 | 部分 | 資訊 | 訊息 | 詳細 | 完整 | 結構化 | 按時間順序 | 依時間順序 | 的 | 影片 | 音訊 | 視頻 |
            片段 | 列表
        """,
    },
    "ja": {
        "storyline": """
            ストーリーライン | ストーリー | あらすじ | 物語の流れ || タイムライン | 出来事 | 場面の説明 | 映像の説明 |
            内容の説明 | 説明 | 描写 | 時系列
        """,
        "visible_text": """
            表示テキスト | 表示されるテキスト | 表示されているテキスト | 画面上のテキスト | 画面のテキスト |
            画面の文字 | 画面上の文字 | 画面内の文字 | 見える文字 | 可視テキスト || テキスト | 文字 | 文字情報 |
            字幕テロップ | テロップ
        """,
        "speakers": """
            話者プロフィール | 話者のプロフィール | 話者プロファイル | 話者情報 | 話者一覧 | 発言者プロフィール ||
            話者 | 話し手 | 発言者 | 登場人物
        """,
        "transcript": """
            文字起こし | 書き起こし | 音声書き起こし | 音声文字起こし | トランスクリプト | 歌詞 || 発話内容 |
            音声テキスト
        """,
        "speech": "話者と文字起こし | 話者と書き起こし || 音声 | 発言 | 発話 | 会話 | 対話 | 台詞 | セリフ",
        "visible": "表示 | 画面 | 見える | 可視 | 映る",
        "text": "テキスト | 文字",
        "speaker": "話者 | 話し手 | 発言者",
        "words": "文字起こし | 書き起こし | 発話 | 会話 | セリフ | トランスクリプト",
        "and": "と | および | 及び | ・",
        "filler": """
            の | 詳細 | 詳細な | 構造化 | 構造化された | 時系列 | 時系列の | 動画 | 音声 | 内容 | 全文 | 一覧 |
            セクション
        """,
    },
    "ko": {
        "storyline": """
            스토리라인 | 줄거리 | 이야기 흐름 || 스토리 | 타임라인 | 사건 | 장면 설명 | 영상 설명 | 설명 | 이야기
        """,
        "visible_text": """
            보이는 텍스트 | 화면 텍스트 | 화면에 보이는 텍스트 | 화면상의 텍스트 | 화면 속 텍스트 | 표시된 텍스트 ||
            텍스트 | 문자 | 화면 자막 | 자막 텍스트 | 글자
        """,
        "speakers": """
            화자 프로필 | 화자 정보 | 화자 소개 | 화자 목록 | 발화자 프로필 || 화자 | 발화자 | 등장인물 | 말하는 사람
        """,
        "transcript": """
            대본 | 전사 | 녹취록 | 음성 전사 | 받아쓰기 | 가사 | 스크립트 | 트랜스크립트 || 발화 내용 | 자막 |
            음성 텍스트
        """,
        "speech": "화자 및 대본 || 음성 | 발언 | 대사 | 대화 | 발화",
        "visible": "보이는 | 화면 | 표시",
        "text": "텍스트 | 문자 | 글자",
        "speaker": "화자 | 발화자",
        "words": "대본 | 전사 | 녹취록 | 대사 | 대화 | 발화 내용 | 스크립트",
        "and": "및 | 와 | 과 | 그리고",
        "filler": "상세 | 자세한 | 구조화된 | 시간순 | 시간 순서 | 영상 | 비디오 | 오디오 | 음성 | 내용 | 섹션 | 전체",
    },
    "es": {
        "storyline": """
            línea argumental | línea narrativa | hilo argumental | hilo narrativo | historia | argumento || narración |
            trama | cronología | línea de tiempo | línea temporal | descripción | eventos | acontecimientos | escenas
        """,
        "visible_text": """
            texto visible | textos visibles | texto en pantalla | textos en pantalla || texto | textos | rótulos |
            texto mostrado
        """,
        "speakers": """
            perfiles de los hablantes | perfil de los hablantes | perfiles de hablantes | perfiles de locutores ||
            hablantes | hablante | oradores | interlocutores | locutores | voces | personajes
        """,
        "transcript": """
            transcripción | transcripciones | letra de la canción || transcripción del habla | subtítulos | letra |
            transcripción de voz
        """,
        "speech": "hablantes y transcripción || habla | voz | discurso | diálogo | diálogos",
        "visible": "visible | visibles | en pantalla | mostrado | mostrados",
        "text": "texto | textos",
        "speaker": "hablante | hablantes | locutores | oradores",
        "words": "transcripción | diálogo | diálogos",
        "and": "y | e",
        "filler": """
            de | del | la | el | los | las | en | audio | vídeo | video | completa | completo | detallada | detallado |
            estructurada | estructurado | cronológica | cronológico | sección | lista | clip
        """,
    },
    "fr": {
        "storyline": """
            scénario | trame narrative | fil narratif | fil de l'histoire | intrigue | histoire || récit | narration |
            chronologie | déroulement | déroulé | description | événements | scènes
        """,
        "visible_text": """
            texte visible | textes visibles | texte à l'écran | textes à l'écran || texte | textes | texte affiché |
            incrustations
        """,
        "speakers": """
            profils des locuteurs | profil des locuteurs | profils des intervenants | liste des locuteurs ||
            locuteurs | locuteur | intervenants | voix | personnages | orateurs
        """,
        "transcript": """
            transcription | transcriptions | retranscription | paroles de la chanson || paroles |
            sous titres | verbatim | transcription vocale
        """,
        "speech": "locuteurs et transcription || parole | discours | dialogue | dialogues",
        "visible": "visible | visibles | à l'écran | affiché | affichés",
        "text": "texte | textes",
        "speaker": "locuteur | locuteurs | intervenants",
        "words": "transcription | retranscription | dialogue | dialogues | paroles",
        "and": "et",
        "filler": """
            de | du | des | la | le | les | l' | en | audio | vidéo | complète | complet | détaillée | détaillé |
            structurée | structuré | chronologique | section | liste | clip
        """,
    },
    "de": {
        "storyline": """
            handlung | handlungsverlauf | handlungsstrang | ablauf || geschichte | verlauf | zeitleiste |
            zeitlicher ablauf | chronologie | beschreibung | ereignisse | szenen | szenenbeschreibung
        """,
        "visible_text": """
            sichtbarer text | sichtbare texte | text im bild | texte im bild | eingeblendeter text |
            text auf dem bildschirm || text | texte | bildschirmtext | texteinblendungen | einblendungen
        """,
        "speakers": """
            sprecherprofile | sprecherprofil | profile der sprecher | sprecherliste || sprecher | sprecherinnen |
            stimmen | personen | redner
        """,
        "transcript": """
            transkript | transkription | wortprotokoll | liedtext | abschrift || gesprochenes |
            gesprochener text | untertitel | songtext | mitschrift
        """,
        "speech": "sprecher und transkript || sprache | rede | dialog | dialoge",
        "visible": "sichtbarer | sichtbare | sichtbaren | im bild | eingeblendeter | eingeblendete | bildschirm",
        "text": "text | texte",
        "speaker": "sprecher | sprecherinnen | sprechern",
        "words": "transkript | transkription | dialog | dialoge | wortlaut",
        "and": "und | mit",
        "filler": """
            der | die | das | des | im | audio | video | vollständiges | vollständige | detaillierte | detaillierter |
            ausführliche | ausführlicher | strukturierte | strukturierter | chronologische | chronologischer |
            abschnitt | liste | clip
        """,
    },
    "ru": {
        "storyline": """
            сюжетная линия | сюжет | ход событий | хронология событий || история | повествование | хронология |
            описание | события | описание сцен | сцены | таймлайн
        """,
        "visible_text": """
            видимый текст | видимые тексты | текст на экране | тексты на экране || текст | тексты | надписи |
            надписи на экране | отображаемый текст
        """,
        "speakers": """
            профили говорящих | профиль говорящего | профили спикеров | описание говорящих || говорящие | говорящий |
            спикеры | дикторы | голоса | участники
        """,
        "transcript": """
            расшифровка | транскрипт | транскрипция | расшифровка речи | стенограмма | текст песни ||
            реплики | субтитры | слова
        """,
        "speech": "говорящие и расшифровка || речь | диалог | диалоги",
        "visible": "видимый | видимые | на экране | экранный",
        "text": "текст | тексты | надписи",
        "speaker": "говорящие | говорящих | спикеры | спикеров",
        "words": "расшифровка | транскрипт | транскрипция | реплики | диалог",
        "and": "и",
        "filler": """
            аудио | видео | полная | полный | подробная | подробный | структурированная | структурированный |
            хронологическая | хронологический | раздел | список | клипа | записи
        """,
    },
    "ar": {
        "storyline": """
            خط القصة | مجرى القصة | القصة | الحبكة | تسلسل الأحداث || السرد | الأحداث | الوصف | الجدول الزمني |
            وصف المشاهد
        """,
        "visible_text": """
            النص المرئي | النصوص المرئية | النص الظاهر | النص الظاهر على الشاشة | النص على الشاشة | النصوص الظاهرة ||
            النص | النصوص
        """,
        "speakers": """
            ملفات المتحدثين | ملفات تعريف المتحدثين | تعريف المتحدثين || المتحدثون | المتحدثين | المتكلمون | الأصوات
        """,
        "transcript": """
            النص المنطوق | التفريغ | التفريغ النصي | تفريغ الكلام | كلمات الأغنية | نص الحوار || الترجمة النصية
        """,
        "speech": """
            المتحدثون والنص | المتحدثون والتفريغ | المتحدثون والنص المنطوق | المتحدثون ونص الحوار ||
            الكلام والمتحدثون | الحوار | الكلام
        """,
        "visible": "المرئي | المرئية | الظاهر | الظاهرة | الشاشة",
        "text": "النص | النصوص",
        "speaker": "المتحدثون | المتحدثين | المتكلمون",
        "words": "التفريغ | النص المنطوق | الحوار | الكلام",
        "and": "و",
        "filler": "الكامل | الكاملة | المفصل | المفصلة | المنظم | الزمني | الزمنية | قسم | الفيديو | الصوت | قائمة",
    },
    "pt": {
        "storyline": """
            linha narrativa | enredo | história || trama | narrativa | cronologia | linha do tempo | descrição |
            eventos | cenas
        """,
        "visible_text": """
            texto visível | textos visíveis | texto na tela | textos na tela | texto no ecrã || texto | textos
        """,
        "speakers": "perfis dos falantes | perfis dos locutores || falantes | falante | locutores | oradores | vozes",
        "transcript": "transcrição | transcrições | letra da música || legendas | letra",
        "speech": "falantes e transcrição || fala | diálogo | diálogos",
        "visible": "visível | visíveis | na tela",
        "text": "texto | textos",
        "speaker": "falantes | locutores",
        "words": "transcrição | diálogo | diálogos",
        "and": "e",
        "filler": """
            de | da | do | dos | das | a | o | áudio | vídeo | completa | completo | detalhada | estruturada |
            cronológica | seção
        """,
    },
    "it": {
        "storyline": """
            trama | filo narrativo | linea narrativa || storia | racconto | cronologia | descrizione | eventi | scene
        """,
        "visible_text": """
            testo visibile | testi visibili | testo a schermo | testo sullo schermo || testo | testi | scritte
        """,
        "speakers": "profili dei parlanti | profili degli oratori || parlanti | oratori | voci | interlocutori",
        "transcript": "trascrizione | trascrizioni | testo della canzone || sottotitoli",
        "speech": "parlanti e trascrizione || parlato | dialogo | dialoghi",
        "visible": "visibile | visibili | sullo schermo",
        "text": "testo | testi",
        "speaker": "parlanti | oratori",
        "words": "trascrizione | dialogo | dialoghi",
        "and": "e | ed",
        "filler": """
            di | del | della | dei | la | il | audio | video | completa | completo | dettagliata | strutturata |
            cronologica | sezione
        """,
    },
}  # fmt: skip

# A heading with one of these is about a section, and does not open it.
OTHERS = """
    translation | translations | summary | note | notes | comment | comments | analysis | quality | accuracy |
    missing | 翻译 | 总结 | 摘要 | 备注 | 分析 | 翻譯 | 總結 | 備註 | 翻訳 | 要約 | 번역 | 요약 | traducción |
    resumen | traduction | résumé | übersetzung | zusammenfassung | перевод | ترجمة | tradução | traduzione
"""


def _of(part: str) -> Titles:
    """Return the titles of one part in all languages."""
    rows = [row[part].partition("||") for row in TITLES.values()]
    return Titles(part, "|".join(row[0] for row in rows), "|".join(row[2] for row in rows if row[2]))


STORYLINE, VISIBLE_TEXT, SPEECH, SPEAKERS, TRANSCRIPT = map(
    _of, ("storyline", "visible_text", "speech", "speakers", "transcript")
)
FINDINGS = Titles(
    "findings",
    plain="""
        findings | moderation findings | policy findings | list of findings | 审核发现 | 审核结果 | 违规发现 |
        審核結果 | 検出結果 | 指摘事項 | 발견 사항 | hallazgos | constats | befunde | achados | riscontri | находки |
        النتائج
    """,
    marked="""
        results | result | violations | violation | policy violations | issues | moderation | moderation report | 发现 |
        發現 | 检查结果 | 结果 | 违规 | 違反 | 所見 | 발견 | 결과 | resultados | résultats | ergebnisse | risultati |
        результаты
    """
    + "".join(f" | finding {number}" for number in ("", *range(1, 41))),
)
