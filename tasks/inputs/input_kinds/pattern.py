"""Add what a pattern such as `talks/*.mp4` finds."""

from __future__ import annotations

import glob
import os
import re

from tasks.errors import NotFound
from tasks.inputs.input_kinds.folder import add_folder, is_folder
from tasks.inputs.scan import OTHER_ENDING, UNSETTLED, printable
from tasks.inputs.search import Argument, Search
from tasks.media.formats import is_media

_GLOB = re.compile(r"[*?\[]")


def is_pattern(argument: Argument) -> bool:
    """Tell whether it has a sign that stands for others.

    >>> is_pattern(Argument("talks/*.mp4")), is_pattern(Argument("talks/a.mp4"))
    (True, False)
    """
    return _GLOB.search(argument.path) is not None


def add_pattern(search: Search, argument: Argument) -> None:
    """Add what a pattern finds, as a folder does.

    Folders that it names are searched, unless `**` does so already.
    """
    pattern = argument.path
    matches = sorted(glob.glob(pattern, recursive=True))
    for path in matches:
        match = Argument(path)
        found = match.found
        if is_folder(match):
            if "**" not in pattern:
                add_folder(search, match)
        elif not is_media(os.path.basename(path)):
            search.ignore(path, OTHER_ENDING)
        elif found is not None and search.is_young(found.st_mtime_ns):
            search.ignore(path, UNSETTLED)
        else:
            search.take_file(path, found)
    if not matches:
        search.problem(pattern, NotFound(f"No file matches {printable(pattern)}; check the pattern and its folder."))
