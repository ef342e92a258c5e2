"""Run `reelsheet analyze`: recordings to tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from flows.commands.options import Json, takes
from flows.output.console import print_json, stdout_console
from tasks.errors import UsageError
from tasks.run.request import AnalyzeRequest

if TYPE_CHECKING:
    from rich.console import Console

    from flows.pipeline.setup import ResolvedRun
    from tasks.run.summary import Summary


@takes(AnalyzeRequest)
def analyze(request: AnalyzeRequest, as_json: Json = False) -> None:
    """Analyse recordings and write their tables.

    What is known already is not asked again. `reelsheet plan` with the same inputs is the dry run: it shows segments,
    tokens and cost, and calls no model.

    The embedded engine writes down what is said only where `--language en` says that it is English.

    Examples: `reelsheet analyze talks/ --language en` · `reelsheet analyze call.mp3 --language en --scenario fine` ·
    `reelsheet analyze talks.csv --provider dashscope --dataset /data/talks` ·
    `reelsheet analyze stills/ --frames 2`
    """
    from flows.commands.run_output import print_summary
    from flows.pipeline.datasets import ready
    from flows.pipeline.setup import resolve
    from flows.pipeline.unchanged import finish_unchanged
    from flows.runtime.launch import run_flow

    check_names(request.inputs)
    resolved = resolve(request)
    ready(resolved)
    console = stdout_console()
    if not as_json:
        print_choice(console, resolved)
        wait_on_terminal(resolved, request.inputs)
    summary: Summary = finish_unchanged(resolved, request.inputs) or run_flow("analyze", request)
    if as_json:
        print_json(summary.as_json())
    else:
        print_summary(console, summary)
    raise typer.Exit(summary.exit_status)


def check_names(inputs: Sequence[str]) -> None:
    """Raise UsageError for a name that is no text: Prefect keeps them as JSON."""
    from tasks.inputs.scan import printable

    for name in inputs:
        if any(unicodedata.category(sign) == "Cs" for sign in name):  # a byte that is no UTF-8
            raise UsageError(f"The name {printable(name)} is not valid UTF-8: name its folder instead, or rename it.")


def wait_on_terminal(resolved: ResolvedRun, names: Sequence[str]) -> None:
    """Wait for files that were copied just now, where somebody watches."""
    from rich.console import Console

    from flows.pipeline.settling import wait_until_settled

    console = Console(stderr=True, emoji=False)
    if not console.is_terminal:
        return
    with console.status("") as line:
        wait_until_settled(resolved.settings, names, line.update)


def print_choice(console: Console, resolved: ResolvedRun) -> None:
    """Print who will be asked, and why."""
    job = resolved.job
    console.print(
        f"{job.model.name} at {job.provider.name} ({resolved.settings.provider_reason}), scenario {job.scenario.name}, "
        f"tables in {job.dataset}",
        markup=False,
    )
