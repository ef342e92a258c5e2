"""The command line: `reelsheet COMMAND`, also `python -m flows.cli`. Words in, words out; the work is elsewhere.

Prefect is imported only by `analyze`: it takes a second, and every other command answers at once.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands import catalog_output, plan_output
from flows.commands import options as opt
from flows.commands.run_output import print_choice, print_compaction, print_dictionary, print_retries, print_summary
from flows.output.console import print_conclusion, print_json, stdout_console
from flows.pipeline.setup import config_errors, ready, resolve, use_machine
from flows.runtime.launch import run_flow
from tasks.errors import ReelsheetError
from tasks.run.request import AnalyzeRequest
from tasks.run.summary import Summary, exit_status_of
from tasks.system.cancellation import leave_on_interrupt

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Turns recordings into tables: video and audio, through a Qwen-Omni model, to Parquet.",
    epilog="Start with: `reelsheet analyze talk.mp4` and then `reelsheet query 'SELECT * FROM current_transcript'`",
)
engine_app = typer.Typer(no_args_is_help=True, help="The embedded model, as a server of its own.")
app.add_typer(engine_app, name="engine")
_out = stdout_console()


@app.command()
def analyze(
    inputs: opt.Inputs,
    dataset: opt.Dataset = None,
    provider: opt.Provider = None,
    base_url: opt.BaseUrl = None,
    model: opt.Model = None,
    scenario: opt.Scenario = None,
    prompt: opt.Prompt = None,
    language: opt.Language = None,
    together: opt.Together = None,
    frames: opt.Frames = None,
    transport: opt.Transport = None,
    thinking: opt.Thinking = None,
    search: opt.Search = None,
    voice: opt.Voice = None,
    follow_up: opt.FollowUp = None,
    max_cost: opt.MaxCost = None,
    concurrency: opt.Concurrency = None,
    requests_per_minute: opt.RequestsPerMinute = None,
    tokens_per_minute: opt.TokensPerMinute = None,
    workdir: opt.Workdir = None,
    settle: opt.Settle = None,
    verify: opt.Verify = None,
    config: opt.Config = None,
    as_json: opt.Json = False,
) -> None:
    """Analyse recordings and write their tables. What is known already is not asked again.

    Examples: `reelsheet analyze talks/ --language en` · `reelsheet analyze call.mp3 --scenario fine` ·
    `reelsheet analyze talks.csv --provider dashscope --dataset /data/talks` ·
    `reelsheet analyze stills/ --frames 2`
    """
    request = _request(locals())
    opt.check_names(inputs)
    resolved = resolve(request)
    ready(resolved)
    if not as_json:
        print_choice(_out, resolved)
    summary: Summary = run_flow("analyze", request)
    if as_json:
        print_json(summary.as_json())
    else:
        print_summary(_out, summary)
    raise typer.Exit(summary.exit_status)


@app.command()
def plan(
    inputs: opt.Inputs,
    provider: opt.Provider = None,
    base_url: opt.BaseUrl = None,
    model: opt.Model = None,
    scenario: opt.Scenario = None,
    prompt: opt.Prompt = None,
    language: opt.Language = None,
    together: opt.Together = None,
    frames: opt.Frames = None,
    transport: opt.Transport = None,
    thinking: opt.Thinking = None,
    search: opt.Search = None,
    voice: opt.Voice = None,
    follow_up: opt.FollowUp = None,
    requests_per_minute: opt.RequestsPerMinute = None,
    tokens_per_minute: opt.TokensPerMinute = None,
    settle: opt.Settle = None,
    config: opt.Config = None,
    as_json: opt.Json = False,
) -> None:
    """Show what `analyze` would do: segments, pixels, tokens, cost. Calls no model."""
    from flows.commands.plan import preview  # noqa: PLC0415

    resolved = resolve(_request(locals()))
    with opt.tidy_interrupts():
        found = preview(resolved, inputs)
    if as_json:
        print_json(plan_output.plan_json(found))
    else:
        plan_output.plan_table(_out, found)
    raise typer.Exit(1 if found.failures else 0)


@app.command()
def probe(inputs: opt.Inputs, settle: opt.Settle = None, as_json: opt.Json = False) -> None:
    """Show what ffmpeg says of recordings: length, codecs, size, frame rate, sound."""
    from config.settings import load_settings  # noqa: PLC0415
    from flows.commands.plan import probe_all  # noqa: PLC0415

    with config_errors():
        use_machine(load_settings(None))
    with opt.tidy_interrupts():
        recordings, failures, _ = probe_all(inputs, 0.0 if settle is None else settle)
    if as_json:
        print_json(plan_output.probe_json(recordings, failures))
    else:
        plan_output.probe_table(_out, recordings, failures)
    raise typer.Exit(1 if failures else 0)


@app.command()
def query(
    sql: Annotated[str | None, typer.Argument(help="a SELECT over the tables and views; see --list")] = None,
    dataset: opt.Dataset = None,
    list_tables: Annotated[bool, typer.Option("--list", help="name the tables, the views and their columns")] = False,
    shell: Annotated[bool, typer.Option("--shell", help="open DuckDB's shell on the tables and views")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="write to this file; .csv, .json or .parquet says the form")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV")] = False,
    as_parquet: Annotated[bool, typer.Option("--parquet", help="Parquet")] = False,
    as_json: opt.Json = False,
) -> None:
    """Ask the dataset in SQL.

    Examples: `reelsheet query --list` · `reelsheet query "SELECT * FROM timeline LIMIT 20"` ·
    `reelsheet query "FROM around('refund', 8)" --output refunds.parquet` · `reelsheet query --shell`
    """
    from config.settings import load_settings  # noqa: PLC0415
    from flows.commands import query  # noqa: PLC0415
    from tasks.query.sql import describe  # noqa: PLC0415
    from tasks.store.dataset import Dataset  # noqa: PLC0415

    with config_errors():
        root = load_settings(None, dataset=dataset).dataset
    if shell:
        raise typer.Exit(query.shell(Dataset.existing(root)))
    if list_tables or sql is None:
        print_dictionary(_out, describe(), as_json)
        return
    form = query.chosen_form({"csv": as_csv, "json": as_json, "parquet": as_parquet}, output)
    query.answer(Dataset.existing(root), sql, form, output, _out)


@app.command()
def retry(
    dataset: opt.Dataset = None,
    outcome: opt.Outcome = None,
    stage: opt.Stage = None,
    since: opt.Since = None,
    max_cost: opt.MaxCost = None,
    concurrency: opt.Concurrency = None,
    requests_per_minute: opt.RequestsPerMinute = None,
    tokens_per_minute: opt.TokensPerMinute = None,
    base_url: opt.BaseUrl = None,
    workdir: opt.Workdir = None,
    config: opt.Config = None,
    as_json: opt.Json = False,
) -> None:
    """Ask again what failed and may succeed now, with the model, prompt and scenario of the runs that left it.

    All other answers are taken over. What comes of it is the next attempt at the recording, which the ready views then
    show; the old one stays in the tables. With `--outcome` also what asking again is not expected to mend.
    `--json` prints {"runs": […]}, one object for each way of asking.
    Examples: `reelsheet retry` · `reelsheet retry --outcome refused --since 3d` ·
    `reelsheet retry --outcome failed --stage probe`
    """
    from flows.pipeline.retry_selection import failures_to_retry, retry_request  # noqa: PLC0415

    request = retry_request(locals())
    done: Sequence[Summary] = run_flow("retry", request) if failures_to_retry(request) else ()
    if as_json:
        print_json({"runs": [summary.as_json() for summary in done]})
    else:
        print_retries(_out, done)
    raise typer.Exit(max((summary.exit_status for summary in done), default=0))


@app.command()
def reparse(dataset: opt.Dataset = None, as_json: opt.Json = False) -> None:
    """Read the answers that are there again, without asking: for a reelsheet that reads them better.

    Of every analysis the newest attempt is read, and the one that the ready views show. Where that gives other rows,
    they become a new attempt, which the views then show; the old rows stay in the tables. Examples: `reelsheet reparse`
    · `reelsheet reparse --dataset /data/talks --json`
    """
    from flows.commands.reparse import reparse as read_again  # noqa: PLC0415

    with opt.tidy_interrupts():
        done = read_again(dataset)
    if as_json:
        print_json(done.as_json())
    else:
        print_conclusion(_out, done.warnings, done.sentence)
    if done.rebuilt.unread:
        raise typer.Exit(1)


@app.command()
def compact(
    dataset: opt.Dataset = None,
    open_month: Annotated[bool, typer.Option("--open-month", help="also the month that is under way")] = False,
    as_json: opt.Json = False,
) -> None:
    """Merge the many small files that runs leave into few large ones, which are several times smaller and faster.

    All months before this one are merged, each table by itself; a month that is merged already costs nothing. Runs may
    be under way, and readers too: a table has the same rows before and after. `--json` tells of each what was merged.
    Examples: `reelsheet compact` · `reelsheet compact --dataset /data/talks --json` · `reelsheet compact --open-month`
    """
    from flows.commands.compact import merge_files  # noqa: PLC0415

    with opt.tidy_interrupts():
        done = merge_files(dataset, open_month=open_month)
    if as_json:
        print_json(done.as_json())
    else:
        print_compaction(_out, done)
    raise typer.Exit(done.exit_status)


@app.command()
def models(config: opt.Config = None, as_json: opt.Json = False) -> None:
    """Show what is known about models: limits, abilities, prices."""
    with config_errors():
        catalog_output.models(_out, opt.catalog(config), as_json)


@app.command()
def scenarios(config: opt.Config = None, as_json: opt.Json = False) -> None:
    """Show the scenarios: recommended lengths, prompts and pixels."""
    with config_errors():
        catalog_output.scenarios(_out, opt.catalog(config), as_json)


@app.command()
def doctor(dataset: opt.Dataset = None, provider: opt.Provider = None, as_json: opt.Json = False) -> None:
    """Check ffmpeg, Prefect, the provider and the dataset, and say how to mend each."""
    from flows.commands.doctor import examine  # noqa: PLC0415

    findings = examine(AnalyzeRequest(inputs=("-",), dataset=dataset, provider=provider))
    catalog_output.findings(_out, findings, as_json)
    raise typer.Exit(0 if all(f.well for f in findings) else 2)


@engine_app.command()
def serve(
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="the port; 0 takes a free one")] = 8099,
    speakers: Annotated[bool, typer.Option(help="tell speakers apart (about half the speed)")] = True,
) -> None:
    """Start the embedded model as a server; it prints its address."""
    argv = [sys.executable, "-P", "-m", "engine", "serve", "--host", host, "--port", str(port)]
    os.execv(sys.executable, argv if speakers else [*argv, "--no-speakers"])  # noqa: S606 - no shell is wanted


def _request(given: dict[str, Any]) -> AnalyzeRequest:
    """The options of a command as a request, under the names that the flow uses."""
    names = {"config": "config_file", "settle": "settle_s"}
    known = AnalyzeRequest.model_fields
    values = {names.get(name, name): value for name, value in given.items()}
    values["follow_up"] = values.get("follow_up") or None  # an option that may be given often is never None
    return AnalyzeRequest(**{name: str(v) if isinstance(v, Path) else v for name, v in values.items() if name in known})


def main() -> int | None:
    """Run a command to its documented exit status; never with a traceback for what a user can mend."""
    leave_on_interrupt()  # until a step takes over that has something to end in good order
    try:
        status: int | None = app(standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()  # here, where it can be told that it fails
    except ReelsheetError as error:
        status = _complain(error.message, exit_status_of(error))
    except opt.UsageProblem as error:
        status = _complain(opt.explain(error), 2)
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename:
            raise
        with Path(os.devnull).open("wb") as nowhere:  # for what still waits to be written
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        status = _complain("The output has no space left where it is written to. What was done is saved.", 2)
    return status


def _complain(message: str, status: int) -> int:
    sys.stderr.write(f"reelsheet: {message}\n")
    if "--json" in sys.argv:
        with suppress(OSError):  # that may be what is complained of
            print_json({"error": message})
    return status


if __name__ == "__main__":
    sys.exit(main())
