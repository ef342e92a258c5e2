"""What a run may spend, what it spent, and that no request is left out of the books."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.asking import ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio
from tests.support.service import FakeService

Env = dict[str, str]


def test_run_stops_within_its_budget_and_goes_on_with_more(
    env: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    make_audio(folder, "a.wav", seconds=150, rate=8000, channels=1)
    make_audio(folder, "b.wav", seconds=30, rate=8000, channels=1)
    same = (folder, "--scenario", "fine", "--settle", "0", "--json")

    def analyze(max_cost: float) -> Ran:
        words = ("--dataset", dataset, "--concurrency", "1", "--max-cost", f"{max_cost:.9f}")
        return reelsheet("analyze", *same, *words, env=env)

    planned = reelsheet("plan", *same, env=env).json
    first = planned["recordings"][0]["cost"] / 3
    ran = analyze(1.2 * first)

    assert ran.status == 1, ran.err
    said = ran.json
    assert 1 <= len(service.requests) < 4
    assert said["budget"]["spent"] == said["cost"] <= 1.2 * first
    assert said["budget"]["left"] == pytest.approx(1.2 * first - said["cost"], abs=1e-8)
    assert said["segments"]["skipped"] == said["budget"]["segments_left"] == 4 - len(service.requests)
    assert (said["error"], said["recordings"]["new"]) == (None, 2)
    assert said["estimate"]["cost"] == pytest.approx(planned["total"]["cost"])
    assert said["estimate"]["tokens"]["audio"] == planned["total"]["tokens"]["audio"]
    skipped = ask(dataset, "SELECT DISTINCT reason FROM segments WHERE outcome = 'skipped'")
    assert skipped == [{"reason": "budget"}]
    assert ask(dataset, "SELECT count(*) AS n FROM analyses") == [{"n": 2}], "what could not be judged is seen"

    again = analyze(0)
    assert (again.status, len(service.requests)) == (1, 4 - said["segments"]["skipped"])
    assert ask(dataset, "SELECT count(*) AS n FROM analyses") == [{"n": 2}], "but once"

    more = analyze(10 * planned["total"]["cost"])
    assert (more.status, len(service.requests)) == (0, 4)
    assert ask(dataset, "SELECT count(*) AS n, count(DISTINCT segment_id) AS m FROM calls") == [{"n": 4, "m": 4}]
    assert ask(dataset, "SELECT DISTINCT outcome FROM current_segments") == [{"outcome": "ok"}]


def test_the_summary_shows_estimate_and_actual_side_by_side(env: Env, dataset: Path, tmp_path: Path) -> None:
    sound = make_audio(tmp_path, "a.wav", seconds=5)
    ran = reelsheet("analyze", sound, "--dataset", dataset, env=env)
    [audio] = [line.split() for line in ran.out.splitlines() if line.startswith("audio")]
    assert audio[1] == audio[2]
    assert any(line.startswith("cost") and line.count("CNY") == 2 for line in ran.out.splitlines())


def test_a_request_that_stopped_the_run_is_in_the_books_once(
    env: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    sound = make_audio(tmp_path, "a.wav", seconds=5)
    wrong = reelsheet(
        "analyze", sound, "--dataset", dataset, "--json", env={**env, "DASHSCOPE_API_KEY": "sk-wrong-0123"}
    )

    assert (wrong.status, wrong.json["requests"], len(service.requests)) == (3, 1, 1)
    books = "SELECT http_status, error_class, attempt FROM calls ORDER BY started_at"
    assert ask(dataset, books) == [{"http_status": 401, "error_class": "BadKey", "attempt": 1}]
    assert ask(dataset, "SELECT requests FROM runs") == [{"requests": 1}]

    assert reelsheet("analyze", sound, "--dataset", dataset, env=env).status == 0
    assert [row["http_status"] for row in ask(dataset, books)] == [401, 200]
    assert ask(dataset, "SELECT attempts FROM segments") == [{"attempts": 1}]


def test_a_plan_shows_tokens_by_modality_and_says_when_a_price_is_missing(env: Env, tmp_path: Path) -> None:
    sound = make_audio(tmp_path, "a.wav", seconds=5)
    known = reelsheet("plan", sound, "--voice", "Tina", "--follow-up", "Why?", env=env)
    heads = known.out.splitlines()[1].split()
    assert heads[-5:] == ["audio", "text", "out", "spoken", "cost"]
    assert "CNY" in known.out.splitlines()[-3]
    unknown = reelsheet("plan", sound, "--model", "qwen-omni-turbo", env=env)
    assert "a price or the count of tokens is missing" in unknown.out


@pytest.mark.long
def test_a_conversation_without_money_for_the_next_question_goes_on_there(
    env: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    sound = make_audio(tmp_path, "a.wav", seconds=60)
    questions = [word for number in range(6) for word in ("--follow-up", f"Question {number}?")]
    words = (sound, "--prompt", "quick", "--json")
    alone = reelsheet("plan", *words, env=env).json["total"]["cost"]

    short = reelsheet("analyze", *words, *questions, "--dataset", dataset, "--max-cost", f"{1.6 * alone:.9f}", env=env)
    asked = len(service.requests)
    assert (short.status, short.json["segments"]["skipped"]) == (1, 1)
    assert 1 < asked < 7
    assert ask(dataset, "SELECT count(*) AS n FROM turns") == [{"n": 0}]

    whole = reelsheet("analyze", *words, *questions, "--dataset", dataset, "--max-cost", "9", env=env)
    assert (whole.status, len(service.requests)) == (0, 7), "nothing is asked twice"
    assert ask(dataset, "SELECT count(answer) AS n FROM current_turns") == [{"n": 6}]
    assert ask(dataset, "SELECT count(*) AS n FROM calls") == [{"n": 7}]
