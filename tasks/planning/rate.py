"""Know what a model's service takes in a minute, and the hours that a plan needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from config.types import ModelSpec, ProviderSpec


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Rate limits bound the requests and the tokens, in and out, of a minute."""

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
    """Return the limits that a run keeps to.

    `requests` and `tokens` were asked for: 0 is no limit, None the model's documented one. The documented limits are
    those of the vendor's service, so they hold at its addresses among the `known` ones, which are those with prices.
    A server of one's own has none, and the limits of a gateway are not known.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> model, providers = known.models["qwen3.5-omni-flash"], known.providers.values()
    >>> limits_for(model, known.providers["dashscope"].base_url, providers, requests=10)
    RateLimits(requests=10, tokens=100000, minute_s=60.0)
    """
    vendors = (spec for spec in known if spec.dialect.name == "DashScope" and spec.price_region)
    at_the_service = any(spec.serves(base_url) for spec in vendors)
    return RateLimits(
        requests=_chosen(requests, model.requests_per_minute if at_the_service else None),
        tokens=_chosen(tokens, model.tokens_per_minute if at_the_service else None),
    )


def price_region(provider: ProviderSpec, base_url: str | None, known: Iterable[ProviderSpec]) -> str | None:
    """Return the region whose prices hold; None: no prices are known.

    Who names a provider is billed by it, through a gateway as well; so its prices hold at every address but that of
    another region. A server of one's own is a provider of its own (vllm, sglang, or a table of the user's), without
    any price unless the user gives one.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog().providers
    >>> price_region(known["dashscope"], known["dashscope-cn"].base_url, known.values())
    'beijing'
    """
    owner = next((spec for spec in known if spec.base_url_env and spec.serves(base_url)), provider)
    return owner.price_region if provider.base_url_env else provider.price_region


def hours(requests: int, tokens: int, limits: RateLimits) -> float | None:
    """Return the hours that requests and tokens take at least; None without limits.

    >>> hours(6000, 9_000_000, RateLimits(requests=60, tokens=100_000))
    1.6666666666666667
    """
    minutes = [used / limit for used, limit in ((requests, limits.requests), (tokens, limits.tokens)) if limit]
    return max(minutes) * limits.minute_s / 3600 if minutes else None


def _chosen(asked: int | None, documented: int | None) -> int | None:
    return documented if asked is None else asked or None
