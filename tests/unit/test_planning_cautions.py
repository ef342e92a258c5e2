"""Cautions: what people are told before they pay, and when nothing is to be said."""

from __future__ import annotations

import pytest

from config.catalog import load_catalog
from config.nearest_model import resolve_model
from tasks.planning.cautions import cautions
from tasks.planning.modes import TEXT, Modes

CATALOG = load_catalog()
PLUS, FLASH, TURBO = (CATALOG.models[name] for name in ("qwen3.5-omni-plus", "qwen3-omni-flash", "qwen-omni-turbo"))


def test_cautions_are_none_for_what_is_documented() -> None:
    assert cautions(PLUS, Modes(voice="Tina"), ["auto", "en", "yue"], CATALOG) == ()


def test_cautions_name_what_is_assumed_of_a_model_nobody_described() -> None:
    model = resolve_model("alibaba/qwen4-omni-plus", CATALOG.models)
    assert cautions(model, TEXT, [], CATALOG) == (
        "alibaba/qwen4-omni-plus is not described here: its limits of files, frames, tokens, modes and rate limits are "
        "assumed to be those of qwen3.8-omni-flash (--like MODEL names another), and its price is not known.",
    )


def test_cautions_name_a_language_that_the_family_does_not_list() -> None:
    assert cautions(TURBO, TEXT, ["fr", "auto", "fr"], CATALOG) == (
        "qwen-omni-turbo is not documented to understand French, so it may mishear: leave out --language, or choose "
        "--model qwen3.5-omni-plus, qwen3.5-omni-flash or qwen3-omni-flash.",
    )


def test_cautions_send_whom_the_engine_does_not_understand_to_the_service() -> None:
    [caution] = cautions(CATALOG.models["embedded"], TEXT, ["zh"], CATALOG)
    assert caution.endswith("leave out --language, or choose --provider dashscope.")


@pytest.mark.parametrize(
    ("voice", "words"),
    [
        ("Kurt", 'has a voice "Kurt"'),
        ("Chelsy", "did you mean Chelsie? Its 4: Cherry, Serena, Ethan, Chelsie."),
    ],
)
def test_cautions_name_a_voice_that_is_not_known(voice: str, words: str) -> None:
    [caution] = cautions(TURBO, Modes(voice=voice), [], CATALOG)
    assert words.removeprefix("has a") in caution


def test_cautions_tell_to_ask_about_media_without_thinking() -> None:
    assert cautions(FLASH, Modes(thinking=True), [], CATALOG) == (
        "The documentation tells to run qwen3-omni-flash without thinking on sound and video: leave out --thinking.",
    )
    assert cautions(CATALOG.models["qwen3.8-omni-flash"], Modes(thinking=True, effort="low"), [], CATALOG) == ()
