"""Read the settings of a run; this alone reads the environment.

Precedence: an option given > `REELSHEET_*` in the environment > `[settings]` of the user's file > the default.
Keys come from the environment alone and never show in a repr.

Weighed against pydantic-settings 2.16: merging the sources is the six lines of `_gathered`. It merges before it
validates and forgets which source a value came from, which our messages name; it costs 45 ms of every start.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, NonNegativeFloat, PositiveInt, SecretStr, ValidationError, field_validator

from config.catalog import load_catalog, pick, pick_language, read_toml
from config.errors import ConfigError, expectation, nearest
from config.nearest_model import resolve_model
from config.options import (
    CONCURRENCY,
    LOCAL_CONCURRENCY,
    AnalyzeOptions,
    ModerationOptions,
    NonEmpty,
    Passes,
    Transport,
    options_of,
)
from config.types import Catalog, ProviderSpec

T = TypeVar("T")

_PREFIX = "REELSHEET_"
_OPTIONS = options_of(AnalyzeOptions) | options_of(ModerationOptions)
_DEFAULTS = {name: option.default for name, option in _OPTIONS.items() if option.default is not None}
_SERVICE = "dashscope"  # chosen where its key is set
_LOCAL = "local"
_DERIVED = ("provider_reason", "api_keys")
_SHORTEST_SECRET = 8  # servers of one's own are given keys such as EMPTY


class Settings(ModerationOptions, AnalyzeOptions):
    """Hold the settings of one run, checked against the catalog."""

    # Options that have a default, so that they are never None here.
    dataset: NonEmpty
    provider: str
    scenario: str
    language: str  # "auto", or a known BCP 47 tag
    together: bool
    transport: Transport
    search: bool
    concurrency: PositiveInt
    workdir: Path
    settle_s: NonNegativeFloat
    tags_from_columns: bool
    verify: bool
    strict: bool
    ignore_known: bool
    policy: NonEmpty
    passes: Passes
    # What only the environment or the file may give.
    workdir_mb: int = Field(2000, gt=0)  # how much of the work folder the clips of a run may take
    cache_dir: Path  # what can be found out again about datasets that lie elsewhere
    dataset_root: Path | None = None  # where deployments keep datasets whose paths are relative
    private_urls: bool = False  # whether addresses of this machine and its nets may be read, and plain http
    failpoints: str = ""  # for tests: instants at which to be killed, separated by commas
    # What follows from the rest.
    provider_reason: str  # why this provider, to be printed: "as --provider says"
    api_keys: dict[str, SecretStr] = Field(default_factory=dict, repr=False, exclude=True)  # by provider

    @field_validator("requests_per_minute", "tokens_per_minute", mode="before")
    @classmethod
    def _off_is_no_limit(cls, value: object) -> object:
        return 0 if value == "off" else value

    @field_validator("dataset_root")
    @classmethod
    def _root_is_absolute(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_absolute():
            raise ValueError(f"expected an absolute path, found {str(value)!r}")
        return value

    @field_validator("follow_up", mode="before")
    @classmethod
    def _lines_are_questions(cls, value: object) -> object:
        return value.splitlines() if isinstance(value, str) else value

    @field_validator("follow_up")
    @classmethod
    def _questions_have_words(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        questions = tuple(question.strip() for question in value or ())
        if not all(questions):
            raise ValueError("expected questions in words, found an empty one")
        return questions if value is not None else None

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"expected an address such as https://host/v1, found {value!r}")
        if parts.username or parts.password:
            raise ValueError("expected an address without a password, as it is recorded; found one with")
        return value

    @property
    def api_key(self) -> SecretStr | None:
        """Return the key of the chosen provider, where there is one."""
        return self.api_keys.get(self.provider)

    def key_for(self, provider: ProviderSpec) -> SecretStr | None:
        """Return the key of a provider, where there is one."""
        return self.api_keys.get(provider.name)


def load_settings(
    config_file: Path | None = None, *, environ: Mapping[str, str] | None = None, **options: Any
) -> Settings:
    """Return the settings; an option that is None was not given.

    `environ` stands in for the environment in tests. Raises ConfigError, naming the option, variable or file, what was
    expected and what was found.
    """
    environment = {key: value.strip() for key, value in (os.environ if environ is None else environ).items()}
    environment = {key: value for key, value in environment.items() if value}
    catalog = load_catalog(config_file)
    given, origins = _gathered(config_file, environment, options)
    if "provider" in given:
        given["provider_reason"] = f"as {origins['provider']} says"
    else:
        given["provider"], given["provider_reason"] = _default_provider(environment, catalog)
    provider = _checked(origins, "provider", lambda: pick("provider", str(given["provider"]), catalog.providers))
    address = environment.get(provider.base_url_env or "")
    if address is not None and _owner(address, catalog) in (None, provider.name):
        given.setdefault("base_url", address)
    given.setdefault("concurrency", LOCAL_CONCURRENCY if provider.name == _LOCAL else CONCURRENCY)
    given.setdefault("workdir", Path(tempfile.gettempdir()))
    given.setdefault("cache_dir", Path(environment.get("XDG_CACHE_HOME", "~/.cache")) / "reelsheet")
    given["api_keys"] = _keys(environment, catalog)
    _check_no_key(given, origins)
    try:
        settings = Settings.model_validate({**_DEFAULTS, **given})
    except ValidationError as error:
        details = error.errors(include_input=True)[0]
        where = origins.get(str(details["loc"][0]), "The settings")
        raise ConfigError(f"{where}: {expectation(details, Settings).partition(': ')[2]}") from None
    _checked(origins, "scenario", lambda: pick("scenario", settings.scenario, catalog.scenarios))
    if settings.model is not None:
        name = settings.model
        _checked(origins, "model", lambda: resolve_model(name, catalog.models, settings.like))
    language = _checked(origins, "language", lambda: pick_language(settings.language, catalog))
    return settings.model_copy(update={"language": language})


def _gathered(
    config_file: Path | None, environment: Mapping[str, str], options: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was given, and where each setting was: the later of three wins."""
    known = [name for name in Settings.model_fields if name not in _DERIVED]
    in_file = {} if config_file is None else read_toml(config_file).get("settings", {})
    for name in in_file:
        if "key" in name.lower():
            raise ConfigError(f"{config_file}: [settings] {name}: keys belong in the environment, not in a file.")
        if name not in known:
            raise ConfigError(
                f"{config_file}: [settings] {name}: there is no such setting{nearest(name, known)} "
                f"Known: {', '.join(known)}."
            )
    for name in options:
        if name not in _OPTIONS:
            raise TypeError(f"load_settings() got an unexpected option {name!r}")
    in_environment = {name: environment[_variable(name)] for name in known if _variable(name) in environment}
    in_options = {name: value for name, value in options.items() if value is not None}
    origins = {
        **{name: f"{config_file}: [settings] {name}" for name in in_file},
        **{name: _variable(name) for name in in_environment},
        **{name: _OPTIONS[name].flag.partition("/")[0] for name in in_options},
    }
    return {**in_file, **in_environment, **in_options}, origins


