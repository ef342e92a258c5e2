"""Disks that are full, read-only or not ours: one sentence, and what was paid is kept."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path, PosixPath

import pytest

from tasks.errors import DatasetNotWritable
from tasks.store.answers import AnswerStore
from tasks.store.commit import publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.local_storage import LocalStorage
from tests.support.dataset_rows import answer, attempt_rows, planned, row, run, segment_id
from tests.support.disks import POWERLESS, given_away, needs_root
from tests.support.publishing import publish_analysis

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
    assert answers.put(answer(planned(name="aa01"))) is None
    _fill(small_disk)
    told = answers.put(answer(text="paid for " * 5000))
    assert told is not None, "nothing more may be asked"
    assert "is full" in told.message
    kept = answers.get("00cafe")
    assert kept is not None
    assert kept.text == "paid for " * 5000


def test_answers_that_meet_the_full_disk_together_are_all_kept(small_disk: Path) -> None:
    Dataset.open(small_disk / "data")
    _fill(small_disk)
    all_met_it = threading.Barrier(4)

    class Meeting(PosixPath):
        def unlink(self, missing_ok: bool = False) -> None:
            if self.suffix == ".tmp":  # what did not fit goes, and then the reserve
                all_met_it.wait(30)
            super().unlink(missing_ok)

    answers = AnswerStore(Dataset(LocalStorage(Meeting(small_disk / "data"))))
    paid = [answer(planned(name=f"aa{number:02d}"), text="paid for " * 5000) for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(answers.put, paid))
    assert all(told), "nothing more may be asked"
    assert [answers.get(one.segment.segment_id) for one in paid] == paid


def test_when_not_even_the_reserve_helps_the_sentence_says_so(small_disk: Path) -> None:
    answers = AnswerStore(Dataset.open(small_disk / "data"))
    answers.put(answer(planned(name="aa01")))
    _fill(small_disk)
    with pytest.raises(DatasetNotWritable, match=r"is full.*This answer could not be kept; those before it are"):
        answers.put(answer(planned(name="aa02"), text="x" * 3_000_000))
    assert answers.get("aa01") is not None
    assert answers.get("aa02") is None


def test_an_analysis_that_does_not_fit_is_published_once_there_is_room(small_disk: Path) -> None:
    dataset = Dataset.open(small_disk / "data")
    answers = AnswerStore(dataset)
    answers.put(answer(planned(name=segment_id("aa", 0))))
    filler = _fill(small_disk)
    with pytest.raises(DatasetNotWritable, match=r"is full.*answers already paid for are kept.*nothing is asked twice"):
        publish_analysis(dataset, attempt_rows("aa", text=os.urandom(50_000).hex()), run())
    assert dataset.files("segments") == []
    assert answers.get(segment_id("aa", 0)) is not None
    filler.unlink()
    recover(dataset)
    assert publish_analysis(dataset, attempt_rows("aa"), run())
    assert answers.get(segment_id("aa", 0)) is None


def test_the_disk_may_fill_up_at_any_byte_and_nothing_half_done_is_seen(small_disk: Path) -> None:
    dataset = Dataset.open(small_disk / "data")
    for room in range(0, 120_000, 8192):
        filler = _fill(small_disk)
        os.truncate(filler, max(0, filler.stat().st_size - room))
        name = f"a{room:06d}"
        published = False
        with suppress(DatasetNotWritable):
            published = publish_analysis(dataset, attempt_rows(name), run())
        filler.unlink()
        if not published:
            assert dataset.find("analyses", f"{name}-1") is None
            recover(dataset)
            publish_analysis(dataset, attempt_rows(name), run())
        for table in ("segments", "transcript", "calls", "analyses"):
            assert dataset.find(table, f"{name}-1") is not None


def test_a_read_only_disk_is_told(small_disk: Path) -> None:
    dataset = Dataset.open(small_disk / "data")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(DatasetNotWritable, match="read-only"):
        Dataset.open(small_disk / "data")
    with pytest.raises(DatasetNotWritable, match="read-only"):
        publish_run(dataset, {"runs": [row("runs", run_id="run-1")]}, run())


def _as_another(folder: Path, name: str, way: str = "open") -> str:
    """What opening a dataset in a folder says to another user than the folder's."""
    given_away(folder)
    done = subprocess.run(
        [*POWERLESS, sys.executable, "-B", "-c", OPEN, str(folder / name), way],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@needs_root
@pytest.mark.parametrize("name", ["data", "new/data"])
def test_a_folder_without_permission_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    assert "cannot be written: no permission" in _as_another(tmp_path, name)


@needs_root
def test_another_users_dataset_is_told(tmp_path: Path) -> None:
    Dataset.open(tmp_path / "data")
    assert "cannot be written: no permission" in _as_another(tmp_path, "data")


@needs_root
def test_a_folder_that_may_not_even_be_looked_into_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    assert "cannot be written: no permission" in _as_another(tmp_path, "closed/data")


@needs_root
def test_a_dataset_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    Dataset.open(tmp_path / "data").root.chmod(0o700)
    assert "cannot be read: no permission" in _as_another(tmp_path, "data", "existing")
    assert "nothing is there" in _as_another(tmp_path, "data/below", "existing")
