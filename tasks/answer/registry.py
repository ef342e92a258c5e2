"""List the sections that answers are read for.

A new one is a file with its `SectionSpec` and a row here.

Parsing, the outcome, the tables and their views, required sections and corrections go by this registry.
"""

from __future__ import annotations

from collections.abc import Iterable

from tasks.answer import findings, speech, storyline, visible_text
from tasks.answer.section import SectionSpec
from tasks.errors import UsageError
from tasks.records import Kind

SECTIONS: tuple[SectionSpec, ...] = (storyline.SPEC, visible_text.SPEC, speech.SPEC, findings.SPEC)


def required_sections(kind: Kind, asked: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the names of the sections that an answer needs.

    They are in the registry's order.

    `asked` are those that the prompt names; None: it does not say, so those of a full report. Never one that such
    media cannot have: sound has no visible text.

    >>> required_sections("audio")
    ('storyline', 'transcript')
    >>> required_sections("audio", ["transcript", "visible_text"])
    ('transcript',)
    """
    named = None if asked is None else set(asked)
    return tuple(
        section.name
        for section in SECTIONS
        if kind in section.kinds and (section.in_full_report if named is None else section.name in named)
    )


def check_names(names: Iterable[str], said_by: str) -> None:
    """Raise UsageError where a prompt names a section that nobody knows.

    >>> check_names(["storyline"], "my.md")
    """
    known = [section.name for section in SECTIONS]
    if unknown := [name for name in names if name not in known]:
        raise UsageError(
            f'{said_by} says "sections: {", ".join(unknown)}", which is no section that answers are read for; '
            f"name some of {', '.join(known)}, or none."
        )
