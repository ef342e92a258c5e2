"""Add what the rows of a manifest name, each with its own options."""

from __future__ import annotations

import os

from tasks.errors import BadManifest, MediaError
from tasks.inputs.input_kinds.pattern import is_pattern
from tasks.inputs.manifests import is_table, read_manifest
from tasks.inputs.scan import printable
from tasks.inputs.search import Argument, Search


def is_manifest(argument: Argument) -> bool:
    """Tell whether an argument means a manifest: by a leading @, or by its ending.

    A folder or a pattern may end as a manifest does. A row of a manifest means none.

    >>> is_manifest(Argument("@list.txt")), is_manifest(Argument("list.txt"))
    (True, False)
    """
    if argument.manifest is not None:
        return False
    word = argument.word
    if word.startswith("@"):
        return True
    if not is_table(word) or argument.has_scheme:
        return False
    return os.path.isfile(word) or not (os.path.lexists(word) or is_pattern(argument))


def add_manifest(search: Search, argument: Argument) -> None:
    """Add what each row means; a bad one becomes a problem of its own.

    Raises UsageError for a file of another kind.
    """
    path = argument.word.removeprefix("@")
    name, count = printable(path), 0
    try:
        for row in read_manifest(path, name, search.warn, tags_from_columns=search.tags_from_columns):
            count += 1
            with search.of_row(row, name):
                if row.fault:
                    uri = row.uri and os.path.join(os.path.dirname(path), row.uri)
                    search.problem(uri or row.where, BadManifest(f"{row.fault}."))
                else:
                    search.add(row.uri, manifest=path)
    except MediaError as error:
        search.problem(path, error)
    else:
        if not count:
            search.warn(f"The manifest {name} names no recording.")
