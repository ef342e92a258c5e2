"""Manifests on the command line: each row is asked about as it says, a bad one stops no other, and retries agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.asking import ask_values
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio
from tests.support.service import FakeService, HttpError
from tests.support.service_bodies import make_image

Env = dict[str, str]
BUSY = HttpError(500, "internal_error", "Out of order.", {"x-should-retry": "false"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        make_audio(tmp_path, f"{number}.wav", seconds=number, title="a file's own")
        make_image(tmp_path, name=f"{number}.png", width=64 + 32 * number)
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "mine.md").write_text("---\nanswer: text\n---\nWhat is heard?\n")
    return tmp_path


def run(command: str, env: Env, folder: Path, *words: object) -> Ran:
    beside = ("--dataset", folder / "dataset") if command != "plan" else ()
    return reelsheet(command, *words, *beside, "--json", env=env, cwd=folder)


def ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    return ask_values(folder / "dataset", sql)


def test_each_row_is_asked_as_it_says_and_a_bad_one_stops_no_other(
    env: Env, service: FakeService, folder: Path
) -> None:
    (folder / "lists").mkdir()
    (folder / "lists" / "talks.csv").write_text(
        "uri,scenario,prompt,language,tags,group,seen\n"
        '../1.wav,fine,,en,"{""show"": ""A"", ""year"": 2026}",,x\n'
        "../1.wav,,../prompts/mine.md\n"
        "../1.wav,fine,,EN\n"
        "../2.wav,finest\n"
        "../3.wav,,,,not JSON\n"
        ",,,,,,y\n"
        "../gone.wav\n"
        '../2.wav,standard,,,"{""title"": ""Two""}"\n'
        "../2.png,quick,,,,stills\n"
        "../1.png,,,,,stills\n"
    )
    service.next(BUSY, BUSY, BUSY, BUSY)

    done = run("analyze", env, folder, "lists/talks.csv")

    assert done.status == 1, done.err
    told = {(failed["uri"], failed["stage"]): failed["message"] for failed in done.json["failures"]}
    assert told.keys() == {
        ("lists/../1.wav", "ask"),
        ("lists/../2.wav", "ask"),
        ("lists/../2.wav", "input"),
        ("lists/../3.wav", "input"),
        ("lists/talks.csv, line 7", "input"),
        ("lists/talks.csv#stills", "ask"),
        ("lists/../gone.wav", "input"),
    }
    assert "line 5: There is no scenario" in told["lists/../2.wav", "input"]
    assert "Known: extract, fine, quick, standard" in told["lists/../2.wav", "input"]
    assert "line 8: " in told["lists/../gone.wav", "input"]
    assert [warning for warning in done.json["warnings"] if "'seen'" in warning]
    assert ask(folder, "SELECT scenario, prompt, language, outcome FROM analyses ORDER BY ALL") == [
        ("fine", "structured-audio", "en", "failed"),
        ("quick", "quick", "auto", "failed"),
        ("standard", "mine", "auto", "failed"),
        ("standard", "structured-audio", "auto", "failed"),
    ]
    assert ask(folder, "SELECT uri, status, options_json FROM inputs WHERE status <> 'failed' ORDER BY ALL") == [
        ("lists/../1.wav", "duplicate", None),
        ("lists/../1.wav", "new", '{"language":"en","scenario":"fine","tags":{"show":"A","year":2026}}'),
        ("lists/../1.wav", "new", '{"prompt":"lists/../prompts/mine.md"}'),
        ("lists/../2.wav", "new", '{"tags":{"title":"Two"}}'),
        ("lists/talks.csv#stills", "new", '{"scenario":"quick"}'),
    ]
    tags = {uri: json.loads(text) for uri, text in ask(folder, "SELECT uri, tags_json FROM media")}
    assert (tags["lists/../1.wav"]["year"], tags["lists/../2.wav"]["title"]) == (2026, "Two")
    assert tags["lists/../1.wav"]["title"] == "a file's own"

    mended = run("retry", env, folder)

    assert mended.status == 0, mended.err
    assert len(service.requests) == 8
    assert ask(folder, "SELECT scenario, prompt, outcome FROM analyses WHERE attempt = 2 ORDER BY ALL") == [
        ("fine", "structured-audio", "ok"),
        ("quick", "quick", "ok"),
        ("standard", "mine", "ok"),
        ("standard", "structured-audio", "ok"),
    ]
    [images] = [request.seen for request in service.requests[4:] if len(request.seen) == 2]
    assert [(seen.modality, seen.width) for seen in images] == [("image", 128), ("image", 96)]


def test_a_plan_shows_how_each_row_is_asked(env: Env, folder: Path) -> None:
    (folder / "talks.jsonl").write_text(
        '{"uri": "1.wav", "scenario": "quick"}\n'
        '{"uri": "2.wav", "prompt": "prompts/mine.md", "language": "fr"}\n'
        '{"uri"\n'
    )
    planned = run("plan", env, folder, "talks.jsonl")
    assert planned.status == 1, planned.err
    shown = [(plan["uri"], plan["scenario"], plan["prompt"], plan["language"]) for plan in planned.json["recordings"]]
    assert shown == [("1.wav", "quick", "quick", "auto"), ("2.wav", "standard", "mine", "fr")]
    [failed] = planned.json["failures"]
    assert failed["message"].startswith("talks.jsonl, line 3: expected a JSON object on one line")
    printed = reelsheet("plan", "talks.jsonl", env=env, cwd=folder).out
    assert [word for word in ("quick", "mine", "fr") if word not in printed] == []
