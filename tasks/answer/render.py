"""Write an answer in the contract's form.

This is the inverse of `parse_answer` for well-formed sections.
"""

from __future__ import annotations

from tasks.answer.registry import SECTIONS
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
            body = section.render(parsed, span)
            parts += [f"## {section.heading}", *body] if body else []
    for extra in parsed.extras:
        if extra.heading:
            parts += [f"## {extra.heading}", *([extra.text] if extra.text else [])]
    return "\n\n".join(parts) + "\n" if parts else ""