def _variable(name: str) -> str:
    return _PREFIX + name.upper()


def _default_provider(environment: Mapping[str, str], catalog: Catalog) -> tuple[str, str]:
    """Choose the embedded engine, unless the service's key is set.

    Then it is the region that the service's address belongs to. Returns the reason, too.
    """
    service = catalog.providers[_SERVICE]
    if (service.api_key_env or "") not in environment:
        return _LOCAL, f"since {service.api_key_env} is not set"
    owner = _owner(environment.get(service.base_url_env or "", ""), catalog)
    if owner is None or catalog.providers[owner].api_key_env != service.api_key_env:
        return service.name, f"since {service.api_key_env} is set"
    return owner, f"since {service.api_key_env} is set and {service.base_url_env} is its address"


def _owner(address: str, catalog: Catalog) -> str | None:
    """Return the provider at an address.

    The variable for one region's address is not meant for the other region.
    """
    regions = ((name, spec) for name, spec in catalog.providers.items() if spec.base_url_env)
    return next((name for name, spec in regions if spec.serves(address)), None)


def _check_no_key(given: Mapping[str, Any], origins: Mapping[str, str]) -> None:
    """Raise ConfigError where a setting holds a key: settings are recorded.

    The message does not repeat it.
    """
    keys = [key.get_secret_value() for key in given["api_keys"].values()]
    secret = [key for key in keys if len(key) >= _SHORTEST_SECRET]
    for name, origin in origins.items():
        if any(key in str(given[name]) for key in secret):
            raise ConfigError(f"{origin}: expected a setting, found the key: keys belong in their own variable alone.")


def _keys(environment: Mapping[str, str], catalog: Catalog) -> dict[str, SecretStr]:
    """Return the keys by provider.

    That is `REELSHEET_API_KEY` where set, else what the provider's own variable holds.
    """
    own = environment.get(_PREFIX + "API_KEY")
    found = {name: own or environment.get(spec.api_key_env or "") for name, spec in catalog.providers.items()}
    return {name: SecretStr(key) for name, key in found.items() if key}


def _checked(origins: Mapping[str, str], name: str, look: Callable[[], T]) -> T:
    """Return what `look` finds.

    Its ConfigError says where the setting was given, unless that was on the command line.
    """
    try:
        return look()
    except ConfigError as error:
        origin = origins.get(name, "")
        raise ConfigError(f"{error}" if origin.startswith("--") or not origin else f"{origin}: {error}") from None
