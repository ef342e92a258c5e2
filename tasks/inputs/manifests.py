"""Read manifests: tables that name recordings, one a row.

They are read a few rows at a time. A bad row gives its reason and stops no other. Columns: `uri`, and where wanted
`scenario`, `prompt`, `language`, `tags`, `group`. Paths count from the manifest's folder, those of prompts as well.
The kinds of files are in `tasks/inputs/manifest_kinds/`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from tasks.errors import NotFound, NotReadable, UsageError
from tasks.inputs.manifest_kinds.manifest_file import MOST_NAMED, ManifestFile
from tasks.inputs.manifest_kinds.registry import KINDS
from tasks.inputs.manifest_row import COLUMNS, ManifestRow, read_row

TABLES = tuple(kind.ending for kind in KINDS.values() if not kind.needs_at)  # manifests also without a leading @


def is_table(name: str) -> bool:
    """Return whether a name is that of a manifest by its ending.

    >>> is_table("talks.csv")
    True
    """
    return name.lower().endswith(TABLES)


def read_manifest(
    path: str, name: str, warn: Callable[[str], None], *, tags_from_columns: bool = False
) -> Iterator[ManifestRow]:
    """Yield the rows of a manifest, in order.

    `name` is how to call it; `warn` is called with a sentence about columns that are not known, which with
    `tags_from_columns` are tags. Raises BadManifest,
    NotFound, NotReadable where it cannot be read as a whole, UsageError for another kind of file.
    """
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 - names may hold odd bytes
    if ending not in KINDS:
        raise UsageError(
            f"The manifest {name} is of an unknown kind; supported are @list.txt, a text file with one path a line, "
            f"and tables that end in {', '.join(TABLES)}."
        )
    seen: dict[str, None] = {}
    try:
        for where, found in KINDS[ending].read(ManifestFile(path, name, tags_from_columns)):
            if isinstance(found, str):
                yield ManifestRow(where, fault=found)
            else:
                seen.update(dict.fromkeys(column for column in found if len(seen) <= MOST_NAMED + len(COLUMNS)))
                folder = os.path.dirname(path)  # noqa: PTH120
                yield read_row(where, found, folder, tags_from_columns=tags_from_columns)
    except FileNotFoundError:
        raise NotFound(f"The manifest {name} does not exist; check its name and folder.") from None
    except OSError as error:
        raise NotReadable(f"The manifest {name} cannot be read: {error.strerror or error}.") from error
    finally:
        unknown = [column for column in seen if column not in COLUMNS]
        if unknown and not tags_from_columns:
            listed = ", ".join(repr(column) for column in unknown[:MOST_NAMED])
            more = " and more" if len(unknown) > MOST_NAMED else ""
            warn(
                f"{name}: not known and not used are the columns {listed}{more}. Known: {', '.join(COLUMNS)}. "
                "--tags-from-columns makes tags of them."
            )
