"""Settings: option before environment before file before default, and keys that never show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.catalog import load_catalog
from config.errors import ConfigError
from config.settings import load_settings

KEY = {"DASHSCOPE_API_KEY": "sk-secret"}
BEIJING = "https://dashscope.aliyuncs.com/compatible-mode/v1"


def user_file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_the_embedded_engine_answers() -> None:
    settings = load_settings(environ={})
    assert (settings.provider, settings.provider_reason) == ("local", "since DASHSCOPE_API_KEY is not set")
    assert (settings.dataset, settings.scenario, settings.language) == ("./dataset", "standard", "auto")
    assert (settings.concurrency, settings.settle_s, settings.base_url, settings.model) == (2, 30.0, None, None)


def test_with_its_key_the_service_answers() -> None:
    settings = load_settings(environ=KEY)
    assert (settings.provider, settings.provider_reason) == ("dashscope", "since DASHSCOPE_API_KEY is set")
    assert settings.concurrency == 16


def test_with_a_key_and_the_address_of_the_other_region_that_region_answers() -> None:
    settings = load_settings(environ={**KEY, "DASHSCOPE_BASE_URL": BEIJING})
    assert (settings.provider, settings.base_url) == ("dashscope-cn", BEIJING)


def test_a_workspaces_address_is_of_its_region() -> None:
    address = "https://ws-1.eu-central-1.maas.aliyuncs.com/compatible-mode/v1"
    settings = load_settings(environ={**KEY, "DASHSCOPE_BASE_URL": address})
    assert (settings.provider, settings.base_url) == ("dashscope-de", address)


def test_a_provider_that_was_named_keeps_its_own_address() -> None:
    settings = load_settings(environ={**KEY, "DASHSCOPE_BASE_URL": BEIJING}, provider="dashscope")
    assert (settings.provider, settings.provider_reason, settings.base_url) == ("dashscope", "as --provider says", None)


def test_the_services_address_in_the_environment_replaces_the_known_one() -> None:
    settings = load_settings(environ={**KEY, "DASHSCOPE_BASE_URL": "http://127.0.0.1:9/v1"})
    assert (settings.provider, settings.base_url) == ("dashscope", "http://127.0.0.1:9/v1")


def test_an_address_of_this_machine_is_no_other_providers() -> None:
    settings = load_settings(environ={**KEY, "DASHSCOPE_BASE_URL": "http://localhost:8000/v1"})
    assert (settings.provider, settings.base_url) == ("dashscope", "http://localhost:8000/v1")


def test_an_option_wins_over_environment_over_file_over_default(tmp_path: Path) -> None:
    path = user_file(tmp_path, '[settings]\nscenario = "fine"\nconcurrency = 3\nsettle_s = 5\n')
    environ = {"REELSHEET_SCENARIO": "quick", "REELSHEET_CONCURRENCY": "4"}
    settings = load_settings(path, environ=environ, scenario="extract", concurrency=None)
    assert (settings.scenario, settings.concurrency, settings.settle_s) == ("extract", 4, 5.0)


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert load_settings(environ={"REELSHEET_SCENARIO": "", "DASHSCOPE_API_KEY": " "}).provider == "local"


def test_an_address_with_a_password_is_refused_and_the_password_not_repeated() -> None:
    with pytest.raises(ConfigError, match="without a password") as refused:
        load_settings(environ={}, base_url="http://bob:S3CRET@host/v1")
    assert "S3CRET" not in str(refused.value)


def test_a_language_is_turned_into_its_tag() -> None:
    assert load_settings(environ={}, language="en_US").language == "en"


def test_a_key_shows_neither_in_the_repr_nor_in_the_dump() -> None:
    settings = load_settings(environ=KEY)
    assert "sk-secret" not in repr(settings)
    assert "sk-secret" not in settings.model_dump_json()
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "sk-secret"


def test_each_provider_gets_its_own_key_and_the_engine_none() -> None:
    settings = load_settings(environ=KEY)
    providers = load_catalog().providers
    assert settings.key_for(providers["dashscope-cn"]) == settings.api_key
    assert settings.key_for(providers["local"]) is None


def test_our_own_variable_holds_a_key_for_any_provider() -> None:
    settings = load_settings(environ={**KEY, "REELSHEET_API_KEY": "sk-mine"}, provider="local")
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "sk-mine"


@pytest.mark.parametrize(
    ("environ", "options", "message"),
    [
        ({"REELSHEET_CONCURRENCY": "many"}, {}, 'REELSHEET_CONCURRENCY: expected a valid integer, found "many".'),
        ({}, {"concurrency": 0}, "--concurrency: expected a number greater than 0, found 0."),
        ({}, {"settle_s": -1}, "--settle: expected a number greater than or equal to 0, found -1."),
        ({"REELSHEET_SCENARIO": "slow"}, {}, 'REELSHEET_SCENARIO: There is no scenario "slow".'),
        ({}, {"provider": "dashscop"}, 'There is no provider "dashscop"; did you mean dashscope?'),
        ({}, {"model": "qwen"}, 'There is no model "qwen"'),
        ({}, {"language": "klingon"}, 'There is no language "klingon"'),
    ],
)
def test_a_wrong_value_is_named_with_where_it_was_given(
    environ: dict[str, str], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ=environ, **options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "concurency = 3",
            "[settings] concurency: there is no such setting; did you mean concurrency? Known: dataset,",
        ),
        ('settle_s = "x"', '[settings] settle_s: expected a valid number, found "x".'),
        ('api_key = "sk"', "[settings] api_key: keys belong in the environment, not in a file."),
        ('scenario = "slow"', '[settings] scenario: There is no scenario "slow".'),
    ],
)
def test_a_wrong_setting_in_a_file_is_named_with_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = user_file(tmp_path, f"[settings]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(path, environ={})
    assert str(caught.value).startswith(f"{path}: {message}")


def test_an_option_that_does_not_exist_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="colour"):
        load_settings(environ={}, colour="red")
