"""Lay rows out as a table of Markdown, for the artifact in Prefect's UI. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MOST_ROWS = 50  # an artifact is for looking, not for data


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table below its title, none where it has no rows.

    >>> table("Files", ("name", "size"), [("a|b.mp4", "3 kB")])[3:]
    ['| name | size |', '|---|---|', '| a\\\\|b.mp4 | 3 kB |']
    """
    body = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    if not body:
        return []
    more = [f"\n… and {len(body) - _MOST_ROWS} more in the tables."] if len(body) > _MOST_ROWS else []
    head = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return ["", f"## {title}", "", *head, *body[:_MOST_ROWS], *more]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
