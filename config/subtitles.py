"""Read what is known about subtitles: styles, and the words of subtitles.

A style has `[limits]`, and `[languages.TAG]` tables that give what differs; one may say `like = "TAG"`. A file of the
user's own is read the same way.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.errors import ConfigError, expectation, nearest
from config.types import LineBreakWords, SubtitleCatalog, SubtitleStyle

_FOLDER = Path(__file__).parent
_STYLES = _FOLDER / "styles"
_WORDS = _FOLDER / "subtitle_words.toml"

Table = dict[str, Any]
Spec = TypeVar("Spec", bound=BaseModel)


def load_subtitle_catalog() -> SubtitleCatalog:
    """Load all styles, and the words of all languages.

    Raises ConfigError, naming file, table, key and what was expected.

    >>> sorted(load_subtitle_catalog().styles)
    ['bbc', 'netflix', 'youtube']
    """
    words = _read(_WORDS)
    line_breaks = {
        tag: _validated(_WORDS, f"[line_breaks.{tag}]", LineBreakWords, table)
        for tag, table in words["line_breaks"].items()
    }
    styles = {path.stem: read_style(path) for path in sorted(_STYLES.glob("*.toml"))}
    return SubtitleCatalog(
        styles=styles,
        line_breaks=line_breaks,
        invented_lines=tuple(words["invented"]["lines"]),
        three_letters=words["three_letters"],
        bibliographic=words["bibliographic"],
    )


def read_style(path: Path) -> SubtitleStyle:
    """Read a style from its file, whose stem is its name.

    Raises ConfigError as `load_subtitle_catalog` does.

    >>> read_style(_STYLES / "bbc.toml").name
    'bbc'
    """
    table = _read(path)
    limits, languages = table.get("limits", {}), table.get("languages", {})
    for key, value in {"limits": limits, "languages": languages, **languages}.items():
        if not isinstance(value, dict):
            raise ConfigError(f"{path}: {key}: expected a table, found {value!r}.")
    resolved = {tag: {**limits, **_resolved(path, languages, tag)} for tag in languages}
    return _validated(path, "", SubtitleStyle, {**table, "name": path.stem, "languages": resolved})


def pick_style(name: str, catalog: SubtitleCatalog) -> SubtitleStyle:
    """Find a style by its name, or by the path of a TOML file.

    Raises ConfigError with the names that are known.

    >>> pick_style("bbc", load_subtitle_catalog()).name
    'bbc'
    """
    if name.endswith(".toml"):
        return read_style(Path(name))
    if name not in catalog.styles:
        known = sorted(catalog.styles)
        raise ConfigError(f'There is no style "{name}"{nearest(name, known)} Known: {", ".join(known)}.')
    return catalog.styles[name]


def _resolved(path: Path, languages: Table, tag: str) -> Table:
    """Return a language's table with what it takes over from the one it is `like`.

    That goes one step deep.
    """
    table = dict(languages[tag])
    like = table.pop("like", None)
    if like is None:
        return table
    if like not in languages or "like" in languages[like]:
        raise ConfigError(f"{path}: [languages.{tag}] like: expected a language with a table of its own, found {like}.")
    return {**languages[like], **table}


def _read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The style file {path} cannot be read: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _validated(path: Path, where: str, spec: type[Spec], table: Table) -> Spec:
    try:
        return spec.model_validate(table)
    except ValidationError as error:
        raise ConfigError(f"{path}: {where} {expectation(error.errors()[0], spec)}".replace(":  ", ": ")) from error
