"""What one input wants for itself, in place of the run's options, and what it is labelled with. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tasks.identity import canonical_json


@dataclass(frozen=True, slots=True)
class InputOptions:
    """How one input is to be asked about; what is None is as the run's options say."""

    scenario: str | None = None
    prompt: str | None = None  # a prompt's name, or the path of a Markdown file
    language: str | None = None  # a BCP 47 tag, or auto

    @property
    def given(self) -> dict[str, str]:
        """What it says, by name."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}


NAMES = tuple(one.name for one in fields(InputOptions))
AS_THE_RUN = InputOptions()


def agreed_options(several: Iterable[InputOptions]) -> InputOptions:
    """What several inputs that are one recording want together. Raises ValueError where two want different things."""
    found: dict[str, str] = {}
    for options in several:
        for name, value in options.given.items():
            if found.setdefault(name, value) != value:
                raise ValueError(f"{name} is {found[name]} in one row and {value} in another")
    return InputOptions(**found)


def merged_tags(several: Iterable[str]) -> str:
    """The tags of several inputs as one JSON object, "" for none; of a key that two have, the first counts."""
    found: dict[str, Any] = {}
    for tags_json in filter(None, several):
        found = {**json.loads(tags_json), **found}
    return canonical_json(found) if found else ""


def options_json(options: InputOptions, tags_json: str) -> str | None:
    """What a manifest said of an input, as the table `inputs` keeps it; None: nothing."""
    given: dict[str, Any] = {**options.given, **({"tags": json.loads(tags_json)} if tags_json else {})}
    return canonical_json(given) if given else None


def read_options_json(text: str | None) -> tuple[InputOptions, str]:
    """The wish and the tags that `options_json` has written."""
    given: Mapping[str, Any] = json.loads(text) if text else {}
    tags = given.get("tags")
    return InputOptions(**{name: given.get(name) for name in NAMES}), canonical_json(tags) if tags else ""
