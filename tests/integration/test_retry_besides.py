"""What was wanted beside an answer, its follow-up questions and its voice: open until retried, and retried alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.asking import ask
from tests.support.cli import reelsheet
from tests.support.media import make_audio
from tests.support.service import DOCUMENTED, FakeService, Received

Env = dict[str, str]
FOLLOW_UPS = ("--prompt", "quick", "--follow-up", "Who?", "--follow-up", "Why?")
OPEN = "SELECT stage, error_class, message, retryable, outcome FROM open_failures ORDER BY message"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return tmp_path / "dataset"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return make_audio(tmp_path, "call.wav", seconds=4)


def is_second_turn(request: Received) -> bool:
    return len(request.body["messages"]) == 5


def turns(dataset: Path) -> list[tuple[Any, ...]]:
    rows = ask(dataset, "SELECT attempt, question, answer IS NOT NULL AS well FROM turns ORDER BY attempt, turn")
    return [tuple(row.values()) for row in rows]


def test_a_follow_up_that_failed_is_open_and_asked_again_alone(
    env: Env, service: FakeService, dataset: Path, sound: Path
) -> None:
    wrong = DOCUMENTED["invalid_parameter_error"]
    service.decide = lambda request: wrong if is_second_turn(request) else None
    ran = reelsheet("analyze", sound, "--dataset", dataset, *FOLLOW_UPS, "--json", env=env)
    assert (ran.status, ran.json["recordings"]["ok"]) == (0, 1)
    [row] = ask(dataset, OPEN)
    assert (row["stage"], row["error_class"], row["outcome"]) == ("ask", "BadRequest", None)
    assert row["message"].startswith("Follow-up 2 got no answer: ")

    service.reset()
    ran = reelsheet("retry", "--outcome", "failed", "--dataset", dataset, env=env)

    assert ran.status == 0, ran.err
    assert [len(request.body["messages"]) for request in service.requests] == [5]
    assert ask(dataset, OPEN) == []
    assert turns(dataset) == [(1, "Who?", True), (1, "Why?", False), (2, "Who?", True), (2, "Why?", True)]
    assert ask(dataset, "SELECT count(*) AS n FROM current_transcript") == [{"n": 0}]
    assert ask(dataset, "SELECT attempt, outcome FROM current_analyses") == [{"attempt": 2, "outcome": "ok"}]


@pytest.mark.long
def test_a_follow_up_that_may_succeed_now_is_asked_by_a_plain_retry(
    env: Env, service: FakeService, dataset: Path, sound: Path
) -> None:
    service.decide = lambda request: DOCUMENTED["ModelServingError"] if len(request.body["messages"]) == 3 else None
    ran = reelsheet("analyze", sound, "--dataset", dataset, *FOLLOW_UPS, env=env)
    assert f"Ask again with `reelsheet retry --dataset {dataset}`." in ran.out
    assert [row["message"].partition(":")[0] for row in ask(dataset, OPEN)] == [
        "Follow-up 1 got no answer", "Follow-up 2 got no answer",
    ]  # fmt: skip

    service.reset()
    assert reelsheet("retry", "--dataset", dataset, env=env).status == 0
    assert [len(request.body["messages"]) for request in service.requests] == [3, 5]
    assert ask(dataset, OPEN) == []
    assert reelsheet("retry", "--dataset", dataset, env=env).status == 0
    assert len(service.requests) == 2


@pytest.mark.long
def test_a_follow_up_that_fails_again_stays_open_with_its_newest_reason(
    env: Env, service: FakeService, dataset: Path, sound: Path
) -> None:
    service.decide = lambda request: DOCUMENTED["invalid_parameter_error"] if is_second_turn(request) else None
    reelsheet("analyze", sound, "--dataset", dataset, *FOLLOW_UPS, env=env)
    service.reset()
    service.decide = lambda request: DOCUMENTED["data_inspection_failed"] if is_second_turn(request) else None
    assert reelsheet("retry", "--outcome", "failed", "--dataset", dataset, env=env).status == 0
    [row] = ask(dataset, OPEN)
    assert row["error_class"] == "Refused"


def test_an_accepted_follow_up_is_open_no_more(env: Env, service: FakeService, dataset: Path, sound: Path) -> None:
    service.decide = lambda request: DOCUMENTED["invalid_parameter_error"] if is_second_turn(request) else None
    reelsheet("analyze", sound, "--dataset", dataset, *FOLLOW_UPS, env=env)
    [segment] = ask(dataset, "SELECT segment_id FROM segments")
    words = ("accept", segment["segment_id"], "--reason", "no matter", "--dataset", dataset)
    assert reelsheet(*words, env=env).status == 0
    assert ask(dataset, OPEN) == []


@pytest.mark.long
def test_a_voice_that_was_lost_is_open_and_asked_again(
    env: Env, service: FakeService, dataset: Path, sound: Path
) -> None:
    words = ("--prompt", "quick", "--voice", "Tina", "--dataset", dataset)
    in_the_way = [dataset / ".reelsheet" / "voices" / f"{number:02x}" for number in range(256)]
    in_the_way[0].parent.mkdir(parents=True)
    for path in in_the_way:  # where the folders of voices should be
        path.write_text("")
    ran = reelsheet("analyze", sound, *words, env=env)
    assert "The spoken answer could not be kept." in ran.out
    [row] = ask(dataset, OPEN)
    assert (row["error_class"], row["retryable"], row["outcome"]) == ("VoiceLost", True, None)

    for path in in_the_way:
        path.unlink()
    service.reset()
    assert reelsheet("retry", "--dataset", dataset, env=env).status == 0
    assert len(service.requests) == 1
    assert ask(dataset, OPEN) == []
    [kept] = ask(dataset, "SELECT voice_path FROM segments WHERE attempt = 2")
    assert (dataset / kept["voice_path"]).is_file()
