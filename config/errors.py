"""Define this package's one error, and turn validation errors into sentences."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails


class ConfigError(ValueError):
    """A setting or a fact in a file is not what was expected.

    The message is one or two sentences for the person who wrote it: where, what was expected, what was found.
    """


def expectation(details: ErrorDetails, kind: type[BaseModel]) -> str:
    """Return what pydantic complains about, as "KEY: expected ..., found ..."."""
    path = [str(part) for part in details["loc"]]
    key = ".".join(path)
    if details["type"] == "missing":
        return f"{key}: expected a value, found none."
    if details["type"] == "extra_forbidden":
        known = _fields(kind, path[:-1])
        return f"{key}: there is no such key{nearest(path[-1], known)} Known keys: {', '.join(known)}."
    if details["type"] in ("model_type", "dict_type"):
        return f"{key}: expected a table, found {_shown(details['input'])}."
    if details["type"] == "string_pattern_mismatch":
        return f"{key}: expected text of the form {details['ctx']['pattern']}, found {_shown(details['input'])}."
    if details["type"] == "too_short":
        return f"{key}: expected at least {details['ctx']['min_length']}, found {details['ctx']['actual_length']}."
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input should be ").partition(", unable")[0]
    message = f"a number {message}" if message.startswith(("greater", "less")) else message
    if message.startswith("expected "):
        return f"{key}: {message}.".removeprefix(": ")
    return f"{key}: expected {message}, found {_shown(details['input'])}."


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean X?" where something known is spelled alike, else ".".

    >>> nearest("fin", ["fine", "quick"])
    '; did you mean fine?'
    """
    close = difflib.get_close_matches(name.lower(), list(known), n=1)
    return f"; did you mean {close[0]}?" if close else "."


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence for a name that is not known.

    >>> unknown("style", "netflx", ["bbc", "netflix"])
    'There is no style "netflx"; did you mean netflix? Known: bbc, netflix.'
    """
    names = sorted(known)
    return f'There is no {kind} "{name}"{nearest(name, names)} Known: {", ".join(names)}.'


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _fields(kind: type[BaseModel], path: list[str]) -> list[str]:
    """Return the names of the fields of the model that lies at `path` inside `kind`."""
    for part in path:
        if part not in kind.model_fields:
            continue  # the number of a table in a list
        annotation = kind.model_fields[part].annotation
        for choice in (annotation, *get_args(annotation)):
            if isinstance(choice, type) and issubclass(choice, BaseModel):
                kind = choice
    return list(kind.model_fields)
