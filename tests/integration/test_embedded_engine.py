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
