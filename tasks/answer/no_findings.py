"""Recognise statements that nothing was found, in many languages.

Such as "No findings.", "No policy violations were detected.", "未发现违规内容。".

Only whole sentences of a known build count, and only about findings: that nobody speaks says nothing about what is
shown, a sentence that goes on ("No findings but one") is no such statement, and "no clear violations" leaves room for
others.
"""

from __future__ import annotations

import unicodedata

from tasks.answer.patterns import lazy
from tasks.answer.words import phrases


def says_no_findings(text: str) -> bool:
    """Tell whether a text says that there are no findings, and nothing else.

    It may say so in several sentences.

    >>> says_no_findings("No policy violations were found in this clip."), says_no_findings("No findings but one.")
    (True, False)
    """
    if len(text) > _LONGEST:
        return False
    sentences = [part for part in _SENTENCE.split(text) if part.strip(_OUTER)]
    return bool(sentences) and all(_says_so(part) for part in sentences)


def _says_so(sentence: str) -> bool:
    words = " ".join(unicodedata.normalize("NFC", sentence).casefold().replace("’", "'").split()).strip(_OUTER)
    return words in _NOTHING or _STATEMENT.fullmatch(words) is not None


_LONGEST = 300  # characters
_OUTER = " \t*_`#()（）[]【】<>\"'“”‘’「」.。!！:：;；,，-–—•·|✅✔"
_SENTENCE = lazy(r"[.。!！;；\n]\s*")
_NOTHING = phrases("""
    no findings | no finding | none | nil | nothing | all clear | safe | clean | none found | none detected |
    nothing found | nothing detected | nothing to report | nothing to flag | no issues | no matches | 无 | 無 |
    没有 | 无违规 | 无发现 | 正常 | 安全 | 合规 | なし | 問題なし | 該当なし | 違反なし | 없음 | 이상 없음 |
    해당 없음 | keine | keine befunde | aucun | aucune | ninguno | ninguna | sin hallazgos | nessuno | nessuna |
    nenhum | nenhuma | нет | нарушений нет | нет нарушений | لا شيء | لا يوجد
""")
_CLIP = r"(?:the |this )?(?:whole |entire )?(?:clip|video|audio|recording|segment|image|picture|file|media|content)"
_BE = r"(?:is|are|was|were|has been|have been|could be|can be)"
_FINDING = (
    r"(?:findings?|violations?|issues?|problems?|concerns?|match(?:es)?|labels?|categor(?:y|ies)|hazards?|incidents?|"
    r"infringements?|breach(?:es)?)"
)
_STUFF = r"(?:content|material|evidence|signs?|instances?|elements?|scenes?|language|speech|words)"
_KIND = (
    r"(?:harmful|sensitive|problematic|unsafe|inappropriate|prohibited|objectionable|offensive|violating|reportable|"
    r"questionable|concerning|policy|moderation|safety)"
)
_LOOSE = r"(?:relevant|such|listed|given|applicable|potentially|potential|content|of (?:the|these)|any|or|and)"
_THINGS = rf"(?:(?:(?:{_KIND}|{_LOOSE}),? ){{0,5}}{_FINDING}|(?:(?:{_KIND}|{_LOOSE}),? ){{0,4}}{_KIND} {_STUFF})"
_DONE = (
    r"(?:found|detected|identified|observed|present|seen|noted|heard|visible|reported|to report|appl(?:y|ies)|fits?|"
    r"match(?:es)?|occurs?|appears?|exists?)"
)
# The whole clip or the list of labels, never a part: "in the first minute" says nothing about the second.
_WHERE = (
    rf"(?:,? (?:(?:here|at all)|(?:in|within|during|throughout|across) (?:any part of )?{_CLIP}|"
    r"(?:for|to|with|from|against|under|of|in|according to) (?:any of )?(?:the|this|these|your) (?:\w+ ){0,2}"
    r"(?:labels?|list|polic(?:y|ies)|categories|guidelines|rules))){0,2}"
)
_ENGLISH = (
    rf"(?:there {_BE} |{_CLIP} (?:contains|has|shows|includes) |i (?:found|see|saw|detected|identified) )?"
    rf"(?:no|zero|0|not any|without any) {_THINGS}(?:,? (?:or|and) {_THINGS}){{0,2}}(?: {_BE})?(?: {_DONE})?{_WHERE}",
    rf"nothing(?: (?:harmful|problematic|sensitive|of concern|in the list))?(?: {_BE})?"
    rf"(?: {_DONE}| to flag| to moderate){_WHERE}",
    rf"nothing (?:harmful|problematic|of concern){_WHERE}",
    rf"none of (?:the|these) (?:\w+ )?(?:labels|categories|ids)(?: {_BE})? {_DONE}{_WHERE}",
    rf"{_CLIP} (?:is|appears|seems)(?: to be)? (?:clean|safe|harmless|benign|unproblematic|appropriate)",
    rf"{_CLIP} (?:does not|doesn't) (?:contain|show|include|match|violate|fit)(?: (?:any|of|the|these)){{0,3}}"
    rf" {_THINGS}{_WHERE}",
)
_OTHERS = (
    r"(?:在?(?:本|该|此|整个)?(?:视频|影片|画面|音频|录音|片段|图像)(?:中|里)?[,，]?)?(?:均|都|并)?"
    r"(?:未|没有|沒有|无|無|不存在|没)(?:发现|發現|检测到|檢測到|出现|見|见|存在|任何|可疑){0,3}"
    r"(?:违规|違規|有害|不当|不良|敏感|问题|需要审核|的){0,4}(?:违规|違規|有害内容|不当内容|不良内容|敏感内容|问题|发现|结果|项目|标签|"
    r"违规内容|违规行为|违规情况|需要审核的内容)",
    r"(?:未|没有|沒有)(?:发现|發現|检测到)",
    r"(?:違反|問題|該当|有害|不適切)(?:な|する|となる|のある)?(?:内容|箇所|項目|コンテンツ|ラベル|表現)?(?:は|が|も)?"
    r"(?:見つかりません|ありません|検出されません|見られません|確認されません)(?:でした)?",
    r"(?:위반|문제|유해|해당)(?:되는|한)? ?(?:사항|내용|콘텐츠|항목)?(?:이|가|은|는)? ?"
    r"(?:없음|없습니다|발견되지 않았습니다|발견되지 않음)",
    r"(?:es (?:gibt|wurden) )?keine (?:befunde|funde|verstöße|auffälligkeiten|treffer|probleme)"
    r"(?: (?:gefunden|festgestellt|vorhanden|erkannt))?",
    r"aucune? (?:constat|résultat|infraction|problème|violation|contenu problématique|signalement)"
    r"(?: (?:trouvée?|détectée?|relevée?|constatée?))?",
    r"(?:no se (?:ha )?(?:encontr|detect|hall|observ)\w{2,6} |no hay |sin |ningún |ninguna )"
    r"(?:hallazgos?|infracci\w{2,4}|problemas?|resultados?|violaci\w{2,4})",
    r"(?:nenhuma? |sem |não há )(?:achados?|violaç\w{2,3}|problemas?|resultados?|ocorrências?)(?: encontrad[oa]s?)?",
    r"(?:nessuna? |nessun )(?:risultato|violazione|problema|riscontro)(?: (?:trovat|rilevat)[oa])?",
    r"(?:нарушени[йя]|проблем|находок|совпадений) (?:нет|не (?:обнаружено|найдено|выявлено))",
    r"нет (?:нарушений|находок|совпадений|проблем)",
    r"(?:لا توجد|لم يتم العثور على|لا يوجد) (?:أي )?(?:نتائج|مخالفات|انتهاكات|محتوى ضار)",
)
_STATEMENT = lazy("|".join((*_ENGLISH, *_OTHERS)))
