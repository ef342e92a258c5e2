"""Find the files that the words on the command line mean.

Looks at names, sizes and times only, and opens nothing but manifests (`tasks/inputs/manifests.py`); the kinds of words
are in `tasks/inputs/input_kinds/`. What is named is always tried: a file by its name, a line of a manifest. What is
only found, in a folder or by a glob, must look like a recording: a known ending, no dot file, and not changed in the
last `settle_s` seconds.

A file costs one look at its size and time. Nothing is done per file that can be done per folder.
"""

from __future__ import annotations

from collections.abc import Sequence

from tasks.inputs.input_kinds.registry import KINDS
from tasks.inputs.scan import InputScan
from tasks.inputs.search import Search


def find_inputs(arguments: Sequence[str], settle_s: float, now: float, *, tags_from_columns: bool = False) -> InputScan:
    """Find files, folders, globs and manifests as one list without duplicates.

    `now` is in seconds since the epoch. A wrong argument, or row of a manifest, becomes a problem of its own; only a
    manifest of an unsupported kind raises UsageError. A file that is wanted in two ways is no duplicate, nor is one
    in a group.
    """
    search = Search(KINDS, settle_s, now, tags_from_columns)
    for argument in arguments:
        search.add(argument)
    return search.result()
