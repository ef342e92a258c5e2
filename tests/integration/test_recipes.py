"""docs/recipes.md: every snippet runs, over a dataset of today and over one that an older version has begun."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tasks.store.commit import publish_run
from tasks.store.dataset import Dataset
from tests.support.cli import ROOT, environment
from tests.support.dataset_rows import attempt_rows, row, run
from tests.support.publishing import publish_analysis

PAGE = (ROOT / "docs" / "recipes.md").read_text()
OLDER = ROOT / "tests" / "golden" / "older" / "dataset"


def _snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _fill(dataset: Dataset) -> None:
    """A recording that failed at first, another with a gap, and an input that is none."""
    failure = row("failures", uri="ab.mp4", segment_id="x", run_id="run-1")
    publish_analysis(dataset, attempt_rows("aa", 1, ("failed", "failed"), outcome="failed", text="hello"), run())
    publish_analysis(dataset, attempt_rows("aa", 2, ("ok", "ok"), text="we say hello to all of you"), run())
    gap = attempt_rows("bb", outcomes=("ok", "failed"), outcome="partial", media_id="cd" * 32)
    gap["analyses"][0]["coverage"] = 0.5
    publish_analysis(dataset, gap | {"failures": [failure]}, run())
    inputs = {"failures": [row("failures", uri="x.mp4", stage="probe")]}
    publish_run(dataset, {"runs": [row("runs", run_id="run-1")], **inputs}, run())


@pytest.mark.parametrize("begun_by", ["today's version", "an older version"])
def test_every_python_snippet_says_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun_by: str
) -> None:
    if begun_by == "an older version":
        shutil.copytree(OLDER, tmp_path / "dataset")
    _fill(Dataset.open(tmp_path / "dataset"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for snippet in _snippets("python"):
        exec(snippet, names)
    with names["db"]:
        assert not names["talk"].empty
        assert set(names["hits"]["before"]) == {"we say ", ""}
        assert names["timeline"]["start_ms"].is_monotonic_increasing
        assert names["gaps"]["segments_unanswered"].min() > 0
        assert set(names["failed"]["stage"]) >= {"probe"}
        assert names["cost"]["cost"].sum() > 0
        assert names["labelled"]["label"].tolist() == ["training"]
        assert names["minutes"]["failed"] > 0
        assert set(names["of_one"]["media_id"]) == {names["media_id"]}
        assert "hello" in set(names["words"]["text"])
        assert names["long_events"].columns == ["media_id", "description"]
        assert len(names["current_events"]) == names["db"].sql("FROM current_storyline").to_arrow_table().num_rows
        assert "answer_form" in names["analyses"].column_names
        assert names["transcript"].num_rows == len(names["words"])
        assert "text" in names["transcript"].column_names
        assert names["count"] > 0


def test_the_commands_make_their_files(tmp_path: Path) -> None:
    _fill(Dataset.open(tmp_path / "dataset"))
    (tmp_path / "bin").mkdir()
    shim = tmp_path / "bin" / "reelsheet"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m flows.entrypoint "$@"\n')
    shim.chmod(0o755)
    env = environment(PATH=f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    [commands] = _snippets("sh")
    subprocess.run(["sh", "-e", "-c", commands], cwd=tmp_path, env=env, check=True, timeout=60)
    assert {"hello"} <= set(pd.read_parquet(tmp_path / "hello.parquet")["hit"])
    assert len(pd.read_csv(tmp_path / "coverage.csv")) >= 2
    assert "Ann" in set(pd.read_csv(tmp_path / "talk.csv")["speaker"])
