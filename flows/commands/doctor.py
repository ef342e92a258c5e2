"""Run `reelsheet doctor`: is everything here that a run needs?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from config.options import ConfigOptions, DatasetOptions, ProviderOptions
from flows.commands.options import Json, takes
from flows.output.console import print_json, stdout_console
from tasks.run.request import AnalyzeRequest

if TYPE_CHECKING:
    from rich.console import Console

    from flows.pipeline.checks import Check


class DoctorOptions(ConfigOptions, ProviderOptions, DatasetOptions):
    """Choose the run that everything is to be here for."""


@takes(DoctorOptions)
def doctor(
    options: DoctorOptions,
    ask: Annotated[
        bool, typer.Option("--ask", help="also put a small question to the model, which tries the key")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check ffmpeg, Prefect, the provider and the dataset, and say how to mend each."""
    from flows.pipeline.checks import run_checks

    checks = run_checks(AnalyzeRequest(inputs=("-",), **options.model_dump()), ask=ask)
    print_checks(stdout_console(), checks, as_json)
    raise typer.Exit(0 if all(finding.well for finding in checks) else 2)


def print_checks(console: Console, found: Sequence[Check], as_json: bool) -> None:
    """Print what the doctor saw."""
    if as_json:
        print_json([{"what": f.what, "well": f.well, "words": f.words} for f in found])
        return
    for finding in found:
        console.print(f"{'ok  ' if finding.well else 'MEND'}  {finding.what}: {finding.words}", markup=False)
