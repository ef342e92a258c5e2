"""The tables' promises: names, order and types that readers may count on."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.store.dictionary import markdown
from tasks.store.query import describe
from tasks.tables.schemas import FACT_TABLES, TABLES, about, meaning

ALLOWED = {pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us", tz="UTC")}
OF_ANALYSIS = ["run_id", "analysis_id", "attempt", "media_id"]


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_a_plain_type_and_a_meaning(name: str) -> None:
    assert about(name)
    for field in TABLES[name]:
        assert field.type in ALLOWED, field.name
        assert meaning(field), field.name
        assert b"unit" in field.metadata


@pytest.mark.parametrize("name", FACT_TABLES)
def test_fact_tables_start_with_the_ids_that_join_them(name: str) -> None:
    expected = OF_ANALYSIS if name in ("analyses", "speakers") else [*OF_ANALYSIS, "segment_id"]
    assert TABLES[name].names[: len(expected)] == expected
    assert not any(TABLES[name].field(column).nullable for column in expected)


@pytest.mark.parametrize("name", TABLES)
def test_times_and_sizes_carry_their_unit(name: str) -> None:
    for field in TABLES[name]:
        if field.name.endswith("_ms"):
            assert (field.type, field.metadata[b"unit"]) == (pa.int64(), b"ms")
        if field.name.endswith("_at"):
            assert field.type == pa.timestamp("us", tz="UTC")


def test_the_month_is_never_stored_inside() -> None:
    assert not any("month" in schema.names for schema in TABLES.values())


def test_an_analysis_is_published_last() -> None:
    assert FACT_TABLES[-1] == "analyses"


def test_every_column_of_every_view_has_a_meaning() -> None:
    assert all(column.meaning for relation in describe() for column in relation.columns)


def test_the_data_dictionary_says_what_the_schemas_say() -> None:
    page = Path(__file__).parents[2] / "docs" / "tables.md"
    assert page.read_text() == markdown(), "run: python -m tasks.store.dictionary > docs/tables.md"
