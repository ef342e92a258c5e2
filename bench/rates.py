"""What a run of 100 segments uses of a service's limits, and how often it is refused: `python -m bench.rates [MINUTE]`.

First in simulated time, at 60 requests and 100,000 tokens a minute, for services that count in different ways. Then
over HTTP, 16 threads against the tests' stand-in, with minutes of MINUTE seconds (default 10). `used` is the share of
the tighter limit between the first and the last request that was let in, `429` the share of requests that were refused.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tasks.omni.client import OmniClient
from tasks.omni.limiter import Limiter
from tasks.omni.retry import RetryPolicy
from tasks.omni.wire import Endpoint
from tasks.planning.rate import RateLimits
from tasks.records import Clip, Tokens
from tests.support.rate_simulation import Outcome, Question, simulate
from tests.support.service import FakeService
from tests.support.service_rates import Rates, Window
from tests.support.service_specs import MODEL, PROVIDER, SECTIONS, silent_clip

SEGMENTS = 100
THREADS = 16
LIMITS = RateLimits(requests=60, tokens=100_000)
SEEDS = range(5)
COUNTING = {
    "any minute": Rates(60, 100_000, window="sliding"),
    "and says when": Rates(60, 100_000, window="sliding", tells_when=True),
    "a bucket": Rates(60, 100_000, window="bucket"),
    "one at a time": Rates(60, 100_000, window="bucket", burst=1),
    "half as much": Rates(30, 50_000, window="sliding"),
}


def main(minute_s: float = 10.0) -> None:
    print(f"{SEGMENTS} segments in simulated time: used / 429\n")
    print(f"{'':28}" + "".join(f"{name:>18}" for name in COUNTING))
    for name, questions in loads().items():
        cells = [mean([simulate(LIMITS, rates, questions, seed=seed) for seed in SEEDS]) for rates in COUNTING.values()]
        print(f"{name:28}" + "".join(f"{cell:>18}" for cell in cells), flush=True)
    print("\nthe same, where the service allows half of what is believed: used / 429 beyond the first ten\n")
    for name, questions in loads().items():
        halves = [replace(rates, requests_per_minute=30, tokens_per_minute=50_000) for rates in COUNTING.values()]
        cells = [later([simulate(LIMITS, rates, questions, seed=seed) for seed in SEEDS]) for rates in halves]
        print(f"{name:28}" + "".join(f"{cell:>18}" for cell in cells), flush=True)
    print(f"\n{SEGMENTS} segments over HTTP, minutes of {minute_s:g} s\n")
    windows: tuple[Window, ...] = ("sliding", "bucket")
    for title, tokens in (("requests are the limit", 60_000), ("tokens are the limit", 4_800)):
        for window in windows:
            used, refused = over_http(RateLimits(60, tokens, minute_s), window)
            print(f"{title:24}{window:10}used {used:.0%}, 429 {refused:.1%}", flush=True)


def loads() -> dict[str, list[Question]]:
    """Tokens as expected and as they turn out."""
    chance = random.Random(4)
    mixed = chance.choices([900, 3_000, 20_000, 60_000, 172_802], k=SEGMENTS)
    any_size = [round(900 * (172_802 / 900) ** chance.random()) for _ in range(SEGMENTS)]
    return {
        "sound, 800": [Question(800, 800)] * SEGMENTS,
        "sound, 3,000": [Question(3_000, 3_000)] * SEGMENTS,
        "3,000, give or take 40 %": [Question(3_000, chance.randint(1_800, 4_200)) for _ in range(SEGMENTS)],
        "4,000, really 2,000": [Question(4_000, 2_000)] * SEGMENTS,
        "2,500, really 4,000": [Question(2_500, 4_000)] * SEGMENTS,
        "short video, 30,000": [Question(30_000, 30_000)] * SEGMENTS,
        "four minutes, 172,802": [Question(172_802, 172_802)] * SEGMENTS,
        "900 to 172,802": [Question(size, size) for size in mixed],
        "any size to 172,802": [Question(size, size) for size in any_size],
        "900 or 172,802": [Question(size, size) for size in chance.choices([900, 172_802], k=SEGMENTS)],
        "growing to 172,802": [Question(size, size) for size in sorted(any_size)],
    }


def mean(outcomes: Sequence[Outcome]) -> str:
    used = sum(outcome.used for outcome in outcomes) / len(outcomes)
    refused = sum(outcome.refused for outcome in outcomes) / len(outcomes)
    return f"{used:.0%} / {refused:.1%}"


def later(outcomes: Sequence[Outcome]) -> str:
    used = sum(outcome.used for outcome in outcomes) / len(outcomes)
    refused = sum(outcome.refused_later for outcome in outcomes) / len(outcomes)
    return f"{used:.0%} / {refused:.1%}"


def over_http(limits: RateLimits, window: Window) -> tuple[float, float]:
    """The share of the allowed rate that was used, and of requests refused, by the service's own clock."""
    retries = RetryPolicy(first_wait_s=limits.minute_s / 60, longest_wait_s=limits.minute_s)
    with (
        tempfile.TemporaryDirectory(prefix="bench-rates-") as folder,
        FakeService(rates=Rates(limits.requests, limits.tokens, limits.minute_s, window)) as service,
    ):
        clip = planned(Path(folder))
        with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url)) as client:
            client.ask(clip, SECTIONS)  # the stand-in looks closely at media that it sees for the first time
        service.reset()
        service.latency_s = limits.minute_s / 20
        with (
            OmniClient(PROVIDER, MODEL, Endpoint(service.base_url), retries=retries, limiter=Limiter(limits)) as client,
            ThreadPoolExecutor(THREADS) as pool,
        ):
            list(pool.map(lambda _: client.ask(clip, SECTIONS), range(SEGMENTS)))
        accepted = [request for request in service.requests if request.status == 200]
        refused = len(service.throttled) / len(service.requests)
    minutes = (accepted[-1].at - accepted[0].at) / limits.minute_s
    tokens = sum(request.usage["total_tokens"] for request in accepted[:-1])
    return max((len(accepted) - 1) / minutes / (limits.requests or 1), tokens / minutes / (limits.tokens or 1)), refused


def planned(folder: Path) -> Clip:
    """A second of silence, with an answer thought to be twice as long as the stand-in's."""
    clip = silent_clip(folder)
    return replace(clip, segment=replace(clip.segment, tokens=Tokens(audio=7, text=12, output=150)))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
