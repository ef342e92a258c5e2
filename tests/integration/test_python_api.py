"""The Python API, as a script of a user's own: in a folder that has a `tasks/` and a `config/` too."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.media import make_audio

SCRIPT = """
import json, sys
import reelsheet

planned = reelsheet.plan("in", dataset="tables", settle_s=0, language="en")
summary = reelsheet.analyze("in", dataset="tables", settle_s=0, language="en")
with reelsheet.open_dataset("tables") as tables:
    words = tables.to_pandas("SELECT media_id, text FROM current_transcript")
    media = tables.to_polars("media")
    rows = tables.connection.sql("SELECT count(*) FROM current_storyline").fetchall()[0][0]
try:
    reelsheet.analyze("in", langage="en")
except reelsheet.ReelsheetError as error:
    complaint = error.message
print(json.dumps([len(planned.plans), summary.recordings["ok"], len(words), media.height, rows > 0, complaint]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder, with packages of their own under names that are also ours."""
    make_audio(tmp_path, "call.wav", seconds=5)
    (tmp_path / "in").mkdir()
    (tmp_path / "call.wav").rename(tmp_path / "in" / "call.wav")
    for name in ("tasks", "config"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('this one is not ours')\n")
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


def test_api_plans_analyses_and_reads(env: Mapping[str, str], folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=dict(env), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    plans, ok, words, media, has_rows, complaint = json.loads(ran.stdout.splitlines()[-1])
    assert (plans, ok, words > 0, media, has_rows) == (1, 1, True, 1, True)
    assert "langage" in complaint


def test_api_says_that_another_package_took_our_name(folder: Path, env: Mapping[str, str]) -> None:
    (folder / "config" / "__init__.py").write_text("")
    ran = subprocess.run(
        [sys.executable, "-c", "import config, reelsheet"],
        cwd=folder,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ImportError: reelsheet needs its own package 'config'" in ran.stderr
