"""When requests may start: spread evenly, never above the limits, slower after a refusal, and fast again by itself."""

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
EDGE = 1e-6
SIZES = st.integers(0, 250_000)


def pace(limits: RateLimits = DOCUMENTED) -> Pace:
    return Pace(limits, 0.0, 60.0)


def begin(paced: Pace, now: float, tokens: int) -> tuple[float, SentRequest]:
    """Wait and start; when that was."""
    while (wait_s := paced.wait_s(now, tokens)) > EDGE:
        now += wait_s
    return now, paced.start(now, tokens)


def crowd(paced: Pace, sizes: Sequence[int], now: float = 0.0) -> list[float]:
    """When requests start that have all come at once; each takes what was expected."""
    starts = []
    for tokens in sizes:
        now, sent = begin(paced, now, tokens)
        paced.answer(now, sent, tokens)
        starts.append(now)
    return starts


# --- spread ----------------------------------------------------------------------------------------------------


def test_requests_that_come_at_once_start_one_by_one_at_even_distances() -> None:
    starts = crowd(pace(), [100] * 100)
    assert starts[0] == 0
    assert [later - earlier for earlier, later in pairwise(starts)] == pytest.approx([60 / 60 / 0.92] * 99)


def test_a_long_rest_saves_up_no_burst() -> None:
    paced = pace()
    crowd(paced, [100])
    starts = crowd(paced, [100] * 3, now=3_600.0)
    assert starts[0] == 3_600
    assert all(later - earlier > 1 for earlier, later in pairwise(starts))


def test_tokens_are_spread_as_well() -> None:
    starts = crowd(pace(), [10_000] * 20)
    assert [later - earlier for earlier, later in pairwise(starts)] == pytest.approx([6 / 0.92] * 19, rel=0.01)


def test_a_request_larger_than_a_minutes_tokens_starts_and_the_next_waits_until_it_is_paid_off() -> None:
    starts = crowd(pace(), [LARGE, LARGE, 100])
    assert starts == pytest.approx([0, 112.7, 225.4], abs=0.2)


def test_a_late_start_is_caught_up_with() -> None:
    paced = pace(RateLimits(requests=60))
    paced.start(0.0, 0)
    wait_s = paced.wait_s(0.0, 0)
    paced.start(wait_s + 0.04, 0)
    assert paced.wait_s(wait_s + 0.04, 0) == pytest.approx(wait_s - 0.04)


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
        now += paced.wait_s(now, 0)
        now += late[number % len(late)]  # a thread that wakes up late
        paced.start(now, 0)
        starts.append(now)
    for start in starts:
        assert sum(start <= other < start + 60 for other in starts[1:]) <= limit


@given(st.lists(st.tuples(SIZES, st.floats(0, 120)), min_size=1, max_size=100))
def test_no_minute_holds_more_tokens_than_the_limit_before_its_last_request(asked: list[tuple[int, float]]) -> None:
    paced, now, sent = pace(), 0.0, []
    for tokens, gap in asked:
        now, _ = begin(paced, now + gap, tokens)
        sent.append((now, tokens))
    for start, _ in sent:
        within = [tokens for at, tokens in sent if start <= at < start + 60]
        assert sum(within[:-1]) <= 100_000


@given(st.lists(st.tuples(SIZES, SIZES, st.floats(0, 300)), min_size=1, max_size=60))
def test_debt_is_paid_before_the_next_request_whatever_the_estimates_were(asked: list[tuple[int, int, float]]) -> None:
    paced, now = pace(), 0.0
    under_way: list[tuple[float, int, SentRequest]] = []
    settled = 0
    for expected, real, latency in asked:
        while (wait_s := paced.wait_s(now, expected)) > EDGE:
            done = min(under_way, key=lambda each: each[0], default=None)
            if done is not None and done[0] <= now + wait_s:
                under_way.remove(done)
                now = max(now, done[0])
                paced.answer(now, done[2], done[1])
                settled += done[1]
            else:
                now += wait_s
        owed = settled + sum(sent.tokens for _, _, sent in under_way)
        assert owed <= 0.92 * 100_000 * now / 60 + 1
        under_way.append((now + latency, real, paced.start(now, expected)))


@given(st.lists(SIZES, min_size=2, max_size=100))
def test_nobody_waits_longer_than_what_was_sent_before_takes(sizes: list[int]) -> None:
    starts = crowd(pace(), sizes)
    for start, before in zip(starts, range(len(sizes)), strict=True):
        assert start <= (before + sum(sizes[:before]) * 60 / 100_000) / 0.92 + EDGE


