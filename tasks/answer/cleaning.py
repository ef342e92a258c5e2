"""Clean an answer of what is not part of its words.

A server, an encoder or Markdown leaves that around them.

`clean` is for every answer, `without_markup` for those that are read into sections.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from tasks.answer.patterns import lazy


def clean(text: str) -> str:
    """Return the answer without what nobody should see.

    That is thinking before it, a model's special tokens, and invisible characters.

    >>> clean("\\ufeff<think>Hm.</think>A fire.\\r\\n<|im_end|>")
    'A fire.\\n'
    """
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    if not _is_encodable(text):
        text = _SURROGATE.sub("�", text)
    for sign, instead in _ODD_SIGNS.items():
        text = text.replace(sign, instead) if sign in text else text
    if "<" in text:
        text = _TOKEN.sub("", _TIMED_TOKENS.sub(r"\n[\1s - \3s] \2\n", _without_thinking(text)))
    return text


def unescaped(text: str) -> str:
    """Return the text with the signs that HTML's entities stand for.

    >>> unescaped("FISH &amp; CHIPS")
    'FISH & CHIPS'
    """
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def without_markup(text: str) -> str:
    """Return the text without HTML and code fences.

    HTML's headings, lists and tables become Markdown's.

    >>> without_markup("<h2>Visible Text</h2>FISH & CHIPS<br>open").split("\\n")
    ['', '## Visible Text', 'FISH & CHIPS', 'open']
    """
    if "<" in text:
        text = _TOKEN.sub("", text)
        text = "\n".join(_without_tags(line) if "<" in line else line for line in text.split("\n"))
    if "{\\" in text:
        text = _OVERRIDE.sub("", text)
    if "```" in text or "~~~" in text:
        text = "\n".join(line for line in text.split("\n") if not is_fence(line))
    return text


def is_fence(line: str) -> bool:
    """Say whether a line is one of those that open or close a block of code.

    >>> is_fence("```json"), is_fence("a ``` b")
    (True, False)
    """
    return _FENCE.fullmatch(line) is not None


def without_outer_fence(lines: Iterable[str]) -> list[str]:
    """Take off the code fence around all of an answer, closed or not.

    >>> without_outer_fence(["```markdown", "## Storyline", "```"])
    ['## Storyline']
    """
    kept = list(lines)
    fences = [number for number, line in enumerate(kept) if is_fence(line)]
    if not fences or any(line.strip().startswith("#") for line in kept[: fences[0]]):
        return kept
    around = {fences[0], fences[-1]} if len(fences) % 2 == 0 else {fences[0]}
    return [line for number, line in enumerate(kept) if number not in around]


# Joiners (U+200C, U+200D) and direction marks stay inside the text: Persian, Hindi, Hebrew and emoji need them.
_ODD_SIGNS = dict.fromkeys("\u200b\u2060\ufeff\u00ad\x00", "") | dict.fromkeys("\u2028\u2029\x85", "\n")
_SURROGATE = lazy("[\ud800-\udfff]")  # cannot be stored as UTF-8
_LINE_END = lazy("\r\n?")
_THINKING = lazy(r"^[ \t]*<(?:think|thinking|thought|reasoning)>", re.IGNORECASE | re.MULTILINE)
_THOUGHT_END = lazy(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT = lazy(r"^[ \t]*</(?:think|thinking|thought|reasoning)>", re.IGNORECASE | re.MULTILINE)
_TOKEN = lazy(
    r"<[|｜]im_start[|｜]>(?:assistant|user|system)?\n?|<[|｜][^|｜<>\n]{1,40}[|｜]>"
    r"|</?(?:json|s|bos|eos|pad|unk|end_of_turn|start_of_turn)>|^\[/?INST\]"
    r"|^</?(?:answer|output|response|result|report)>[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_TIMED_TOKENS = lazy(r"<\|(\d{1,5}\.\d{1,3})\|>([^<>\n]{0,2000})<\|(\d{1,5}\.\d{1,3})\|>")
_FENCE = lazy(r"\s*(?:`{3,}|~{3,})[\w+-]*\s*")
_OVERRIDE = lazy(r"\{\\[^{}\n]{1,40}\}")  # of subtitles: {\an8}
_ENTITY = lazy(r"&(?:[A-Za-z]{2,8}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_BREAK = lazy(r"<br\s?/?>", re.IGNORECASE)
_TAG = lazy(
    r"</?(b|i|u|em|strong|font|span|p|div|hr|ul|ol|li|h[1-6]|table|thead|tbody|tr|td|th|c|ruby|rt|lang|small|sub|sup|"
    r"center|mark|code|pre|blockquote|section|details|summary|time|timestamp)\b[^<>\n]{0,200}>",
    re.IGNORECASE,
)
_BREAKS = {"p", "div", "ul", "ol", "table", "blockquote", "section", "pre", "hr"}


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_tags(line: str) -> str:
    line = _BREAK.sub("\v" if line.lstrip().startswith("|") else "\n", line)  # a table's row is one line
    return _TAG.sub(_as_markdown, line.replace("</v>", ""))


def _as_markdown(found: re.Match[str]) -> str:
    tag, closing = found[1].lower(), found[0][1] == "/"
    if tag in _BREAKS or (closing and tag[0] == "h"):
        return "\n"
    if tag == "tr":
        return "" if closing else "\n| "
    if closing:
        return " | " if tag in ("td", "th") else ""
    if tag == "li":
        return "\n- "
    return f"\n{'#' * int(tag[1])} " if tag in ("h1", "h2", "h3", "h4", "h5", "h6") else ""


def _without_thinking(text: str) -> str:
    """Drop the reasoning that some servers leave in front of the answer.

    The raw answer keeps it.

    What opens has to close; what was opened by the server closes on a line of its own.
    """
    opening = _THINKING.search(text)
    closing = _THOUGHT_END.search(text, opening.end()) if opening else None
    if opening and closing:
        return text[: opening.start()] + text[closing.end() :]
    closed = _THOUGHT.search(text)
    return text[closed.end() :] if closed and not opening else text
