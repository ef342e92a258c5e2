"""The registry of sections: what it says fits the records, the tables, the views and the correction turn."""

from __future__ import annotations

import pickle
from dataclasses import fields
from typing import Any

import pytest

from prompts.reader import correction_turn
from tasks.answer.headings import named_sections, title_part
from tasks.answer.parse import parse_answer
from tasks.answer.registry import SECTIONS, check_names, required_sections
from tasks.answer.section import SectionSpec
from tasks.errors import UsageError
from tasks.records import Kind, Span
from tasks.tables.schemas import FACT_TABLES, TABLES
from tasks.tables.views import VIEWS

SPAN = Span(0, 10_000)
ONE_OF_EACH = (
    "## Storyline\n00:00 - 00:10\nA fire.\n## Visible Text\n00:01 - 00:02\n“EXIT”: green\n"
    "## Speakers and Transcript\n00:03 - 00:04\nAnn: “Out!”\n## Findings\n00:01 - 00:02\nLabel: violence\n"
)
NAMES = [section.name for section in SECTIONS]


@pytest.mark.parametrize("section", [s for s in SECTIONS if s.has_table], ids=lambda section: section.name)
def test_a_section_has_a_table_with_its_columns(section: SectionSpec) -> None:
    own = [column.name for column in section.columns]
    assert TABLES[section.name].names[5:] == ["seq", "start_ms", "end_ms", *own, "time_quality", "member_seq"]
    assert section.name in FACT_TABLES


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_row_has_an_attribute_for_each_column(section: SectionSpec) -> None:
    rows: tuple[Any, ...] = parse_answer(ONE_OF_EACH, "video", "sections", SPAN, sections=NAMES).sections[section.name]
    assert {column.name for column in section.columns} <= {field.name for field in fields(rows[0])}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_its_own_heading_opens_a_section(section: SectionSpec) -> None:
    assert title_part(section.heading, marked=False) in section.parts
    assert f"\n## {section.heading}\n" in correction_turn([section.heading], [section.heading])


def test_the_timeline_shows_every_section_that_has_a_place_on_it() -> None:
    [timeline] = [view for view in VIEWS if view.name == "timeline"]
    assert timeline.meanings["kind"].allowed == ("event", "text", "utterance")


@pytest.mark.parametrize(
    ("kind", "asked", "needed"),
    [
        ("video", None, ("storyline", "visible_text", "transcript")),
        ("audio", None, ("storyline", "transcript")),
        ("image", None, ("storyline", "visible_text")),
        ("video", ["transcript", "storyline"], ("storyline", "transcript")),
        ("image", ["transcript"], ()),
        ("video", [], ()),
    ],
)
def test_what_is_required(kind: Kind, asked: list[str] | None, needed: tuple[str, ...]) -> None:
    assert required_sections(kind, asked) == needed


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"Prompt x says .*weather.*name some of storyline, visible_text, transcript"):
        check_names(["transcript", "weather"], "Prompt x")


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("## Transcript\nwords\n# Storyline", ("storyline", "transcript")),
        ("### 1. 可见文字", ("visible_text",)),
        ("The storyline, please.", ()),
        ("#storyteller", ()),
    ],
)
def test_a_prompt_names_sections_by_their_headings(prompt: str, names: tuple[str, ...]) -> None:
    assert named_sections(prompt) == names


def test_a_parsed_answer_travels_between_processes() -> None:
    parsed = parse_answer(ONE_OF_EACH, "video", "sections", SPAN)
    assert pickle.loads(pickle.dumps(parsed)) == parsed
