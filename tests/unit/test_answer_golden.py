"""Whole answers in the forms that models use, against what a person has read in them: tests/golden/answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.answer.parse import parse_answer
from tasks.answer.render import render_answer
from tests.golden.answers import case
from tests.golden.regenerate import GOLDENS

ANSWERS = sorted(Path(case.__file__).parent.glob("*.md"))


@pytest.mark.parametrize("source", ANSWERS, ids=lambda path: path.stem)
def test_the_answer_is_read_as_reviewed(source: Path) -> None:
    assert case.expected(source) == source.with_suffix(".json").read_text(encoding="utf-8")


@pytest.mark.parametrize("source", ANSWERS, ids=lambda path: path.stem)
def test_the_rendered_answer_is_read_without_loss(source: Path) -> None:
    answer, kind, span = case.parsed(source)
    written, lengths = render_answer(answer, kind, span), case.original(source).lengths
    again = parse_answer(written, kind, "sections", span, lengths=lengths)
    for name in ("storyline", "visible_text", "speakers", "transcript"):
        assert len(getattr(again, name) or ()) == len(getattr(answer, name) or ())


def test_every_expectation_has_its_answer() -> None:
    folder = Path(case.__file__).parent
    assert {path.stem for path in folder.glob("*.json")} == {path.stem for path in ANSWERS}
    assert any(set(golden.sources()) == set(ANSWERS) for golden in GOLDENS)
