"""Whole runs in simulated time, at services that count a minute in different ways: what is used, what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from statistics import mean

import pytest

from tasks.planning.rate import RateLimits
from tests.support.rate_simulation import Question, simulate
from tests.support.service_rates import Rates

DOCUMENTED = RateLimits(requests=60, tokens=100_000)
LARGE = 172_802  # four minutes of full HD

COUNTING = {
    "any minute": Rates(60, 100_000, window="sliding"),
    "any minute, and says when": Rates(60, 100_000, window="sliding", tells_when=True),
    "a bucket": Rates(60, 100_000, window="bucket"),
    "a bucket, a request at a time": Rates(60, 100_000, window="bucket", burst=1),
}


@pytest.mark.parametrize("counting", COUNTING)
@pytest.mark.parametrize(
    ("expected", "real"), [(800, 800), (3_000, 3_000), (12_000, 12_000), (LARGE, LARGE), (4_000, 2_500), (2_500, 4_000)]
)
def test_a_hundred_segments_use_what_is_allowed_and_are_hardly_ever_refused(
    counting: str, expected: int, real: int
) -> None:
    outcome = simulate(DOCUMENTED, COUNTING[counting], [Question(expected, real)] * 100)
    assert outcome.used >= 0.85
    assert outcome.refused <= 0.02


SPREADS: dict[str, Callable[[random.Random], int]] = {
    "of five sizes": lambda chance: chance.choice([900, 3_000, 20_000, 60_000, LARGE]),
    "of any size": lambda chance: chance.randint(900, LARGE),
    "mostly small": lambda chance: round(900 * (LARGE / 900) ** chance.random()),
    "small or large": lambda chance: chance.choice([900, LARGE]),
}


def questions(spread: str, count: int, seed: int = 4) -> list[Question]:
    chance = random.Random(seed)
    sizes = [SPREADS[spread](chance) for _ in range(count)]
    return [Question(size, size) for size in sizes]


@pytest.mark.parametrize("spread", SPREADS)
def test_mixed_segments_use_nine_tenths_of_any_minute(spread: str) -> None:
    outcomes = [
        simulate(DOCUMENTED, COUNTING["any minute"], questions(spread, 200, seed), seed=seed) for seed in range(3)
    ]
    assert mean(outcome.used for outcome in outcomes) >= 0.9
    assert max(outcome.refused for outcome in outcomes) <= 0.01
    assert max(outcome.longest_wait_s for outcome in outcomes) <= 45 * 60


@pytest.mark.parametrize("counting", COUNTING)
def test_segments_of_all_sizes_are_hardly_ever_refused(counting: str) -> None:
    sizes = random.Random(4).choices([900, 3_000, 20_000, 60_000, LARGE], k=100)
    outcome = simulate(DOCUMENTED, COUNTING[counting], [Question(size, size) for size in sizes])
    assert outcome.used >= 0.8  # where any minute counts, a large one must wait until its minute is empty
    assert outcome.refused <= 0.02


@pytest.mark.parametrize("counting", COUNTING)
def test_an_account_that_others_use_too_is_not_pestered(counting: str) -> None:
    half = replace(COUNTING[counting], requests_per_minute=30, tokens_per_minute=50_000)
    outcome = simulate(DOCUMENTED, half, [Question(3_000, 3_000)] * 300)
    assert outcome.used >= 0.85
    assert outcome.refused <= (0.02 if half.window == "sliding" else 0.05)


@pytest.mark.parametrize("counting", COUNTING)
@pytest.mark.parametrize("spread", SPREADS)
def test_a_service_that_allows_half_is_found_out_within_ten_requests(counting: str, spread: str) -> None:
    half = replace(COUNTING[counting], requests_per_minute=30, tokens_per_minute=50_000)
    assert simulate(DOCUMENTED, half, questions(spread, 200)).refused_later <= 0.02
