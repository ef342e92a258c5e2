"""What a model's service takes in a minute, and the hours that a plan needs at that rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.types import ModelSpec, ProviderSpec


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be sent in a minute: requests, and tokens in and out together. None: as many as one likes."""

    requests: int | None = None
    tokens: int | None = None
    minute_s: float = 60.0  # how long a minute is: servers in tests have shorter ones


def limits_for(
    model: ModelSpec, provider: ProviderSpec, region: str | None, requests: int | None, tokens: int | None
) -> Limits:
    """What a run keeps to. `requests` and `tokens` were asked for: 0 is no limit, None the model's documented one.

    The documented limits are those of an account at the vendor's service, so they hold where its prices do: in a
    `region` (see `price_region`). A server of one's own has no such account, and a gateway has limits that nobody told.
    """
    at_the_service = provider.dialect.name == "DashScope" and region is not None
    return Limits(
        requests=_chosen(requests, model.requests_per_minute if at_the_service else None),
        tokens=_chosen(tokens, model.tokens_per_minute if at_the_service else None),
    )


def price_region(provider: ProviderSpec, base_url: str | None, known: Iterable[ProviderSpec]) -> str | None:
    """The region whose prices hold at an address; None: nobody knows them.

    Prices are those of the provider at its own address, or of the other region whose address it is. At any other one,
    such as a gateway or a server of one's own, they are unknown: a provider with that address and a price_region, in a
    configuration file, makes them known. What runs on this machine has no address and costs the same everywhere.
    """
    if provider.base_url is None or _host(base_url) == _host(provider.base_url):
        return provider.price_region
    owner = next((spec for spec in known if spec.base_url_env and _host(spec.base_url) == _host(base_url)), None)
    return owner.price_region if owner else None


def hours(requests: int, tokens: int, limits: Limits) -> float | None:
    """The hours that so many requests and tokens take at least; None without limits."""
    minutes = [used / limit for used, limit in ((requests, limits.requests), (tokens, limits.tokens)) if limit]
    return max(minutes) * limits.minute_s / 3600 if minutes else None


def _chosen(asked: int | None, documented: int | None) -> int | None:
    return documented if asked is None else asked or None


def _host(address: str | None) -> str | None:
    return urlsplit(address or "").hostname
