"""Hold the options and tags of one input, which override those of the run. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tasks.identity import canonical_json


@dataclass(frozen=True, slots=True)
class InputOptions:
    """An input's options say how it is asked about; None is as the run's options."""

    scenario: str | None = None
    prompt: str | None = None  # a prompt's name, or the path of a Markdown file
    language: str | None = None  # a BCP 47 tag, or auto
    audio_track: str | None = None  # a number from 0, a language, or all

    @property
    def given(self) -> dict[str, str]:
        """Return the options that are given, by name.

        >>> InputOptions(language="en").given
        {'language': 'en'}
        """
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}


NAMES = tuple(one.name for one in fields(InputOptions))
AS_THE_RUN = InputOptions()


def agreed_options(several: Iterable[InputOptions]) -> InputOptions:
    """Return the options that several inputs of one recording agree on.

    Raises ValueError where two want different things.

    >>> agreed_options([InputOptions("fine"), InputOptions(language="en")])
    InputOptions(scenario='fine', prompt=None, language='en', audio_track=None)
    """
    found: dict[str, str] = {}
    for options in several:
        for name, value in options.given.items():
            if found.setdefault(name, value) != value:
                raise ValueError(f"{name} is {found[name]} in one row and {value} in another")
    return InputOptions(**found)


def merged_tags(several: Iterable[str]) -> str:
    """Merge the tags of several inputs into one JSON object, "" for none.

    Of a key that two have, the first counts.

    >>> merged_tags(['{"a":1}', '{"a":2,"b":3}'])
    '{"a":1,"b":3}'
    """
    found: dict[str, Any] = {}
    for tags_json in filter(None, several):
        found = {**json.loads(tags_json), **found}
    return canonical_json(found) if found else ""


def options_json(options: InputOptions, tags_json: str) -> str | None:
    """Return a manifest's options and tags as the table `inputs` keeps them.

    None: there are none.

    >>> options_json(InputOptions("fine"), '{"speaker":"Anna"}')
    '{"scenario":"fine","tags":{"speaker":"Anna"}}'
    """
    given: dict[str, Any] = {**options.given, **({"tags": json.loads(tags_json)} if tags_json else {})}
    return canonical_json(given) if given else None


def read_options_json(text: str | None) -> tuple[InputOptions, str]:
    """Return the options and tags that `options_json` has written.

    >>> read_options_json('{"scenario":"fine"}')
    (InputOptions(scenario='fine', prompt=None, language=None, audio_track=None), '')
    """
    given: Mapping[str, Any] = json.loads(text) if text else {}
    tags = given.get("tags")
    return InputOptions(**{name: given.get(name) for name in NAMES}), canonical_json(tags) if tags else ""
