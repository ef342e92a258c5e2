"""Read answers in the contract's form, ten times as fast as others.

Most answers are what the prompt asks for, line by line: a heading, a range, and below it a paragraph, lines
`“text”: appearance`, or `Speaker:`, `State:` and `Content:`. Each kind of entry is one pattern, and a section's body is
cut at it in one go; `contract_spelling.py` makes the patterns for the ways in which models spell this form. Anything
between two entries, a sign that means something in another form, a line that a reader of another form takes for a time,
a heading or a key: with any of these the answer is not in this form, and is read in the general way. So both ways give
the same rows, and `parse_answer` may take either; what a line means is asked of the functions of the general way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import chain, repeat
from typing import TypeVar

from tasks.answer.absence import is_absence, negating_words
from tasks.answer.contract_spelling import (
    TIME_LINE,
    Columns,
    OtherForm,
    cut_elements,
    cut_events,
    cut_utterances,
    require,
)
from tasks.answer.fields import fields_of
from tasks.answer.heading_lines import BOLD, Heading, heading_at
from tasks.answer.headings import is_no_label, may_hold_title, spec_of
from tasks.answer.keyed_form import key_and_value, unfold_keys
from tasks.answer.lines import EDGES, Line, join, read_lines, without_bullet
from tasks.answer.patterns import lazy
from tasks.answer.profiles import Profiles
from tasks.answer.rows import on_timeline
from tasks.answer.section import Section, TimedRow
from tasks.answer.storyline import is_title
from tasks.answer.time_notations import MAY_STRETCH
from tasks.answer.times import behind_unreadable_time, leading_time, may_hold_time
from tasks.answer.unheard import stands_for_words
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
    >>> read_contract("## Storyline\n[0:00] A bell rings.\n", Span(60_000, 65_000)) is None
    True
    """
    try:
        return _read(text, span)
    except OtherForm:
        return None


def _read(text: str, span: Span) -> ParsedAnswer:
    require(not any(sign in text for sign in _OF_OTHER_FORMS))
    if " \n" in text:
        text = "\n".join([line.rstrip(" ") for line in text.split("\n")])
    if "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")  # mostly that is all, and the pattern is slow
        text = _BLANK_LINES.sub("\n\n", text) if "\n\n\n" in text else text
    tables: Tables = {}
    extras: list[ExtraSection] = []
    for heading, body in _sections(text.strip("\n")):
        if heading.part is None:
            require(heading.level < BOLD)
            extras.append(ExtraSection(heading.title, join(unfold_keys(_untimed_lines(body)))))
            continue
        require(heading.part in _READERS and spec_of(heading.part).name not in tables)
        timed = TIME_LINE.search(body) is not None
        # a bold title may also be a label within the events before it
        require(heading.level < BOLD or timed or (not heading.colon and is_no_label(heading.title)))
        tables |= _READERS[heading.part](body.strip("\n"), span) if timed else _stated(heading, body)
    require(bool(tables))
    return ParsedAnswer("ok", "", tables, tuple(extras))


def _sections(text: str) -> Iterator[tuple[Heading, str]]:
    """Yield the headings of an answer, with what stands below each.

    All are made as the first one.
    """
    titles_and_bodies: Iterable[tuple[str, ...]]
    hashes = text[: _MOST_HASHES + 1].partition(" ")[0]
    if hashes and not hashes.strip("#"):
        titles_and_bodies = (chunk.partition("\n")[::2] for chunk in f"\n{text}".split(f"\n{hashes} ")[1:])
    else:
        before, *parts = _BOLD_TITLE.split(f"\n\n{text}")
        require(not before)
        titles_and_bodies = zip(parts[::2], parts[1::2], strict=True)
        hashes = ""
    for title, body in titles_and_bodies:
        lines = read_lines(f"{hashes} {title}" if hashes else title)
        heading = heading_at(lines, 0)
        if heading is None or len(lines) > 1 or heading.rest or heading.level != (len(hashes) or BOLD):
            raise OtherForm
        yield heading, body


def _untimed_lines(body: str) -> list[Line]:
    """Return the lines of a body in which neither a time nor a heading stands."""
    require(">" not in body)  # a quotation is one by what most lines of the answer are
    lines = read_lines(body)
    require(not any(line.mark or heading_at(lines, number) for number, line in enumerate(lines)))
    return lines


def _stated(heading: Heading, body: str) -> Tables:
    """Return the tables of a section that says that there is nothing."""
    lines = unfold_keys(_untimed_lines(body))
    spec = spec_of(heading.part or "")
    reading = spec.read([Section(heading.part, heading.title, heading.level, lines=lines)])
    require(reading.found and not (reading.rows or reading.leftovers or reading.doubt))
    return {spec.name: (), **reading.others}


# --- entries under their times ------------------------------------------------------------------------------------


def _read_storyline(body: str, span: Span) -> Tables:
    events = cut_events(body)
    (texts,) = events.fields
    for text in texts:
        *others, last = text.split("\n")
        require(_is_prose(last) and all(_is_prose(line) for line in others if line))
        require("" not in others or not is_title(Line(last)))  # which may belong to the time that follows
    return {"storyline": _placed(Event, events, (texts, repeat("model")), span)}


