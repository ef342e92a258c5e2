"""Answers to a moderation in all the forms that models use, and what nobody may call clear: tests/golden/moderation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.moderation import case
from tests.golden.regenerate import GOLDENS

FOLDER = Path(case.__file__).parent
ANSWERS = sorted(FOLDER.glob("*.md"))


@pytest.mark.parametrize("source", ANSWERS, ids=lambda path: path.stem)
def test_answers_are_judged_as_reviewed(source: Path) -> None:
    assert case.expected(source) == source.with_suffix(".txt").read_text(encoding="utf-8")


def test_what_is_not_certain_is_never_clear() -> None:
    assert set(case.outcomes(FOLDER / "doubtful.md").values()) == {"indeterminate"}


def test_what_contradicts_itself_is_flagged() -> None:
    assert set(case.outcomes(FOLDER / "contradictions.md").values()) == {"flagged"}


def test_a_plain_statement_of_nothing_is_clear() -> None:
    assert set(case.outcomes(FOLDER / "nothing.md").values()) == {"clear"}


def test_every_expectation_has_its_answers() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {path.stem for path in ANSWERS}
    assert any(set(golden.sources()) == set(ANSWERS) for golden in GOLDENS)
