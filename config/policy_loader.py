"""Read a moderation policy: one of ours by name, or a file by its path."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import ConfigError, expectation, unknown
from config.policy_types import Policy, PolicyLabel

DEFAULT_POLICY = "default"

_FOLDER = Path(__file__).parent / "policies"
_CHOICES = ("Threshold", "literal['never']")  # parts of an error's place that stand in no file


def load_policy(name_or_path: str = DEFAULT_POLICY) -> Policy:
    """Return the shipped policy of that name, or the one in the file at that path.

    A path is what contains a path separator or ends in `.toml`. Raises ConfigError, naming the file, the key, what was
    expected, what was found and what to do.

    >>> load_policy("default").id
    'default'
    """
    if "/" in name_or_path or "\\" in name_or_path or name_or_path.endswith(".toml"):
        return _read(Path(name_or_path))
    if name_or_path not in shipped_policies():
        raise ConfigError(
            f"{unknown('policy', name_or_path, shipped_policies())} "
            "A policy of your own is named by a path that ends in .toml."
        )
    return _read(_FOLDER / f"{name_or_path}.toml")


def shipped_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with reelsheet.

    >>> shipped_policies()
    ('default',)
    """
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def _read(path: Path) -> Policy:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"There is no policy file {path}; give the path of a TOML file, or one of: {', '.join(shipped_policies())}."
        ) from error
    except OSError as error:
        raise ConfigError(f"The policy file {path} cannot be read: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}. Mend that line.") from error
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_sentence(error.errors()[0], document)}") from error


def _sentence(details: ErrorDetails, document: dict[str, object]) -> str:
    """Say what is wrong, and what to do.

    A label is named by its id, since nobody counts `[[labels]]`.
    """
    location = [part for part in details["loc"] if part not in _CHOICES]
    labels = document.get("labels")
    where = ""
    kind: type[BaseModel] = Policy
    if location[:1] == ["labels"] and len(location) > 1 and isinstance(labels, list):
        label = labels[int(location[1])]
        name = label.get("id") if isinstance(label, dict) else None
        where = f'label "{name}": ' if name else f"label {int(location[1]) + 1}: "
        location, kind = location[2:], PolicyLabel
    sentence = expectation(cast(ErrorDetails, {**details, "loc": tuple(location)}), kind)
    advised = ";" in sentence or "Known keys" in sentence
    return where + (sentence if advised else f"{sentence} docs/policies.md shows each key.")
