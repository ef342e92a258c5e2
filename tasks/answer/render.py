"""Write an answer in the contract's form.

This is the inverse of `parse_answer` for well-formed sections.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from tasks.answer.registry import SECTIONS
from tasks.answer.section import SectionSpec, TimedRow
from tasks.records import Kind, ParsedAnswer, Span


def render_answer(parsed: ParsedAnswer, kind: Kind, span: Span) -> str:
    """Write the sections as the model would have, with times from the clip's start.

    Missing ones are left out.

    So are those without rows that media of that kind never have, such as the visible text of a sound.

    >>> print(render_answer(ParsedAnswer("ok", "", {"storyline": ()}), "audio", Span(0, 1000)), end="")
    ## Storyline
    <BLANKLINE>
    No events.
    """
    parts = [extra.text for extra in parsed.extras if not extra.heading and extra.text]
    for section in SECTIONS:
        if kind in section.kinds or parsed.sections.get(section.name):
            body = _body(section, parsed, span)
            parts += [f"## {section.heading}", *body] if body else []
    for extra in parsed.extras:
        if extra.heading:
            parts += [f"## {extra.heading}", *([extra.text] if extra.text else [])]
    return "\n\n".join(parts) + "\n" if parts else ""


def _body(section: SectionSpec, parsed: ParsedAnswer, span: Span) -> list[str]:
    """Write the rows of one section, those of several files below their names."""
    rows = cast("tuple[TimedRow, ...]", parsed.sections.get(section.name, ()))
    members = sorted({row.member_seq for row in rows if row.member_seq is not None})
    if not members:
        return section.render(parsed, span)
    unnamed = tuple(row for row in rows if row.member_seq is None)
    paragraphs = section.render(_with(parsed, section, unnamed), span) if unnamed or parsed.speakers else []
    for member in members:
        own = replace(_with(parsed, section, tuple(row for row in rows if row.member_seq == member)))
        alone = replace(own, sections={**own.sections, "speakers": ()})
        paragraphs += [f"### File {member}", *section.render(alone, Span(0, span.end_ms))]
    return paragraphs


def _with(parsed: ParsedAnswer, section: SectionSpec, rows: tuple[object, ...]) -> ParsedAnswer:
    return replace(parsed, sections={**parsed.sections, section.name: rows})
