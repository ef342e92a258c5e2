"""Find whose facts hold for a model that nobody has described.

A gateway's prefix (`alibaba/…`) and a snapshot's date say nothing of a model's limits; its generation and its size do.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from config.catalog import pick_model
from config.errors import ConfigError
from config.types import ModelSpec

_GENERATION = re.compile(r"qwen-?(\d+(?:\.\d+)?)?-?omni")
_MISSPELLED = 0.9  # names as alike as this, digits aside, but not the same
_ASSUMED = ("limits of files", "frames", "tokens", "modes", "rate limits")


def resolve_model(name: str, known: Mapping[str, ModelSpec], like: str | None = None) -> ModelSpec:
    """Return the model of that name, or one like the model that is nearest to it.

    `like` names whose facts hold in place of the nearest one's. Raises ConfigError for a name that is close to a known
    one, tells nothing, or is known and has facts of its own.

    >>> from config.catalog import load_catalog
    >>> resolve_model("qwen4-omni-flash-2027-01-01", load_catalog().models).assumed_like
    'qwen3.8-omni-flash'
    """
    try:
        described = pick_model(name, known)
    except ConfigError as error:
        base = _nearest(name, known) if like is None else pick_model(like, known)
        if base is None:
            raise ConfigError(
                f"{error} For one that is not described here, --like MODEL says whose facts hold."
            ) from None
    else:
        if like is not None and like != name:
            raise ConfigError(f"{name} is described here already: leave out --like {like}, or change its own table.")
        return described
    facts = {"snapshots": (), "assumed": _ASSUMED, "assumed_like": base.name, "described": False}
    return base.model_copy(update={**facts, "name": name, "source": f"not described here; like {base.name}"})


def _nearest(name: str, known: Mapping[str, ModelSpec]) -> ModelSpec | None:
    """Return the model that a name is nearest to; None: nobody can tell.

    That is the one spelled most alike, among those of the newest generation that is not newer than the name's.
    """
    bare = _bare(name)
    same = [one for one in known.values() if bare in (_bare(one.name), *one.snapshots)]
    same += [one for one in known.values() if bare.startswith(f"{_bare(one.name)}-")]
    if same:
        return same[0]
    generation = _generation(bare)
    if generation is None or _is_misspelled(bare, known):
        return None
    generations = {found for one in known.values() if (found := _generation(_bare(one.name))) is not None}
    nearest = max((one for one in generations if one <= generation), default=min(generations))
    alike = [one for one in known.values() if _generation(_bare(one.name)) == nearest]
    return max(alike, key=lambda one: difflib.SequenceMatcher(None, bare, _bare(one.name)).ratio())


def _bare(name: str) -> str:
    return name.lower().rpartition("/")[2]


def _generation(bare: str) -> float | None:
    found = _GENERATION.match(bare)
    return float(found[1] or 0) if found else None


def _is_misspelled(bare: str, known: Mapping[str, ModelSpec]) -> bool:
    """Return whether the letters of a name are nearly those of a known one."""
    letters, all_letters = _letters(bare), {_letters(_bare(name)) for name in known}
    return letters not in all_letters and bool(difflib.get_close_matches(letters, all_letters, 1, _MISSPELLED))


def _letters(bare: str) -> str:
    return "-".join(filter(None, re.split(r"[\d.-]+", bare)))
