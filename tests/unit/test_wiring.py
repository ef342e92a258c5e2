"""From a request to a job: every name looked up before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.wiring import wire
from tasks.errors import MediaError, UsageError
from tasks.records import AudioStream, Recording
from tasks.request import AnalyzeRequest


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DASHSCOPE_API_KEY", "DASHSCOPE_BASE_URL", "REELSHEET_PROVIDER", "REELSHEET_DATASET"):
        monkeypatch.delenv(name, raising=False)


def a_request(**options: object) -> AnalyzeRequest:
    return AnalyzeRequest(inputs=("x",), **options)


def a_sound() -> Recording:
    audio = AudioStream(0, "pcm_s16le", 16_000, 1, 0)
    return Recording("0" * 64, "bytes", "a.wav", "/a.wav", "audio", "wav", 10, 5_000, None, audio, "{}")


def test_without_a_key_the_embedded_engine_is_asked_at_an_address_that_is_not_known_yet() -> None:
    job = wire(a_request()).job
    assert (job.provider.name, job.model.name, job.base_url) == ("local", "embedded", None)


def test_with_a_key_the_service_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-secret")
    wiring = wire(a_request())
    assert wiring.job.provider.name == "dashscope"
    assert "sk-secret" not in repr(wiring)


def test_each_kind_of_recording_gets_the_scenarios_prompt() -> None:
    questions = wire(a_request()).job.questions
    assert {kind: q.prompt for kind, q in questions.items()} == {
        "video": "structured-video",
        "audio": "structured-audio",
    }


def test_a_named_prompt_serves_both_kinds() -> None:
    questions = wire(a_request(prompt="quick")).job.questions
    assert {q.prompt for q in questions.values()} == {"quick"}


def test_a_prompt_for_video_leaves_sound_unplanned_with_one_sentence() -> None:
    job = wire(a_request(prompt="structured-video")).job
    with pytest.raises(MediaError, match="made for video"):
        job.plan(a_sound())


def test_a_known_language_becomes_a_sentence_and_auto_does_not() -> None:
    told = wire(a_request(language="fr")).job.questions["audio"]
    untold = wire(a_request()).job.questions["audio"]
    assert told.instruction.endswith("The speech in this recording is in French.")
    assert untold.instruction in told.instruction
    assert told.prompt_sha256 == untold.prompt_sha256


def test_the_price_is_that_of_the_providers_region() -> None:
    price = wire(a_request(provider="dashscope-cn", model="qwen3.5-omni-plus")).job.price
    assert price is not None
    assert (price.region, price.text_out) == ("beijing", 40)


@pytest.mark.parametrize("option", ["scenario", "model", "provider", "prompt", "language"])
def test_an_unknown_name_is_answered_with_the_known_ones(option: str) -> None:
    with pytest.raises(UsageError, match=f"(?i)no {option}.*known"):
        wire(a_request(**{option: "nonsense"}))


def test_a_config_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        wire(a_request(config_file=str(tmp_path / "nowhere.toml")))


def test_the_same_request_plans_the_same_ids() -> None:
    first, second = (wire(a_request()).job.plan(a_sound()) for _ in range(2))
    assert first == second


def test_where_the_dataset_lies_and_how_many_ask_at_once_is_no_part_of_an_identity() -> None:
    first = wire(a_request()).job.plan(a_sound())
    second = wire(a_request(dataset="elsewhere", concurrency=7)).job.plan(a_sound())
    assert first.analysis_id == second.analysis_id
