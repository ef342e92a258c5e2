"""Decide when a task is tried again: for a busy disk, not a bad recording.

Prefect does that for what is a task of its own; within a task that does several, tenacity does, after the same waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_chain, wait_fixed

from tasks.errors import ReelsheetError

WAITS_S = [1.0, 5.0]

P = ParamSpec("P")
R = TypeVar("R")


def retry_machine_faults(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 - Prefect's form
    """Return whether the machine is to blame (OSError).

    Our own errors already mean that trying again is useless.
    """
    return _is_machine_fault(state.result(raise_on_failure=False))


def retrying_machine_faults(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call the function, and again where the machine is to blame.

    Raises what it raises in the end.
    """
    waits = wait_chain(*map(wait_fixed, WAITS_S))
    retry = retry_if_exception(_is_machine_fault)
    return Retrying(stop=stop_after_attempt(1 + len(WAITS_S)), wait=waits, retry=retry, reraise=True)(
        function, *args, **kwargs
    )


def _is_machine_fault(error: object) -> bool:
    return isinstance(error, OSError) and not isinstance(error, ReelsheetError)
