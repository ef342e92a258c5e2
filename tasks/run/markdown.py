"""Write tables in Markdown, for Prefect's artifacts."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_ROWS = 50  # an artifact is for looking, not for data


def markdown_table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return the lines of a table below its title; none where it has no rows.

    >>> markdown_table("Recordings", ("recording", "outcome"), [("a|b.mp4", "ok")])[2:]
    ['', '| recording | outcome |', '|---|---|', '| a\\\\|b.mp4 | ok |']
    """
    body = ["| " + " | ".join(_cell(c) for c in row) + " |" for row in rows]
    if not body:
        return []
    more = [f"\n… and {len(body) - _MOST_ROWS} more in the tables."] if len(body) > _MOST_ROWS else []
    head = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return ["", f"## {title}", "", *head, *body[:_MOST_ROWS], *more]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
