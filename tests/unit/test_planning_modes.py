"""How an answer is wanted, and who is refused what before anything is spent."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from config.catalog import load_catalog
from tasks.planning.modes import TEXT, Modes, modes_for, unsupported_modes

CATALOG = load_catalog()
SERVICE = CATALOG.providers["dashscope"]
FAMILIES = ("qwen3.5-omni-plus", "qwen3.5-omni-flash", "qwen3-omni-flash", "qwen-omni-turbo", "qwen3.8-omni-flash")
PLUS, _, FLASH, TURBO, NEWEST = (CATALOG.models[name] for name in FAMILIES)


@pytest.mark.parametrize(
    ("modes", "fields"),
    [
        (TEXT, {"modalities": ["text"]}),
        (Modes(thinking=True), {"modalities": ["text"], "enable_thinking": True}),
        (
            Modes(search=True),
            {"modalities": ["text"], "enable_search": True, "search_options": {"search_strategy": "agent"}},
        ),
        (Modes(voice="Tina"), {"modalities": ["text", "audio"], "audio": {"voice": "Tina", "format": "wav"}}),
        (Modes(thinking=True, effort="low"), {"modalities": ["text"], "reasoning_effort": "low"}),
        (Modes(effort="none"), {"modalities": ["text"], "reasoning_effort": "none"}),
    ],
)
def test_a_mode_becomes_the_documented_fields_and_nothing_is_said_of_those_that_are_off(
    modes: Modes, fields: dict[str, Any]
) -> None:
    assert modes.fields(PLUS) == fields


def test_a_mode_that_is_off_is_no_part_of_an_identity() -> None:
    assert TEXT.params() == {}
    assert Modes(thinking=True, voice="Tina").params() == {"thinking": True, "voice": "Tina"}
    assert Modes(search=True).params() == {"search": True}


@pytest.mark.parametrize("model", FAMILIES)
def test_what_can_be_asked_is_what_the_families_have(model: str) -> None:
    able = {
        names
        for names in itertools.chain.from_iterable(
            itertools.combinations(("thinking", "search", "voice"), number) for number in range(4)
        )
        if unsupported_modes(CATALOG.models[model], SERVICE, with_modes(*names)) is None
    }
    speaks = {(), ("voice",)}
    documented = {
        "qwen3.5-omni-plus": speaks | {("search",), ("search", "voice")},
        "qwen3.5-omni-flash": speaks | {("search",), ("search", "voice")},
        "qwen3-omni-flash": speaks | {("thinking",)},
        "qwen-omni-turbo": speaks,
        "qwen3.8-omni-flash": {(), ("thinking",), ("search",), ("thinking", "search")},
    }
    assert able == documented[model]


def with_modes(*names: str) -> Modes:
    return Modes(thinking="thinking" in names, search="search" in names, voice="Tina" if "voice" in names else None)


@pytest.mark.parametrize(
    ("model", "provider", "modes", "words"),
    [
        (
            "qwen3.5-omni-plus",
            "dashscope",
            Modes(thinking=True),
            "qwen3.5-omni-plus has no thinking mode. Leave out thinking, or choose --model qwen3.8-omni-flash or "
            "qwen3-omni-flash.",
        ),
        (
            "qwen3-omni-flash",
            "dashscope",
            Modes(search=True),
            "qwen3-omni-flash cannot search the web. Leave out search, or choose --model "
            "qwen3.5-omni-plus or qwen3.5-omni-flash or qwen3.8-omni-flash.",
        ),
        (
            "qwen3.8-omni-flash",
            "dashscope",
            Modes(thinking=True, voice="Tina", effort="low"),
            "qwen3.8-omni-flash answers with text only. Leave out voice, or choose --model "
            "qwen3.5-omni-plus or qwen3.5-omni-flash or qwen3-omni-flash or qwen-omni-turbo.",
        ),
        (
            "qwen3.5-omni-plus",
            "dashscope",
            Modes(thinking=True, effort="low"),
            "The reasoning effort of qwen3.5-omni-plus cannot be chosen: leave it out, or choose --model "
            "qwen3.8-omni-flash.",
        ),
        (
            "qwen3-omni-flash",
            "dashscope",
            Modes(thinking=True, voice="Tina"),
            "With thinking the answer is text only: leave out the voice, or the thinking.",
        ),
        (
            "embedded",
            "local",
            Modes(voice="Tina"),
            "embedded answers with text only. Leave out voice, or choose --model "
            "qwen3.5-omni-plus or qwen3.5-omni-flash or qwen3-omni-flash or qwen-omni-turbo.",
        ),
        (
            "qwen3-omni-flash",
            "vllm",
            Modes(thinking=True),
            "vLLM, on a server of your own: thinking cannot be asked for there. "
            "Leave out thinking, or choose --provider dashscope or dashscope-cn or dashscope-us or dashscope-hk or "
            "dashscope-de or dashscope-jp.",
        ),
        (
            "qwen3.5-omni-plus",
            "dashscope",
            Modes(voice=" "),
            "A voice has a name, and none was given. One of its voices: Tina.",
        ),
        (
            "qwen3.5-omni-plus",
            "dashscope",
            Modes(voice="tina"),
            'qwen3.5-omni-plus has no voice "tina"; did you mean Tina? One of its voices: Tina.',
        ),
    ],
)
def test_a_refusal_says_what_would_work(model: str, provider: str, modes: Modes, words: str) -> None:
    assert unsupported_modes(CATALOG.models[model], CATALOG.providers[provider], modes, CATALOG) == words


def test_without_a_catalog_a_refusal_says_what_to_leave_out() -> None:
    assert (
        unsupported_modes(TURBO, SERVICE, Modes(thinking=True))
        == "qwen-omni-turbo has no thinking mode. Leave out thinking."
    )


def test_a_voice_whose_name_may_exist_is_tried() -> None:
    assert unsupported_modes(PLUS, SERVICE, Modes(voice="Somebody")) is None
    assert unsupported_modes(FLASH, SERVICE, Modes(voice="Somebody")) is None


@pytest.mark.parametrize(
    ("asked", "modes"),
    [
        ({}, Modes(thinking=True, effort="low")),
        ({"thinking": True}, Modes(thinking=True, effort="low")),
        ({"thinking": False}, Modes(effort="none")),
        ({"effort": "max"}, Modes(thinking=True, effort="max")),
        ({"effort": "none", "thinking": True}, Modes(effort="none")),
    ],
    ids=str,
)
def test_modes_for_a_model_with_efforts_name_one(asked: dict[str, Any], modes: Modes) -> None:
    assert modes_for(NEWEST, SERVICE, **asked) == modes


def test_modes_for_other_models_are_those_that_were_asked_for() -> None:
    assert modes_for(FLASH, SERVICE, thinking=True) == Modes(thinking=True)
    assert modes_for(PLUS, SERVICE, search=True, voice="Tina") == Modes(search=True, voice="Tina")


def test_modes_for_a_server_that_cannot_be_told_to_think_name_no_effort() -> None:
    assert modes_for(NEWEST, CATALOG.providers["vllm"]) == TEXT


def test_an_effort_is_part_of_an_identity() -> None:
    assert Modes(thinking=True, effort="low").params() == {"thinking": True, "reasoning_effort": "low"}
    assert Modes(effort="none").params() == {"reasoning_effort": "none"}
