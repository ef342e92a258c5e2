"""SQL over a dataset that lies somewhere, as tests ask it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tasks.query.sql import as_rows, connect, run_sql
from tasks.store.dataset import Dataset


def ask(dataset: Dataset | Path | str, sql: str) -> list[dict[str, Any]]:
    """The rows as objects by column."""
    return as_rows(run_sql(dataset if isinstance(dataset, Dataset) else Dataset.existing(dataset), sql))


def ask_values(dataset: Dataset | Path | str, sql: str) -> list[tuple[Any, ...]]:
    """The rows as the values alone, in the order of the columns."""
    return [tuple(row.values()) for row in ask(dataset, sql)]


def ask_each(dataset: Dataset, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """All rows of each of these tables and views, over one connection: with `ask` the making of it is most of it."""
    with connect(dataset) as connection:
        return {name: as_rows(connection.sql(f"FROM {name}").to_arrow_table()) for name in names}
