"""Read JSON lines: one object a line, UTF-8."""

from __future__ import annotations

import json

from tasks.inputs.manifest_kinds.manifest_file import NOT_UTF_8, TOO_LONG, ManifestFile, Rows
from tasks.inputs.manifest_row import Fields, is_text, kind_of, no_constant


def json_rows(file: ManifestFile) -> Rows:
    """Yield the object of each line that is not empty."""
    for number, line in file.lines():
        if line is None or line.strip():
            yield f"{file.name}, line {number}", _object(line)


def _object(line: str | None) -> Fields | str:
    if line is None:
        return TOO_LONG
    if not is_text(line):
        return NOT_UTF_8
    try:
        found = json.loads(line, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        return f"expected a JSON object on one line, found broken JSON ({error})"
    return found if isinstance(found, dict) else f"expected a JSON object, found {kind_of(found)}"
