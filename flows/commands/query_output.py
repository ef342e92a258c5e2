"""Print a query's answer or export it to a file; open DuckDB's shell."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from flows.commands.exports import Export
from flows.output.console import print_table
from flows.output.result_table import print_result
from tasks.errors import UsageError
from tasks.query.sql import as_rows, run_sql
from tasks.store.dataset import Dataset
from tasks.store.disk import temporary_name
from tasks.store.read_consistently import read_consistently
from tasks.tables.views_sql import quoted, statements


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


def answer(dataset: Dataset, sql: str, export: Export | None, output: Path | None, view: TableView) -> None:
    """Ask, and print or write the answer.

    What fails on the way leaves neither a file nor a part of one on standard output. Raises UsageError.
    """
    if export is None:
        view.show(sql, run_sql(dataset, sql))
        return
    if output is None and not export.is_text and sys.stdout.isatty():
        raise UsageError(f"{export.title} is not for a terminal: name a file with --output, or send it to one with >.")
    with _standard_output() if output is None else _new_file(output) as scratch:
        read_consistently(dataset, lambda: export.write(dataset, sql, scratch))


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


@contextmanager
def _standard_output() -> Iterator[Path]:
    """Give a name to write under; standard output becomes all of it if all goes well."""
    with tempfile.TemporaryDirectory(prefix="reelsheet-") as folder:
        scratch = Path(folder) / "answer"
        yield scratch
        sys.stdout.flush()
        with scratch.open("rb") as whole:
            shutil.copyfileobj(whole, sys.stdout.buffer)


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """Give a name to write under, which becomes `path` if all goes well."""
    scratch = temporary_name(path)
    try:
        yield scratch
        scratch.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror or error}): name another file.") from error
    finally:
        scratch.unlink(missing_ok=True)
