"""The contract's form in other spellings: as fast as the contract's own, and read as it is line by line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.answer_spellings import SPELLINGS
from tasks.answer.cleaning import clean
from tasks.answer.parse import parse_answer
from tests.unit.test_answer_contract_form import REPORT, disturbed, in_general, is_in_form
from tests.unit.test_answer_roundtrip import SPAN

ROWS = ("storyline", "visible_text", "speakers", "transcript")
PLAIN = (
    REPORT.partition("## Mood")[0]
    .replace("**", "")
    .replace("–", "-")
    .replace("00:00 - 00:05", "00:00.000 - 00:05.000")
    .replace("Speaker: ann", "Speaker: Ann")
    .replace('"Yes."', "“Yes.”")
)


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_report_in_any_spelling_is_in_form(name: str) -> None:
    assert is_in_form(clean(SPELLINGS[name](PLAIN)))


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_report_in_any_spelling_gives_the_same_rows(name: str) -> None:
    spelled = parse_answer(SPELLINGS[name](PLAIN), "video", "sections", SPAN)
    written = parse_answer(PLAIN, "video", "sections", SPAN)
    assert [spelled.sections.get(table) for table in ROWS] == [written.sections.get(table) for table in ROWS]


@settings(max_examples=3 * settings().max_examples)
@given(disturbed(), st.lists(st.sampled_from(sorted(SPELLINGS)), max_size=3))
def test_any_spelling_is_read_as_it_is_line_by_line(text: str, names: list[str]) -> None:
    for name in names:
        text = SPELLINGS[name](text)
    assert parse_answer(text, "video", "sections", SPAN) == in_general(text)
