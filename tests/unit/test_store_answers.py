"""The raw answers: what is kept, and what a broken file does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.records import Tokens
from tasks.store.answers import AnswerStore, is_paid
from tasks.store.dataset import Dataset
from tests.support.dataset_rows import answer, call, planned


@pytest.fixture
def store(tmp_path: Path) -> AnswerStore:
    return AnswerStore(Dataset.at(tmp_path))


def test_an_answer_comes_back_as_it_was(store: AnswerStore) -> None:
    kept = answer(
        text="## Storyline\n“quoted” 字幕", calls=(call(1), call(2, Tokens(video=3, output=4))), reasoning="…"
    )
    store.put(kept)
    assert store.get(kept.segment.segment_id) == kept


@settings(deadline=None)  # the first one takes longer: it learns the form of an answer
@given(text=st.text(min_size=1))
def test_any_text_comes_back(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = AnswerStore(Dataset.at(tmp_path_factory.getbasetemp() / "any-text"))
    store.put(answer(text=text))
    assert store.get("00cafe") == answer(text=text)


def test_an_answer_with_half_a_character_is_kept_all_the_same(store: AnswerStore) -> None:
    store.put(answer(text="before \ud83d after"))
    kept = store.get("00cafe")
    assert kept is not None
    assert kept.text == "before ? after"


def test_nothing_is_known_of_a_segment_that_was_not_asked(store: AnswerStore) -> None:
    assert store.get("ffff") is None


def test_whatever_came_of_a_request_is_kept_so_that_no_call_is_lost(store: AnswerStore) -> None:
    refused = answer(planned(name="aa01"), text="", outcome="refused", reason="data_inspection_failed")
    failed = answer(planned(name="aa02"), text="", outcome="failed", retryable=True)
    skipped = answer(planned(name="aa03"), text="", outcome="skipped", calls=(), clip=None)
    for one in (refused, failed, skipped):
        store.put(one)
    assert (store.get("aa01"), store.get("aa02"), store.get("aa03")) == (refused, failed, None)


def test_held_is_what_was_paid_for_be_it_behind_a_failure(store: AnswerStore) -> None:
    paid, refused = answer(), answer(text="", outcome="refused")
    failed = answer(text="", outcome="failed", retryable=True)
    assert (is_paid(paid), is_paid(refused), is_paid(failed)) == (True, True, False)
    store.put(failed)
    assert not store.holds("00cafe")
    store.put(replace(failed, earlier=(refused,)))
    assert store.holds("00cafe")


def test_an_answer_comes_back_with_those_before_it(store: AnswerStore) -> None:
    refused = answer(text="", outcome="refused", calls=(call(1),))
    newest = answer(text="## Storyline", step="confirm", earlier=(refused,), calls=(call(2),))
    store.put(newest)
    assert store.get("00cafe") == newest


def test_a_second_answer_replaces_the_first(store: AnswerStore) -> None:
    store.put(answer(text="one"))
    store.put(answer(text="two"))
    assert store.get("00cafe") == answer(text="two")


@pytest.mark.parametrize("content", [b"", b"{", b'{"segment": 1}', b"\xff\xfe", b"null"])
def test_a_broken_file_counts_as_absent_and_is_moved_aside(tmp_path: Path, content: bytes) -> None:
    store = AnswerStore(Dataset.at(tmp_path))
    store.put(answer())
    file = tmp_path / ".reelsheet" / "answers" / "00" / "00cafe.json"
    file.write_bytes(content)
    assert store.get("00cafe") is None
    assert not file.exists()
    assert [p.read_bytes() for p in file.parent.glob("*.broken")] == [content]
    store.put(answer())
    assert store.get("00cafe") == answer()


def test_forgetting_removes_the_answer_and_what_a_killed_writer_left(tmp_path: Path) -> None:
    store = AnswerStore(Dataset.at(tmp_path))
    store.put(answer())
    folder = tmp_path / ".reelsheet" / "answers" / "00"
    (folder / "00cafe.json.0123456789ab.tmp").write_bytes(b"half")
    (folder / "00other.json").write_bytes(b"another's")
    store.forget(["00cafe", "never-there"])
    assert [p.name for p in folder.iterdir()] == ["00other.json"]


def test_answers_lie_out_of_every_table(tmp_path: Path) -> None:
    AnswerStore(Dataset.open(tmp_path)).put(answer())
    assert sorted(p.name for p in tmp_path.iterdir()) == [".reelsheet", "views.sql"]
