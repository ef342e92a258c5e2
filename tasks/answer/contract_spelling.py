"""Make the patterns of the contract's entries, as models spell them.

A time may be bold, in brackets or behind a bullet, with or without hours, and share its line with the words. Keys may
be in any language, bold or behind a bullet, all as in the first entry, or the speaker's name is a key itself. A pattern
takes only values that mean the same whatever reads them: without a further key, quotation mark or bracket.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from string import digits

from tasks.answer import time_words
from tasks.answer.fields import Field, fields_of
from tasks.answer.heading_lines import heading_at
from tasks.answer.lines import ENTRY, Line, read_lines, without_bullet
from tasks.answer.names import bare_name
from tasks.answer.patterns import lazy
from tasks.answer.utterances import key_line, spoken_line
from tasks.answer.words import alternatives


class OtherForm(Exception):
    """Something is not as the contract has it."""


def require(holds: bool) -> None:
    """Raise OtherForm where something does not hold.

    >>> require(True)
    """
    if not holds:
        raise OtherForm


@dataclass(frozen=True, slots=True)
class Columns:
    """These are the entries of a section by column.

    Times are in ms from the clip's start.
    """

    starts: list[int]
    ends: list[int]
    fields: Sequence[Sequence[str]]
    speaker: Callable[[str], str] = str  # reads a name as it is written
    bulleted: bool = False


def cut_events(body: str) -> Columns:
    r"""Cut a storyline into texts under their times.

    Raises OtherForm, as all of these do, where anything stands between the entries.

    >>> cut_events("00:00 - 00:05\nA bell.\n\n[00:05 - 00:06] Rain.").fields
    [['A bell.', 'Rain.']]
    """
    return _cut(_EVENT, body)


def cut_elements(body: str) -> Columns:
    r"""Cut visible text into texts, separators and appearances.

    >>> cut_elements("00:00 - 00:05\n- “EXIT”: green\n- “A – B”").fields
    [['EXIT', 'A – B'], [': ', None], ['green', None]]
    """
    quote = _FIRST_QUOTE.search(body)
    if quote is None:
        raise OtherForm
    elements = _cut(_element(quote[2], bool(quote[1])), body)
    return replace(elements, bulleted=bool(quote[1]))


def cut_utterances(body: str) -> Columns:
    r"""Cut a transcript into speakers, states and words.

    `speaker` of the columns reads a name as it is written.

    >>> cut_utterances("00:00 - 00:05\n**Voice:** Ann\n**Content:** “Hi.”\n").fields
    [['Ann'], [None], ['Hi.']]
    >>> cut_utterances("[00:00 - 00:05] Ann: “Hi.”\n").fields
    [['Ann'], [None], ['Hi.']]
    """
    keys = _keys_of(body)
    if keys is None:
        return _cut(_NAMED, body, _name_in_front)
    return _cut(_utterance(*keys), body, lambda name: _name_behind(keys[0], name))


def _cut(pattern: re.Pattern[str], body: str, speaker: Callable[[str], str] = str) -> Columns:
    """Cut a body into entries of a pattern.

    Its first groups are start, end, and what follows them; an entry without has the range of the one before.
    """
    parts = pattern.split(body)
    step = pattern.groups + 1
    require(not any(parts[::step]))  # what lies between them
    starts, ends, behind, *fields = (parts[at::step] for at in range(1, step))
    require(behind[0] is not None)
    if " " in behind:
        _check_shared_lines(behind, fields)
    times = _Times()
    return Columns(times.of(starts), times.of(ends), fields, speaker)


class _Times(dict[str, int]):
    """Remember the times of a section: an end is mostly the start of what follows."""

    def of(self, stamps: Sequence[str | None]) -> list[int]:
        """Return the times in ms; one that is not there is as the one before."""
        ms = 0
        return [ms if stamp is None else (ms := self[stamp]) for stamp in stamps]

    def __missing__(self, stamp: str) -> int:
        minutes, _, seconds = stamp.rpartition(":")
        self[stamp] = ms = _minutes_ms(minutes) + round(1000 * float(seconds.replace(",", ".")))
        return ms


@lru_cache(maxsize=256)  # many stamps share them
def _minutes_ms(written: str) -> int:
    hours, _, minutes = written.rpartition(":")
    return 3_600_000 * int(hours or 0) + 60_000 * int(minutes)


def _check_shared_lines(behind: Sequence[str], fields: Sequence[Sequence[str]]) -> None:
    """Check the words behind a time on its line.

    None may be another entry, or belong to the marks of the time.
    """
    entries = zip(behind, *fields, strict=True)
    shared = [" ".join(filter(None, words)).partition("\n")[0] for sign, *words in entries if sign == " "]
    text = "\n".join(shared)
    require("**" not in text)
    if not text.isascii() or any(digit in text for digit in digits):
        require(not any(_DIGIT.search(line) and ENTRY.search(line, 1) for line in shared))


# --- how speakers are written --------------------------------------------------------------------------------------


def _keys_of(body: str) -> tuple[str, str, str, str] | None:
    """Return what stands in front of speaker, state and words.

    With them comes the mark that opens the words. None: there are no keys.
    """
    found: dict[Field, str] = {}
    mark = ""
    for written in body.split("\n", _FIRST_LINES)[:_FIRST_LINES]:
        raw = _LEADING_TIME.sub("", written)
        line = Line(raw.strip())
        keyed = key_line(without_bullet(line.text))
        if keyed is None or not raw.endswith(keyed[1]) or not keyed[1]:
            continue
        field, value, _ = keyed
        require(field != "language" and ">" not in raw and heading_at([line], 0) is None)
        mark = mark or (value[0] if field == "content" else "")
        found.setdefault(field, raw.removesuffix(value))
    if "speaker" not in found or "content" not in found:
        return None
    require(mark in _QUOTES)
    return found["speaker"], found.get("state", "State: "), found["content"], mark


def _name_behind(key: str, written: str) -> str:
    """Return the name in a line with the key of speakers."""
    lines = read_lines(f"{key}{written}")
    keyed = key_line(without_bullet(lines[0].text))
    require(len(lines) == 1 and lines[0].mark is None and keyed is not None and keyed[0] == "speaker")
    require(heading_at(lines, 0) is None)
    return bare_name(keyed[1]) if keyed else ""


def _name_in_front(written: str) -> str:
    """Return the name in a line that begins with it."""
    name = written.rstrip()
    (line,) = read_lines(f"{name}: “x”")
    require(line.mark is None and heading_at([line], 0) is None and not fields_of(name))
    require(spoken_line(line.text, {}) == (name, "", "“x”"))
    return name


_FIRST_LINES = 24
_CLOCK = r"([0-9]{1,4}:[0-9]{2}(?::[0-9]{2})?(?:(?:\.|(?<=:[0-9]{2}:[0-9]{2}),)[0-9]{1,3})?)"
_RANGE = (
    r"(?:[-*•] |[0-9]{1,3}[.)] )?(?:\*\*)?[\[(【]?"
    rf"{_CLOCK}(?: ?[-–—～至到→] ?| to ){_CLOCK}[\])】]?(?:\*\*:?|:\*\*|:)?"
)
_NO_TAIL = rf"(?!{alternatives(time_words.TAILS)}|s\b)"  # words that belong to a time
_BEHIND = rf"(\n{{1,2}}| {_NO_TAIL})"
_BEFORE_RANGE = rf"(?={_RANGE}[\n ])".replace("([", "(?:[")
TIME_LINE = lazy(rf"^{_RANGE}{_BEHIND}", re.MULTILINE)
_AT_START = r"(?<![^\n])"  # of a line: else each place in a long one is tried
_LEADING_TIME = lazy(rf"^{_RANGE} ")
_DIGIT = lazy(r"\d")

_LETTER = r"[^\W\d_](?!\s?[=+])"  # "t = 4" is a time
_EVENT = lazy(
    rf"{_AT_START}{_RANGE}{_BEHIND}({_LETTER}[^\n]*(?:\n{{1,2}}{_LETTER}[^\n]*)*+)(?:\n{{2,}}|\n{_BEFORE_RANGE}|\Z)"
)

_NO_KEY = r"[^\W_](?:[^\n:：=]*[^\s:：=*_`\u200c-\u200f\u202a-\u202e\u2066-\u2069])?"
_QUOTES = {"“": ('[“"]', '[”"]'), '"': ('[“"]', '[”"]'), "「": ("「", "」")}
_NO_QUOTE = r"[^\n“”\"「」『』«»]"
_BULLET = r" {0,4}(?:[-*•]|[0-9]{1,3}[.)]) +"
_FIRST_QUOTE = lazy(rf"^({_BULLET})?([“\"「])", re.MULTILINE)
_STATE = r"[^\W\d_](?:[^\n:：=()（）\[\]\d]{0,80}[^\s:：=()（）\[\]\d])?"
_NAMED = lazy(
    rf"{_AT_START}(?:{_RANGE}{_BEHIND})?([^\W\d_][^\n:：=()（）\[\]【】*“”\"「」<>]{{0,40}})"
    rf"(?:[(（]({_STATE})[)）])?[:：] ?[“\"]({_NO_QUOTE}*)[”\"](?:\n+|\Z)"
)


@lru_cache(maxsize=8)
def _element(quote: str, bulleted: bool) -> re.Pattern[str]:
    """Return the pattern of a text in quotation marks.

    It stands below its time, or below the text before it.
    """
    text = {"“": "“([^\n“”]+)”", '"': '"([^\n"“”]+)"', "「": "「([^\n「」]+)」"}[quote]
    bullet = f"(?:{_BULLET})?" if bulleted else ""
    ends = rf"\n(?={bullet}{quote})|\n{{2,}}|(?(3)\n{_BEFORE_RANGE}|(?!))|\Z"  # 3: it has its own time
    return re.compile(
        rf"{_AT_START}(?:{_RANGE}(\n{{1,2}}| ))?{bullet}{text}(?:( ?[:：] ?| [-–—] )({_NO_KEY}))?(?:{ends})"
    )


@lru_cache(maxsize=128)
def _utterance(speaker: str, state: str, content: str, mark: str) -> re.Pattern[str]:
    """Return the pattern of an utterance with keys.

    It depends on what stands in front of each value.
    """
    opening, closing = _QUOTES[mark]
    speaker, state, content = map(re.escape, (speaker, state, content))
    behind = _BEHIND if speaker[0].isalpha() else r"(\n{1,2})"
    return re.compile(
        rf"{_AT_START}(?:{_RANGE}{behind})?{speaker}([^\n:：=(（]+)\n{{1,2}}(?:{state}({_NO_KEY})\n{{1,2}})?"
        rf"{content}{opening}({_NO_QUOTE}*){closing}(?:\n+|\Z)"
    )
