"""The purse: what is sent under a limit on money, by many threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from config.types import Price
from tasks.errors import OverBudget
from tasks.omni.budget_guard import BudgetGuard
from tasks.records import Call, Tokens

PRICE = Price(model="m", region="r", currency="CNY", as_of=date(2026, 1, 1), text_in=1.0, text_out=1.0)
PER_TOKEN = 1000  # billionths
NEVER = threading.Event()


def a_call(tokens: int | None, status: int | None = 200) -> Call:
    counted = None if tokens is None else Tokens(text=tokens)
    return Call("c", 1, "m", status, None, datetime.now(UTC), 1, None, counted)


def spent(budget: BudgetGuard) -> int:
    assert budget.budget is not None
    return budget.budget.spent


def seen(waiting: threading.Event) -> Callable[[threading.Condition], None]:
    """A pause that tells when it begins."""

    def pause(condition: threading.Condition) -> None:
        waiting.set()
        condition.wait()

    return pause


def test_without_a_limit_nothing_is_counted() -> None:
    budget = BudgetGuard()
    with budget.paying(Tokens(text=10**9), NEVER) as bill:
        bill.pay(a_call(10**9))
    assert budget.budget is None


def test_what_was_set_aside_is_replaced_by_what_it_cost() -> None:
    budget = BudgetGuard(10 * PER_TOKEN, PRICE)
    with budget.paying(Tokens(text=8), NEVER) as bill:
        assert budget.budget is not None
        assert budget.budget.reserved == 8 * PER_TOKEN
        bill.pay(a_call(5))
    assert (budget.budget.spent, budget.budget.reserved) == (5 * PER_TOKEN, 0)


@pytest.mark.parametrize(("status", "cost"), [(401, 0), (503, 0), (None, 0), (200, 8)])
def test_an_answer_that_broke_off_is_taken_to_cost_what_was_expected_and_a_refusal_nothing(
    status: int | None, cost: int
) -> None:
    budget = BudgetGuard(10 * PER_TOKEN, PRICE)
    with budget.paying(Tokens(text=8), NEVER) as bill:
        bill.pay(a_call(None, status))
    assert spent(budget) == cost * PER_TOKEN


def test_a_request_that_was_never_sent_costs_nothing() -> None:
    budget = BudgetGuard(10 * PER_TOKEN, PRICE)
    with pytest.raises(RuntimeError), budget.paying(Tokens(text=8), NEVER):
        raise RuntimeError("halted meanwhile")
    assert spent(budget) == 0


def test_the_request_that_would_pass_the_limit_is_refused_with_one_sentence() -> None:
    budget = BudgetGuard(10 * PER_TOKEN, PRICE)
    with pytest.raises(OverBudget, match="higher --max-cost"), budget.paying(Tokens(text=11), NEVER):
        pass


def test_a_request_waits_for_one_that_may_cost_less_than_expected() -> None:
    waiting, ended = threading.Event(), threading.Event()
    budget = BudgetGuard(10 * PER_TOKEN, PRICE, pause=seen(waiting))

    def second() -> None:
        with budget.paying(Tokens(text=6), NEVER) as bill:
            bill.pay(a_call(6))
        ended.set()

    with ThreadPoolExecutor(1) as pool:
        with budget.paying(Tokens(text=7), NEVER) as bill:
            done = pool.submit(second)
            assert waiting.wait(10)
            assert not ended.is_set()
            bill.pay(a_call(2))
        done.result(10)
    assert spent(budget) == 8 * PER_TOKEN


def test_who_waits_goes_on_when_the_run_is_halted() -> None:
    halted, waiting = threading.Event(), threading.Event()
    budget = BudgetGuard(10 * PER_TOKEN, PRICE, pause=seen(waiting))

    def second() -> int:
        with budget.paying(Tokens(text=6), halted) as bill:
            return bill.reserved

    with ThreadPoolExecutor(1) as pool, budget.paying(Tokens(text=7), NEVER):
        done = pool.submit(second)
        assert waiting.wait(10)
        halted.set()
        budget.wake()
        assert done.result(10) == 0


def test_many_threads_never_spend_more_than_the_limit() -> None:
    budget = BudgetGuard(100 * PER_TOKEN, PRICE)

    def one(number: int) -> bool:
        try:
            with budget.paying(Tokens(text=7), NEVER) as bill:
                bill.pay(a_call(number % 8))
        except OverBudget:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        sent = list(pool.map(one, range(200)))
    assert 93 * PER_TOKEN < spent(budget) <= 100 * PER_TOKEN
    assert not all(sent)
