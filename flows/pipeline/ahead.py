"""Divide work among tasks, and submit them ahead of their results."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from prefect.futures import PrefectFuture

from flows.runtime.prefect_internals import forget_results
from tasks.run.not_ok import SeveralNotOk
from tasks.system import cancellation

K = TypeVar("K")

_AHEAD = 128  # a task that waits for its turn takes memory, too
_SINGLE = 8  # inputs, of which each has a task of its own; of more than so many, a task takes several
_TASKS = 2 * (os.cpu_count() or 1)  # more of them would keep cuts from the processors


def among_tasks(given: Sequence[K], tasks: int = _TASKS, most: int = sys.maxsize) -> list[Sequence[K]]:
    """Divide inputs into groups, of which each has a task: at most `most` in one.

    >>> [len(group) for group in among_tasks("12345678")], [len(group) for group in among_tasks("123456789", tasks=4)]
    ([1, 1, 1, 1, 1, 1, 1, 1], [3, 3, 3])
    """
    return in_groups(given, 1 if len(given) <= _SINGLE else min(most, -(-len(given) // tasks)))


def in_groups(given: Sequence[K], together: int) -> list[Sequence[K]]:
    """Divide inputs into groups of so many."""
    return [given[start : start + together] for start in range(0, len(given), together)]


def results_of(some: Sequence[K], result: Any) -> Iterator[tuple[K, Any]]:
    """Give each input of a task its result.

    Where the task itself failed, that is each one's.
    """
    result = result.found if isinstance(result, SeveralNotOk) else result
    each = result if len(some) > 1 and not isinstance(result, BaseException) else (result,) * len(some)
    return zip(some, each, strict=True)


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
