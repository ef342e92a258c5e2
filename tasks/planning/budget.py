"""Keep the budget of a run: exact arithmetic in billionths of the currency."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum

from config.types import ModelSpec, Price
from tasks.planning.modes import Modes

NANO = 1_000_000_000  # parts of a currency's unit
_NEEDED = ("text_in", "image_video_in", "audio_in", "text_out")


class Room(Enum):
    """Return whether a budget has room for one more request."""

    NOW = "now"
    LATER = "later"  # once requests under way have ended, if they cost less than was reserved for them
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget counts what was spent, and what is reserved for requests under way.

    As long as no request costs more than was reserved for it, `spent + reserved` never exceeds `most`.

    >>> Budget(most=10).reserve(3).charge(reserved=3, actual=2)
    Budget(most=10, spent=2, reserved=0)
    """

    most: int
    spent: int = 0
    reserved: int = 0

    @property
    def left(self) -> int:
        """Return what may still be spent; 0 where answers were longer than expected."""
        return max(0, self.most - self.spent)

    def room(self, cost: int) -> Room:
        """Return whether a request of that expected cost may be sent.

        >>> Budget(most=10, spent=4, reserved=3).room(5)
        <Room.LATER: 'later'>
        """
        if self.spent + self.reserved + cost <= self.most:
            return Room.NOW
        return Room.LATER if self.reserved and self.spent + cost <= self.most else Room.NEVER

    def reserve(self, cost: int) -> Budget:
        """Reserve the expected cost of a request.

        Raises ValueError where there is no room now.
        """
        if self.room(cost) is not Room.NOW:
            raise ValueError(f"There is no room for {cost} beside {self}.")
        return replace(self, reserved=self.reserved + cost)

    def charge(self, reserved: int, actual: int) -> Budget:
        """End a request: replace what was reserved for it by what it cost."""
        return replace(self, spent=self.spent + actual, reserved=self.reserved - reserved)


def nano(amount: float) -> int:
    """Convert an amount of money to billionths.

    >>> nano(1.5)
    1500000000
    """
    return int((Decimal(str(amount)) * NANO).to_integral_value(ROUND_HALF_EVEN))


def unknown_cost(price: Price | None, modes: Modes, model: ModelSpec, provider: str) -> str | None:
    """Explain why the cost of requests is unknown, and what to do; None: it is known.

    >>> from config.catalog import load_catalog
    >>> model = load_catalog().models["qwen3.5-omni-flash"]
    >>> unknown_cost(None, Modes(search=True), model, "dashscope")
    'a web search costs an extra fee that is in no price table. Leave out --search, or --max-cost.'
    """
    if modes.search:
        return "a web search costs an extra fee that is in no price table. Leave out --search, or --max-cost."
    needed = (*_NEEDED, *(["audio_out"] if modes.voice else []))
    unknown = [name for name in needed if price is None or getattr(price, name) is None]
    if not unknown:
        return None
    what = "price" if price is None else " and ".join(unknown)
    return (
        f"no {what} of {model.name} at {provider} is known. Leave it out, or add a [[prices]] table for this model and "
        "region to the file of --config."
    )
