"""`reelsheet moderate`: recordings judged by a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from flows.commands.analyze import check_names
from flows.commands.options import Json, takes
from flows.output.console import print_json, stdout_console
from tasks.errors import UsageError
from tasks.run.request import ModerateCommand, ModerateRequest

if TYPE_CHECKING:
    from rich.console import Console

    from flows.pipeline.moderation_setup import Moderation
    from tasks.run.summary import Summary


@takes(ModerateCommand)
def moderate(command: ModerateCommand, as_json: Json = False) -> None:
    """Judge recordings by a policy, and write findings and verdicts.

    A cheap look at everything comes first, then a close one at what it flags or cannot judge. Nothing is clear that was
    not looked at and understood; what the policy sends to review, a person decides (`reelsheet review list`). What is
    known already is not asked again.

    Examples: `reelsheet moderate uploads/` · `reelsheet moderate uploads/ --policy ours.toml --fail-on reject` ·
    `reelsheet moderate film.mp4 --pass fine --words words.txt --known hashes.csv` ·
    `reelsheet moderate --policy new.toml --reapply --dry-run`
    """
    from flows.commands.moderate_output import print_moderation
    from flows.pipeline.datasets import ready
    from flows.pipeline.moderation_known import finish_judged
    from flows.pipeline.moderation_setup import resolve_moderation
    from flows.runtime.launch import run_flow

    if command.reapply or command.dry_run:
        reapply(command, as_json=as_json)
        return
    if not command.inputs:
        raise UsageError("Expected files, folders or addresses to moderate, found none; or give --reapply.")
    request = ModerateRequest(**command.model_dump(exclude={"reapply", "dry_run"}))
    check_names(request.inputs)
    moderation = resolve_moderation(request)
    ready(moderation.resolved)
    console = stdout_console()
    if not as_json:
        print_choice(console, moderation)
    summary: Summary = finish_judged(moderation, request.inputs) or run_flow("moderate", request)
    if as_json:
        print_json(summary.as_json())
    else:
        print_moderation(console, summary)
    raise typer.Exit(summary.exit_status)


def reapply(command: ModerateCommand, *, as_json: bool) -> None:
    """Judge what is stored by another policy, or show what that would change.

    Raises UsageError where inputs are named, since all that was moderated is judged, or nothing is to be applied.
    """
    from flows.commands.moderate_output import print_reapplied
    from flows.pipeline.reapplying import reapply as judge_stored

    if not command.reapply:
        raise UsageError("--dry-run goes with --reapply. What a moderation would cost, `reelsheet plan` says.")
    if command.inputs:
        raise UsageError("--reapply judges all that was moderated in the dataset: leave the inputs out.")
    done = judge_stored(command.dataset, command.policy, command.config_file, is_trial=command.dry_run)
    if as_json:
        print_json(done.as_json())
    else:
        print_reapplied(stdout_console(), done)


def print_choice(console: Console, moderation: Moderation) -> None:
    """Print who will be asked, by which policy, and in which passes."""
    resolved, policy = moderation.resolved, moderation.policy
    job = resolved.job
    passes = " then ".join(moderation.pass_names)
    console.print(
        f"{job.model.name} at {job.provider.name} ({resolved.settings.provider_reason}), policy {policy.id} "
        f"{policy.version}, {passes}, tables in {job.dataset}",
        markup=False,
    )
