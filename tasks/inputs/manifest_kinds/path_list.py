"""Read a list: one path or address a line, without empty lines and lines with #."""

from __future__ import annotations

from tasks.inputs.manifest_kinds.manifest_file import TOO_LONG, ManifestFile, Rows


def path_rows(file: ManifestFile) -> Rows:
    """Yield a row with nothing but `uri` for each line."""
    for number, line in file.lines():
        if line is None:
            yield f"{file.name}, line {number}", TOO_LONG
        elif line.strip() and not line.startswith("#"):
            yield f"{file.name}, line {number}", {"uri": line}
