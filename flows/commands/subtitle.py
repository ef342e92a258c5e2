"""`reelsheet subtitle`: recordings to subtitle files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from flows.commands.analyze import check_names, print_choice, wait_on_terminal
from flows.commands.options import Json, takes
from flows.output.console import print_json, stdout_console
from tasks.run.request import SubtitleRequest

if TYPE_CHECKING:
    from tasks.run.summary import Summary

_OF_OTHER_JOBS = ("together", "frames", "thinking", "search", "voice", "follow_up")


@takes(SubtitleRequest, without=_OF_OTHER_JOBS)
def subtitle(request: SubtitleRequest, as_json: Json = False) -> None:
    """Write subtitles of recordings, next to each: talk.mp4 gets talk.en.srt.

    The sound alone is sent. What is known already is not asked again: another style, format or choice of speakers
    renders all files anew without asking. A file that others wrote or edited is kept. To see what it would cost:
    `reelsheet plan INPUT --prompt subtitle`, or `--prompt subtitle-picture` for `--with-picture`.

    Examples: `reelsheet subtitle talks/ --language en` · `reelsheet subtitle talks/ --format srt,vtt --out subs/` ·
    `reelsheet subtitle film.mkv --style bbc --sdh` · `reelsheet subtitle songs/ --lyrics`
    """
    from flows.commands.run_output import print_files, print_summary
    from flows.pipeline.datasets import ready
    from flows.pipeline.setup import resolve
    from flows.pipeline.subtitle_choices import check_provider, choices_of
    from flows.pipeline.subtitle_known import finish_known
    from flows.runtime.launch import run_flow

    check_names(request.inputs)
    choices = choices_of(request)
    resolved = resolve(request)
    check_provider(request, resolved, choices)
    ready(resolved)
    console = stdout_console()
    if not as_json:
        print_choice(console, resolved)
        wait_on_terminal(resolved, request.inputs)
    summary: Summary = finish_known(resolved, request, choices) or run_flow("subtitle", request)
    if as_json:
        print_json(summary.as_json())
    else:
        print_summary(console, summary)
        print_files(console, summary)
    raise typer.Exit(summary.exit_status)
