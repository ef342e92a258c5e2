"""Reading a few columns of the dataset's files, old and new ones."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.errors import DatasetNotWritable
from tasks.store.reading import read_columns, read_rows
from tasks.tables.arrow import to_arrow
from tests.support.dataset_rows import row


def _file(folder: Path, name: str, *uris: str, without: str = "") -> Path:
    rows = to_arrow("inputs", [row("inputs", uri=uri, status="new", reason="why") for uri in uris])
    pq.write_table(rows.drop_columns([without]) if without else rows, folder / name)
    return folder / name


def test_rows_come_file_by_file_and_column_by_column(tmp_path: Path) -> None:
    files = [_file(tmp_path, "b", "1", "2"), _file(tmp_path, "a", "3")]
    assert list(read_columns(files, "inputs", ["uri", "status"])) == [("1", "new"), ("2", "new"), ("3", "new")]
    assert read_rows(files[1:], "inputs", ["uri"]) == [{"uri": "3"}]


def test_a_column_that_an_older_file_lacks_is_null(tmp_path: Path) -> None:
    files = [_file(tmp_path, "old", "1", without="reason"), _file(tmp_path, "new", "2")]
    assert list(read_columns(files, "inputs", ["uri", "reason"])) == [("1", None), ("2", "why")]


def test_no_files_have_no_rows() -> None:
    assert read_rows([], "inputs", ["uri"]) == []


def test_a_file_that_is_gone_is_not_taken_for_damage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_rows([_file(tmp_path, "a", "1"), tmp_path / "gone"], "inputs", ["uri"])


@pytest.mark.parametrize("cut", [0, 3, 60, -1])
def test_a_damaged_file_is_named(tmp_path: Path, cut: int) -> None:
    whole, damaged = _file(tmp_path, "whole", "1"), _file(tmp_path, "damaged", "2")
    damaged.write_bytes(damaged.read_bytes()[:cut])
    for files in ([damaged], [damaged, whole]):
        with pytest.raises(DatasetNotWritable, match=rf"cannot be read, {damaged}: mend that"):
            read_rows(files, "inputs", ["uri"])