# --- estimates -------------------------------------------------------------------------------------------------


def test_an_answer_shorter_than_thought_lets_the_next_start_sooner() -> None:
    paced = pace()
    sent = paced.start(0.0, LARGE)
    before = paced.wait_s(1.0, 100)
    paced.answer(1.0, sent, LARGE - 46_000)
    assert paced.wait_s(1.0, 100) == pytest.approx(before - 30)


def test_an_answer_longer_than_thought_is_paid_off_too() -> None:
    paced = pace()
    sent = paced.start(0.0, 1_000)
    paced.answer(0.0, sent, 92_000)
    assert paced.wait_s(0.0, 100) == pytest.approx(60)


def test_what_nobody_has_counted_stays_as_it_was_thought() -> None:
    paced = pace()
    sent = paced.start(0.0, LARGE)
    before = paced.wait_s(1.0, 100)
    paced.answer(1.0, sent, None)
    assert paced.wait_s(1.0, 100) == before


def test_many_answers_shorter_than_thought_save_up_no_burst() -> None:
    paced = pace(RateLimits(tokens=100_000))
    under_way = [begin(paced, 0.0, 50_000)[1] for _ in range(10)]
    for sent in under_way:
        paced.answer(400.0, sent, 25_000)
    starts = crowd(paced, [20_000] * 3, now=400.0)
    assert all(later - earlier > 4 for earlier, later in pairwise(starts))


def test_estimates_that_are_always_twice_too_high_are_soon_seen_through() -> None:
    paced, now = pace(), 0.0
    for _ in range(20):
        now, sent = begin(paced, now, 20_000)
        paced.answer(now, sent, 10_000)
    assert paced.start(now + 60, 20_000).tokens == pytest.approx(10_000, rel=0.01)


# --- refusals --------------------------------------------------------------------------------------------------


def refused(paced: Pace, now: float, retry_after_s: float | None = None, tokens: int = 100) -> float:
    """One request that is refused at once; when it was."""
    now, sent = begin(paced, now, tokens)
    paced.refuse(now, sent, retry_after_s)
    return now


def test_after_a_refusal_nobody_starts_for_as_long_as_the_server_asks() -> None:
    paced = pace()
    refused(paced, 0.0, retry_after_s=17.0)
    assert paced.wait_s(0.0, 100) == 17
    assert paced.wait_s(10.0, 100) == 7


def test_a_shorter_wish_does_not_end_a_longer_pause() -> None:
    paced = pace(RateLimits())
    sent = [paced.start(0.0, 0) for _ in range(2)]
    paced.refuse(0.0, sent[0], 30.0)
    paced.refuse(0.0, sent[1], 5.0)
    assert paced.wait_s(0.0, 0) == 30


def test_a_wish_beyond_reason_is_capped_at_a_minute() -> None:
    paced = pace()
    refused(paced, 0.0, retry_after_s=float("inf"))
    assert paced.wait_s(0.0, 100) == 60


def test_a_server_that_asks_for_nothing_gets_pauses_that_double_until_it_answers() -> None:
    paced, pauses, now = pace(RateLimits()), [], 0.0
    for _ in range(8):
        now = refused(paced, now)
        pauses.append(paced.wait_s(now, 0))
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])
    now, sent = begin(paced, now, 0)
    paced.answer(now, sent, 0)
    refused(paced, now)
    assert paced.wait_s(now, 0) == pytest.approx(1)


def test_a_refused_request_has_used_no_tokens() -> None:
    paced = pace()
    refused(paced, 0.0, retry_after_s=2.0, tokens=LARGE)
    assert paced.wait_s(0.0, 100) == 2


def test_requests_that_were_under_way_together_slow_the_run_down_once() -> None:
    paced = pace(RateLimits(requests=600))
    sent = [begin(paced, 0.0, 0)[1] for _ in range(10)]
    for each in sent:
        paced.refuse(2.0, each, 1.0)
    assert paced.speed == pytest.approx(0.85)


def test_each_refusal_slows_down_and_answers_bring_the_pace_back() -> None:
    paced, now = pace(), 0.0
    for _ in range(3):
        now = refused(paced, now)
        now, sent = begin(paced, now, 100)
        paced.answer(now, sent, 100)
    assert paced.speed == pytest.approx(0.85**3, abs=0.01)
    slow = crowd(paced, [100] * 3, now + 60)
    assert slow[2] - slow[1] == pytest.approx(1 / 0.92 / 0.85**3, rel=0.02)
    crowd(paced, [100] * 200, slow[-1])
    assert paced.speed == 1


