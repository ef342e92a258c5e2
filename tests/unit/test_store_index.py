"""The index follows the files of the dataset, whatever happens to it, to them, or beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.errors import DatasetNotWritable
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.store.index import Index
from tests.support.dataset_rows import MEDIA, START, attempt_rows, run

ROOT = Path(__file__).parents[2]
OTHER = "cd" * 32


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Two runs: aa is done, bb is not, and of cc the second attempt is."""
    dataset = Dataset.open(tmp_path / "data")
    unfinished = attempt_rows("bb", outcomes=("ok", "failed"), outcome="partial", media_id=OTHER)
    skipped = attempt_rows("cc", outcomes=("skipped",), outcome="failed")
    publish_attempts(dataset, [attempt_rows("aa"), unfinished, skipped], run(), "run-1-00001")
    later = run("run-2", START.replace(month=12))
    publish_attempts(dataset, [attempt_rows("cc", 2, run_id="run-2")], later, "run-2-00001")
    return dataset


@pytest.fixture
def index(dataset: Dataset) -> Iterator[Index]:
    with closing(Index(dataset)) as index:
        yield index


def _check_all(index: Index) -> None:
    found = [(a.analysis_id, a.attempt, a.run_id, a.outcome, a.unfinished) for a in index.attempts(["cc", "aa", "bb"])]
    assert found == [
        ("aa", 1, "run-1", "ok", False),
        ("bb", 1, "run-1", "partial", True),
        ("cc", 1, "run-1", "failed", True),
        ("cc", 2, "run-2", "ok", False),
    ]
    assert index.done(["aa", "bb", "cc", "ee"]) == {"aa", "cc"}
    assert index.uris([MEDIA, OTHER, "ef"]) == {MEDIA: "abab.mp4", OTHER: "cdcd.mp4"}


def _merge(dataset: Dataset, table: str) -> None:
    """All files of each month of a table into one, as merging small files does."""
    for month in dataset.table(table).iterdir():
        files = sorted(month.iterdir())
        rows = pa.concat_tables(pq.ParquetFile(file).read() for file in files)
        pq.write_table(rows, month / f"merged-{table}.parquet")
        for file in files:
            file.unlink()


def test_it_tells_what_is_published(index: Index) -> None:
    _check_all(index)


def test_it_tells_in_which_file_an_attempt_lies(index: Index) -> None:
    assert [str(a.file) for a in index.attempts(["cc"])] == [
        "analyses/month=2026-11/run-1-00001.parquet",
        "analyses/month=2026-12/run-2-00001.parquet",
    ]


def test_what_is_published_later_is_known_after_a_refresh(dataset: Dataset, index: Index) -> None:
    assert index.done(["dd"]) == set()
    publish_attempts(dataset, [attempt_rows("dd")], run(), "run-1-00002")
    assert index.done(["dd"]) == set()
    index.refresh()
    assert index.done(["dd"]) == {"dd"}


def test_thousands_of_ids_are_looked_up_at_once(index: Index) -> None:
    names = [f"{number:032x}" for number in range(40_000)]
    assert index.done([*names, "aa", *names]) == {"aa"}


def test_a_second_process_finds_the_index_ready(dataset: Dataset, index: Index) -> None:
    _check_all(index)
    for table in ("analyses", "segments", "media"):
        for file in dataset.files(table):
            os.truncate(file, 0)  # nobody could read them again
    with closing(Index(dataset)) as second:
        _check_all(second)


@pytest.mark.parametrize("tables", [("analyses",), ("segments",), ("media",), ("analyses", "segments", "media")])
@pytest.mark.parametrize("seen_before", [True, False])
def test_merged_files_are_followed(dataset: Dataset, index: Index, tables: tuple[str, ...], seen_before: bool) -> None:
    if seen_before:
        _check_all(index)
    for table in tables:
        _merge(dataset, table)
    index.refresh()
    _check_all(index)


def test_the_rows_of_a_file_that_is_gone_are_dropped(dataset: Dataset, index: Index) -> None:
    _check_all(index)
    for table in ("analyses", "media"):
        dataset.files(table)[0].unlink()
    index.refresh()
    assert [(a.analysis_id, a.attempt) for a in index.attempts(["aa", "bb", "cc"])] == [("cc", 2)]
    assert index.uris([MEDIA, OTHER]) == {}


