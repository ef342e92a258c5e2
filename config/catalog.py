"""Load what is known about models, scenarios, providers, prices, languages.

A user's file may hold `[models.NAME]`, `[scenarios.NAME]`, `[providers.NAME]`, `[[prices]]` and `[languages]`. A
table of a known name changes only the keys it gives; a new one may say `like = "OTHER"` and give what differs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.errors import ConfigError, expectation, nearest, unknown
from config.types import Catalog, ModelSpec, Price, ProviderSpec, ScenarioSpec

Table = dict[str, Any]
T = TypeVar("T")
Spec = TypeVar("Spec", bound=BaseModel)

_FOLDER = Path(__file__).parent
_OURS = tuple(_FOLDER / f"{name}.toml" for name in ("models", "scenarios", "providers", "prices", "languages"))
_NAMED = ("models", "scenarios", "providers")
_OF_LANGUAGES = {
    "languages": (str, "the language's English name"),
    "language_names": (str, "a tag of [languages]"),
    "input_languages": (list, "a list of tags"),
    "spoken_languages": (list, "a list of tags"),
}
_TABLES = (*_NAMED, "prices", *_OF_LANGUAGES, "settings")
_DIALECT = re.compile(r"the (.+) dialect of \w+|(.+) dialect")


def load_catalog(extra: Path | None = None) -> Catalog:
    """Load the catalog, with the user's file `extra` merged over ours.

    Raises ConfigError, naming file, table, key and what was expected.

    >>> sorted(load_catalog().scenarios)
    ['extract', 'fine', 'quick', 'standard']
    """
    sources = [(path, read_toml(path)) for path in _OURS]
    if extra is not None:
        sources.append((extra, read_toml(extra)))
    facts: dict[str, Table] = {kind: {} for kind in _TABLES}
    origins: dict[tuple[str, str], Path] = {}
    for path, document in sources:
        _add(facts, origins, path, document)
    named = partial(_named, facts, origins)
    catalog = Catalog(
        models=named("models", ModelSpec),
        scenarios=named("scenarios", ScenarioSpec),
        providers=named("providers", ProviderSpec),
        prices=tuple(facts["prices"].values()),
        **{kind: facts[kind] for kind in _OF_LANGUAGES},
    )
    _check_references(catalog, origins)
    return catalog


def pick(kind: str, name: str, known: Mapping[str, T]) -> T:
    """Return `known[name]`.

    Raises ConfigError with the known names and the one spelled nearest.

    >>> pick("scenario", "fine", load_catalog().scenarios).name
    'fine'
    """
    try:
        return known[name]
    except KeyError:
        raise ConfigError(unknown(kind, name, known)) from None


def pick_model(name: str, known: Mapping[str, ModelSpec]) -> ModelSpec:
    """Return the model of that name.

    A snapshot is known by the model it belongs to, and asked under its own name.

    >>> pick_model("qwen3.5-omni-flash", load_catalog().models).family
    'qwen3.5-omni'
    """
    owner = next((model for model in known.values() if name in model.snapshots), None)
    if owner is None or name in known:
        return pick("model", name, known)
    return owner.model_copy(update={"name": name, "snapshots": (name,)})


def find_price(catalog: Catalog, model: str, region: str | None) -> Price | None:
    """Return what a model costs in a region; None: no price is known.

    A snapshot without a price of its own costs what its model does.

    >>> find_price(load_catalog(), "qwen3.5-omni-flash", "beijing").currency
    'CNY'
    """
    owners = [spec.name for spec in catalog.models.values() if model in spec.snapshots]
    prices = {price.model: price for price in catalog.prices if price.region == region}
    return next((prices[name] for name in (model, *owners) if name in prices), None)


def pick_language(tag: str, catalog: Catalog) -> str:
    """Return the known tag that `tag` means, be it a tag or a name.

    "auto" stays. Case does not matter, a region that is not known is dropped ("en-US" is "en"), and of a dialect its
    place will do. Raises ConfigError for a language that is not known.

    >>> [pick_language(name, load_catalog()) for name in ("English", "sichuan", "zh-yue")]
    ['en', 'zh-sichuan', 'yue']
    """
    known = catalog.languages
    by_name = {"auto": "auto"} | {_short(name): key for key, name in known.items()}
    by_name |= {_short(name): key for name, key in catalog.language_names.items()} | {k.lower(): k for k in known}
    wanted = tag.strip().replace("_", "-").lower()
    parts = _short(wanted).split("-")
    shorter = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    of_chinese = [wanted.removeprefix("zh-")] if wanted.startswith("zh-") else []
    for name in (wanted, wanted.replace("-", " "), shorter[0], *of_chinese, *shorter[1:]):
        if name in by_name:
            return by_name[name]
    names = [*by_name] if len(wanted) > 3 else ["auto", *known]
    raise ConfigError(
        f'There is no language "{tag}"{nearest(tag, names)} Known: {", ".join(["auto", *sorted(known)])}.'
    )


def _short(name: str) -> str:
    """Return a language's name without the words that say it is a dialect."""
    found = _DIALECT.fullmatch(name.lower())
    return next(filter(None, found.groups())) if found else name.lower()