def test_a_second_refusal_in_a_row_shows_how_much_is_allowed() -> None:
    paced = pace()
    now = crowd(paced, [100] * 30)[-1]
    for _ in range(2):
        now = refused(paced, now)
    assert paced.speed == pytest.approx(30 / 60)


def test_what_was_found_out_is_doubted_slowly() -> None:
    paced = pace()
    now = crowd(paced, [100] * 30)[-1]
    for _ in range(2):
        now = refused(paced, now)
    now = crowd(paced, [100] * 100, now)[-1]
    assert paced.speed == pytest.approx(0.525)
    crowd(paced, [100] * 600, now)
    assert paced.speed == 1


def test_the_pace_never_falls_to_nothing() -> None:
    paced, now = pace(), 0.0
    for _ in range(50):
        now = refused(paced, now)
    assert paced.speed == pytest.approx(0.1)


def test_an_answer_to_a_question_from_before_the_refusal_speeds_nothing_up() -> None:
    paced = pace()
    _, early = begin(paced, 0.0, 100)
    refused(paced, 0.0)
    paced.answer(5.0, early, 100)
    assert paced.speed == pytest.approx(0.85)


# --- services that count whole minutes -------------------------------------------------------------------------


def counting_whole_minutes(size: int) -> tuple[Pace, float]:
    """A pace that has learnt from a refusal that the service lets in no more than its limit within any minute."""
    paced, now = pace(), 0.0
    while True:
        now, sent = begin(paced, now, size)
        if sent.crowded:
            paced.refuse(now, sent, 1.0)
            return paced, now
        paced.answer(now, sent, size)


def test_a_refusal_because_of_a_full_minute_changes_how_is_counted_and_not_the_pace() -> None:
    paced, _ = counting_whole_minutes(30_000)
    assert paced.speed == 1


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=80))
def test_where_whole_minutes_count_no_minute_holds_more_tokens_than_the_limit(sizes: list[int]) -> None:
    paced, now = counting_whole_minutes(60_000)
    starts = crowd(paced, sizes, now)
    for start in starts:
        assert sum(n for at, n in zip(starts, sizes, strict=True) if start <= at < start + 60) <= 100_000


def test_where_whole_minutes_count_a_larger_request_waits_until_nothing_else_is_in_its_minute() -> None:
    paced, now = counting_whole_minutes(60_000)
    (last,) = crowd(paced, [60_000], now)
    now, _ = begin(paced, last, LARGE)
    assert now - last >= 60


def test_where_whole_minutes_count_small_requests_go_before_a_large_one_that_waits_anyway() -> None:
    paced, now = counting_whole_minutes(60_000)
    (last,) = crowd(paced, [60_000], now)
    assert paced.next_one(last + 2, [60_000, 50_000, 3_000, 40_000]) == (3, 0.0)


def test_where_whole_minutes_count_nobody_goes_before_one_that_would_wait_longer() -> None:
    paced, now = counting_whole_minutes(60_000)
    (last,) = crowd(paced, [60_000], now)
    index, wait_s = paced.next_one(last + 30, [LARGE, 20_000, 900])
    assert index == 0
    assert wait_s == pytest.approx(60 * 1.02 - 30)


def test_where_whole_minutes_count_the_largest_that_fits_goes_first() -> None:
    paced, now = counting_whole_minutes(60_000)
    crowd(paced, [60_000], now)
    assert paced.next_one(now + 200, [900, 60_000, 20_000]) == (1, 0.0)


def test_where_whole_minutes_count_who_has_waited_for_long_is_not_delayed_any_more() -> None:
    paced, now = counting_whole_minutes(60_000)
    (last,) = crowd(paced, [60_000], now)
    line = [LARGE, 20_000]
    assert paced.next_one(last + 2, line) == (1, 0.0)
    assert paced.next_one(last + 2, line, waited_s=3600.0)[0] == 0


def test_where_whole_minutes_count_nothing_starts_a_moment_before_it_fits() -> None:
    paced, now = counting_whole_minutes(60_000)
    (last,) = crowd(paced, [60_000], now)
    crowd(paced, [900], last + 0.5)
    index, wait_s = paced.next_one(last + 60 * 1.02 - 0.0005, [LARGE])
    assert index == 0
    assert wait_s > AT_ONCE_S


def test_whole_minutes_are_kept_to_only_for_a_while() -> None:
    paced, now = counting_whole_minutes(60_000)
    starts = crowd(paced, [60_000] * 110, now)
    distances = [later - earlier for earlier, later in pairwise(starts)]
    assert distances[0] >= 60
    assert distances[-1] == pytest.approx(36 / 0.92, rel=0.01)
