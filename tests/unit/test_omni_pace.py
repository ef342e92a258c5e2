"""When requests may start: never more than fits into a minute, no burst, nobody forgotten, slower after a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.omni.minute import SentRequest
from tasks.omni.pace import AT_ONCE_S, Pace
from tasks.planning.rate import RateLimits

DOCUMENTED = RateLimits(requests=60, tokens=100_000)
LARGE = 172_802  # four minutes of full HD
MINUTE_S = 60 * 1.02  # ours, in which what is under way has room
SIZES = st.integers(0, 250_000)


def pace(limits: RateLimits = DOCUMENTED) -> Pace:
    return Pace(limits, 0.0, 60.0)


def wait(paced: Pace, now: float, tokens: int) -> float:
    """How long one waits that is alone, and looks again as often as it is asked to."""
    later = now
    while (wait_s := paced.next_one(later, [tokens])[1]) > AT_ONCE_S:
        later += wait_s
    return later - now


def begin(paced: Pace, now: float, tokens: int) -> tuple[float, SentRequest]:
    """Wait and start; when that was."""
    now += wait(paced, now, tokens)
    return now, paced.start(now, tokens)


def crowd(paced: Pace, sizes: Sequence[int], now: float = 0.0) -> list[float]:
    """When requests start one after the other that have all come at once; each takes what was expected."""
    starts = []
    for tokens in sizes:
        now, sent = begin(paced, now, tokens)
        paced.answer(sent, tokens)
        starts.append(now)
    return starts


def work_off(paced: Pace, sizes: Sequence[int], slots: int = 16) -> list[tuple[float, int, float]]:
    """When requests start of which so many wait at once, each with its size, and how long it had waited."""
    coming, now = list(sizes), 0.0
    line: list[tuple[int, float]] = []
    started: list[tuple[float, int, float]] = []
    while coming or line:
        while coming and len(line) < slots:
            line.append((coming.pop(0), now))
        index, wait_s = paced.next_one(now, [size for size, _ in line], now - line[0][1])
        if wait_s > AT_ONCE_S:
            now += wait_s
        else:
            size, since = line.pop(index)
            paced.answer(paced.start(now, size), size)
            started.append((now, size, now - since))
    return started


# --- spread ----------------------------------------------------------------------------------------------------


def test_requests_that_come_at_once_start_one_by_one_at_even_distances() -> None:
    starts = crowd(pace(), [100] * 100)
    assert starts[0] == 0
    assert [later - earlier for earlier, later in pairwise(starts)] == pytest.approx([60 / 60 / 0.91] * 99)


def test_a_long_rest_saves_up_no_burst() -> None:
    paced = pace()
    crowd(paced, [100])
    starts = crowd(paced, [100] * 3, now=3_600.0)
    assert starts[0] == 3_600
    assert all(later - earlier > 1 for earlier, later in pairwise(starts))


def test_tokens_of_small_requests_are_spread_as_well() -> None:
    starts = crowd(pace(), [5_000] * 20)
    assert [later - earlier for earlier, later in pairwise(starts)] == pytest.approx([3 / 0.95] * 19, rel=0.01)


def test_a_request_larger_than_a_minutes_tokens_starts_and_the_next_waits_for_what_it_is_worth() -> None:
    starts = crowd(pace(), [LARGE, LARGE, 100])
    assert starts == pytest.approx([0, 1.728 * MINUTE_S, 2 * 1.728 * MINUTE_S], abs=0.2)


def test_a_late_start_is_caught_up_with() -> None:
    paced = pace(RateLimits(requests=60))
    paced.start(0.0, 0)
    wait_s = wait(paced, 0.0, 0)
    paced.start(wait_s + 0.04, 0)
    assert wait(paced, wait_s + 0.04, 0) == pytest.approx(wait_s - 0.04)


def test_without_limits_nothing_waits() -> None:
    assert crowd(pace(RateLimits()), [LARGE] * 50) == [0.0] * 50


# --- never above -----------------------------------------------------------------------------------------------


@given(
    st.integers(1, 200), st.lists(st.floats(0, 20), min_size=1, max_size=200), st.lists(st.floats(0, 0.08), min_size=1)
)
def test_no_minute_holds_more_requests_than_the_limit(limit: int, gaps: list[float], late: list[float]) -> None:
    paced, arrived, starts = pace(RateLimits(requests=limit)), 0.0, [-1.0]
    for number, gap in enumerate(gaps):
        arrived += gap
        now = max(arrived, starts[-1])
        now += wait(paced, now, 0)
        now += late[number % len(late)]  # a thread that wakes up late
        paced.start(now, 0)
        starts.append(now)
    for start in starts:
        assert sum(start <= other < start + 60 for other in starts[1:]) <= limit


@given(st.lists(SIZES, min_size=1, max_size=100), st.integers(1, 32))
def test_no_minute_holds_more_tokens_than_the_limit(sizes: list[int], slots: int) -> None:
    started = work_off(pace(), sizes, slots)
    for start, size, _ in started:
        within = [tokens for at, tokens, _ in started if start <= at < start + 60 * max(1, size / 100_000)]
        assert sum(within) <= max(100_000, size)


@given(st.lists(SIZES, min_size=2, max_size=100))
def test_nobody_waits_longer_than_what_was_sent_before_takes(sizes: list[int]) -> None:
    starts = crowd(pace(), sizes)
    for start, before in zip(starts, range(len(sizes)), strict=True):
        minutes = before / 60 / 0.91 + sum(max(1, size / 100_000) for size in sizes[:before])
        assert start <= minutes * MINUTE_S + 0.01


# --- nobody is forgotten ---------------------------------------------------------------------------------------


@given(st.lists(SIZES, min_size=1, max_size=100), st.integers(1, 32))
def test_everything_that_waits_is_sent_once(sizes: list[int], slots: int) -> None:
    assert sorted(size for _, size, _ in work_off(pace(), sizes, slots)) == sorted(sizes)


def test_a_large_one_among_many_small_ones_waits_for_no_more_than_an_empty_minute() -> None:
    started = work_off(pace(), [900] * 300 + [LARGE] + [900] * 300)
    assert max(waited for _, size, waited in started if size == LARGE) <= 2 * MINUTE_S


def test_small_ones_among_many_large_ones_wait_for_a_third_of_an_hour() -> None:
    started = work_off(pace(), ([LARGE] * 15 + [900]) * 8)
    assert max(waited for _, size, waited in started if size == 900) <= 20 * MINUTE_S


@pytest.mark.parametrize("others", [900, 20_000, 49_000, 70_000, 90_000])
def test_a_medium_one_is_not_kept_from_its_turn_by_any_others(others: int) -> None:
    started = work_off(pace(), [others] * 40 + [60_000] + [others] * 200)
    assert max(waited for _, size, waited in started if size == 60_000) <= (12 + 16) * MINUTE_S


def test_small_requests_go_before_a_large_one_that_waits_anyway() -> None:
    paced = pace()
    (last,) = crowd(paced, [60_000])
    assert paced.next_one(last + 2, [60_000, 50_000, 3_000, 40_000]) == (3, 0.0)


def test_nobody_goes_before_one_that_would_wait_longer() -> None:
    paced = pace()
    (last,) = crowd(paced, [60_000])
    index, wait_s = paced.next_one(last + 30, [LARGE, 20_000, 900])
    assert index == 0
    assert wait_s == pytest.approx(MINUTE_S - 30)


def test_the_largest_that_fits_goes_first() -> None:
    assert pace().next_one(200.0, [900, 60_000, 20_000]) == (1, 0.0)


def test_who_has_waited_for_long_goes_first() -> None:
    line = [900, 60_000, 20_000]
    assert pace().next_one(3600.0, line, waited_s=3600.0) == (0, 0.0)


def test_nothing_starts_a_moment_before_it_fits() -> None:
    paced = pace()
    crowd(paced, [900], 0.5)
    index, wait_s = paced.next_one(0.5 + MINUTE_S - 0.0005, [LARGE])
    assert index == 0
    assert wait_s > AT_ONCE_S


# --- estimates -------------------------------------------------------------------------------------------------


def test_an_answer_shorter_than_thought_lets_the_next_start_sooner() -> None:
    paced = pace()
    sent = paced.start(0.0, LARGE)
    before = wait(paced, 1.0, 50_000)
    paced.answer(sent, LARGE - 50_000)
    assert wait(paced, 1.0, 50_000) == pytest.approx(before - MINUTE_S / 2, abs=0.01)


def test_an_answer_longer_than_thought_counts_as_it_was() -> None:
    paced = pace()
    sent = paced.start(0.0, 1_000)
    paced.answer(sent, 200_000)
    assert wait(paced, 0.0, 100) == pytest.approx(2 * MINUTE_S)


def test_what_nobody_has_counted_stays_as_it_was_thought() -> None:
    paced = pace()
    paced.start(0.0, 100_000)
    assert wait(paced, 0.0, 100) == pytest.approx(MINUTE_S)


def test_estimates_that_are_always_twice_too_high_are_soon_seen_through() -> None:
    paced, now = pace(), 0.0
    for _ in range(40):
        now, sent = begin(paced, now, 20_000)
        paced.answer(sent, 10_000)
    assert paced.start(now + 60, 20_000).tokens == pytest.approx(10_000, rel=0.01)


def test_where_estimates_are_now_too_high_and_now_too_low_more_is_reserved() -> None:
    paced, now = pace(), 0.0
    for number in range(40):
        now, sent = begin(paced, now, 3_000)
        paced.answer(sent, 2_000 if number % 2 else 4_000)
    assert 3_500 < paced.start(now + 60, 3_000).tokens < 4_500


# --- refusals --------------------------------------------------------------------------------------------------


def refused(paced: Pace, now: float, retry_after_s: float | None = None, tokens: int = 100) -> float:
    """One request that is refused at once; when it was."""
    now, sent = begin(paced, now, tokens)
    paced.refuse(now, sent, retry_after_s)
    return now


def test_after_a_refusal_nobody_starts_for_as_long_as_the_server_asks() -> None:
    paced = pace()
    refused(paced, 0.0, retry_after_s=17.0)
    assert wait(paced, 0.0, 100) == 17
    assert wait(paced, 10.0, 100) == 7


def test_a_shorter_wish_does_not_end_a_longer_pause() -> None:
    paced = pace(RateLimits())
    sent = [paced.start(0.0, 0) for _ in range(2)]
    paced.refuse(0.0, sent[0], 30.0)
    paced.refuse(0.0, sent[1], 5.0)
    assert wait(paced, 0.0, 0) == 30


def test_a_wish_beyond_reason_is_capped_at_a_minute() -> None:
    paced = pace()
    refused(paced, 0.0, retry_after_s=float("inf"))
    assert wait(paced, 0.0, 100) == 60


def test_a_server_that_asks_for_nothing_gets_pauses_that_double_until_it_answers() -> None:
    paced, pauses, now = pace(RateLimits()), [], 0.0
    for _ in range(8):
        now = refused(paced, now)
        pauses.append(wait(paced, now, 0))
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])
    now, sent = begin(paced, now, 0)
    paced.answer(sent, 0)
    refused(paced, now)
    assert wait(paced, now, 0) == pytest.approx(1)


def test_a_refused_request_has_used_no_tokens() -> None:
    paced = pace()
    refused(paced, 0.0, retry_after_s=2.0, tokens=LARGE)
    assert wait(paced, 0.0, 100) == 2


def test_requests_that_were_under_way_together_slow_the_run_down_once() -> None:
    paced = pace(RateLimits(requests=600))
    sent = [begin(paced, 0.0, 0)[1] for _ in range(10)]
    for each in sent:
        paced.refuse(2.0, each, 1.0)
    assert paced.speed == pytest.approx(0.97)


def test_after_a_refusal_requests_follow_more_slowly() -> None:
    paced, now = pace(), 0.0
    for _ in range(2):
        now = refused(paced, now)
    slow = crowd(paced, [100] * 3, now + 60)
    assert slow[2] - slow[1] == pytest.approx(1 / 0.91 / paced.speed)


def test_a_large_one_that_is_refused_is_waited_for_as_long_as_a_slower_service_counts() -> None:
    paced = pace()
    now, sent = begin(paced, 0.0, LARGE)
    paced.answer(sent, LARGE)
    for _ in range(2):
        now = refused(paced, now, tokens=LARGE)
    assert now + wait(paced, now, LARGE) == pytest.approx(1.728 * MINUTE_S / paced.speed, rel=0.01)
