"""The disk under the dataset fills up or turns read-only in mid-run: one sentence, and nothing durable is lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from signal import SIGCONT

import pytest

from tests.support.cli import wait_until
from tests.support.killing import Trial
from tests.support.scene import CONCURRENCY


@pytest.fixture
def on_disk(trial: Trial, small_disk: Path) -> Trial:
    """A trial whose dataset lies on the small disk."""
    return replace(trial, dataset=small_disk / "dataset")


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """While inside, not a byte is left on the disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):  # until nothing fits: what is free may change meanwhile
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    assert os.statvfs(disk).f_bavail == 0
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """While inside, nothing in the folder can be opened for writing: a read-only view of it covers it."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_in_the_middle_of_a_commit_costs_nothing(on_disk: Trial, small_disk: Path) -> None:
    run = on_disk.start(on_disk.scene.inputs)
    on_disk.hold_publishing(run)
    with full(small_disk):
        run.signal(SIGCONT)
        on_disk.stop(run, "is full")
    assert not on_disk.lost, "what is left of the room is for answers"

    on_disk.finish()


@pytest.mark.long
def test_a_dataset_that_turns_read_only_costs_what_was_under_way(on_disk: Trial) -> None:
    on_disk.scene.service.latency_s = 0.5
    run = on_disk.start(on_disk.scene.inputs)
    wait_until(lambda: on_disk.asked > CONCURRENCY)
    with read_only(on_disk.dataset):
        on_disk.stop(run, "is read-only")

    on_disk.scene.service.latency_s = 0.05
    run = on_disk.start(on_disk.scene.inputs)
    on_disk.hold_publishing(run)
    with read_only(on_disk.dataset):
        run.signal(SIGCONT)
        on_disk.stop(run, "is read-only")

    on_disk.finish()
    assert on_disk.unlike == []
