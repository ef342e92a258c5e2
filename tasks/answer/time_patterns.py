"""Build the patterns around a time at the start of a line.

They are made of the words in `time_words`.

Every repetition in them is bounded or possessive, so that no text takes more than linear time.
"""

from __future__ import annotations

import re

from tasks.answer import time_words as words
from tasks.answer.numbers import ENGLISH_NUMBER, HAN_NUMBER
from tasks.answer.patterns import lazy
from tasks.answer.words import alternatives

BRACKETS = "[(（【〔<＜〈［{《"
CLOSERS = r"\])）】〕>＞〉］}》"
SYMBOL = r"(?:[^\w?？\"“”'‘’„「」『』«»‹›]|_)"
ASCII_DIGIT = lazy("[0-9]")  # found much faster
NUMERAL = lazy(  # other digits, and numbers in words at the start of a line
    rf"[^\x00-\x7f]{{0,40}}?(?:[٠-٩۰-۹０-９]|{HAN_NUMBER}[秒分])|(?:[a-z]{{2,8}},?\s){{0,3}}{ENGLISH_NUMBER}\b",
    re.IGNORECASE,
)
COUNTS = lazy(r"[#№$€£¥]\s*$|(?<!\S)[+]\s*$")
LEAD = lazy(
    rf"{SYMBOL}{{0,24}}+(?:[(（]?\d{{1,4}}(?:[)）、]\s*+|\.\s++){SYMBOL}{{0,12}}+)?"
    rf"(?:(?:{alternatives(words.NUMBERED)})\s?[#№]?\d{{1,4}}{SYMBOL}{{1,12}}+)?"
    rf"(?:(?:{alternatives(words.TIME_LABELS)})\b\s?{SYMBOL}{{0,12}}+)?"
    rf"(?:(?:{alternatives(words.INTROS)})[,，:：]?\s?)?"
    rf"(?:(?:{alternatives(words.PREPOSITIONS)})\b\.?\s(?:the\s|seconds?\s)?{SYMBOL}{{0,12}}+)?"
    rf"(?:{alternatives(words.PREPOSITIONS_UNSPACED)}){{0,2}}\s?{SYMBOL}{{0,12}}+第?",
    re.IGNORECASE,
)
DASH = r"-{1,3}>|=>|→|⟶|⇒|➔|[-‐‑‒–—―−~～〜－]{1,3}"
OPENERS = rf"[\s{re.escape(BRACKETS)}*_`]{{0,8}}"
JOINT = lazy(
    rf"[\s{CLOSERS}*_`]{{0,8}}"
    rf"(?:({DASH})|,(?=\d{{1,2}}:\d\d)|(?:开始|起|時|时)?(?:至|到)|(?:{alternatives(words.JOINTS)})\b|{alternatives(words.JOINTS_UNSPACED)}|\.{{2,3}}|…){OPENERS}"
    r"(?:seconds?\s|第)?",
    re.IGNORECASE,
)
AND_JOINT = lazy(
    rf"\s{{0,4}}(?:(?:{alternatives(words.AND_JOINTS)})\b|和|与|跟|({DASH})|to\b){OPENERS}第?", re.IGNORECASE
)
AND_OPENER = lazy(rf"(?:{alternatives(words.AND_OPENERS)}|在|介于)\W*$", re.IGNORECASE)
DURATION = (
    r"(?:\s{0,4}[(（\[【](?:duration|length|时长|時長|约|~)?[:： ]{0,3}\d{1,5}(?:[.,]\d{1,6})?\s?"
    r"(?:s|sec|secs|seconds?|秒|秒钟|ms|毫秒)[)）\]】])?"
)
TAIL = lazy(
    rf"(?:\s{{0,4}}[{CLOSERS}]|[*_`]){{0,6}}{DURATION}(?:\s?(?:{alternatives(words.TAILS)})(?![a-z]))?[*_`]{{0,3}}"
    r"\s{0,40}(?:[:：|]|[-–—]{1,2}(?=\s)|[/](?=\s)|[，、；]|[,;](?=[\s\"“]))?"
)
OPENING = lazy(r"[\[(（【<＜〈［{]")
AFTER_BRACKET = lazy(rf"[\[(（【<＜〈［{{](?:[^{CLOSERS}]|(?<=-)>){{0,60}}[{CLOSERS}]?\s{{0,8}}")
CLINGING = (":", "：", ",", "，", ".", "。", "")
CONTRACT = lazy(r"(\d{2,4}):(\d\d)\.(\d{3})(?: - (\d{2,4}):(\d\d)\.(\d{3}))?", re.ASCII)
TOLD = lazy(rf"(?:{alternatives(words.TIME_LABELS)})\W*$", re.IGNORECASE)
START = lazy(rf"(?:{alternatives(words.STARTS)})(?=\s{{0,4}}(?:{DASH}|to\b|至|到)\s{{0,4}}\d)", re.IGNORECASE)
END = lazy(rf"(?:{alternatives(words.ENDS)})(?!\w)", re.IGNORECASE)
FOREVER_MS = 10**12
PLACEHOLDER = lazy(r"[?？xX_]{1,4}(?![A-Za-z])|-{2}:|unknown\b|未知", re.IGNORECASE)
PLACE = r"(?:[\d?？_xmsh-]{1,4}(?:[:：][\d?？_xmsh-]{1,4}){1,3}(?:[.,][\dxms?]{1,3})?|[?？x]{2,4}|unknown|未知)"
UNREADABLE = lazy(
    rf"[\s*_`#>•-]{{0,12}}(?:[{re.escape(BRACKETS)}]{{1,2}}\s?(?:time\s)?{PLACE}(?:\s?(?:{DASH}|to)\s?{PLACE})?\s?[{CLOSERS}]{{1,2}}"
    rf"|{PLACE}\s?(?:{DASH}|to)\s?{PLACE}(?!\w)|(?=[\d:：]*[?？])[\d?？]{{1,4}}[:：][\d?？]{{1,4}}(?!\w))"
    r"[*_`]{0,3}\s{0,8}[:：]?",
    re.IGNORECASE,
)
BEHIND_VAGUE = frozenset(":：]）)】*")
BEFORE_UNREADABLE = frozenset("[(（【〔<＜〈［{《*_`#>•-?？xXmMsShHuU未0123456789")
VAGUE = frozenset(phrase.strip() for phrase in words.VAGUE.split("|"))
