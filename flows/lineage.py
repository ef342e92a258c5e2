"""Prefect's memory of results: what a long run must not let grow."""

from __future__ import annotations

from prefect.context import FlowRunContext


def forget_results() -> None:
    """Let go of the states that Prefect keeps for every result of this flow run, some 8 kB a task.

    They serve to show which task was given a plain result of which other one. Ours are given futures, which carry that
    themselves; so nothing is lost but the memory.
    """
    context = FlowRunContext.get()
    if context is not None:
        context.run_results.clear()
