"""Complete names of scenarios, providers, models, prompts and languages.

The names are read when Tab is pressed, from our tables and the file that `--config` names on the same line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # what Tab need not wait for
    from config.types import Catalog

Names = Callable[[typer.Context], list[tuple[str, str]]]
"""Gives names and what they are for; the shell shows those that begin as typed."""


def completer(option: str, words: Sequence[str] = ()) -> Names | None:
    """Return what completes the value of an option; None where nothing does.

    That is `words`, or the names that are known of its kind.
    """
    known = _KNOWN.get(option)

    def complete(ctx: typer.Context) -> list[tuple[str, str]]:
        return [(word, "") for word in words] if known is None else [*known(ctx)]

    return complete if words or known else None


def _scenarios(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    return ((name, spec.title) for name, spec in _catalog(ctx).scenarios.items())


def _providers(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    return ((name, spec.title) for name, spec in _catalog(ctx).providers.items())


def _models(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    for name, spec in _catalog(ctx).models.items():
        yield name, spec.family
        yield from ((snapshot, f"a snapshot of {name}") for snapshot in spec.snapshots)


def _languages(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    yield "auto", "as the model hears it"
    yield from _catalog(ctx).languages.items()


def _prompts(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    from prompts.reader import known_prompts

    del ctx
    return ((prompt.name, prompt.about) for prompt in known_prompts())


def _catalog(ctx: typer.Context) -> Catalog:
    from config.catalog import load_catalog
    from config.errors import ConfigError

    named = ctx.params.get("config_file")
    try:
        return load_catalog(Path(named) if named else None)
    except ConfigError:  # half a file name is no reason to complete nothing
        return load_catalog()


_KNOWN = {
    "scenario": _scenarios,
    "provider": _providers,
    "model": _models,
    "like": _models,
    "language": _languages,
    "prompt": _prompts,
}
