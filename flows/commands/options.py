"""The options that commands share, and errors that name the known ones."""

from __future__ import annotations

import signal
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from config.catalog import load_catalog, unknown
from config.types import Catalog
from tasks.errors import Interrupted, UsageError
from tasks.inputs.scan import printable
from tasks.system import cancellation

# Typer carries its own copy of click and exports only the leaves of its error tree.
UsageProblem = cast("type[Exception]", typer.BadParameter.__mro__[1])

Inputs = Annotated[
    list[str],
    typer.Argument(
        help="files, folders, globs, addresses, or a manifest: @list.txt with one path a line, or a .csv, .jsonl or "
        ".parquet file with a column uri and, where wanted, scenario, prompt, language, tags, group"
    ),
]
Dataset = Annotated[
    str | None,
    typer.Option(
        metavar="DIR", help="the folder of the tables, or its s3:// address \\[default: ./dataset or REELSHEET_DATASET]"
    ),
]
Provider = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="local, dashscope, dashscope-cn \\[default: local; dashscope if its key is set]"),
]
BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="another address that speaks the provider's API")]
Model = Annotated[str | None, typer.Option(metavar="NAME", help="see `reelsheet models` \\[default: the provider's]")]
Scenario = Annotated[
    str | None, typer.Option(metavar="NAME", help="quick, extract, standard or fine \\[default: standard]")
]
Prompt = Annotated[
    str | None,
    typer.Option(metavar="NAME|PATH", help="a prompt of ours or a Markdown file \\[default: the scenario's]"),
]
Language = Annotated[
    str | None, typer.Option(metavar="TAG", help="the language spoken, such as en or zh \\[default: auto]")
]
Thinking = Annotated[
    bool | None, typer.Option("--thinking/--no-thinking", help="let the model think before it answers")
]
Search = Annotated[
    bool | None,
    typer.Option("--search/--no-search", help="let the model search the web, for a fee that is in no price table"),
]
Voice = Annotated[
    str | None, typer.Option(metavar="NAME", help="have each answer spoken as well, by a voice of `reelsheet models`")
]
FollowUp = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT", help="one more question about each answer; may be given several times"),
]
MaxCost = Annotated[
    float | None,
    typer.Option(metavar="AMOUNT", min=0, help="stop before the request that would cost more, in all, than this"),
]
Together = Annotated[
    bool | None, typer.Option("--together", help="the files of each folder or manifest are one recording")
]
Frames = Annotated[
    float | None,
    typer.Option(metavar="FPS", help="the pictures of each folder or manifest are one video, so many a second"),
]
Transport = Annotated[
    str | None,
    typer.Option(metavar="WAY", help="how media travel: auto, base64, upload or frames \\[default: auto]"),
]
Concurrency = Annotated[int | None, typer.Option(metavar="N", min=1, help="questions under way at once")]
RequestsPerMinute = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="at most so many; 0: no limit \\[default: the model's]")
]
TokensPerMinute = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="in and out together; 0: no limit \\[default: the model's]")
]
Workdir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="where clips lie until answered \\[default: the system's]")
]
Settle = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", min=0, help="in folders, files changed this recently wait for the next run \\[default: 30]"
    ),
]
Verify = Annotated[bool | None, typer.Option("--verify", help="hash every file anew, also where it looks unchanged")]
Config = Annotated[
    Path | None, typer.Option(metavar="FILE", help="a TOML file with settings, models and providers of yours")
]
Outcome = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="segments of this outcome: failed, skipped, refused, malformed, truncated or partial; may be repeated "
        "\\[default: skipped, and failed where asking again may help]",
    ),
]
Stage = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="what failed there: input, probe, plan, cut, ask or save; may be repeated"),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="what came about since: 2026-11-01, 2026-11-01T12:00 (UTC), or 12h, 3d ago"),
]
Json = Annotated[bool, typer.Option("--json", help="one JSON value on standard output")]


def explain(error: Any) -> str:
    """One sentence for a wrong command line, with the words that would be right."""
    message: str = error.format_message().rstrip(".")
    context = error.ctx
    if context is None:
        return message + "."
    if "option" in message.lower() and hasattr(error, "option_name"):
        known = [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
        return f"{message}. {context.command_path} knows {', '.join([*known, '--help'])}."
    if message.lower().startswith("no such command"):
        return f"{message}. Known commands: {', '.join(context.command.list_commands(context))}."
    return f"{message}. See: {context.command_path} --help"


@contextmanager
def tidy_interrupts() -> Iterator[None]:
    """While inside, Ctrl-C is an error, ours and with its sentence, so that what is under way can be ended in order."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(cancellation.SENTENCE) from None
    finally:
        signal.signal(signal.SIGINT, before)


def check_names(inputs: Sequence[str]) -> None:
    """Prefect keeps a run's inputs as JSON, which holds only valid text. Raises UsageError."""
    for name in inputs:
        if any(unicodedata.category(sign) == "Cs" for sign in name):  # a byte that is no UTF-8
            raise UsageError(f"The name {printable(name)} is not valid UTF-8: name its folder instead, or rename it.")


def words(kind: str, given: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """What was given, each once. Raises UsageError with the known ones for another word."""
    for word in given or ():
        if word not in known:
            raise UsageError(unknown(kind, word, known))
    return tuple(dict.fromkeys(given or ()))


def catalog(config: Path | None) -> Catalog:
    """The facts, with those of the user's file."""
    return load_catalog(config)
