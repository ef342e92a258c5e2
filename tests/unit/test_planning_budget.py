"""What a run may spend: there is room, there will be, or there never will be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.planning.budget import Budget, Room, nano

MONEY = st.integers(0, 1_000)


def test_a_request_that_just_fits_is_sent() -> None:
    assert Budget(10, spent=4, reserved=3).room(3) is Room.NOW


def test_a_request_that_fits_once_others_have_ended_waits_for_them() -> None:
    assert Budget(10, spent=4, reserved=3).room(4) is Room.LATER


def test_a_request_that_would_pass_the_limit_alone_is_never_sent() -> None:
    assert Budget(10, spent=4, reserved=3).room(7) is Room.NEVER
    assert Budget(10, spent=4).room(7) is Room.NEVER


def test_with_nothing_to_spend_only_what_is_free_is_sent() -> None:
    assert Budget(0).room(0) is Room.NOW
    assert Budget(0).room(1) is Room.NEVER


def test_what_has_no_room_is_not_reserved() -> None:
    with pytest.raises(ValueError, match="no room"):
        Budget(10, spent=8).reserve(3)


def test_answers_longer_than_expected_leave_nothing_rather_than_a_debt() -> None:
    budget = Budget(10).reserve(9).charge(9, 14)
    assert (budget.spent, budget.left) == (14, 0)
    assert budget.room(1) is Room.NEVER


@given(most=MONEY, requests=st.lists(st.tuples(MONEY, st.floats(0, 1), st.booleans()), max_size=60))
def test_what_is_spent_and_set_aside_never_passes_the_limit(most: int, requests: list[tuple[int, float, bool]]) -> None:
    budget, under_way = Budget(most), []
    for cost, share, ends in requests:
        if budget.room(cost) is Room.NOW:
            budget = budget.reserve(cost)
            under_way.append((cost, int(cost * share)))
        if ends and under_way:
            budget = budget.charge(*under_way.pop())
        assert budget.spent + budget.reserved <= most
        assert budget.reserved == sum(reserved for reserved, _ in under_way)


@given(most=MONEY, costs=st.lists(MONEY, max_size=40))
def test_what_waits_is_sent_or_given_up_once_nothing_is_under_way(most: int, costs: list[int]) -> None:
    budget = Budget(most)
    for cost in costs:
        assert budget.room(cost) is not Room.LATER
        if budget.room(cost) is Room.NOW:
            budget = budget.reserve(cost).charge(cost, cost)


def test_amounts_are_exact() -> None:
    assert (nano(0.1), nano(1.000000001), nano(12)) == (100_000_000, 1_000_000_001, 12_000_000_000)