def read_toml(path: Path) -> Table:
    """Read the tables of a file.

    Raises ConfigError where it cannot be read, is no TOML or holds an unknown table.

    >>> sorted(read_toml(Path(__file__).parent / "scenarios.toml"))
    ['scenarios']
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The configuration file {path} cannot be read: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    for name, table in document.items():
        if name not in _TABLES:
            raise ConfigError(
                f"{path}: there is no table [{name}]{nearest(name, _TABLES)} Known: {', '.join(_TABLES)}."
            )
        if not isinstance(table, list if name == "prices" else dict):
            form = "[[prices]] tables" if name == "prices" else f"a table [{name}]"
            raise ConfigError(f"{path}: {name}: expected {form}, found {table!r}.")
    return document


def _add(facts: dict[str, Table], origins: dict[tuple[str, str], Path], path: Path, document: Table) -> None:
    for kind in _NAMED:
        for name, table in document.get(kind, {}).items():
            if not isinstance(table, dict):
                raise ConfigError(f"{path}: {kind}.{name}: expected a table [{kind}.{name}], found {table!r}.")
            facts[kind][name] = _merged(facts[kind].get(name, {}), table)
            origins[kind, name] = path
    for table in document.get("prices", []):
        price = _validated(path, "[[prices]]", Price, table)
        facts["prices"][_price_key(price)] = price
        origins["prices", _price_key(price)] = path
    for kind, (wanted, form) in _OF_LANGUAGES.items():
        for tag, value in document.get(kind, {}).items():
            found = facts[kind].get(value.removeprefix("as ")) if isinstance(value, str) and wanted is list else value
            if not isinstance(found, wanted):
                raise ConfigError(f"{path}: [{kind}] {tag}: expected {form}, found {value!r}.")
            facts[kind][tag] = found


def _price_key(price: Price) -> str:
    return f"{price.model} {price.region}"


def _named(
    facts: dict[str, Table], origins: dict[tuple[str, str], Path], kind: str, spec: type[Spec]
) -> dict[str, Spec]:
    tables = facts[kind]
    return {
        name: _validated(
            origins[kind, name], f"[{kind}.{name}]", spec, _resolved(tables, name, origins[kind, name], kind), name
        )
        for name in tables
    }


def _resolved(tables: Table, name: str, path: Path, kind: str, seen: tuple[str, ...] = ()) -> Table:
    """Return a table with what it takes over from the one it is `like`."""
    table = dict(tables[name])
    like, unset = table.pop("like", None), table.pop("unset", [])
    if like is None:
        return table
    where = f"{path}: [{kind}.{name}] like"
    if like not in tables:
        raise ConfigError(f"{where}: {unknown(kind.removesuffix('s'), str(like), tables)}")
    if like in (*seen, name):
        raise ConfigError(f"{where}: expected a table that does not lead back here, found {like}.")
    base = _resolved(tables, like, path, kind, (*seen, name))
    return _merged({key: value for key, value in base.items() if key not in unset}, table)


def _merged(base: Table, over: Table) -> Table:
    """Merge `over` on top of `base`, table by table; neither is changed."""
    both = {key for key in over if isinstance(over[key], dict) and isinstance(base.get(key), dict)}
    return {**base, **over, **{key: _merged(base[key], over[key]) for key in both}}


def _validated(path: Path, where: str, spec: type[Spec], table: Table, name: str | None = None) -> Spec:
    try:
        return spec.model_validate(table if name is None else {**table, "name": name})
    except ValidationError as error:
        raise ConfigError(f"{path}: {where} {expectation(error.errors()[0], spec)}") from error


def _check_references(catalog: Catalog, origins: dict[tuple[str, str], Path]) -> None:
    for provider in catalog.providers.values():
        where = f"{origins['providers', provider.name]}: [providers.{provider.name}]"
        if provider.default_model not in catalog.models:
            raise ConfigError(f"{where} default_model: {unknown('model', provider.default_model, catalog.models)}")
        if provider.other_region is not None and provider.other_region not in catalog.providers:
            raise ConfigError(f"{where} other_region: {unknown('provider', provider.other_region, catalog.providers)}")
    names = [*catalog.models, *(snapshot for model in catalog.models.values() for snapshot in model.snapshots)]
    regions = [spec.price_region for spec in catalog.providers.values() if spec.price_region]
    for price in catalog.prices:
        where = f"{origins['prices', _price_key(price)]}: [[prices]]"
        if price.model not in names:
            raise ConfigError(f"{where} model: {unknown('model', price.model, names)}")
        if price.region not in regions:
            raise ConfigError(f"{where} region: {unknown('price_region', price.region, set(regions))}")
