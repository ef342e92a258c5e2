"""The tables of a dataset as tests compare them: by what they say, wherever it lies and whichever run wrote it.

Files are read one by one with pyarrow, by no code of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.tables.columns import MOMENT, allowed
from tasks.tables.schemas import FACT_TABLES, TABLES

Row = dict[str, Any]
Content = Mapping[str, list[Row]]

# What two runs over the same recordings may tell differently, besides every moment. All else must be the same.
INCIDENTAL = {
    "run_id": "which run wrote the row",
    "call_id": "which request it was",
    "request_id": "the service's own number of a request",
    "latency_ms": "measured",
    "first_token_ms": "measured",
}

# What differs where an answer was taken over from an attempt with gaps.
_NUMBERS = ("attempt", "attempts")

# What tells two rows of a table apart.
_OF_ATTEMPT = ("analysis_id", "attempt")
KEYS: dict[str, tuple[str, ...]] = {
    "runs": ("run_id",),
    "inputs": ("run_id", "uri"),
    "media": ("media_id",),
    "analyses": _OF_ATTEMPT,
    "segments": (*_OF_ATTEMPT, "segment_id"),
    "storyline": (*_OF_ATTEMPT, "seq"),
    "visible_text": (*_OF_ATTEMPT, "seq"),
    "speakers": (*_OF_ATTEMPT, "speaker"),
    "transcript": (*_OF_ATTEMPT, "seq"),
    "extra_sections": (*_OF_ATTEMPT, "seq"),
    "turns": (*_OF_ATTEMPT, "segment_id", "turn"),
    "findings": (*_OF_ATTEMPT, "finding_id"),
    "calls": ("call_id",),
    "failures": ("run_id", "uri", "segment_id", "stage"),
    "decisions": ("decision_id",),
    "verdicts": (*_OF_ATTEMPT, "segment_id", "run_id"),
    "reviews": ("review_id",),
    "translations": ("translation_id", "seq"),
    "subtitles": ("path", "sha256", "run_id"),
    "subtitle_qc": ("path", "sha256", "run_id", "cue", "start_ms", "rule"),
}

# Compared row by row. `failures` of whole inputs are told by every run anew, so there it is what is said that counts.
COMPARED = ("media", *FACT_TABLES)


def is_content(field: pa.Field) -> bool:
    """Whether a column must be the same after any history of the same work."""
    return field.type != MOMENT and field.name not in INCIDENTAL


def rows_of(dataset: Path, table: str) -> list[Row]:
    """All rows of a table, in no order."""
    return [row for file in _files(dataset, table) for row in pq.ParquetFile(file).read(use_threads=False).to_pylist()]


def content_of(dataset: Path) -> Content:
    """The content columns of every table of facts, as sorted rows; of `failures`, each different row once."""
    content = {table: _sorted(_content(table, row) for row in rows_of(dataset, table)) for table in COMPARED}
    told = {repr(row): row for row in (_content("failures", row) for row in rows_of(dataset, "failures"))}
    return content | {"failures": _sorted(told.values())}


def newest(content: Content) -> Content:
    """What is said by the newest attempt at each analysis, whichever number it has, and the calls of all attempts.

    So that a history with stopped runs, each of which leaves an attempt with gaps, compares with one without.
    """
    last = {row["analysis_id"]: row["attempt"] for row in content["analyses"]}
    for row in content["analyses"]:
        last[row["analysis_id"]] = max(last[row["analysis_id"]], row["attempt"])
    kept = {
        table: [row for row in rows if table == "calls" or row.get("attempt") == last.get(row.get("analysis_id"))]
        for table, rows in content.items()
    }
    return {
        table: _sorted({k: v for k, v in row.items() if k not in _NUMBERS} for row in kept[table]) for table in kept
    }


def wrong_files(dataset: Path) -> list[str]:
    """What lies in the dataset and has no business there, or cannot be read as its table."""
    wrong = [
        f"{path.name} is no table"
        for path in dataset.iterdir()
        if path.name not in {*TABLES, ".reelsheet", "views.sql"}
    ]
    for table, schema in TABLES.items():
        for path in (dataset / table).rglob("*"):
            name = path.relative_to(dataset).as_posix()
            if path.is_dir() and re.fullmatch(r"\w+/month=\d{4}-\d\d", name):
                continue
            if not re.fullmatch(r"\w+/month=\d{4}-\d\d/[^/]+\.parquet", name):
                wrong.append(f"{name} is no file of a table")
            elif (problem := _unlike(path, schema)) is not None:
                wrong.append(f"{name}: {problem}")
    return wrong


def doubled_rows(dataset: Path) -> list[tuple[Any, ...]]:
    """The keys that more than one row of a table has."""
    keys = Counter(
        (table, *(row[column] for column in columns))
        for table, columns in KEYS.items()
        for row in rows_of(dataset, table)
    )
    return [key for key, count in keys.items() if count > 1]


def unrecorded_runs(dataset: Path) -> set[str]:
    """The runs that have written rows and have none in `runs`."""
    wrote = {row["run_id"] for table in (*FACT_TABLES, "inputs", "failures") for row in rows_of(dataset, table)}
    return wrote - {row["run_id"] for row in rows_of(dataset, "runs")}


def orphans(dataset: Path) -> set[tuple[str, int]]:
    """The attempts that have rows somewhere and none in `analyses`."""
    there = {(row["analysis_id"], row["attempt"]) for row in rows_of(dataset, "analyses")}
    facts = {(row["analysis_id"], row["attempt"]) for table in FACT_TABLES for row in rows_of(dataset, table)}
    return facts - there


def differences(found: Content, whole: Content) -> list[str]:
    """Where published analyses differ from those of an uninterrupted run; rows that are still to come are none.

    Holds at any instant: each table has an analysis wholly or not at all, and what stands in `analyses`, all of them.
    """
    published = {row["analysis_id"] for row in found["analyses"]}
    different = []
    for table in FACT_TABLES:
        ours, theirs = _by_analysis(found[table]), _by_analysis(whole[table])
        wanted = ours.keys() | (published & theirs.keys())
        different += [f"{table} of {name}" for name in sorted(wanted) if ours.get(name) != theirs.get(name)]
    known = {repr(row) for row in whole["media"]}
    return different + [f"media: {row['uri']}" for row in found["media"] if repr(row) not in known]


def odd_values(table: str, rows: Iterable[Row]) -> set[tuple[str, Any]]:
    """The columns that have a value which the schema does not name, each with that value."""
    named = {field.name: {*allowed(field), None} for field in TABLES[table] if allowed(field)}
    return {(name, row[name]) for row in rows for name in named if row[name] not in named[name]}


def _content(table: str, row: Row) -> Row:
    return {field.name: row[field.name] for field in TABLES[table] if is_content(field)}


def _by_analysis(rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["analysis_id"], []).append(row)
    return grouped


def _files(dataset: Path, table: str) -> list[Path]:
    return sorted((dataset / table).glob("month=*/*.parquet"))


def _unlike(path: Path, schema: pa.Schema) -> str | None:
    try:
        found = pq.ParquetFile(path).read(use_threads=False)
    except (OSError, pa.ArrowInvalid) as error:
        return f"cannot be read: {error}"
    if not found.schema.equals(schema):
        return f"has another schema: {found.schema.names}"
    odd = odd_values(path.parent.parent.name, found.to_pylist())
    return f"has values that are not named: {odd}" if odd else None


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=repr)
