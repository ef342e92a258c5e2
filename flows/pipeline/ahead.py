"""Submit tasks ahead of their results; few of them wait at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from prefect.futures import PrefectFuture

from flows.runtime.prefect_internals import forget_results
from tasks.system import cancellation

K = TypeVar("K")

_AHEAD = 128  # a task that waits for its turn takes memory, too


def results_in_order(given: Iterable[K], submit: Callable[[K], PrefectFuture[Any]]) -> Iterator[tuple[K, Any]]:
    """Give what the task for each came to, in order; an error is a result.

    Raises Interrupted.
    """
    futures: deque[tuple[K, PrefectFuture[Any]]] = deque()
    for one in given:
        cancellation.check()
        futures.append((one, submit(one)))
        if len(futures) >= _AHEAD:
            yield _next_result(futures)
    while futures:
        yield _next_result(futures)


def _next_result(futures: deque[tuple[K, PrefectFuture[Any]]]) -> tuple[K, Any]:
    one, future = futures.popleft()
    result = future.result(raise_on_failure=False)
    forget_results()
    return one, result