def _read_visible_text(body: str, span: Span) -> Tables:
    elements = cut_elements(body)
    texts, separators, looks = elements.fields
    negating = negating_words(filter(None, chain(texts, looks)))
    may_be_title = elements.bulleted and may_hold_title(" ".join(filter(None, chain(texts, looks))))
    if negating or may_be_title:
        for text, separator, look in zip(texts, separators, looks, strict=True):
            line = f"“{text}”{separator or ''}{look or ''}"
            require(negating.isdisjoint(f"{text} {look}".split()) or not is_absence(line, strict=True))
            require(not may_be_title or heading_at([Line(f"- {line}")], 0) is None)
    columns = [text.strip() for text in texts], [look or "" for look in looks], repeat("model")
    return {"visible_text": _placed(TextElement, elements, columns, span)}


def _read_speech(body: str, span: Span) -> Tables:
    first = TIME_LINE.search(body)
    start = first.start() if first else 0
    profiles = _profiles(body[:start])
    utterances = cut_utterances(body[start:])
    written, states, words = utterances.fields
    called = {name: _called(utterances.speaker(name), profiles) for name in dict.fromkeys(written)}
    texts = [text.strip() for text in words]
    framed = [text for text in texts if text[:1] in _FRAMES]
    require(not any(stands_for_words(text, quoted=True, named=True) for text in framed))
    speakers = [called[name] for name in written]
    languages = [profiles.dialects.get(plain(name), "") for name in speakers] if profiles.dialects else repeat("")
    columns = speakers, [state or "" for state in states], texts, repeat("model"), languages
    return {"transcript": _placed(Utterance, utterances, columns, span), "speakers": profiles.rows}


def _placed(kind: type[Placed], cut: Columns, columns: Sequence[Iterable[str]], span: Span) -> tuple[Placed, ...]:
    """Make rows on the recording's timeline."""
    starts, ends = cut.starts, cut.ends
    fit = max(ends, default=0) <= span.duration_ms and all(map(int.__le__, starts, ends))
    in_order = fit and starts == sorted(starts)
    if in_order and span.start_ms:
        starts, ends = [ms + span.start_ms for ms in starts], [ms + span.start_ms for ms in ends]
    rows = _by_column(kind, len(starts), (starts, ends, *columns))
    return rows if in_order else on_timeline(rows, span)


def _by_column(kind: type[Placed], count: int, columns: Sequence[Iterable[object]]) -> tuple[Placed, ...]:
    """Make frozen rows, one slot of all of them after the other.

    That takes half the time of their constructor, which sets each slot through a call of its own.
    """
    rows = tuple(map(object.__new__, repeat(kind, count)))
    defaults = (repeat(field.default) for field in fields(kind)[len(columns) :])
    for field, column in zip(fields(kind), chain(columns, defaults), strict=True):
        deque(map(getattr(kind, field.name).__set__, rows, column), maxlen=0)
    return rows


# --- what no other reader may take for something else -------------------------------------------------------------


def _is_prose(line: str) -> bool:
    """Say whether a line of a paragraph is no time, heading or key."""
    if len(line) < _SHORT and _SENTENCE.fullmatch(line) and not may_hold_time(line):
        return True
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
        title, _, body = lead.partition("\n")
        heading = heading_at([Line(title)], 0)
        require(heading is not None and heading.part == "speakers" and heading.level >= BOLD and not heading.rest)
        require(lead.endswith("\n\n"))
        lines = unfold_keys(_untimed_lines(body))
        require(not any(line.mark or line.unread or behind_unreadable_time(line.text) is not None for line in lines))
        lines = [line for line in lines if line.text]
        require(all(without_bullet(line.text).lstrip("*_")[:1].isalpha() for line in lines))
        require(not profiles.take(lines, sure=True) and not profiles.absent)
    return profiles


def _called(name: str, profiles: Profiles) -> str:
    """Return how a speaker is called, as the profiles or the first utterance have it."""
    require(bool(name) and not is_absence(name))
    return profiles.names.setdefault(plain(name), name)


_MOST_HASHES = 6
_SHORT = 200  # characters
_BLANK_LINES = lazy(r"\n{3,}")
_BOLD_TITLE = lazy(r"\n\n(?=\*\*(?:\d{1,2}[.)] )?[^\W\d_])(\*\*[^*\n]{1,120}\*\*[:：]?)\n")
_SENTENCE = lazy(r"(?!(?i:unknown)|未知)[^\W\d_xX][^\n\d:：=】?？]*[.。!！]")
_FRAMES = ("(", "（", "[", "【", "<", "〈", "*")
_OF_OTHER_FORMS = (*"<{|\t~⟨⟪⟦❮‹«", "```", "WEBVTT", "[Events]")

_READERS: Mapping[str, Callable[[str, Span], Tables]] = {
    "storyline": _read_storyline,
    "visible_text": _read_visible_text,
    "speech": _read_speech,
}
