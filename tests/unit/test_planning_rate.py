"""Limits: where the documented ones hold, what replaces them, and the hours that they imply."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from config.catalog import load_catalog
from config.settings import load_settings
from flows.commands.plan_output import plan_json
from flows.pipeline.preview import Preview
from flows.pipeline.setup import resolve
from tasks.media_records import AudioStream
from tasks.planning.rate import RateLimits, hours
from tasks.records import Recording
from tasks.run.request import AnalyzeRequest

CATALOG = load_catalog()
DOCUMENTED = RateLimits(requests=60, tokens=100_000)
NONE = RateLimits()


OWN_SERVER = """
[providers.ours]
like = "dashscope"
unset = ["api_key_env", "base_url_env", "other_region", "price_region"]
base_url = "http://10.0.0.5:8000/v1"
"""


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*os.environ,):
        if name.startswith(("DASHSCOPE_", "REELSHEET_")):
            monkeypatch.delenv(name)


def limits(**options: Any) -> RateLimits:
    return resolve(AnalyzeRequest(inputs=("x",), **options)).job.limits


@pytest.mark.parametrize("provider", ["dashscope", "dashscope-cn"])
@pytest.mark.parametrize("model", ["qwen3.5-omni-plus", "qwen3.5-omni-flash", "qwen3-omni-flash", "qwen-omni-turbo"])
def test_at_the_service_the_documented_limits_hold(provider: str, model: str) -> None:
    assert limits(provider=provider, model=model) == DOCUMENTED


def test_they_hold_at_the_other_regions_address_too() -> None:
    assert limits(provider="dashscope", base_url=CATALOG.providers["dashscope-cn"].base_url) == DOCUMENTED


@pytest.mark.parametrize("address", ["http://127.0.0.1:8123/compatible-mode/v1", "https://gateway.example/v1"])
def test_at_another_address_nobody_knows_a_limit(address: str) -> None:
    assert limits(provider="dashscope", base_url=address) == NONE


@pytest.mark.parametrize("provider", ["local", "vllm", "sglang"])
@pytest.mark.parametrize("model", [None, "qwen3-omni-flash"])
def test_a_server_of_ones_own_has_no_limits_whatever_the_model(provider: str, model: str | None) -> None:
    assert limits(provider=provider, model=model) == NONE


def test_nor_has_one_that_a_file_describes(tmp_path: Path) -> None:
    config = tmp_path / "ours.toml"
    config.write_text(OWN_SERVER, encoding="utf-8")
    assert limits(provider="ours", config_file=str(config)) == NONE


def test_a_limit_that_was_asked_for_holds_anywhere_and_leaves_the_other_as_it_is() -> None:
    assert limits(provider="dashscope", requests_per_minute=600) == RateLimits(600, 100_000)
    assert limits(provider="local", tokens_per_minute=5_000) == RateLimits(None, 5_000)


def test_zero_is_no_limit() -> None:
    assert limits(provider="dashscope", requests_per_minute=0, tokens_per_minute=0) == NONE


def test_a_word_says_so_too_in_the_environment_and_in_a_file(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('[settings]\ntokens_per_minute = "off"\n', encoding="utf-8")
    settings = load_settings(config, environ={"REELSHEET_REQUESTS_PER_MINUTE": "off"})
    assert (settings.requests_per_minute, settings.tokens_per_minute) == (0, 0)


@pytest.mark.parametrize(
    ("requests", "tokens", "limited", "expected"),
    [
        (120, 1_000, DOCUMENTED, 2 / 60),  # the requests take longer
        (15, 15 * 177_000, DOCUMENTED, 15 * 1.77 / 60),  # an hour of full HD in fifteen segments: the tokens do
        (15, 15 * 177_000, RateLimits(requests=60), 0.25 / 60),
        (0, 0, DOCUMENTED, 0.0),
        (1_000, 10**9, NONE, None),
    ],
)
def test_the_hours_are_those_of_the_tighter_limit(
    requests: int, tokens: int, limited: RateLimits, expected: float | None
) -> None:
    assert hours(requests, tokens, limited) == (None if expected is None else pytest.approx(expected))


def test_plan_shows_the_hours_of_all_segments() -> None:
    audio = AudioStream(0, "pcm_s16le", 16_000, 1, 0)
    recording = Recording("0" * 64, "bytes", "a.wav", "/a.wav", "audio", "wav", 10, 7_200_000, None, audio, "{}")
    job = resolve(AnalyzeRequest(inputs=("x",), provider="dashscope")).job
    total = plan_json(Preview(job, (job.plan(recording),), (), ()))["total"]
    tokens = sum(total["tokens"].values())
    assert total["segments"] == 60
    assert total["hours"] == pytest.approx(max(60 / 60, tokens / 100_000) / 60, abs=1e-4)


def test_plan_shows_no_hours_where_nothing_is_limited() -> None:
    job = resolve(AnalyzeRequest(inputs=("x",), provider="local")).job
    assert plan_json(Preview(job, (), (), ()))["total"]["hours"] is None
