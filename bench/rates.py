"""What a run of 100 segments uses of a service's limits, and how often it is refused: `python -m bench.rates [MINUTE]`.

First in simulated time, at 60 requests and 100,000 tokens a minute, for services that count in different ways: `used`
is the share of the tighter limit between the first and the last request that was let in, `429` the share of requests
that were refused, each that of the worst of 20 seeds. Then for services that allow another part of what is believed,
and for other mixes, in other orders. Then over HTTP, 16 threads against the tests' stand-in, with minutes of MINUTE
seconds (default 10). The product asks in threads as well (tasks/ask_several.py, one client for all).

Where any minute counts, one request of more than half of it leaves no room for another such one. So `possible` is what
the best order would use. Uniform or sorted segments show it best; the limit of 90 % is for mixed ones.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bench.results import verdict
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
WINDOWS: tuple[Window, ...] = ("sliding", "bucket")
LIMITS = RateLimits(requests=60, tokens=100_000)
SEEDS = range(20)
COUNTING = {
    "any minute": Rates(60, 100_000, window="sliding"),
    "and says when": Rates(60, 100_000, window="sliding", tells_when=True),
    "a bucket": Rates(60, 100_000, window="bucket"),
    "one at a time": Rates(60, 100_000, window="bucket", burst=1),
}


MIXED = ("900 to 172,802", "any size to 172,802", "900 or 172,802")


def main(minute_s: float = 10.0) -> int:
    lines = [*as_believed(), *half_of_it()]
    other_shares()
    half_for_ten_minutes()
    lines += other_mixes()
    lines += all_over_http(minute_s)
    print("", *lines, sep="\n")
    return 1 if any(line.endswith("MISSED") for line in lines) else 0


def as_believed() -> list[str]:
    print(f"{SEGMENTS} segments in simulated time, the worst of {len(SEEDS)} seeds: used / 429, longest wait\n")
    return table(COUNTING, "refused", "mixed, as believed")


def half_of_it() -> list[str]:
    print("\nwhere the service allows half of what is believed: used / 429 beyond the first ten, longest wait\n")
    return table({name: part_of(rates, 0.5) for name, rates in COUNTING.items()}, "refused_later", "half allowed")


def table(services: dict[str, Rates], refusals: str, title: str) -> list[str]:
    print(f"{'':26}" + "".join(f"{name:>22}" for name in services))
    used: list[float] = []
    refused: list[float] = []
    for name, questions in loads().items():
        cells = []
        for rates in services.values():
            outcomes = [simulate(LIMITS, rates, questions, seed=seed) for seed in SEEDS]
            share = max(getattr(outcome, refusals) for outcome in outcomes)
            refused += [share] if refusals == "refused_later" or name in MIXED else []
            used += [worst(outcomes)] if name in MIXED else []
            longest = max(outcome.longest_wait_s for outcome in outcomes) / 60
            cells.append(f"{worst(outcomes):.0%} / {share:.1%}, {longest:.0f} min")
        print(f"{name:26}" + "".join(f"{cell:>22}" for cell in cells), flush=True)
    if refusals == "refused_later":
        return [within(f"{title}: 429 beyond the first ten, worst seed of all", max(refused), 0.02)]
    return [
        verdict(f"{title}: used, worst seed", f"{min(used):.1%}", "90 %", met=min(used) >= 0.9),
        within(f"{title}: 429, worst seed", max(refused), 0.01),
    ]


def other_shares() -> None:
    print("\nwhere it allows another part, 400 segments: used in the second half / 429 beyond the first ten\n")
    for share in (0.8, 1 / 3, 0.1):
        for name, rates in COUNTING.items():
            allowed = part_of(rates, share)
            for kind, sizes in (("3,000", [3_000] * 400), ("mixed", draw("900 to 172,802", 4, 400))):
                outcome = simulate(LIMITS, allowed, [Question(size, size) for size in sizes])
                ends = [at for at, _ in outcome.accepted]
                used = outcome.used_between(ends[len(ends) // 2], ends[-1], allowed)
                print(f"{share:4.0%} {name:16}{kind:8}{used:6.0%} / {outcome.refused_later:.1%}", flush=True)


def half_for_ten_minutes() -> None:
    print(
        "\nwhere it allows half from the 10th to the 20th minute, 3,000 segments of 3,000 tokens: used by ten minutes\n"
    )
    for name, rates in COUNTING.items():
        half = part_of(rates, 0.5)
        outcome = simulate(LIMITS, rates, [Question(3_000, 3_000)] * 3_000, changes=((600, half), (1200, rates)))
        parts = [
            f"{outcome.used_between(at, at + 600, half if at == 600 else rates):5.0%}" for at in range(0, 3600, 600)
        ]
        print(f"{name:16}{' '.join(parts)}, 429 {outcome.refused:.1%}", flush=True)


def other_mixes() -> list[str]:
    print(
        f"\n{len(SEEDS)} draws of each mix, any minute: used at worst, of what is possible then / 429 / longest wait\n"
    )
    shares: list[float] = []
    refused: list[float] = []
    for kind in (*MIXED, "growing", "shrinking", "one of 172,802 among 900"):
        for slots in (4, 16, 64):
            draws = [draw(kind, seed, max(SEGMENTS, 3 * slots)) for seed in SEEDS]
            outcomes = [
                simulate(LIMITS, COUNTING["any minute"], [Question(size, size) for size in sizes], slots, seed=seed)
                for seed, sizes in enumerate(draws)
            ]
            parts = [outcome.used / possible(sizes) for outcome, sizes in zip(outcomes, draws, strict=True)]
            most = max(outcome.refused for outcome in outcomes)
            longest = max(outcome.longest_wait_s for outcome in outcomes) / 60
            numbers = f"{worst(outcomes):6.0%}, {min(parts):4.0%} / {most:.1%} / {longest:.0f} min"
            print(f"{kind:26}{slots:4} at once{numbers}", flush=True)
            refused.append(most)
            shares += [min(parts)] if kind in MIXED and slots == THREADS else []
    return [
        verdict("other draws: used, of what is possible, worst", f"{min(shares):.1%}", "90 %", met=min(shares) >= 0.9),
        within("other draws: 429, worst", max(refused), 0.01),
    ]


def draw(kind: str, seed: int, count: int) -> list[int]:
    chance = random.Random(seed)
    any_size = [round(900 * (172_802 / 900) ** chance.random()) for _ in range(count)]
    match kind:
        case "900 to 172,802":
            return chance.choices([900, 3_000, 20_000, 60_000, 172_802], k=count)
        case "900 or 172,802":
            return chance.choices([900, 172_802], k=count)
        case "growing":
            return sorted(any_size)
        case "shrinking":
            return sorted(any_size, reverse=True)
        case "one of 172,802 among 900":
            return [172_802 if number == count // 2 else 900 for number in range(count)]
        case _:
            return any_size


def possible(sizes: Sequence[int]) -> float:
    """The share that the best order would use, of the limit as `simulate` counts it."""
    limit, most = LIMITS.tokens or 1, LIMITS.requests or 1
    filling = sum(size for size in sizes if size >= limit) / limit
    others = [size for size in sizes if size < limit]
    minutes = filling + max(sum(others) / limit, len(others) / most, sum(size > limit / 2 for size in others))
    return max(sum(sizes) / limit, len(sizes) / most) / minutes


def part_of(rates: Rates, share: float) -> Rates:
    return replace(rates, requests_per_minute=60 * share, tokens_per_minute=100_000 * share)


def worst(outcomes: Sequence[Outcome]) -> float:
    return min(outcome.used for outcome in outcomes)


def within(what: str, share: float, limit: float) -> str:
    return verdict(what, f"{share:.1%}", f"{limit:.0%}", met=share <= limit)


def all_over_http(minute_s: float) -> list[str]:
    print(f"\n{SEGMENTS} segments over HTTP, minutes of {minute_s:g} s\n")
    found = []
    for title, tokens in (("requests are the limit", 60_000), ("tokens are the limit", 4_800)):
        for window in WINDOWS:
            used, refused = over_http(RateLimits(60, tokens, minute_s), window)
            print(f"{title:24}{window:10}used {used:.0%}, 429 {refused:.1%}", flush=True)
            found.append(refused)
    return [within("over HTTP: 429, worst", max(found), 0.01)]


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
    sys.exit(main(*map(float, sys.argv[1:2])))
