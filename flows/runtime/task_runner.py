"""The task runners that a flow may have: threads of this process."""

from __future__ import annotations

from typing import Any, cast

from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner

from flows.runtime.prefect_memory import Threads

# Threads mostly wait: a segment under way holds one for its cut or its question, and a batch one for its save.
_THREADS_PER_QUESTION = 3


def threads(concurrency: int) -> TaskRunner[PrefectFuture[Any]]:
    """A task runner with as many threads as so many questions at once need."""
    runner: object = Threads(max_workers=_THREADS_PER_QUESTION * concurrency + 4)
    return cast("TaskRunner[PrefectFuture[Any]]", runner)
