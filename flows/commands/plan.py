"""Show what a run would do, and what ffmpeg says: `reelsheet plan` and `probe`."""

from __future__ import annotations

from typing import Annotated

import typer

from config.options import DatasetOptions, RunOptions
from flows.commands.options import Json, takes
from flows.commands.usage import tidy_interrupts
from flows.output.console import print_json, stdout_console
from tasks.run.request import Inputs, PlanRequest

_OF_A_RUN = (*DatasetOptions.model_fields, *RunOptions.model_fields, "verify", "strict", "ignore_known")
_OF_FILES = ("bilingual", "glossary")


@takes(PlanRequest, without=(*_OF_A_RUN, *_OF_FILES))
def plan(request: PlanRequest, as_json: Json = False) -> None:
    """Dry run: show what `analyze` would do, and what it would cost.

    That is segments, pixels, tokens, money and hours at the rate limit. Calls no model. With `--prompt subtitle` it is
    what `subtitle` would ask, with `--translate` its translations, too.
    """
    from flows.commands import plan_output
    from flows.pipeline.preview import preview
    from flows.pipeline.setup import resolve
    from flows.pipeline.target_languages import translations_of

    resolved = resolve(request)
    languages = translations_of(request, resolved)
    with tidy_interrupts():
        found = preview(resolved, request.inputs, languages)
    if as_json:
        print_json(plan_output.plan_json(found))
    else:
        plan_output.plan_table(stdout_console(), found)
    raise typer.Exit(1 if found.failures else 0)


@takes(Inputs)
def probe(
    request: Inputs,
    settle: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="in folders, leave out files changed this recently")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Show what ffmpeg says of recordings: length, codecs, size, frame rate, sound."""
    from config.settings import load_settings
    from flows.commands import probe_output
    from flows.pipeline.machine import config_errors, use_machine
    from flows.pipeline.probed import probe_all

    with config_errors():
        use_machine(load_settings(None))
    with tidy_interrupts():
        recordings, failures, _ = probe_all(request.inputs, settle)
    if as_json:
        print_json(probe_output.probe_json(recordings, failures))
    else:
        probe_output.probe_table(stdout_console(), recordings, failures)
    raise typer.Exit(1 if failures else 0)
