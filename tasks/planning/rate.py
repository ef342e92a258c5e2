"""What a model's service takes in a minute, and the hours that a plan needs at that rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.types import ModelSpec, ProviderSpec


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What may be sent in a minute: requests, and tokens in and out together. None: as many as one likes."""

    requests: int | None = None
    tokens: int | None = None
    minute_s: float = 60.0  # how long a minute is: servers in tests have shorter ones


def limits_for(
    model: ModelSpec,
    base_url: str | None,
    known: Iterable[ProviderSpec],
    requests: int | None = None,
    tokens: int | None = None,
) -> RateLimits:
    """What a run keeps to. `requests` and `tokens` were asked for: 0 is no limit, None the model's documented one.

    The documented limits are those of the vendor's service, so they hold at its addresses among the `known` ones, which
    are those with prices. A server of one's own has none, and a gateway has limits that nobody told.
    """
    vendors = {_host(spec.base_url) for spec in known if spec.dialect.name == "DashScope" and spec.price_region}
    at_the_service = _host(base_url) in vendors - {None}
    return RateLimits(
        requests=_chosen(requests, model.requests_per_minute if at_the_service else None),
        tokens=_chosen(tokens, model.tokens_per_minute if at_the_service else None),
    )


def price_region(provider: ProviderSpec, base_url: str | None, known: Iterable[ProviderSpec]) -> str | None:
    """The region whose prices hold; None: nobody knows them.

    Whoever names a provider is billed by it, through a gateway as well; so its prices hold at every address but that of
    another region. A server of one's own is a provider of its own (vllm, sglang, or a table of the user's), without any
    price unless the user gives one.
    """
    host = _host(base_url)
    owner = next((spec for spec in known if spec.base_url_env and host and _host(spec.base_url) == host), provider)
    return owner.price_region if provider.base_url_env else provider.price_region


def hours(requests: int, tokens: int, limits: RateLimits) -> float | None:
    """The hours that so many requests and tokens take at least; None without limits."""
    minutes = [used / limit for used, limit in ((requests, limits.requests), (tokens, limits.tokens)) if limit]
    return max(minutes) * limits.minute_s / 3600 if minutes else None


def _chosen(asked: int | None, documented: int | None) -> int | None:
    return documented if asked is None else asked or None


def _host(address: str | None) -> str | None:
    return urlsplit(address or "").hostname
