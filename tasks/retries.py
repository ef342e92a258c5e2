"""Decide when Prefect tries a task again: for a busy disk, not a bad recording."""

from __future__ import annotations

from typing import Any

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun

from tasks.errors import ReelsheetError

WAITS_S = [1.0, 5.0]


def retry_machine_faults(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 - Prefect's form
    """Return whether the machine is to blame (OSError).

    Our own errors already mean that trying again is useless.
    """
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and not isinstance(error, ReelsheetError)
