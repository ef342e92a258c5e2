"""Limits: where the documented ones hold, what replaces them, and the hours that they imply."""

from __future__ import annotations

import pytest

from config.catalog import load_catalog
from flows.preview import Preview
from flows.show_plans import plan_json
from flows.wiring import wire
from tasks.planning.rate import Limits, hours, limits_for
from tasks.records import AudioStream, Recording
from tasks.request import AnalyzeRequest

CATALOG = load_catalog()
PLUS = CATALOG.models["qwen3.5-omni-plus"]
SINGAPORE = CATALOG.providers["dashscope"]
DOCUMENTED = Limits(requests=60, tokens=100_000)
NONE = Limits()


@pytest.mark.parametrize("provider", ["dashscope", "dashscope-cn"])
@pytest.mark.parametrize("model", ["qwen3.5-omni-plus", "qwen3.5-omni-flash", "qwen3-omni-flash", "qwen-omni-turbo"])
def test_at_the_service_the_documented_limits_hold(provider: str, model: str) -> None:
    spec = CATALOG.providers[provider]
    assert limits_for(CATALOG.models[model], spec, spec.base_url, None, None) == DOCUMENTED


@pytest.mark.parametrize("address", ["http://127.0.0.1:8123/compatible-mode/v1", "https://gateway.example/v1", None])
def test_at_another_address_nobody_knows_a_limit(address: str | None) -> None:
    assert limits_for(PLUS, SINGAPORE, address, None, None) == NONE


@pytest.mark.parametrize("name", ["local", "vllm", "sglang"])
def test_a_server_of_ones_own_has_no_limits_whatever_the_model(name: str) -> None:
    provider = CATALOG.providers[name]
    assert limits_for(PLUS, provider, provider.base_url, None, None) == NONE


def test_a_limit_that_was_asked_for_holds_anywhere_and_leaves_the_other_as_it_is() -> None:
    assert limits_for(PLUS, SINGAPORE, SINGAPORE.base_url, 600, None) == Limits(600, 100_000)
    assert limits_for(PLUS, SINGAPORE, "http://127.0.0.1:9/v1", None, 5_000) == Limits(None, 5_000)


def test_zero_is_no_limit() -> None:
    assert limits_for(PLUS, SINGAPORE, SINGAPORE.base_url, 0, 0) == NONE


@pytest.mark.parametrize(
    ("requests", "tokens", "limits", "expected"),
    [
        (120, 1_000, DOCUMENTED, 2 / 60),  # the requests take longer
        (15, 15 * 177_000, DOCUMENTED, 15 * 1.77 / 60),  # an hour of full HD in fifteen segments: the tokens do
        (15, 15 * 177_000, Limits(requests=60), 0.25 / 60),
        (0, 0, DOCUMENTED, 0.0),
        (1_000, 10**9, NONE, None),
    ],
)
def test_the_hours_are_those_of_the_tighter_limit(
    requests: int, tokens: int, limits: Limits, expected: float | None
) -> None:
    assert hours(requests, tokens, limits) == (None if expected is None else pytest.approx(expected))


def test_plan_shows_the_hours_of_all_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DASHSCOPE_API_KEY", "DASHSCOPE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    audio = AudioStream(0, "pcm_s16le", 16_000, 1, 0)
    recording = Recording("0" * 64, "bytes", "a.wav", "/a.wav", "audio", "wav", 10, 7_200_000, None, audio, "{}")
    job = wire(AnalyzeRequest(inputs=("x",), provider="dashscope")).job
    total = plan_json(job, Preview((job.plan(recording),), (), ()))["total"]
    tokens = sum(total["tokens"].values())
    assert total["segments"] == 60
    assert total["hours"] == pytest.approx(max(60 / 60, tokens / 100_000) / 60, abs=1e-4)


def test_plan_shows_no_hours_where_nothing_is_limited() -> None:
    job = wire(AnalyzeRequest(inputs=("x",), provider="local")).job
    assert plan_json(job, Preview((), (), ()))["total"]["hours"] is None
