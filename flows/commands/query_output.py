"""Write a query's answer as a table, CSV, JSON or Parquet; open DuckDB's shell."""

from __future__ import annotations

import csv
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from flows.output.console import print_arrow, print_json, print_table
from flows.output.result_table import print_result
from tasks.errors import UsageError
from tasks.query.sql import as_rows, run_sql, stream_sql
from tasks.store.dataset import Dataset
from tasks.store.disk import temporary_name
from tasks.store.read_consistently import read_consistently
from tasks.tables.views_sql import quoted, statements

Form = Literal["table", "csv", "json", "parquet"]

_ENDINGS: dict[str, Form] = {".csv": "csv", ".json": "json", ".parquet": "parquet"}


def chosen_form(flags: dict[Form, bool], output: Path | None) -> Form:
    """Return the form that an option names, or the file's ending.

    Raises UsageError where they leave it open.
    """
    named = [form for form, wanted in flags.items() if wanted]
    if len(named) > 1:
        raise UsageError(f"One form was expected, found {' and '.join(f'--{form}' for form in named)}: leave one out.")
    if named or output is None:
        return named[0] if named else "table"
    if output.suffix.lower() not in _ENDINGS:
        raise UsageError(
            f"A file ending in .csv, .json or .parquet was expected, found {output.name}: "
            "name one, or say --csv, --json or --parquet."
        )
    return _ENDINGS[output.suffix.lower()]


@dataclass(frozen=True, slots=True)
class TableView:
    """A table view says where a table is printed, and how much of it."""

    console: Console
    wide: bool = False  # every column as it is
    limit: int | None = None  # rows; None: one screen on a terminal, all elsewhere

    def show(self, sql: str, found: pa.Table) -> None:
        """Print an answer."""
        rows = [list(row.values()) for row in as_rows(found)]
        if self.console.is_terminal and not self.wide:
            print_result(self.console, found.column_names, rows, sql, self.limit)
        else:
            print_table(self.console, found.column_names, rows[: self.limit])


def answer(dataset: Dataset, sql: str, form: Form, output: Path | None, view: TableView) -> None:
    """Ask, and write the answer. CSV and Parquet may be larger than memory.

    What fails on the way leaves neither a file nor a part of one on standard output. Raises UsageError.
    """
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal: name a file with --output, or send it to one with >.")
    if output is not None:
        with _new_file(output) as scratch:
            read_consistently(dataset, lambda: _to_file(dataset, sql, form, scratch))
    elif form == "table":
        view.show(sql, run_sql(dataset, sql))
    elif form == "json":
        print_json(as_rows(run_sql(dataset, sql)))
    else:
        with tempfile.TemporaryDirectory(prefix="reelsheet-") as folder:  # what fails on the way prints nothing
            scratch = Path(folder) / "answer"
            read_consistently(dataset, lambda: _to_file(dataset, sql, form, scratch))
            sys.stdout.flush()
            with scratch.open("rb") as whole:
                shutil.copyfileobj(whole, sys.stdout.buffer)


def shell(dataset: Dataset) -> int:
    """Open DuckDB's command line with all tables and views; return its exit status.

    Raises UsageError where there is no such command.
    """
    if dataset.storage.folder is None:
        raise UsageError(
            f"DuckDB's command line is opened on a folder, and {dataset.root} lies in an object store: copy it to a "
            "folder, or ask with `reelsheet query SQL`."
        )
    program = shutil.which("duckdb")
    if program is None:
        raise UsageError(
            "The command duckdb was looked for and is not on the PATH: install DuckDB's command line "
            "(https://duckdb.org/install), or ask with `reelsheet query SQL`."
        )
    with tempfile.TemporaryDirectory(prefix="reelsheet-") as folder:
        script = Path(folder) / "views.sql"
        script.write_text(
            ";\n".join(["SET TimeZone = 'UTC'", *statements(dataset.root, dataset.storage.filled_tables())]) + ";\n"
        )
        with subprocess.Popen([program, "-cmd", f".read {quoted(str(script))}"]) as process:
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends a query in the shell, not the shell
            try:
                return process.wait()
            finally:
                signal.signal(signal.SIGINT, before)


def _to_file(dataset: Dataset, sql: str, form: Form, path: Path) -> None:
    if form == "parquet":
        _parquet(dataset, sql, path)
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        if form == "csv":
            _csv(dataset, sql, out)
        elif form == "json":
            print_json(as_rows(run_sql(dataset, sql)), out)
        else:
            print_arrow(Console(file=out, highlight=False, soft_wrap=True, width=1000), run_sql(dataset, sql))


def _csv(dataset: Dataset, sql: str, out: TextIO) -> None:
    writer = csv.writer(out)
    with stream_sql(dataset, sql) as (schema, batches):
        writer.writerow(schema.names)
        for batch in batches:
            writer.writerows(row.values() for row in as_rows(pa.Table.from_batches([batch])))


def _parquet(dataset: Dataset, sql: str, path: Path) -> None:
    with stream_sql(dataset, sql) as (schema, batches), pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A name to write under, which becomes `path` if all goes well."""
    scratch = temporary_name(path)
    try:
        yield scratch
        scratch.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror or error}): name another file.") from error
    finally:
        scratch.unlink(missing_ok=True)
