"""List the kinds of manifests, by the endings of their files.

A new one is one file next to this one, and one row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tasks.inputs.manifest_kinds.csv_table import csv_rows
from tasks.inputs.manifest_kinds.json_lines import json_rows
from tasks.inputs.manifest_kinds.manifest_file import ManifestFile, Rows
from tasks.inputs.manifest_kinds.parquet_table import parquet_rows
from tasks.inputs.manifest_kinds.path_list import path_rows


@dataclass(frozen=True, slots=True)
class ManifestKind:
    """A kind of manifest is known by its ending, and has a reader of its rows.

    One that `needs_at` is a manifest only where it is named with a leading @, since other files end so, too.
    """

    ending: str
    read: Callable[[ManifestFile], Rows]
    needs_at: bool = False


KINDS = {
    kind.ending: kind
    for kind in (
        ManifestKind(".txt", path_rows, needs_at=True),
        ManifestKind(".csv", csv_rows),
        ManifestKind(".jsonl", json_rows),
        ManifestKind(".parquet", parquet_rows),
    )
}
