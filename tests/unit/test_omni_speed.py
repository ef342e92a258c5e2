"""What a service really allows, estimated from what it lets in: halves are found out, noise is not believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.omni.speed import SLOWEST, Speed, slower


def send(speed: Speed, requests: int, now: float = 0.0, fullness: float = 1.0) -> float:
    """So many requests that are let in, a second apart; when the last was sent."""
    for _ in range(requests):
        now += 1
        speed.send(now, fullness)
    return now


def refused(speed: Speed, now: float = 0.0, fullness: float = 1.0) -> float:
    """One that is refused; the share that is thought to be allowed then."""
    speed.refuse(speed.send(now, fullness))
    return speed.share


def test_a_refusal_by_itself_changes_little() -> None:
    assert refused(Speed(0.0, 60.0)) == pytest.approx(0.97)


def test_a_second_refusal_in_a_row_shows_how_much_is_allowed() -> None:
    speed = Speed(0.0, 60.0)
    assert [refused(speed, fullness=0.7) for _ in range(2)] == pytest.approx([0.97, 0.7])


def test_where_nothing_shows_how_much_is_allowed_it_is_halved() -> None:
    speed = Speed(0.0, 60.0)
    assert [refused(speed) for _ in range(4)] == pytest.approx([0.97, 0.485, 0.2425, 0.12125])


def test_the_speed_never_falls_to_nothing() -> None:
    speed = Speed(0.0, 60.0)
    assert [refused(speed) for _ in range(50)][-1] == SLOWEST


def test_requests_that_were_under_way_together_count_once() -> None:
    speed = Speed(0.0, 60.0)
    marks = [speed.send(now, fullness=1.0) for now in range(10)]
    assert [speed.refuse(mark) for mark in marks] == [True] + [False] * 9
    assert speed.share == pytest.approx(0.97)


def test_more_is_tried_after_a_hundred_requests_and_a_minute() -> None:
    speed = Speed(0.0, 60.0)
    refused(speed)
    refused(speed)
    send(speed, 99)
    assert speed.share == pytest.approx(0.485)
    send(speed, 1, now=100.0)
    assert speed.share == pytest.approx(0.485 * 1.25)


def test_what_was_tried_in_vain_is_given_up_and_tried_less_often() -> None:
    speed = Speed(0.0, 60.0)
    refused(speed)
    refused(speed)
    now = send(speed, 130)
    assert refused(speed, now) == pytest.approx(0.485 * 0.97)
    now = send(speed, 100, now)
    assert speed.share == pytest.approx(0.485 * 0.97)
    send(speed, 100, now)
    assert speed.share > 0.5


def test_a_service_that_allows_all_of_it_again_is_noticed() -> None:
    speed = Speed(0.0, 60.0)
    refused(speed)
    refused(speed)
    send(speed, 500)
    assert speed.share == 1


@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), max_size=30))
def test_the_share_stays_between_the_least_and_all(history: list[tuple[int, float]]) -> None:
    speed, now = Speed(0.0, 60.0), 0.0
    for requests, fullness in history:
        now = send(speed, requests, now)
        refused(speed, now, fullness)
        assert SLOWEST <= speed.share <= 1


@given(st.floats(SLOWEST, 1), st.floats(0, 1), st.integers(0, 1000))
def test_a_refusal_takes_away_something_and_never_more_than_half(speed: float, fullness: float, let_in: int) -> None:
    assert max(SLOWEST, speed / 2) <= slower(speed, fullness, let_in) <= max(SLOWEST, 0.97 * speed)


def test_the_sooner_it_is_refused_again_the_slower() -> None:
    found = [slower(1.0, 1.0, let_in) for let_in in range(200)]
    assert (found, found[0] < found[-1]) == (sorted(found), True)
