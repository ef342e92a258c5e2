"""qwen3.8-omni-flash, and models that nobody has described, from the command line to the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.asking import ask
from tests.support.cli import reelsheet
from tests.support.media import make_audio
from tests.support.service import DOCUMENTED, FakeService
from tests.support.service_specs import KEY

Env = dict[str, str]
NEWEST = ("--model", "qwen3.8-omni-flash")
FUTURE = "qwen4-omni-plus"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return make_audio(tmp_path, "call.wav", seconds=4)


def test_newest_model_thinks_little_by_default_and_its_tokens_are_counted(
    env: Env, service: FakeService, dataset: Path, sound: Path
) -> None:
    ran = reelsheet("analyze", sound, "--dataset", dataset, *NEWEST, "--json", env=env)

    assert (ran.status, ran.json["currency"], ran.json["warnings"]) == (0, "USD", [])
    [request] = service.requests
    assert (request.body["reasoning_effort"], "enable_thinking" in request.body) == ("low", False)
    [row] = ask(
        dataset,
        "SELECT reasoning, outcome, reasoning_tokens, cost_nano FROM segments JOIN calls USING (segment_id)",
    )
    assert (row["reasoning"], row["outcome"]) == ("It lasts 4000 ms, so two parts will do.", "ok")
    assert row["reasoning_tokens"] == ran.json["tokens"]["reasoning"] > 0
    assert row["cost_nano"] > 0


@pytest.mark.parametrize(
    ("words", "effort"), [(("--reasoning-effort", "high"), "high"), (("--no-thinking",), "none")], ids=str
)
def test_newest_model_thinks_as_it_is_asked_to(
    env: Env, service: FakeService, dataset: Path, sound: Path, words: tuple[str, ...], effort: str
) -> None:
    ran = reelsheet("analyze", sound, "--dataset", dataset, *NEWEST, *words, env=env)

    assert ran.status == 0, ran.err
    assert service.requests[0].body["reasoning_effort"] == effort
    [row] = ask(dataset, "SELECT reasoning FROM segments")
    assert bool(row["reasoning"]) is (effort != "none")


@pytest.mark.long
def test_newest_model_is_asked_again_with_the_same_effort(
    env: Env, service: FakeService, dataset: Path, sound: Path
) -> None:
    service.next(*[DOCUMENTED["ModelServingError"]] * 5)
    words = ("--reasoning-effort", "medium", "--requests-per-minute", "0")
    assert reelsheet("analyze", sound, "--dataset", dataset, *NEWEST, *words, env=env).status == 1
    assert reelsheet("retry", "--dataset", dataset, env=env).status == 0
    assert {request.body["reasoning_effort"] for request in service.requests} == {"medium"}
    assert ask(dataset, "SELECT count(DISTINCT analysis_id) AS n FROM analyses") == [{"n": 1}]


def test_an_undescribed_model_runs_after_a_sentence(session_env: Env, dataset: Path, sound: Path) -> None:
    with FakeService(api_key=KEY, models=(FUTURE,)) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        words = ("--model", FUTURE, "--like", "qwen3.5-omni-plus", "--json")
        ran = reelsheet("analyze", sound, "--dataset", dataset, *words, env=env)

    assert (ran.status, ran.json["cost"]) == (0, None)
    assert ran.json["warnings"][0].startswith(f"{FUTURE} is not described here: its limits of files, frames, tokens,")
    note, estimate = ran.err.index("Note: qwen4-omni-plus"), ran.err.index("about ")
    assert note < estimate
    assert service.requests[0].body["model"] == FUTURE


def test_a_region_without_an_address_of_its_own_asks_for_yours(env: Env, sound: Path) -> None:
    plain = {name: value for name, value in env.items() if name != "DASHSCOPE_BASE_URL"}
    ran = reelsheet("plan", sound, "--provider", "dashscope-de", env=plain)
    assert (ran.status, ran.complaint) == (
        2,
        "Alibaba Cloud Model Studio, Frankfurt has an address of its own for each workspace: give yours with "
        "--base-url or DASHSCOPE_BASE_URL, such as https://WORKSPACE.eu-central-1.maas.aliyuncs.com/compatible-mode/v1.",
    )
