"""Claims: one holder at a time, among threads and processes, and none that outlives its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.errors import DatasetNotWritable
from tasks.store.claims import Claims
from tasks.store.dataset import Dataset

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from tasks.store.claims import Claims
from tasks.store.dataset import Dataset
claims = Claims(Dataset.at(Path(sys.argv[1])))
print(*[claims.take(name) for name in sys.argv[2:]], flush=True)
for line in sys.stdin:
    claims.release(line.strip())
    print("released", flush=True)
"""


@contextmanager
def _other_process(dataset: Dataset, *names: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that takes the names, and what it was told; a line to it releases a name."""
    command = [sys.executable, "-c", HOLDER, str(dataset.root), *names]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_free_name_can_be_claimed_and_a_claimed_one_cannot(claims: Claims) -> None:
    assert claims.take("aa")
    assert not claims.take("aa")
    assert claims.take("bb")
    assert (claims.held("aa"), claims.held("cc")) == (True, False)


def test_a_released_name_is_free_again(claims: Claims) -> None:
    claims.take("aa")
    claims.release("aa")
    assert not claims.held("aa")
    assert claims.take("aa")


def test_two_runs_of_one_process_exclude_each_other(dataset: Dataset, claims: Claims) -> None:
    with Claims(dataset) as other:
        assert claims.take("aa")
        assert not other.take("aa")
        other.release("aa")  # it is not the other's to release
        assert claims.held("aa")
        assert not other.take("aa")


def test_closing_frees_its_own_claims_and_leaves_those_of_other_runs(dataset: Dataset, claims: Claims) -> None:
    claims.take("mine")
    with Claims(dataset) as other:
        other.take("its")
    assert claims.take("its")
    with _other_process(dataset, "mine", "its", "free") as (_, told):
        assert told == "False False True"


def test_what_is_closed_claims_nothing(dataset: Dataset) -> None:
    claims = Claims(dataset)
    claims.close()
    claims.close()
    with pytest.raises(ValueError, match="closed"):
        claims.take("aa")


def test_another_name_for_the_folder_is_the_same_file(dataset: Dataset, claims: Claims) -> None:
    link = dataset.root.with_name("link")
    link.symlink_to(dataset.root)
    claims.take("aa")
    with Claims(Dataset.at(link)) as other:
        assert not other.take("aa")
    with _other_process(dataset, "aa") as (_, told):
        assert told == "False"


def test_of_many_threads_one_gets_the_claim(dataset: Dataset) -> None:
    runs = [Claims(dataset) for _ in range(8)]
    start = threading.Barrier(len(runs))

    def race(claims: Claims) -> int:
        start.wait()
        return sum(claims.take(f"name-{number}") for number in range(200))

    with ThreadPoolExecutor(len(runs)) as threads:
        taken = list(threads.map(race, runs))
    for claims in runs:
        claims.close()
    assert sum(taken) == 200


def test_processes_exclude_each_other_until_one_releases(dataset: Dataset, claims: Claims) -> None:
    with _other_process(dataset, "aa") as (process, told):
        assert told == "True"
        assert not claims.take("aa")
        assert claims.take("bb")
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("aa\n")
        process.stdin.flush()
        assert process.stdout.readline() == "released\n"
        assert claims.take("aa")


def test_the_claims_of_a_process_that_is_killed_are_free(dataset: Dataset, claims: Claims) -> None:
    with _other_process(dataset, "aa", "bb") as (process, told):
        assert told == "True True"
        assert not claims.take("aa")
        process.kill()
        process.wait()
        assert claims.take("aa")
        assert claims.take("bb")


def test_a_child_process_neither_has_nor_drops_the_claims(dataset: Dataset, claims: Claims) -> None:
    claims.take("aa")
    subprocess.run(["true"], check=True)
    with _other_process(dataset, "aa") as (_, told):
        assert told == "False"


def test_a_dataset_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetNotWritable, match="A folder was expected"):
        Claims(Dataset.at(tmp_path / "file"))


def test_a_file_system_without_locks_is_told(claims: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:  # no such file system can be had in a test
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "lockf", refuse)
        with pytest.raises(DatasetNotWritable, match=r"without locks.*choose another --dataset") as caught:
            claims.take("aa")
    assert caught.value.errno == errno.ENOLCK
    assert claims.take("aa")
