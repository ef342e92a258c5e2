"""Add a file by its name, whatever its ending: what is named is always tried."""

from __future__ import annotations

import os

from tasks.inputs.search import Argument, Search


def is_file(argument: Argument) -> bool:
    """Tell whether something lies at the path, be it a link that leads nowhere."""
    return argument.found is not None or os.path.lexists(argument.path)


def add_file(search: Search, argument: Argument) -> None:
    """Add the file."""
    search.take_file(argument.path, argument.found)
