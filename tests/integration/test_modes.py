"""Spoken answers, thinking, web search and follow-up questions, from the command line to the tables."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from tests.support.asking import ask
from tests.support.cli import reelsheet
from tests.support.media import make_audio
from tests.support.service import DOCUMENTED, FakeService

Env = dict[str, str]
PROMPT = "---\nanswer: text\nfollow_up:\n- What colour is it?\n- Who speaks?\n---\nDescribe it.\n"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return make_audio(tmp_path, "call.wav", seconds=4)


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    path = tmp_path / "mine.md"
    path.write_text(PROMPT)
    return path


def wavs(dataset: Path) -> list[Path]:
    return sorted(dataset.rglob("*.wav*"))


def test_a_spoken_answer_lies_beside_the_tables_and_a_search_has_no_known_cost(
    env: Env, service: FakeService, dataset: Path, sound: Path
) -> None:
    words = ("--model", "qwen3.5-omni-plus", "--voice", "Tina", "--search", "--follow-up", "Why?", "--json")
    ran = reelsheet("analyze", sound, "--dataset", dataset, *words, env=env)

    assert (ran.status, ran.json["cost"], ran.json["tokens"]["output_audio"] > 0) == (0, None, True)
    [row] = ask(
        dataset,
        "SELECT s.voice_path, s.segment_id, c.cost_nano FROM segments s JOIN calls c USING (segment_id) "
        "WHERE c.try = 1",
    )
    assert row["cost_nano"] is None
    assert row["voice_path"] == f".reelsheet/voices/{row['segment_id'][:2]}/{row['segment_id']}-1.wav"
    assert wavs(dataset) == [dataset / row["voice_path"]]
    with wave.open(str(dataset / row["voice_path"])) as voice:
        assert (voice.getframerate(), voice.getnchannels(), voice.getsampwidth()) == (24_000, 1, 2)
        assert voice.getnframes() > 0
    [request, follow_up] = service.requests
    assert (request.body["enable_search"], request.body["audio"]["voice"]) == (True, "Tina")
    assert follow_up.body["modalities"] == ["text"]


def test_what_the_model_thought_is_kept_and_follow_ups_are_turns(
    env: Env, service: FakeService, dataset: Path, sound: Path, prompt: Path
) -> None:
    words = ("--model", "qwen3-omni-flash", "--thinking", "--prompt", prompt)
    ran = reelsheet("analyze", sound, "--dataset", dataset, *words, env=env)

    assert ran.status == 0, ran.err
    [segment] = ask(dataset, "SELECT reasoning, attempts, outcome FROM segments")
    assert segment == {"reasoning": "It lasts 4000 ms, so two parts will do.", "attempts": 3, "outcome": "ok"}
    turns = ask(dataset, "SELECT turn, question, answer FROM turns ORDER BY turn")
    assert [(t["turn"], t["question"]) for t in turns] == [(1, "What colour is it?"), (2, "Who speaks?")]
    assert all("nothing more can be said" in t["answer"] for t in turns)
    assert ask(dataset, "SELECT try FROM calls ORDER BY try") == [{"try": 1}, {"try": 2}, {"try": 3}]
    assert [m["role"] for m in service.requests[2].body["messages"]] == ["user", "assistant"] * 2 + ["user"]


def test_a_killed_conversation_goes_on_at_the_next_question(
    env: Env, service: FakeService, dataset: Path, sound: Path, prompt: Path
) -> None:
    dying = {**env, "REELSHEET_FAILPOINTS": "answer.kept"}
    for _ in range(2):
        assert reelsheet("analyze", sound, "--dataset", dataset, "--prompt", prompt, env=dying).status == -9

    assert reelsheet("analyze", sound, "--dataset", dataset, "--prompt", prompt, env=env).status == 0

    asked = [len(request.body["messages"]) for request in service.requests]
    assert asked == [1, 3, 5]
    assert ask(dataset, "SELECT count(answer) AS n FROM turns") == [{"n": 2}]
    assert ask(dataset, "SELECT count(*) AS n FROM calls") == [{"n": 3}]
    assert not list((dataset / ".reelsheet" / "answers").rglob("*.json")), "nothing is left that was published"


def test_a_follow_up_that_fails_is_told_and_spoils_nothing(
    env: Env, service: FakeService, dataset: Path, sound: Path
) -> None:
    refused = DOCUMENTED["invalid_parameter_error"]
    service.decide = lambda request: refused if len(request.body["messages"]) == 3 else None
    words = ("--prompt", "quick", "--follow-up", "Why?", "--follow-up", "And then?")
    ran = reelsheet("analyze", sound, "--dataset", dataset, *words, env=env)

    assert ask(dataset, "SELECT outcome FROM segments") == [{"outcome": "ok"}]
    assert ask(dataset, "SELECT question, answer FROM turns ORDER BY turn") == [
        {"question": "Why?", "answer": None}, {"question": "And then?", "answer": None},
    ]  # fmt: skip
    messages = [row["message"] for row in ask(dataset, "SELECT message FROM failures ORDER BY message")]
    assert len(messages) == 2
    assert messages[0].startswith("Follow-up 1 got no answer: ")
    assert "Follow-up 1 got no answer" in ran.out
