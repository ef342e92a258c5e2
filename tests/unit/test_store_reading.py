"""Reading a few columns of the dataset's files, old and new ones."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.errors import DatasetNotWritable
from tasks.store.local_storage import LocalStorage
from tasks.store.reading import read_columns, read_rows
from tasks.tables.arrow import to_arrow
from tests.support.dataset_rows import row


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path)


def _file(storage: LocalStorage, name: str, *uris: str, without: str = "") -> str:
    rows = to_arrow("inputs", [row("inputs", uri=uri, status="new", reason="why") for uri in uris])
    pq.write_table(rows.drop_columns([without]) if without else rows, storage.root / name)
    return name


def test_rows_come_file_by_file_and_column_by_column(storage: LocalStorage) -> None:
    files = [_file(storage, "b", "1", "2"), _file(storage, "a", "3")]
    assert list(read_columns(storage, files, "inputs", ["uri", "status"])) == [("1", "new"), ("2", "new"), ("3", "new")]
    assert read_rows(storage, files[1:], "inputs", ["uri"]) == [{"uri": "3"}]


def test_a_column_that_an_older_file_lacks_is_null(storage: LocalStorage) -> None:
    files = [_file(storage, "old", "1", without="reason"), _file(storage, "new", "2")]
    assert list(read_columns(storage, files, "inputs", ["uri", "reason"])) == [("1", None), ("2", "why")]


def test_no_files_have_no_rows(storage: LocalStorage) -> None:
    assert read_rows(storage, [], "inputs", ["uri"]) == []


def test_a_file_that_is_gone_is_not_taken_for_damage(storage: LocalStorage) -> None:
    with pytest.raises(FileNotFoundError):
        read_rows(storage, [_file(storage, "a", "1"), "gone"], "inputs", ["uri"])


@pytest.mark.parametrize("cut", [0, 3, 60, -1])
def test_a_damaged_file_is_named(storage: LocalStorage, cut: int) -> None:
    whole, damaged = _file(storage, "whole", "1"), _file(storage, "damaged", "2")
    path = storage.root / damaged
    path.write_bytes(path.read_bytes()[:cut])
    for files in ([damaged], [damaged, whole]):
        with pytest.raises(DatasetNotWritable, match=rf"cannot be read, {path}: mend that"):
            read_rows(storage, files, "inputs", ["uri"])
