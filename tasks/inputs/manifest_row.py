"""Check a row of a manifest field by field. Pure."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from tasks.identity import canonical_json
from tasks.inputs.overrides import AS_THE_RUN, InputOptions, merged_tags

COLUMNS = ("uri", "scenario", "prompt", "language", "audio_track", "tags", "group")

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A row names a recording and sets its options.

    With a `fault` it cannot be used, and the rest is what could be read of it.
    """

    where: str  # "talks.csv, line 7"
    uri: str = ""  # a relative path counts from the manifest's folder
    options: InputOptions = AS_THE_RUN
    tags_json: str = ""  # canonical JSON of an object; "": none
    group: str = ""  # rows of the same group are one recording
    fault: str = ""


class _Fault(ValueError):
    """A field is not what it should be."""


def read_row(where: str, found: Fields, folder: str, *, tags_from_columns: bool = False) -> ManifestRow:
    """Read a row from its cells; paths count from `folder`.

    With `tags_from_columns` each cell of a column that is not known is a tag, unless `tags` says otherwise.

    >>> read_row("talks.csv, line 2", {"uri": "a.mp4", "language": "en"}, "talks").options.language
    'en'
    """
    uri = ""
    group = ""
    try:
        group = _text(found, "group")
        uri = _text(found, "uri")
        if not uri.strip():
            raise _Fault("uri is empty; it names the recording")
        prompt = _text(found, "prompt").strip()
        if "/" in prompt or "\\" in prompt or prompt.endswith(".md"):  # as prompts are told from paths of files
            prompt = os.path.join(folder, prompt)  # noqa: PTH118
        options = InputOptions(
            _text(found, "scenario").strip() or None,
            prompt or None,
            _text(found, "language").strip() or None,
            _number_or_text(found, "audio_track").strip() or None,
        )
        tags_json = merged_tags([_tags(found.get("tags")), _tags(_more(found)) if tags_from_columns else ""])
    except _Fault as fault:
        return ManifestRow(where, uri, group=group, fault=str(fault))
    return ManifestRow(where, uri, AS_THE_RUN if options == AS_THE_RUN else options, tags_json, group)


def _more(found: Fields) -> dict[str, object]:
    """Return the filled cells of columns that are not known.

    What JSON cannot hold, such as a date, is text.
    """
    cells = {str(name): value for name, value in found.items() if name not in COLUMNS and value not in (None, "")}
    plain = (str, bool, int, float, list, dict)
    return {name: value if isinstance(value, plain) else str(value) for name, value in cells.items()}


def _text(found: Fields, column: str) -> str:
    value = found.get(column)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Fault(f"{column} is {kind_of(value)}; expected text")
    if column != "uri" and not is_text(value):
        raise _Fault(f"{column} is not UTF-8 text")
    return value


def _number_or_text(found: Fields, column: str) -> str:
    value = found.get(column)
    is_number = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return f"{value:.0f}" if is_number and not isinstance(value, bool) else _text(found, column)


def _tags(value: object) -> str:
    """Return tags as canonical JSON; they come as an object or as its JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_constant=no_constant) if value.strip() else None
        except (ValueError, RecursionError) as error:
            raise _Fault(f"tags is no JSON object ({error})") from error
    if value is None:
        return ""
    if not isinstance(value, dict):
        raise _Fault(f"tags is {kind_of(value)}; expected a JSON object")
    try:
        text = canonical_json(value)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _Fault(f"tags cannot be kept as JSON ({error})") from error
    return text if value else ""


def is_text(value: str) -> bool:
    """Return whether a text can be written as UTF-8.

    >>> is_text("día.mp4")
    True
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def no_constant(name: str) -> object:
    """Refuse what Python's JSON reader takes and JSON does not know: NaN, Infinity.

    Raises ValueError.

    >>> no_constant("NaN")
    Traceback (most recent call last):
        ...
    ValueError: NaN is no JSON
    """
    raise ValueError(f"{name} is no JSON")


def kind_of(value: object) -> str:
    """Name the kind of a value, for people.

    >>> kind_of(1.5)
    'a number'
    """
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")
