"""Run `reelsheet engine serve`: the embedded model as a server of its own."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="the port; 0 takes a free one")] = 8099,
    speakers: Annotated[bool, typer.Option(help="tell speakers apart (about half the speed)")] = True,
) -> None:
    """Start the embedded model as a server; it prints its address."""
    argv = [sys.executable, "-P", "-m", "engine", "serve", "--host", host, "--port", str(port)]
    os.execv(sys.executable, argv if speakers else [*argv, "--no-speakers"])  # noqa: S606 - no shell is wanted
