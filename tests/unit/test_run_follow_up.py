"""What is left to ask about an answer, seeing what is kept of the conversation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.records import Answer, FollowUp
from tasks.run.follow_up import with_turns
from tasks.store.answers import AnswerStore, turn_id
from tasks.store.dataset import Dataset
from tests.support.dataset_rows import answer, call, plan, planned

SEGMENT = planned(name="aa01")
PLAN = replace(plan(SEGMENT), question=replace(plan(SEGMENT).question, follow_up=("Who?", "Why?")))


@pytest.fixture
def store(tmp_path: Path) -> AnswerStore:
    return AnswerStore(Dataset.at(tmp_path))


def keep(store: AnswerStore, number: int, text: str, **facts: object) -> None:
    own = replace(SEGMENT, segment_id=turn_id(SEGMENT.segment_id, number))
    store.put(answer(own, text, calls=(call(number),), **facts))


def turns(store: AnswerStore, about: Answer) -> list[tuple[str, str | None]] | None:
    settled = with_turns(PLAN, about, store)
    return None if settled is None else [(turn.question, turn.answer) for turn in settled.turns]


def test_nothing_is_left_once_every_question_has_its_answer(store: AnswerStore) -> None:
    assert turns(store, answer(SEGMENT)) is None
    keep(store, 1, "Ann")
    assert turns(store, answer(SEGMENT)) is None
    keep(store, 2, "For fun")
    assert turns(store, answer(SEGMENT)) == [("Who?", "Ann"), ("Why?", "For fun")]


def test_a_question_that_got_no_answer_ends_the_conversation(store: AnswerStore) -> None:
    keep(store, 1, "", outcome="refused", reason="no")
    assert turns(store, answer(SEGMENT)) == [("Who?", None), ("Why?", None)]


def test_a_failure_that_may_pass_is_asked_again(store: AnswerStore) -> None:
    keep(store, 1, "", outcome="failed", retryable=True)
    assert turns(store, answer(SEGMENT)) is None


def test_nothing_is_asked_about_what_was_not_answered_or_was_taken_over(store: AnswerStore) -> None:
    assert turns(store, answer(SEGMENT, "", outcome="refused")) == []
    said = (FollowUp("Who?", "Ann"),)
    assert turns(store, answer(SEGMENT, taken_over=True, turns=said)) == [("Who?", "Ann")]
