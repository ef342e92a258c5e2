"""Run `reelsheet review`: what people decide about what a moderation has found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from config.options import DatasetOptions
from flows.commands.options import Json, takes
from flows.output.console import print_json, stdout_console

review_app = typer.Typer(no_args_is_help=True, help="What people decide about what a moderation has found.")

Reviewer = Annotated[
    str | None, typer.Option("--reviewer", metavar="NAME", help="who reviews [default: this user's name]")
]
Item = Annotated[str, typer.Argument(metavar="ITEM", help="an item of `review list`, or the beginning of its id")]
Decided = Literal["allow", "reject", "escalate", "claim", "release"]


@review_app.command("list")
@takes(DatasetOptions)
def list_items(
    options: DatasetOptions,
    reviewer: Reviewer = None,
    claim: Annotated[int, typer.Option(metavar="N", min=0, help="take the first N, so that nobody else gets them")] = 0,
    most: Annotated[int, typer.Option(metavar="N", min=1, help="show at most so many")] = 40,
    as_json: Json = False,
) -> None:
    """List what is to be reviewed: the most severe first, then the oldest.

    A random sample of clear recordings stands among them, and looks like them. A claim lasts 30 minutes. Examples:
    `reelsheet review list` · `reelsheet review list --claim 10 --reviewer ada`
    """
    from flows.commands.review_output import print_queue
    from flows.pipeline.reviewing import queue, who

    items = queue(options.dataset, reviewer or who(), most, claim)
    print_queue(stdout_console(), items, as_json=as_json)


@review_app.command()
@takes(DatasetOptions)
def show(options: DatasetOptions, item: Item, as_json: Json = False) -> None:
    """Show the whole trail of an item.

    The recording, what was shown and asked, the raw answer, the policy with its thresholds, and all reviews. The
    recording is judged again from the tables alone, without a call. Example: `reelsheet review show 1a2b3c`
    """
    from flows.commands.review_output import print_trail
    from flows.pipeline.review_trail import trail

    found = trail(options.dataset, item)
    if as_json:
        print_json(found)
    else:
        print_trail(stdout_console(), found)


@review_app.command()
@takes(DatasetOptions)
def decide(
    options: DatasetOptions,
    item: Item,
    decision: Annotated[Decided, typer.Argument(help="allow, reject, escalate, claim or release")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="why; needed to reject and to escalate")] = "",
    reviewer: Reviewer = None,
    supersedes: Annotated[
        str | None, typer.Option(metavar="REVIEW", help="a decision of somebody else, which this one overrules")
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide about an item, or claim or release it.

    Nothing is changed or deleted: a row is added, which takes the place of your own earlier decision. Examples:
    `reelsheet review decide 1a2b3c allow` · `reelsheet review decide 1a2b3c reject --reason "a real knife"`
    """
    from flows.pipeline.reviewing import decide as decide_item
    from flows.pipeline.reviewing import who
    from tasks.moderation.reviews import Act

    done = decide_item(options.dataset, item, Act(reviewer or who(), decision, reason, supersedes))
    if as_json:
        print_json(done)
    else:
        stdout_console().print(f"{decision} by {done['reviewer']}: review {done['review_id']}.", markup=False)


@review_app.command()
@takes(DatasetOptions)
def export(
    options: DatasetOptions,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a CSV file to write")],
    reviewer: Reviewer = None,
) -> None:
    """Write the queue as CSV, with empty columns for the decisions."""
    from flows.pipeline.reviewing import export as export_queue
    from flows.pipeline.reviewing import who
    from tasks.run.usage import plural

    text = export_queue(options.dataset, reviewer or who())
    file.write_text(text, encoding="utf-8")
    stdout_console().print(f"{plural(text.count(chr(10)) - 1, 'item')} in {file}.", markup=False)


@review_app.command("import")
@takes(DatasetOptions)
def import_file(
    options: DatasetOptions,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a CSV file as `review export` writes it")],
    reviewer: Reviewer = None,
    as_json: Json = False,
) -> None:
    """Take in the decisions of a CSV file, all of them or none."""
    from flows.pipeline.reviewing import take_in, who
    from tasks.errors import UsageError
    from tasks.run.usage import plural

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    done = take_in(options.dataset, text, reviewer or who())
    if as_json:
        print_json(done)
    else:
        stdout_console().print(f"{plural(len(done), 'decision')} taken in from {file}.", markup=False)


@review_app.command()
@takes(DatasetOptions)
def stats(options: DatasetOptions, as_json: Json = False) -> None:
    """Show the model's precision by label, and how far reviewers agree."""
    from flows.commands.review_output import print_stats
    from flows.pipeline.reviewing import stats as measured

    found = measured(options.dataset)
    if as_json:
        print_json(found)
    else:
        print_stats(stdout_console(), found)
