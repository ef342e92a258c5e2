"""The main job on the embedded engine: started beside the run, asked over HTTP, stopped with it."""

from __future__ import annotations

from pathlib import Path

from tests.support.asking import ask
from tests.support.cli import ROOT, environment, reelsheet


def test_a_sample_becomes_a_transcript_and_visible_text(prefect_url: str, prefect_home: Path, tmp_path: Path) -> None:
    env = environment(PREFECT_API_URL=prefect_url, PREFECT_HOME=str(prefect_home))
    words = ("analyze", ROOT / "samples/phone-ferry.mp4", "--provider", "local", "--language", "en")

    ran = reelsheet(*words, "--dataset", tmp_path / "d", "--json", env=env)

    assert ran.status == 0, ran.err
    assert (ran.json["model"], ran.json["recordings"]["ok"], ran.json["cost"]) == ("embedded", 1, 0)
    [said] = ask(tmp_path / "d", "SELECT start_ms, text FROM current_transcript")
    assert "amiable" in said["text"]
    assert 3_000 <= said["start_ms"] <= 3_800
    seen = {row["text"] for row in ask(tmp_path / "d", "SELECT text FROM current_visible_text")}
    assert "渡轮码头" in seen


def test_without_a_language_speech_is_not_transcribed_and_the_run_says_so(
    prefect_url: str, prefect_home: Path, tmp_path: Path
) -> None:
    env = environment(PREFECT_API_URL=prefect_url, PREFECT_HOME=str(prefect_home))
    words = ("analyze", ROOT / "samples/two-readers.m4a", "--provider", "local", "--dataset", tmp_path / "d", "--json")

    ran = reelsheet(*words, env=env)

    assert (ran.status, ran.json["recordings"]["partial"]) == (1, 1)
    assert "--language en" in ran.json["warnings"][0]
    [gap] = ask(tmp_path / "d", "SELECT lacking, reason FROM gaps")
    assert gap == {"lacking": "transcribed", "reason": "partial: speech_not_transcribed"}
    assert ask(tmp_path / "d", "SELECT coverage FROM coverage") == [{"coverage": 0.0}]
