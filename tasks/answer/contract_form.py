"""Read answers in the contract's form, ten times as fast as others.

Most answers are what the prompt asks for, line by line: a heading with `##`, a range, and below it a paragraph, lines
`“text”: appearance`, or `Speaker:`, `State:` and `Content:`. Each kind of entry is one pattern here, and a section's
body is cut at it in one go. A long dash, bold ranges, times without milliseconds and straight quotation marks around
what is said are as good. Anything between two entries, a sign that means something in another form, a line that a
reader of another form takes for a time, a heading or a key: with any of these the answer is not in this form, and is
read in the general way. So both ways give the same rows, and `parse_answer` may take either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import TypeVar

from tasks.answer.absence import is_absence, negating_words
from tasks.answer.fields import fields_of
from tasks.answer.heading_lines import Heading, heading_at
from tasks.answer.headings import spec_of
from tasks.answer.keyed_form import key_and_value, unfold_keys
from tasks.answer.lines import EDGES, Line, join, read_lines
from tasks.answer.names import bare_name
from tasks.answer.patterns import lazy
from tasks.answer.profiles import Profiles
from tasks.answer.rows import on_timeline
from tasks.answer.section import Section, TimedRow
from tasks.answer.time_notations import MAY_STRETCH
from tasks.answer.times import behind_unreadable_time, leading_time
from tasks.answer.unheard import stands_for_words
from tasks.answer.utterances import key_line
from tasks.answer.words import plain
from tasks.records import Event, ExtraSection, ParsedAnswer, Span, TextElement, Utterance

Tables = dict[str, tuple[object, ...]]
Placed = TypeVar("Placed", bound=TimedRow)


def read_contract(text: str, span: Span) -> ParsedAnswer | None:
    r"""Return the sections of a clean answer, not yet judged.

    None where it is not in the contract's form.

    >>> answer = read_contract("## Storyline\n00:00.000 - 00:05.000\nA bell rings.\n", Span(60_000, 65_000))
    >>> [(event.start_ms, event.description) for event in answer.storyline]
    [(60000, 'A bell rings.')]
    >>> read_contract("## Storyline\n[0:00 - 0:05] A bell rings.\n", Span(60_000, 65_000)) is None
    True
    """
    try:
        return _read(text, span)
    except _OtherForm:
        return None


class _OtherForm(Exception):
    """Something is not as the contract has it."""


def _require(holds: bool) -> None:
    if not holds:
        raise _OtherForm


def _read(text: str, span: Span) -> ParsedAnswer:
    _require(not any(sign in text for sign in _OF_OTHER_FORMS))
    before, *chunks = f"\n{text}".split("\n## ")
    _require(not before.strip("\n"))
    tables: Tables = {}
    extras: list[ExtraSection] = []
    for chunk in chunks:
        title, _, body = chunk.partition("\n")
        heading = _heading(title)
        if heading.part is None:
            extras.append(ExtraSection(heading.title, join(unfold_keys(_untimed_lines(body)))))
            continue
        _require(heading.part in _READERS and spec_of(heading.part).name not in tables)
        timed = _TIME_LINE.search(body) is not None
        tables |= _READERS[heading.part](body.strip("\n"), span) if timed else _stated(heading, body)
    _require(bool(tables))
    return ParsedAnswer("ok", "", tables, tuple(extras))


def _heading(title: str) -> Heading:
    lines = read_lines(f"## {title}")
    heading = heading_at(lines, 0)
    if heading is None or len(lines) > 1 or heading.rest or heading.level != _LEVEL:
        raise _OtherForm
    return heading


def _untimed_lines(body: str) -> list[Line]:
    """Return the lines of a body in which neither a time nor a heading stands."""
    _require(">" not in body)  # a quotation is one by what most lines of the answer are
    lines = read_lines(body)
    _require(not any(line.mark or heading_at(lines, number) for number, line in enumerate(lines)))
    return lines


def _stated(heading: Heading, body: str) -> Tables:
    """Return the tables of a section that says that there is nothing."""
    lines = unfold_keys(_untimed_lines(body))
    spec = spec_of(heading.part or "")
    reading = spec.read([Section(heading.part, heading.title, heading.level, lines=lines)])
    _require(reading.found and not (reading.rows or reading.leftovers or reading.doubt))
    return {spec.name: (), **reading.others}


# --- entries under their times ------------------------------------------------------------------------------------


def _read_storyline(body: str, span: Span) -> Tables:
    times, entries = _entries(_EVENT, body)
    texts = [text for (text,) in entries]
    _require(all(_is_prose(line) for text in texts for line in text.split("\n") if line))
    return {"storyline": _placed(Event, times, [(text, "model") for text in texts], span)}


def _read_visible_text(body: str, span: Span) -> Tables:
    times, found = _entries(_ELEMENT, body)
    entries = [(text, appearance or "") for text, appearance in found]
    if negating_words(" ".join(chain.from_iterable(entries))):
        _require(not any(is_absence(_element_line(*entry), strict=True) for entry in entries))
    fields = [(text.strip(), appearance, "model") for text, appearance in entries]
    return {"visible_text": _placed(TextElement, times, fields, span)}


def _element_line(text: str, appearance: str) -> str:
    return f"“{text}”: {appearance}" if appearance else f"“{text}”"


def _read_speech(body: str, span: Span) -> Tables:
    first = _TIME_LINE.search(body)
    start = first.start() if first else 0
    profiles = _profiles(body[:start])
    times, entries = _entries(_UTTERANCE, body[start:])
    known: dict[str, tuple[str, str]] = {}  # speakers as written -> as they are called, and their dialect
    fields = []
    for written, state, words in entries:
        if (speaker := known.get(written)) is None:
            speaker = known[written] = _speaker(written, profiles)
        text = words.strip()
        _require(text[:1] not in _FRAMES or not stands_for_words(text, quoted=True, named=True))
        fields.append((speaker[0], state or "", text, "model", speaker[1]))
    return {"transcript": _placed(Utterance, times, fields, span), "speakers": profiles.rows}


def _entries(pattern: re.Pattern[str], body: str) -> tuple[list[tuple[int, int]], Iterable[Sequence[str]]]:
    """Cut a body into entries of a pattern: return their times and their fields.

    The pattern's first groups are a range.
    """
    parts = pattern.split(body)
    step = pattern.groups + 1
    _require(not any(parts[::step]))  # what lies between them
    groups = [parts[at::step] for at in range(1, step)]
    return _times(zip(*groups[:_OF_RANGE], strict=True)), zip(*groups[_OF_RANGE:], strict=True)


def _times(ranges: Iterable[Sequence[str]]) -> list[tuple[int, int]]:
    """Return start and end of each entry in ms.

    One without a range of its own has that of the entry before it.
    """
    times: list[tuple[int, int]] = []
    for minutes, seconds, ms, last_minutes, last_seconds, last_ms in ranges:
        if minutes:
            start = 60_000 * int(minutes) + 1000 * int(seconds) + int(ms or 0)
            times.append((start, 60_000 * int(last_minutes) + 1000 * int(last_seconds) + int(last_ms or 0)))
        else:
            _require(bool(times))
            times.append(times[-1])
    return times


def _placed(
    row: Callable[..., Placed], times: Sequence[tuple[int, int]], fields: Sequence[tuple[str, ...]], span: Span
) -> tuple[Placed, ...]:
    """Make rows on the recording's timeline."""
    fit = all(start <= end <= span.duration_ms for start, end in times)
    in_order = fit and times == sorted(times, key=itemgetter(0))
    shift = span.start_ms if in_order else 0
    rows = [row(start + shift, end + shift, *own) for (start, end), own in zip(times, fields, strict=True)]
    return tuple(rows) if in_order else on_timeline(rows, span)


