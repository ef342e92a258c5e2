"""What people are told before money is spent: languages, dialects, voices and thinking that are not documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.asking import ask
from tests.support.cli import reelsheet
from tests.support.media import make_audio
from tests.support.service import FakeService

Env = dict[str, str]


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return make_audio(tmp_path, "call.wav", seconds=4)


def test_a_dialect_is_told_to_the_model_and_stands_in_the_tables(
    env: Env, service: FakeService, sound: Path, tmp_path: Path
) -> None:
    ran = reelsheet("analyze", sound, "--dataset", tmp_path / "d", "--language", "Sichuan", "--json", env=env)

    assert (ran.status, ran.json["warnings"]) == (0, [])
    told = service.requests[0].body["messages"][0]["content"][-1]["text"]
    assert told.endswith("The speech in this recording is in the Sichuan dialect of Chinese.")
    assert ask(tmp_path / "d", "SELECT language FROM analyses") == [{"language": "zh-sichuan"}]


@pytest.mark.parametrize(
    ("words", "caution"),
    [
        (("--model", "qwen-omni-turbo", "--language", "yue"), "not documented to understand Cantonese, so it may"),
        (("--language", "quechua"), "qwen3.5-omni-flash is not documented to understand Quechua, so it may mishear"),
        (("--voice", "Kurt"), 'qwen3.5-omni-flash is not known to have a voice "Kurt". Known of its 55: Tina.'),
        (("--model", "qwen3-omni-flash", "--thinking"), "without thinking on sound and video: leave out --thinking."),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_what_is_not_documented_is_warned_of_before_it_is_asked(
    env: Env, service: FakeService, sound: Path, tmp_path: Path, words: tuple[str, ...], caution: str
) -> None:
    ran = reelsheet("analyze", sound, "--dataset", tmp_path / "d", *words, "--json", env=env)

    assert (ran.status, len(service.requests)) == (0, 1)
    assert caution in ran.json["warnings"][0]
    assert ran.err.index(caution) < ran.err.index("tokens in and")


def test_a_plan_warns_of_a_manifests_language_without_asking(
    env: Env, service: FakeService, sound: Path, tmp_path: Path
) -> None:
    (tmp_path / "list.csv").write_text(f"uri,language\n{sound},hunan\n")
    ran = reelsheet("plan", tmp_path / "list.csv", "--model", "qwen3-omni-flash", "--json", env=env)

    assert (ran.status, service.requests) == (0, [])
    [caution] = ran.json["warnings"]
    assert "the Hunan dialect of Chinese" in caution
