"""Whole minutes as subtitles, against what a person has reviewed: tests/golden/subtitles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.subtitles import case

SOURCES = sorted(Path(case.__file__).parent.glob("*.md"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_minute_reads_as_reviewed(source: Path) -> None:
    assert case.expected(source) == source.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_minute_has_its_reviewed_file() -> None:
    folder = Path(case.__file__).parent
    assert {path.stem for path in folder.glob("*.txt")} == {path.stem for path in SOURCES}
