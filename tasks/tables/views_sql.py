"""Write the SQL that gives a DuckDB the tables and the ready views.

It serves ourselves, and everybody as `views.sql` in the dataset's folder.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import pyarrow as pa

from tasks.system.object_store import AnyPath
from tasks.tables.schemas import MONTH, TABLES
from tasks.tables.views import VIEWS, View

_HEAD = """-- The tables and ready views of this dataset, for DuckDB 1.4 and later. In the dataset's folder:
--     duckdb -init views.sql
-- and from Python: connection.execute(open("views.sql").read()). docs/recipes.md says how to do it from elsewhere.
-- Written by reelsheet, and written anew when a table gets its first rows or reelsheet learns more; do not edit.
"""

_ABOUT_THE_CATALOG = re.compile(r"\bshow\b|duckdb_|information_schema|pg_catalog|sqlite_master|pragma_")
_SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}


def views_sql(filled: Collection[str]) -> str:
    """Return the text of `views.sql`, where the tables `filled` have files.

    Paths count from the dataset's folder.
    """
    return "\n".join([_HEAD, *(f"{sql};\n" for sql in statements(None, filled))])


def is_views_sql(text: str) -> bool:
    """Return whether a text is a `views.sql`, of whatever version."""
    return text.startswith(_HEAD.splitlines()[0])


def statements(folder: AnyPath | None, filled: Collection[str], names: Collection[str] | None = None) -> list[str]:
    """Return the statements that define every table and ready view.

    With `names`, those and their foundations alone.
    A table that has no files is an empty view with the right types. All is defined over empty tables first: each view
    that is defined over a table looks into all its files, and with thousands of them each look takes its time.
    `folder` is the dataset's; None: paths count from where one stands.
    """
    wanted = {*TABLES, *(view.name for view in VIEWS)} if names is None else with_foundations(names)
    tables = [table for table in TABLES if table in wanted]
    return [
        *(f'CREATE OR REPLACE VIEW "{table}" AS\n{_empty(table)}' for table in tables),
        *(_created(view) for view in VIEWS if view.name in wanted),
        *(f'CREATE OR REPLACE VIEW "{table}" AS\n{_stored(table, folder)}' for table in tables if table in filled),
    ]


def mentioned(sql: str) -> set[str]:
    """Return the tables and views whose names occur anywhere in the text.

    All where it asks which there are.

    >>> mentioned("SELECT 1 FROM transcript")
    {'transcript'}
    """
    text = sql.lower()
    if _ABOUT_THE_CATALOG.search(text):
        return {*TABLES, *(view.name for view in VIEWS)}
    return {name for name in (*TABLES, *(view.name for view in VIEWS)) if name in text}


def with_foundations(names: Collection[str]) -> set[str]:
    """Return the names, and those that the views among them are made of."""
    reached: set[str] = set()
    ahead = set(names)
    while ahead:
        reached |= ahead
        below = {name for view in VIEWS if view.name in ahead for name in mentioned(view.sql)}
        ahead = below - reached
    return reached


def literal_glob(path: str) -> str:
    """Return the path as a glob that matches only itself.

    >>> literal_glob("take[1].mp4")
    'take[[]1[]].mp4'
    """
    return re.sub(r"[\[\]*?]", lambda found: f"[{found[0]}]", path)


def quoted(text: str) -> str:
    """Return a text as a SQL string.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def _created(view: View) -> str:
    body = view.sql.strip("\n")
    if view.parameters:
        return f'CREATE OR REPLACE MACRO "{view.name}"({", ".join(view.parameters)}) AS TABLE\n{body}'
    return f'CREATE OR REPLACE VIEW "{view.name}" AS\n{body}'


def _empty(table: str) -> str:
    columns = ", ".join(f'NULL::{_SQL_TYPES[c.type]} AS "{c.name}"' for c in [*TABLES[table], MONTH])
    return f"SELECT {columns} WHERE false"


def _stored(table: str, folder: AnyPath | None) -> str:
    """Select all files of a table with all its columns, and the month.

    A column is null where an older file lacks it.
    """
    names = ", ".join(f'"{c.name}"' for c in [*TABLES[table], MONTH])
    location = table if folder is None else literal_glob(str(folder / table))
    files = quoted(f"{location}/month=*/*.parquet")
    options = "union_by_name = true, hive_partitioning = true, hive_types = {'month': VARCHAR}"
    source = f"{_empty(table)}\n    UNION ALL BY NAME SELECT * FROM read_parquet({files}, {options})"  # noqa: S608 - quoted
    once = "\nQUALIFY row_number() OVER (PARTITION BY media_id ORDER BY month) = 1" if table == "media" else ""
    return f"SELECT {names} FROM (\n    {source}\n){once}"  # noqa: S608 - our names
