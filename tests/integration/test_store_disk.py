"""Disks that are full, read-only or not ours: one sentence, and what was paid is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.errors import DatasetNotWritable
from tasks.store.answers import AnswerStore
from tasks.store.begun import begin, end
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts, publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.store.reading import read_rows
from tasks.tables.rows import Rows
from tasks.tables.schemas import FACT_TABLES, TABLES
from tests.support.dataset_rows import answer, attempt_rows, planned, row, run, segment_id

ROOT = Path(__file__).parents[2]
OPEN = """
import sys
from tasks.errors import UsageError
from tasks.store.dataset import Dataset
try:
    getattr(Dataset, sys.argv[2])(sys.argv[1])
except UsageError as error:
    print(error)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out:
        for size in (65_536, 4096, 1):
            try:
                while out.write(bytes(size)):
                    pass
            except OSError:
                continue
    return filler


def test_a_disk_that_is_full_from_the_start_is_told_at_once(small_disk: Path) -> None:
    _fill(small_disk)
    with pytest.raises(DatasetNotWritable, match=r"The disk that holds the dataset .* is full: free some space"):
        Dataset.open(small_disk / "data")


def test_an_answer_still_fits_on_a_disk_that_filled_up(small_disk: Path) -> None:
    answers = AnswerStore(Dataset.open(small_disk / "data"))
    _fill(small_disk)
    answers.put(answer(text="paid for " * 5000))
    kept = answers.get("00cafe")
    assert kept is not None
    assert kept.text == "paid for " * 5000


def test_when_not_even_the_reserve_helps_the_sentence_says_so(small_disk: Path) -> None:
    answers = AnswerStore(Dataset.open(small_disk / "data"))
    answers.put(answer(planned(name="aa01")))
    _fill(small_disk)
    with pytest.raises(DatasetNotWritable, match=r"is full.*This answer could not be kept; those before it are"):
        answers.put(answer(planned(name="aa02"), text="x" * 3_000_000))
    assert answers.get("aa01") is not None
    assert answers.get("aa02") is None


def _batch(*names: str, text: str = "hello") -> list[Rows]:
    return [attempt_rows(name, media_id=name * 32, text=text) for name in names]


def _analyses(dataset: Dataset, table: str) -> set[str]:
    return {row["analysis_id"] for row in read_rows(dataset.files(table), table, ["analysis_id"])}


def test_a_batch_that_does_not_fit_is_published_once_there_is_room(small_disk: Path) -> None:
    dataset = Dataset.open(small_disk / "data")
    answers = AnswerStore(dataset)
    answers.put(answer(planned(name=segment_id("aa", 0))))
    filler = _fill(small_disk)
    with pytest.raises(DatasetNotWritable, match=r"is full.*answers already paid for are kept.*nothing is asked twice"):
        publish_attempts(dataset, _batch("aa", "bb", text=os.urandom(50_000).hex()), run(), "run-1-00001")
    assert dataset.files("segments") == []
    assert answers.get(segment_id("aa", 0)) is not None
    filler.unlink()
    recover(dataset)
    assert publish_attempts(dataset, _batch("aa", "bb"), run(), "run-1-00001") == {"aa", "bb"}
    assert answers.get(segment_id("aa", 0)) is None


def test_the_disk_may_fill_up_at_any_byte_of_a_batch_and_nothing_half_done_is_seen(small_disk: Path) -> None:
    dataset = Dataset.open(small_disk / "data")
    published: set[str] = set()
    refused = 0
    for number, room in enumerate(range(0, 180_000, 12_000)):
        names = {f"{number:02d}", f"f{number:x}"}
        filler = _fill(small_disk)
        os.truncate(filler, max(0, filler.stat().st_size - room))
        try:
            publish_attempts(dataset, _batch(*names), run(), f"full-{number}")
        except DatasetNotWritable:
            refused += 1
            assert not any(dataset.find(table, f"full-{number}") for table in TABLES)
        filler.unlink()
        recover(dataset)
        publish_attempts(dataset, _batch(*names), run(), f"again-{number}")
        published |= names
    assert 0 < refused < 15, "both a disk that is too full and one that is not were tried"
    for table in FACT_TABLES:
        assert _analyses(dataset, table) == published
    with History(dataset) as history:
        assert history.done(published) == published


def test_what_is_known_is_told_on_a_full_disk_too(small_disk: Path) -> None:
    dataset = Dataset.open(small_disk / "data")
    publish_attempts(dataset, _batch("aa"), run(), "run-1-00001")
    _fill(small_disk)
    with History(dataset) as history:
        assert history.done(["aa", "bb"]) == {"aa"}


def test_a_dataset_that_turns_read_only_says_so_in_every_step_and_can_still_be_read(small_disk: Path) -> None:
    dataset = Dataset.open(small_disk / "data")
    publish_attempts(dataset, _batch("aa"), run(), "run-1-00001")
    with Claims(dataset) as claims:
        begin(dataset, run(), claims)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    steps: list[Callable[[], object]] = [
        lambda: Dataset.open(dataset.root),
        lambda: Claims(dataset),
        lambda: AnswerStore(dataset).put(answer()),
        lambda: publish_attempts(dataset, _batch("bb"), run(), "run-1-00002"),
        lambda: publish_run(dataset, {"runs": [row("runs", run_id="run-1")]}, run()),
        lambda: end(dataset, "run-1"),
    ]
    for step in steps:
        with pytest.raises(DatasetNotWritable, match="read-only"):
            step()
    with History(dataset) as history:
        assert history.done(["aa", "bb"]) == {"aa"}


def _as_nobody(folder: Path, way: str = "open") -> str:
    """What opening the dataset says to a user without any rights."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("becoming another user needs root and setpriv")
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = subprocess.run(
        [*become, sys.executable, "-B", "-c", OPEN, str(folder), way],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that any user may look into."""
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(0o755)
        if folder.name.startswith("pytest-of-"):
            break
    return tmp_path


@pytest.mark.parametrize("name", ["data", "new/data"])
def test_a_folder_without_permission_is_told(open_folder: Path, name: str) -> None:
    (open_folder / "data").mkdir(mode=0o755)
    assert "cannot be written: no permission" in _as_nobody(open_folder / name)


def test_another_users_dataset_is_told(open_folder: Path) -> None:
    Dataset.open(open_folder / "data")
    assert "cannot be written: no permission" in _as_nobody(open_folder / "data")


def test_a_folder_that_may_not_even_be_looked_into_is_told(open_folder: Path) -> None:
    (open_folder / "closed").mkdir(mode=0o700)
    assert "cannot be written: no permission" in _as_nobody(open_folder / "closed" / "data")


def test_a_dataset_that_may_not_be_read_is_told(open_folder: Path) -> None:
    Dataset.open(open_folder / "data").root.chmod(0o700)
    assert "cannot be read: no permission" in _as_nobody(open_folder / "data", "existing")
    assert "nothing is there" in _as_nobody(open_folder / "data" / "below", "existing")
