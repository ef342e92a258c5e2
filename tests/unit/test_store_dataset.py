"""Opening a dataset: what is created, and what is refused in one sentence."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from tasks.errors import DatasetNotWritable, UsageError
from tasks.store.dataset import Dataset, storage_at
from tasks.store.disk import what_is_wrong
from tasks.store.failpoints import activate
from tasks.store.local_storage import RESERVE_BYTES, LocalStorage


def test_opening_creates_the_folder_and_nothing_that_looks_like_a_table(tmp_path: Path) -> None:
    dataset = Dataset.open(tmp_path / "a" / "b")
    assert sorted(p.name for p in dataset.root.iterdir()) == [".reelsheet", "views.sql"]
    assert json.loads((dataset.hidden / "layout.json").read_text()) == {"layout": 1}
    assert (dataset.hidden / "reserve").stat().st_size == RESERVE_BYTES


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    Dataset.open(tmp_path)
    before = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*"))
    Dataset.open(tmp_path)
    assert sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_file_in_the_way_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DatasetNotWritable, match=r"A folder was expected at .*taken.*, a file was found"):
        Dataset.open(tmp_path / "taken" / below)


def test_a_folder_of_something_else_is_not_taken_for_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    with pytest.raises(DatasetNotWritable, match="is not a dataset, and has something named media"):
        Dataset.open(tmp_path)


@pytest.mark.parametrize("opened", [Dataset.open, Dataset.existing])
def test_a_newer_layout_is_left_alone(tmp_path: Path, opened: object) -> None:
    (Dataset.open(tmp_path).hidden / "layout.json").write_text('{"layout": 2}')
    with pytest.raises(UsageError, match="has layout 2, this reelsheet knows 1: update reelsheet"):
        opened(tmp_path)  # type: ignore[operator]


def test_reading_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="nothing is there"):
        Dataset.existing(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="a file was found"):
        Dataset.existing(tmp_path / "file")


def test_reading_does_not_write(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()  # a copy of the tables alone can be read
    Dataset.existing(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["media"]


def test_a_folder_without_tables_is_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UsageError, match="holds none of its tables"):
        Dataset.existing(tmp_path)


@pytest.mark.parametrize("name", ["talk.mp4", "SONG.FLAC", "photo.jpeg"])
def test_a_dataset_is_not_made_among_recordings(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DatasetNotWritable, match=f"holds recordings, such as {name}"):
        Dataset.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_url_is_a_path_and_an_address_that_is_no_object_store_is_refused() -> None:
    assert storage_at("file:///data/x") == LocalStorage(Path("/data/x"))
    assert storage_at("x") == LocalStorage(Path.cwd() / "x")
    with pytest.raises(UsageError, match="sftp://host/x is neither"):
        storage_at("sftp://host/x")


def test_an_address_in_an_object_store_is_a_place_and_holds_no_password_and_no_pattern() -> None:
    assert str(storage_at("s3://bucket/a b/").root / "c") == "s3://bucket/a b/c"
    with pytest.raises(UsageError, match="without a password was expected") as refused:
        storage_at("s3://id:secret@bucket/x")
    assert "secret" not in str(refused.value)
    with pytest.raises(UsageError, match=r"cannot hold \*"):
        storage_at("s3://bucket/*")
    with pytest.raises(UsageError, match="names no bucket"):
        storage_at("s3:///x")


def test_a_backslash_is_refused_since_no_glob_would_find_the_files() -> None:
    with pytest.raises(UsageError, match="cannot hold a backslash"):
        storage_at("a\\b")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "no permission"),
        (errno.ENOTDIR, "a file was found"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_each_trouble_has_its_sentence(number: int, words: str) -> None:
    import os

    sentence = what_is_wrong(Path("/data"), OSError(number, os.strerror(number)))
    assert words in sentence
    assert "/data" in sentence
    assert sentence.count(". ") <= 1


def test_an_unknown_fail_point_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Unknown fail points: typo. Known: answer.written"):
        activate(["typo"])


def test_a_folder_that_is_no_dataset_is_not_made_one_by_opening_it_again(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds none of its tables"):
        Dataset.reopen(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert Dataset.reopen(Dataset.open(tmp_path).root).root == tmp_path


def test_trying_whether_a_run_could_write_makes_no_dataset(tmp_path: Path) -> None:
    Dataset.at(tmp_path).check_writable()
    assert list(tmp_path.iterdir()) == []


def test_trying_to_write_where_something_else_lies_is_refused(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    with pytest.raises(DatasetNotWritable, match="is not a dataset, and has something named media"):
        Dataset.at(tmp_path).check_writable()
