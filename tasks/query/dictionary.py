"""Write the data dictionary, `docs/tables.md`, from the schemas and the views.

So it cannot drift from them: `python -m tasks.query.dictionary > docs/tables.md`
"""

from __future__ import annotations

import sys

from tasks.query.sql import Relation, describe
from tasks.tables.schemas import MONTH, TABLES

INTRODUCTION = """# The tables

Made by `python -m tasks.query.dictionary` from `tasks/tables/schemas.py` and `tasks/tables/views.py`; do not edit.
How the files lie on the disk, and how to read them, stands in [dataset.md](dataset.md).

Times whose name ends in `_ms` are whole milliseconds from the recording's start, unless their meaning says otherwise;
moments are in UTC. A column may be null only where its meaning says so, and one that came later also in rows that an
older version wrote. Where values are named, there are no others, though a later version may add some. Every table also
has the column `month`, which stands in the folder's name. New columns may come; none is renamed or changes its type.
"""


def markdown() -> str:
    """Return the whole page."""
    relations = describe()
    tables = [_section(r, TABLES[r.name].names) for r in relations if not r.is_view]
    views = [_section(r, []) for r in relations if r.is_view]
    return (
        "\n".join(
            [
                INTRODUCTION,
                "## Tables",
                "",
                *tables,
                "## Ready views",
                "",
                "SQL names that `reelsheet query` knows, and any DuckDB that has read the dataset's `views.sql`.",
                "",
                *views,
            ]
        ).rstrip("\n")
        + "\n"
    )


def _section(relation: Relation, stored: list[str]) -> str:
    lines = [f"### {relation.name}", "", f"{relation.about[:1].upper()}{relation.about[1:]}.", ""]
    heads = ["column", "type", *(["null"] if stored else []), "meaning", "unit"]
    lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for column in relation.columns:
        if stored and column.name == MONTH.name:
            continue
        cells = [f"`{column.name}`", _kind(column.kind)]
        if stored:
            cells.append("yes" if TABLES[relation.name].field(column.name).nullable else "")
        lines.append("| " + " | ".join([*cells, column.description("`"), column.unit]) + " |")
    return "\n".join([*lines, ""])


def _kind(sql_type: str) -> str:
    return {
        "VARCHAR": "string",
        "BIGINT": "int64",
        "DOUBLE": "double",
        "BOOLEAN": "bool",
        "DATE": "date",
        "TIMESTAMP WITH TIME ZONE": "timestamp[us, UTC]",
    }.get(sql_type, sql_type.lower())


if __name__ == "__main__":
    sys.stdout.write(markdown())
