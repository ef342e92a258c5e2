"""Count what was sent, and what it costs; write counts and amounts for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tasks.planning.budget import NANO
from tasks.records import Tokens

_LEAST_SHOWN = NANO // 10_000  # less than the four digits that are shown is not "0.0000"


@dataclass(frozen=True, slots=True)
class Usage:
    """Usage counts requests, tokens and cost, expected or sent.

    >>> (Usage(1, cost_nano=5) + Usage(2, cost_nano=None)).cost_nano is None
    True
    """

    requests: int = 0
    tokens: Tokens = field(default=Tokens())
    cost_nano: int | None = 0  # None: a price is missing

    def __add__(self, other: Usage) -> Usage:
        unknown = self.cost_nano is None or other.cost_nano is None
        cost = None if unknown else (self.cost_nano or 0) + (other.cost_nano or 0)
        return Usage(self.requests + other.requests, self.tokens + other.tokens, cost)

    def as_json(self) -> dict[str, Any]:
        return {"requests": self.requests, "tokens": _token_object(self.tokens), "cost": _amount(self.cost_nano)}


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(2, "recording")
    '2 recordings'
    """
    return f"{count} {noun}" + ("" if count == 1 else "s")


def mb(size: int) -> str:
    """Return bytes as megabytes, for people.

    >>> mb(1_500_000)
    '1.50'
    """
    return f"{size / 1e6:,.2f}"


def money(nano: int | None, currency: str | None) -> str:
    """Return an amount for people, or that the price is unknown.

    >>> money(1_234_500_000, "CNY")
    '1.2345 CNY'
    """
    if nano is None:
        return "unknown (a price or the count of tokens is missing)"
    if 0 < nano < _LEAST_SHOWN:
        return f"less than {_LEAST_SHOWN / NANO:.4f} {currency}"
    return f"{nano / NANO:.4f} {currency}" if nano else "free of charge"


def _amount(nano: int | None) -> float | None:
    return None if nano is None else nano / NANO


def _token_object(tokens: Tokens) -> dict[str, int]:
    return {name: getattr(tokens, name) for name in Tokens.__slots__}
