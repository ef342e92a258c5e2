"""From a request to a job: every name looked up before anything starts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from flows.pipeline.overrides import with_question_sets
from flows.pipeline.setup import ResolvedRun, resolve
from tasks.errors import MediaError, UsageError
from tasks.inputs.overrides import InputOptions
from tasks.inputs.scan import InputScan, Source
from tasks.media_records import AudioStream
from tasks.records import Recording
from tasks.run.fingerprint import fingerprint_of
from tasks.run.request import AnalyzeRequest


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DASHSCOPE_API_KEY", "DASHSCOPE_BASE_URL", "REELSHEET_PROVIDER", "REELSHEET_DATASET"):
        monkeypatch.delenv(name, raising=False)


def a_request(**options: Any) -> AnalyzeRequest:
    return AnalyzeRequest(inputs=("x",), **options)


def a_sound() -> Recording:
    audio = AudioStream(0, "pcm_s16le", 16_000, 1, 0)
    return Recording("0" * 64, "bytes", "a.wav", "/a.wav", "audio", "wav", 10, 5_000, None, audio, "{}")


def test_without_a_key_the_embedded_engine_is_asked_at_an_address_that_is_not_known_yet() -> None:
    job = resolve(a_request()).job
    assert (job.provider.name, job.model.name, job.base_url) == ("local", "embedded", None)


def test_with_a_key_the_service_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-secret")
    resolved = resolve(a_request())
    assert resolved.job.provider.name == "dashscope"
    assert "sk-secret" not in repr(resolved)


def test_each_kind_of_recording_gets_the_scenarios_prompt() -> None:
    questions = resolve(a_request()).job.questions
    assert {kind: q.prompt for kind, q in questions.items()} == {
        "video": "structured-video",
        "audio": "structured-audio",
        "image": "structured-image",
    }


def test_a_named_prompt_serves_both_kinds() -> None:
    questions = resolve(a_request(prompt="quick")).job.questions
    assert {q.prompt for q in questions.values()} == {"quick"}


def test_a_prompt_for_video_leaves_sound_unplanned_with_one_sentence() -> None:
    job = resolve(a_request(prompt="structured-video")).job
    with pytest.raises(MediaError, match="made for video"):
        job.plan(a_sound())


def test_a_known_language_becomes_a_sentence_and_auto_does_not() -> None:
    told = resolve(a_request(language="fr")).job.questions["audio"]
    untold = resolve(a_request()).job.questions["audio"]
    assert told.instruction.endswith("The speech in this recording is in French.")
    assert untold.instruction in told.instruction
    assert told.prompt_sha256 == untold.prompt_sha256


def test_a_picture_is_asked_the_same_question_in_every_language() -> None:
    assert resolve(a_request(language="fr")).job.questions["image"] == resolve(a_request()).job.questions["image"]


def test_the_price_is_that_of_the_providers_region() -> None:
    price = resolve(a_request(provider="dashscope-cn", model="qwen3.5-omni-plus")).job.price
    assert price is not None
    assert (price.region, price.text_out) == ("beijing", 40)


@pytest.mark.parametrize("option", ["scenario", "model", "provider", "prompt", "language"])
def test_an_unknown_name_is_answered_with_the_known_ones(option: str) -> None:
    with pytest.raises(UsageError, match=f"(?i)no {option}.*known"):
        resolve(a_request(**{option: "nonsense"}))


def test_a_config_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        resolve(a_request(config_file=str(tmp_path / "nowhere.toml")))


def test_the_same_request_plans_the_same_ids() -> None:
    first, second = (resolve(a_request()).job.plan(a_sound()) for _ in range(2))
    assert first == second


def test_where_the_dataset_lies_and_how_many_ask_at_once_is_no_part_of_an_identity() -> None:
    first = resolve(a_request()).job.plan(a_sound())
    second = resolve(a_request(dataset="elsewhere", concurrency=7)).job.plan(a_sound())
    assert first.analysis_id == second.analysis_id


# --- modes, follow-up questions, money ---------------------------------------------------------------------------


def at_the_service(**options: Any) -> AnalyzeRequest:
    return a_request(**{"provider": "dashscope", **options})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"thinking": True, "model": "qwen3.5-omni-plus"}, "no thinking mode. Leave out thinking, or choose --model"),
        ({"search": True, "model": "qwen3-omni-flash"}, "cannot search the web. Leave out search, or choose --model"),
        ({"thinking": True, "voice": "Cherry", "model": "qwen3-omni-flash"}, "leave out the voice, or the thinking"),
    ],
    ids=str,
)
def test_what_the_model_cannot_do_is_refused_with_what_would_work(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        resolve(at_the_service(**options))


def test_the_embedded_engine_has_no_modes() -> None:
    with pytest.raises(UsageError, match="choose --model"):
        resolve(a_request(voice="Tina"))


def test_a_mode_and_a_follow_up_make_another_analysis_and_nothing_else_does() -> None:
    plain = resolve(at_the_service()).job.plan(a_sound()).analysis_id
    assert resolve(at_the_service(max_cost=3.0, search=False)).job.plan(a_sound()).analysis_id == plain
    others: list[dict[str, Any]] = [{"search": True}, {"voice": "Tina"}]
    others += [{"follow_up": ("Why?",)}, {"follow_up": ("Why?", "When?")}]
    ids = [resolve(at_the_service(**other)).job.plan(a_sound()).analysis_id for other in others]
    assert len({plain, *ids}) == 5


def test_the_follow_ups_of_the_command_line_take_the_place_of_the_prompts(tmp_path: Path) -> None:
    prompt = tmp_path / "mine.md"
    prompt.write_text("---\nfollow_up:\n- Why?\n---\nLook.\n")
    assert resolve(a_request(prompt=str(prompt))).job.questions["audio"].follow_up == ("Why?",)
    told = resolve(a_request(prompt=str(prompt), follow_up=("When?",)))
    assert told.job.questions["audio"].follow_up == ("When?",)


def test_a_run_tells_the_next_one_in_which_modes_it_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELSHEET_THINKING", "1")
    job = resolve(at_the_service(model="qwen3-omni-flash")).job
    assert job.modes.thinking
    assert json.loads(job.run.config_json)["thinking"] is True


def test_a_snapshot_is_asked_under_its_own_name_at_the_price_of_its_model() -> None:
    plus = resolve(at_the_service(model="qwen3.5-omni-plus")).job
    snapshot = resolve(at_the_service(model=plus.model.snapshots[0])).job
    assert snapshot.model.name == plus.model.snapshots[0]
    assert snapshot.price == plus.price is not None


def test_a_gateways_price_is_that_of_the_provider_behind_it() -> None:
    assert (
        resolve(at_the_service(base_url="http://gateway.example/v1")).job.price == resolve(at_the_service()).job.price
    )


def test_a_server_of_ones_own_has_no_price() -> None:
    assert resolve(a_request(provider="vllm", base_url="http://localhost:8000/v1")).job.price is None


def test_at_the_other_regions_address_its_price_holds() -> None:
    beijing = resolve(a_request(provider="dashscope-cn")).job
    assert resolve(at_the_service(base_url=beijing.base_url)).job.price == beijing.price


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"model": "qwen-omni-turbo"}, "no price of qwen-omni-turbo at dashscope is known"),
        ({"provider": "vllm"}, "no price of"),
        ({"search": True}, "an extra fee that is in no price table"),
    ],
    ids=str,
)
def test_what_may_be_spent_cannot_be_limited_without_a_known_price(options: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        resolve(at_the_service(max_cost=1.5, **options))


def test_what_may_be_spent_is_kept_in_billionths() -> None:
    assert resolve(at_the_service(max_cost=0.1)).job.max_cost_nano == 100_000_000
    assert resolve(a_request(max_cost=0)).job.max_cost_nano == 0, "the embedded engine costs nothing"


# --- pictures as a video, and ways of asking ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"frames": 25}, "0.1 to 10 frames per second, not at 25"),
        ({"frames": 0.05}, "not at 0.05"),
        ({"frames": 2, "transport": "upload"}, "leave out --transport upload"),
    ],
)
def test_frames_that_cannot_be_shown_are_refused_before_anything_starts(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        resolve(at_the_service(**options))


def wished(*several: InputOptions, **options: Any) -> tuple[ResolvedRun, InputScan]:
    sources = tuple(Source("a.wav", f"/{number}.wav", options=options) for number, options in enumerate(several))
    return with_question_sets(resolve(at_the_service(**options)), InputScan(sources))


@pytest.mark.parametrize(
    "options",
    [
        InputOptions(scenario="fine"),
        InputOptions(prompt="quick"),
        InputOptions(language="FR"),
        InputOptions("quick", "structured-audio", "de"),
        InputOptions(language="auto"),
    ],
)
def test_a_wish_gives_the_analysis_and_the_fingerprint_that_the_options_would(options: InputOptions) -> None:
    resolved, scan = wished(options, language="en")
    as_option = resolve(at_the_service(**{"language": "en", **options.given})).job
    [source] = scan.items
    assert resolved.job.plan(a_sound(), source.options) == as_option.plan(a_sound())
    assert fingerprint_of(resolved.job, source.options) == fingerprint_of(as_option)
    assert fingerprint_of(resolved.job) == fingerprint_of(resolve(at_the_service(language="en")).job)


def test_wishes_that_come_to_the_same_are_one(tmp_path: Path) -> None:
    _, scan = wished(
        InputOptions(),
        InputOptions(scenario="standard"),
        InputOptions(language="auto"),
        InputOptions("fine"),
        InputOptions("fine", None, "auto"),
    )
    first, fine = InputOptions(), scan.items[3].options
    assert [source.options for source in scan.items] == [first, first, first, fine, fine]
    assert fine != first


def test_the_same_file_wanted_twice_in_the_same_way_is_a_duplicate() -> None:
    twice = tuple(
        Source("a.wav", "/a.wav", options=options)
        for options in (InputOptions(), InputOptions(scenario="standard"), InputOptions("fine"))
    )
    _, scan = with_question_sets(resolve(a_request()), InputScan(twice))
    assert [source.options for source in scan.items] == [InputOptions(), InputOptions(scenario="fine")]
    assert scan.duplicates == (("a.wav", scan.items[0]),)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (InputOptions(scenario="finest"), "no scenario.*Known: extract"),
        (InputOptions(prompt="nothing"), "no prompt.*known ones are"),
        (InputOptions(prompt="lists/nothing.md"), "no prompt file lists/nothing.md"),
        (InputOptions(language="klingon"), "(?i)no language"),
    ],
)
def test_a_wish_for_what_is_not_known_is_a_problem_of_its_input_alone(options: InputOptions, says: str) -> None:
    resolved, scan = wished(InputOptions("fine"), options)
    assert [source.options for source in scan.items] == [InputOptions("fine")]
    [problem] = scan.problems
    assert problem.uri == "a.wav"
    assert re.search(says, problem.error.message), problem.error.message
    assert resolved.job.question_set(InputOptions("fine")).scenario.name == "fine"