# --- what no other reader may take for something else -------------------------------------------------------------


def _is_prose(line: str) -> bool:
    """Say whether a line of a paragraph is no time, heading or key."""
    if line != line.strip(EDGES).strip() or leading_time(line) or behind_unreadable_time(line) is not None:
        return False
    if MAY_STRETCH.match(line) or heading_at([Line(line)], 0):
        return False
    keyed = key_and_value(line)
    return keyed is None or not fields_of(keyed[0])


def _profiles(lead: str) -> Profiles:
    """Read the profiles before the first utterance, if any."""
    profiles = Profiles()
    if lead:
        _require(lead.startswith(_PROFILES) and lead.endswith("\n\n"))
        lines = unfold_keys(_untimed_lines(lead.removeprefix(_PROFILES)))
        _require(not any(line.mark or line.unread or behind_unreadable_time(line.text) is not None for line in lines))
        lines = [line for line in lines if line.text]
        _require(all(line.text[0].isalpha() for line in lines))
        _require(not profiles.take(lines, sure=True) and not profiles.absent)
    return profiles


def _speaker(written: str, profiles: Profiles) -> tuple[str, str]:
    """Return a speaker's name, and the dialect that the profile names."""
    lines = _untimed_lines(f"Speaker: {written}")
    keyed = key_line(lines[0].text)
    name = bare_name(keyed[1]) if keyed and keyed[0] == "speaker" else ""
    _require(len(lines) == 1 and bool(name) and not is_absence(name))
    name = profiles.names.setdefault(plain(name), name)
    return name, profiles.dialects.get(plain(name), "")


_LEVEL = 2  # of the contract's headings
_PROFILES = "Speaker profiles:\n"
_OF_RANGE = 6  # groups
_CLOCK = r"([0-9]{1,4}):([0-9]{2})(?:\.([0-9]{3}))?"
_RANGE = rf"(?:\*\*)?{_CLOCK} [-–—] {_CLOCK}(?:\*\*)?\n"
_TIME_LINE = lazy(f"^{_RANGE}", re.MULTILINE)
_LETTER = r"[^\W\d_](?!\s?[=+])"  # "t = 4" is a time
_EVENT = lazy(rf"{_RANGE}({_LETTER}[^\n]*(?:\n{{1,2}}{_LETTER}[^\n]*)*+)(?:\n{{2,}}|\Z)")
_NO_KEY = r"[^\W_](?:[^\n:：=]*[^\s:：=*_`\u200c-\u200f\u202a-\u202e\u2066-\u2069])?"
_ELEMENT = lazy(rf"(?:{_RANGE})?“([^\n“”]+)”(?:: ({_NO_KEY}))?(?:\n(?=“)|\n{{2,}}|\Z)")
_NO_QUOTE = r"[^\n“”\"「」『』«»]"
_UTTERANCE = lazy(
    rf"{_RANGE}Speaker: ([^\n:：=(（]+)\n(?:State: ({_NO_KEY})\n)?Content: [“\"]({_NO_QUOTE}*)[”\"](?:\n+|\Z)"
)
_FRAMES = ("(", "（", "[", "【", "<", "〈", "*")
_OF_OTHER_FORMS = (*"<{|\t~⟨⟪⟦❮‹«", "```", "WEBVTT", "[Events]")

_READERS: Mapping[str, Callable[[str, Span], Tables]] = {
    "storyline": _read_storyline,
    "visible_text": _read_visible_text,
    "speech": _read_speech,
}
