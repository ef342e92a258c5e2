"""Run `reelsheet query`: ask the dataset's tables and views in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import PositiveInt

from config.options import DatasetOptions, option, with_flags
from flows.commands.exports import ENDINGS, EXPORTS, chosen_export
from flows.commands.options import Json, takes
from flows.output.console import print_json, print_table, stdout_console

if TYPE_CHECKING:
    from rich.console import Console

    from tasks.query.sql import Relation


class QueryOptions(DatasetOptions):
    """Say which dataset is asked, and how the answer is written."""

    output: Path | None = option(f"write to this file; {ENDINGS} says the form", "FILE")
    wide: bool = option("every column of the table as it is, hashes too", unset=False)
    limit: PositiveInt | None = option("so many rows of the table, whether or not a screen holds them", "N")


_FLAGS = {export.name: export.title for export in EXPORTS if export.name != "json"}  # --json is that of all commands


@takes(with_flags(QueryOptions, _FLAGS))
def query(
    options: QueryOptions,
    sql: Annotated[str | None, typer.Argument(help="a SELECT over the tables and views; see --list")] = None,
    list_tables: Annotated[bool, typer.Option("--list", help="name the tables, the views and their columns")] = False,
    shell: Annotated[bool, typer.Option("--shell", help="open DuckDB's shell on the tables and views")] = False,
    as_json: Json = False,
) -> None:
    """Ask the dataset in SQL.

    Examples: `reelsheet query --list` · `reelsheet query "SELECT * FROM timeline LIMIT 20"` ·
    `reelsheet query "FROM around('refund', 8)" --output refunds.parquet` · `reelsheet query --shell`
    """
    from config.settings import load_settings
    from flows.commands import query_output
    from flows.commands.query_output import TableView
    from flows.pipeline.machine import config_errors
    from tasks.query.sql import describe
    from tasks.store.dataset import Dataset

    with config_errors():
        root = load_settings(None, dataset=options.dataset).dataset
    console = stdout_console()
    if shell:
        raise typer.Exit(query_output.shell(Dataset.existing(root)))
    if list_tables or sql is None:
        print_dictionary(console, describe(), as_json)
        return
    named = [name for name in _FLAGS if getattr(options, name)]
    export = chosen_export([*named, "json"] if as_json else named, options.output)
    view = TableView(console, options.wide, options.limit)
    query_output.answer(Dataset.existing(root), sql, export, options.output, view)


def print_dictionary(console: Console, described: Sequence[Relation], as_json: bool) -> None:
    """Print the tables and views, and what their columns mean."""
    if as_json:
        print_json([asdict(relation) for relation in described])
        return
    for relation in described:
        console.print(f"\n[bold]{relation.name}[/bold] {'(view)' if relation.is_view else ''} {relation.about}")
        print_table(
            console,
            ("column", "type", "unit", "meaning"),
            [(c.name, c.kind, c.unit, c.description()) for c in relation.columns],
        )
