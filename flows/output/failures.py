"""Print failures for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from tasks.records import Failure


def print_failures(console: Console, found: Sequence[Failure]) -> None:
    """Print what could not be done, a line each."""
    for failed in found:
        where = "" if failed.uri in failed.message else f"{failed.uri}: "
        console.print(f"Failed: {where}{failed.message}", markup=False)


def failure_object(failed: Failure) -> dict[str, Any]:
    """Return a failure as `--json` prints it."""
    return {"uri": failed.uri, "stage": failed.stage, "error": failed.error_class, "message": failed.message}
