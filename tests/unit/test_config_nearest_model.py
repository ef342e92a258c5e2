"""Models that nobody has described: whose facts hold, and which names say nothing."""

from __future__ import annotations

import pytest

from config.catalog import load_catalog
from config.errors import ConfigError
from config.nearest_model import resolve_model

KNOWN = load_catalog().models


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("qwen4-omni-plus", "qwen3.8-omni-flash"),
        ("qwen3.9-omni-flash-2027-02-02", "qwen3.8-omni-flash"),
        ("qwen3.8-omni-plus", "qwen3.8-omni-flash"),
        ("qwen3.7-omni-plus", "qwen3.5-omni-plus"),
        ("qwen3.6-omni-flash", "qwen3.5-omni-flash"),
        ("qwen3.5-omni-plus-2026-12-01", "qwen3.5-omni-plus"),
        ("qwen3-omni-flash-2024-01-01", "qwen3-omni-flash"),
        ("alibaba/qwen3.5-omni-flash", "qwen3.5-omni-flash"),
        ("Qwen/Qwen3-Omni-30B-A3B-Thinking", "Qwen/Qwen3-Omni-30B-A3B-Instruct"),
        ("qwen-omni-turbo-2027-01-01", "qwen-omni-turbo"),
        ("qwen2.5-omni-7b", "qwen-omni-turbo"),
    ],
)
def test_resolve_model_takes_the_nearest_family(name: str, nearest: str) -> None:
    model = resolve_model(name, KNOWN)
    assert (model.name, model.assumed_like, model.described) == (name, nearest, False)
    assert (model.family, model.video, model.snapshots) == (KNOWN[nearest].family, KNOWN[nearest].video, ())


def test_resolve_model_leaves_a_described_one_and_its_snapshots_alone() -> None:
    assert resolve_model("qwen-omni-turbo", KNOWN) is KNOWN["qwen-omni-turbo"]
    assert resolve_model("qwen-omni-turbo-latest", KNOWN).described


def test_resolve_model_takes_the_one_that_is_named() -> None:
    model = resolve_model("our-omni", KNOWN, like="qwen3-omni-flash")
    assert (model.name, model.assumed_like, model.max_input_tokens) == ("our-omni", "qwen3-omni-flash", 49_152)


@pytest.mark.parametrize(
    ("name", "like", "words"),
    [
        ("qwen3.5-omni-flahs", None, "did you mean qwen3.5-omni-flash?"),
        ("gpt-audio", None, "--like MODEL says whose facts hold"),
        ("our-omni", "qwen3-omni-flahs", 'no model "qwen3-omni-flahs"; did you mean qwen3-omni-flash?'),
        ("qwen-omni-turbo", "qwen3-omni-flash", "described here already: leave out --like qwen3-omni-flash"),
    ],
)
def test_resolve_model_refuses_names_that_say_nothing(name: str, like: str | None, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_model(name, KNOWN, like)
    assert words in str(caught.value)
