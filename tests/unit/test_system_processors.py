"""The processors that runs of ffmpeg share."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.system.processors import Processors


@pytest.mark.parametrize(
    ("taken", "more", "waits"), [(1, 1, False), (1, 2, True), (2, 1, True), (1, 9, True), (9, 1, True)]
)
def test_processors_that_are_taken_are_waited_for(taken: int, more: int, waits: bool) -> None:
    both = Processors(2)

    def take_more() -> None:
        with both.take(more):
            pass

    with ThreadPoolExecutor(1) as thread:
        with both.take(taken):
            taking = thread.submit(take_more)
            try:
                taking.result(0.05 if waits else 10)
            except TimeoutError:
                assert waits
            else:
                assert not waits
        taking.result(10)


def test_processors_of_which_all_want_several_lock_nobody() -> None:
    three, at_once, most = Processors(3), 0, 0
    counting = threading.Lock()

    def work(count: int) -> None:
        nonlocal at_once, most
        with three.take(count):
            with counting:
                at_once += count
                most = max(most, at_once)
            with counting:
                at_once -= count

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [1, 2, 3] * 50, timeout=30))
    assert most <= 3
