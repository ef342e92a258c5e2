"""Explain a command that was not understood, or cannot go on, in one sentence."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import typer

from flows.output.console import print_json
from tasks.errors import Interrupted
from tasks.system import cancellation

# Typer carries its own copy of click and exports only the leaves of its error tree.
UsageProblem = cast("type[Exception]", typer.BadParameter.__mro__[1])


def explain(error: Any) -> str:
    """Return one sentence for a wrong command line, with words that would be right."""
    message: str = error.format_message().rstrip(".").replace(": Value error, ", ": ")
    context = error.ctx
    if context is None:
        return message + "."
    if not message:  # a group without a command: its help has been printed
        first = context.command.list_commands(context)[0]
        return f"A command is expected after {context.command_path}, such as: {context.command_path} {first} --help"
    if "option" in message.lower() and hasattr(error, "option_name"):
        known = [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
        return f"{message}. {context.command_path} knows {', '.join([*known, '--help'])}."
    if message.lower().startswith("no such command"):
        end = "" if message.endswith("?") else "."
        return f"{message}{end} Known commands: {', '.join(context.command.list_commands(context))}."
    return f"{message}. See: {context.command_path} --help"


def complain(message: str, status: int) -> int:
    """Print what went wrong on standard error; return the status.

    For `--json` it is also a JSON object on standard output.
    """
    sys.stderr.write(f"reelsheet: {message}\n")
    if "--json" in sys.argv:
        with suppress(OSError):  # that may be what is complained of
            print_json({"error": message})
    return status


def is_thread_limit(error: Exception) -> bool:
    """Return whether the system has let nobody start a further thread or process.

    Of a thread Python says that in words alone. A full pipe that does not wait is a BlockingIOError, too, in other
    words than the system's.

    >>> is_thread_limit(RuntimeError("can't start new thread")), is_thread_limit(RuntimeError("other"))
    (True, False)
    """
    if isinstance(error, BlockingIOError):
        return error.strerror == os.strerror(errno.EAGAIN)
    return str(error).startswith("can't start new thread")


@contextmanager
def tidy_interrupts() -> Iterator[None]:
    """Make Ctrl-C an error of ours while inside, with its sentence.

    So what is under way can be ended in order.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(cancellation.SENTENCE) from None
    finally:
        signal.signal(signal.SIGINT, before)
