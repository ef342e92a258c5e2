"""The headings of the contract's sections, in every language that answers have been seen in. Data."""

from __future__ import annotations

from tasks.answer.section import Titles

STORYLINE = Titles(
    "storyline",
    plain="""
        storyline | story line | storylines | 故事线 | 故事線 | 故事情节 | 故事情節 | 剧情 | 剧情线 | 情节 | 情节线 |
        故事梗概 | 时间线 | 時間線 | ストーリーライン | ストーリー | 스토리라인 | línea argumental | línea narrativa |
        scénario | trame narrative | handlung | handlungsverlauf | linha narrativa | trama | сюжетная линия | сюжет |
        خط القصة
    """,
    marked="""
        story | plot | narrative | timeline | events | scene description | scenes | description | video description |
        audio description | 故事 | 事件 | 描述 | 视频描述 | 音频描述 | 场景描述
    """,
)
VISIBLE_TEXT = Titles(
    "visible_text",
    plain="""
        visible text | visible texts | on screen text | onscreen text | text on screen | text visible on screen |
        可见文字 | 可见文本 | 可見文字 | 可见的文字 | 可见的文本 | 屏幕文字 | 屏幕文本 | 画面文字 | 画面中的文字 |
        画面内文字 | 螢幕文字 | 文字信息 | 表示テキスト | 画面上のテキスト | 画面の文字 | 보이는 텍스트 |
        화면 텍스트 | texto visible | texto en pantalla | texte visible | texte à l'écran | sichtbarer text |
        text im bild | texto visível | texto na tela | testo visibile | видимый текст | текст на экране | النص المرئي
    """,
    marked="""
        text | texts | screen text | ocr | displayed text | text elements | 文字 | 文本 | 文字内容
    """,
)
SPEECH = Titles(
    "speech",
    plain="""
        speakers and transcript | speaker and transcript | speakers and transcripts | speakers and transcription |
        speaker profiles and transcript | speakers transcript | speech and transcript | speakers and dialogue |
        说话人与转录 | 说话人和转录 | 说话人及转录 | 说话人与转写 | 说话人和转写 | 说话人与文字记录 | 说话人与文本 |
        说话人与对白 | 说话人与台词 | 说话者与转录 | 说话者和转录 | 发言人与转录 | 发言人和转录 | 发言人与文字记录 |
        說話人與轉錄 | 说话人与逐字稿 | 說話者與逐字稿 | 話者と文字起こし | 話者と書き起こし | 화자 및 대본 |
        화자와 대본 | hablantes y transcripción | locuteurs et transcription | sprecher und transkript |
        falantes e transcrição | parlanti e trascrizione | говорящие и расшифровка | говорящие и транскрипт |
        المتحدثون والنص
    """,
    marked="""
        speech | dialogue | dialogues | dialog | spoken words | 对话 | 对白 | 语音 | 台词 | 対話 | 대화
    """,
)
SPEAKERS = Titles(
    "speakers",
    plain="""
        speaker profiles | speaker profile | speakers profiles | profiles of the speakers | list of speakers |
        speaker list | 说话人简介 | 说话人档案 | 说话人资料 | 说话人介绍 | 说话人特征 | 说话人列表 | 说话人概况 |
        说话者简介 | 说话者档案 | 发言人简介 | 发言人档案 | 說話人簡介 | 話者プロフィール | 話者のプロフィール |
        화자 프로필 | perfiles de los hablantes | profils des locuteurs | sprecherprofile | perfis dos falantes |
        profili dei parlanti | профили говорящих
    """,
    marked="""
        speakers | speaker | voices | 说话人 | 说话者 | 发言人 | 話者 | 화자 | hablantes | sprecher
    """,
)
TRANSCRIPT = Titles(
    "transcript",
    plain="""
        transcript | transcription | transcripts | full transcript | lyrics | 转录 | 转写 | 转录文本 | 转录内容 |
        文字记录 | 逐字稿 | 逐字记录 | 歌词 | 轉錄 | 歌詞 | 文字起こし | 書き起こし | 대본 | 전사 | 가사 |
        transcripción | transkript | transcrição | trascrizione | расшифровка | транскрипт
    """,
    marked="""
        subtitles | utterances | spoken content | 语音内容 | 语音转录 | 语音转写 | 音频转录 | 字幕
    """,
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