def test_a_recording_that_stands_in_two_files_was_first_seen_in_the_older(dataset: Dataset, index: Index) -> None:
    file = dataset.files("media")[0]
    later = pq.ParquetFile(file).read().set_column(2, pa.field("uri", pa.string(), False), [["x.mp4", "x.mp4"]])
    (dataset.table("media") / "month=2026-12").mkdir()
    pq.write_table(later, dataset.table("media") / "month=2026-12" / "twice.parquet")
    assert index.uris([MEDIA]) == {MEDIA: "abab.mp4"}


def test_what_is_no_table_file_is_left_alone(dataset: Dataset, index: Index) -> None:
    (dataset.table("analyses") / "month=2026-11" / "notes.txt").write_text("mine")
    (dataset.table("analyses") / "README").write_text("mine")
    (dataset.table("analyses") / "other").mkdir()
    _check_all(index)


def test_a_damaged_table_file_is_named(dataset: Dataset, index: Index) -> None:
    dataset.files("analyses")[1].write_bytes(b"not Parquet at all")
    with pytest.raises(DatasetNotWritable, match=r"cannot be read, .*run-2-00001\.parquet: mend that"):
        index.refresh()


def test_a_name_without_a_file_is_told(dataset: Dataset, index: Index) -> None:
    (dataset.table("media") / "month=2026-11" / "dangling.parquet").symlink_to("nowhere")
    with pytest.raises(DatasetNotWritable, match=r"listed and not there .*dangling\.parquet"):
        index.refresh()


# --- the index itself is only a cache ------------------------------------------------------------------------------


def _garbage(path: Path) -> None:
    path.write_bytes(b"garbage" * 4096)


def _cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _torn(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def _of_another_time(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE attempts; CREATE TABLE attempts (x); PRAGMA user_version = 7")


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [Path.unlink, _garbage, _cut_off, _torn, _of_another_time, _a_folder, _empty])
def test_a_damaged_index_is_made_anew(dataset: Dataset, damage: Callable[[Path], None]) -> None:
    with closing(Index(dataset)) as index:
        _check_all(index)
    damage(dataset.index)
    with closing(Index(dataset)) as index:
        _check_all(index)
    publish_attempts(dataset, [attempt_rows("aa", run_id="run-3")], run("run-3"), "run-3-00001")
    assert len(dataset.files("analyses")) == 2, "aa was published already"


@pytest.mark.parametrize("damage", [Path.unlink, _garbage, _torn])
def test_an_index_that_is_damaged_while_it_is_open_still_tells_the_truth(
    dataset: Dataset, index: Index, damage: Callable[[Path], None]
) -> None:
    _check_all(index)
    damage(dataset.index)
    publish_attempts(dataset, [attempt_rows("dd")], run(), "run-1-00002")
    index.refresh()
    _check_all(index)
    assert index.done(["dd"]) == {"dd"}


def test_a_copy_of_the_tables_alone_can_be_read_and_is_not_written(dataset: Dataset, tmp_path: Path) -> None:
    shutil.copytree(dataset.root, tmp_path / "copy", ignore=shutil.ignore_patterns(".reelsheet"))
    with closing(Index(Dataset.at(tmp_path / "copy"))) as index:
        _check_all(index)
    assert not (tmp_path / "copy" / ".reelsheet").exists()


def test_threads_may_share_an_index(dataset: Dataset, index: Index) -> None:
    wrong: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(20):
                index.refresh()
                _check_all(index)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_processes_that_make_it_at_once_all_see_everything(dataset: Dataset) -> None:
    dataset.index.unlink()
    look = (
        "import sys; from pathlib import Path; from tasks.store.dataset import Dataset\n"
        "from tasks.store.index import Index\n"
        "print(sorted(Index(Dataset.at(Path(sys.argv[1]))).done(['aa', 'bb', 'cc'])))"
    )
    command = [sys.executable, "-c", look, str(dataset.root)]
    processes = [subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in processes] == ["['aa', 'cc']"] * 3
