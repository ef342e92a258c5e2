"""Guard a run's budget: what its requests may cost together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config.types import Price
from tasks.errors import OverBudget
from tasks.planning.budget import NANO, Budget, Room
from tasks.planning.cost import cost_nano
from tasks.records import Call, Tokens


@dataclass(slots=True)
class Bill:
    """A bill has what a request is expected to cost, and in the end what it cost."""

    reserved: int = 0
    actual: int = 0
    price: Price | None = None

    def pay(self, call: Call) -> None:
        """Take the cost of a request that has ended.

        An answer that broke off is taken to cost what was expected, since nobody counted its tokens.
        """
        if call.tokens is not None:
            self.actual = cost_nano(call.tokens, self.price) or 0
        elif call.http_status == 200:
            self.actual = self.reserved


class BudgetGuard:
    """The guard lets a request start only where the budget has room for it.

    Without `most`, in billionths of the price's currency, everything may be spent. A request for which there would be
    room if those under way cost less than expected waits for them. `pause` waits on a condition until it is notified;
    tests inject one that doesn't.
    """

    def __init__(
        self,
        most: int | None = None,
        price: Price | None = None,
        *,
        pause: Callable[[threading.Condition], object] = threading.Condition.wait,
    ) -> None:
        self._budget = None if most is None else Budget(most)
        self._price = price
        self._pause = pause
        self._changed = threading.Condition()

    @property
    def budget(self) -> Budget | None:
        return self._budget

    @contextmanager
    def paying(self, expected: Tokens, halted: threading.Event) -> Iterator[Bill]:
        """Reserve what a request is expected to cost, for as long as it takes.

        Raises OverBudget. Returns without having reserved anything once `halted` is set; who sets it calls `wake`.
        """
        bill = Bill(price=self._price)
        self._reserve(bill, cost_nano(expected, self._price) or 0, halted)
        try:
            yield bill
        finally:
            self._charge(bill)

    def wake(self) -> None:
        """Let all that wait look whether they are halted."""
        with self._changed:
            self._changed.notify_all()

    def _reserve(self, bill: Bill, cost: int, halted: threading.Event) -> None:
        with self._changed:
            while self._budget is not None and not halted.is_set():
                room = self._budget.room(cost)
                if room is Room.NOW:
                    self._budget = self._budget.reserve(cost)
                    bill.reserved = cost
                    return
                if room is Room.NEVER:
                    raise OverBudget(self._sentence(self._budget, cost))
                self._pause(self._changed)

    def _charge(self, bill: Bill) -> None:
        with self._changed:
            if self._budget is not None:
                self._budget = self._budget.charge(bill.reserved, bill.actual)
            self._changed.notify_all()

    def _sentence(self, budget: Budget, cost: int) -> str:
        currency = self._price.currency if self._price else ""
        spent, under_way = budget.spent / NANO, budget.reserved / NANO
        pending = f", {under_way:.4f} under way" if budget.reserved else ""
        return (
            f"The next request would cost about {cost / NANO:.4f} {currency}, and of {budget.most / NANO:g} {currency} "
            f"{spent:.4f} are spent{pending}: run again with a higher --max-cost, and only the rest is asked."
        )
