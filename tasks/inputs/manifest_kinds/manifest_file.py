"""Describe a manifest's file to the reader of its kind, and read its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.errors import BadManifest
from tasks.inputs.manifest_row import COLUMNS, Fields

MOST_NAMED = 10  # columns that a message names

_LONGEST = 1 << 20  # characters of a line
_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")  # how its first bytes look, read as UTF-8

TOO_LONG = f"the line has more than {_LONGEST:,} characters"
NOT_UTF_8 = "it is not UTF-8 text; save the manifest as UTF-8, or name the file in a list.txt"

Rows = Iterator[tuple[str, Fields | str]]  # where a row stands, and its fields or what is wrong with it
Lines = Iterator[tuple[int, str | None]]  # the number, from 1, and the text; None: it is too long


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A manifest lies at a path and is called by a name.

    `all_columns`: those that are not known are wanted, too.
    """

    path: str
    name: str
    all_columns: bool = False

    def lines(self) -> Lines:
        """Yield the lines without their ends.

        Bytes that are no UTF-8 are kept as Python keeps those of file names. Raises BadManifest for UTF-16.
        """
        with open(self.path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:  # noqa: PTH123
            number = 0
            while line := file.readline(_LONGEST + 1):
                number += 1
                if number == 1 and line.startswith(_UTF_16):
                    raise BadManifest(f"{self.name} is in UTF-16; save it as UTF-8.")
                whole = len(line) <= _LONGEST
                while len(line) > _LONGEST and not line.endswith(("\n", "\r")):
                    line = file.readline(_LONGEST + 1)
                yield number, line.rstrip("\r\n") if whole else None


def require_uri(columns: Sequence[str], name: str, hint: str = "") -> None:
    """Raise BadManifest where a table has no column `uri`, or a column of ours twice."""
    twice = sorted({column for column in columns if column in COLUMNS and columns.count(column) > 1})
    if twice:
        raise BadManifest(f"{name} has the column {twice[0]} twice; keep one of them.")
    if "uri" not in columns:
        listed = ", ".join(columns[:MOST_NAMED]) or "none"
        raise BadManifest(f"{name} has no column uri, which names the recordings; found: {listed}{hint}.")
