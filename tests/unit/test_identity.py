"""Identities: what changes an answer changes the id, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from tasks.identity import analysis_id, canonical_json, segment_id
from tasks.records import Question, Span

QUESTION = Question("quick", "aa", "Say what happens.", "text", "auto")
FACTS = {"media_id": "m", "scenario": "quick", "provider": "local", "model": "embedded", "params_json": "{}"}


def test_an_id_is_32_hex_digits_and_the_same_on_any_machine() -> None:
    assert analysis_id(question=QUESTION, **FACTS) == "8a2a55fbb1da17d3da707947f13ec374"


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_every_fact_is_part_of_the_id(fact: str) -> None:
    assert analysis_id(question=QUESTION, **FACTS) != analysis_id(question=QUESTION, **{**FACTS, fact: "other"})


@pytest.mark.parametrize("fact", ["prompt_sha256", "instruction", "language"])
def test_what_is_said_is_part_of_the_id(fact: str) -> None:
    other = replace(QUESTION, **cast("dict[str, Any]", {fact: "other"}))
    assert analysis_id(question=QUESTION, **FACTS) != analysis_id(question=other, **FACTS)


def test_a_prompt_of_another_name_is_the_same_question() -> None:
    renamed = replace(QUESTION, prompt="renamed")
    assert analysis_id(question=QUESTION, **FACTS) == analysis_id(question=renamed, **FACTS)


def test_a_segment_is_its_analysis_and_its_span() -> None:
    ids = {segment_id("a", Span(0, 500)), segment_id("a", Span(0, 1000)), segment_id("b", Span(0, 500))}
    assert len(ids) == 3
    assert segment_id("a", Span(0, 500)) in ids


def test_canonical_json_is_one_text_for_one_value() -> None:
    assert canonical_json({"b": [1, 2.5, None], "a": "画"}) == '{"a":"画","b":[1,2.5,null]}'
