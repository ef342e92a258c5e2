"""The tables made again from the answers they hold: what a newer parser reads otherwise is a new attempt, once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.answer.parse import parse_answer
from tasks.maintenance.attempts import ATTEMPTS_AT_ONCE, NewestAttempts
from tasks.maintenance.reparse import ReparseResult, rebuild
from tasks.query.retry_selection import RetryRule, select
from tasks.query.sql import as_rows, run_sql
from tasks.records import ParsedAnswer
from tasks.store.answers import AnswerStore, turn_id
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.store.history import History, KnownAnalysis
from tasks.tables.analysis import Parser
from tasks.tables.schemas import FACT_TABLES
from tests.support.dataset_rows import answer, attempt_rows, planned, row, run
from tests.support.parsed_rows import TEXT, older, parsed_attempt, publish_parsed


@pytest.fixture
def claims(dataset: Dataset) -> Iterator[Claims]:
    with Claims(dataset) as mine:
        yield mine


def ask(dataset: Dataset, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in as_rows(run_sql(dataset, sql))]


def files(dataset: Dataset) -> set[Path]:
    return {file for table in FACT_TABLES for file in dataset.files(table)}


def test_the_same_parser_writes_nothing(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", parse=parse_answer), parsed_attempt("bb", parse=parse_answer))
    before = files(dataset)
    assert rebuild(dataset, run("again"), claims) == ReparseResult(unchanged=2)
    assert files(dataset) == before


def test_the_tables_follow_the_parser_in_a_new_attempt(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt())
    assert rebuild(dataset, run("again"), claims) == ReparseResult(changed=1)
    assert ask(dataset, "SELECT attempt, description FROM current_storyline ORDER BY start_ms") == [
        (2, "A street."), (2, "A street."),
    ]  # fmt: skip
    assert ask(dataset, "SELECT attempt, outcome, coverage, completed_at, run_id FROM analyses ORDER BY attempt") == [
        (1, "partial", 0.0, "2026-11-22T17:31:00Z", "run-1"),
        (2, "partial", 1.0, "2026-11-22T17:31:00Z", "again"),
    ]
    assert ask(dataset, "SELECT DISTINCT description FROM storyline WHERE attempt = 1") == [("something",)]


def test_what_was_paid_and_what_failed_is_told_once(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt())
    rebuild(dataset, run("again"), claims)
    assert ask(dataset, "SELECT count(*), max(attempt) FROM calls") == [(3, 1)]
    assert ask(dataset, "SELECT count(*) FROM open_failures") == [(1,)]
    assert ask(dataset, "SELECT DISTINCT attempts FROM segments WHERE attempt = 2") == [(0,)]
    assert ask(dataset, "SELECT outcome, retryable FROM current_segments WHERE seq = 2") == [("failed", True)]


def test_a_second_time_changes_nothing(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa"), parsed_attempt("bb", parse=parse_answer))
    rebuild(dataset, run("again"), claims)
    before = files(dataset)
    assert rebuild(dataset, run("once-more"), claims) == ReparseResult(unchanged=2)
    assert files(dataset) == before


def test_only_the_newest_attempt_at_each_analysis_is_read(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", 1))
    publish_parsed(dataset, parsed_attempt("aa", 2, parse_answer, "run-2"), run_id="run-2")
    publish_parsed(dataset, parsed_attempt("bb", 1))
    assert rebuild(dataset, run("again"), claims) == ReparseResult(changed=1, unchanged=1)
    assert ask(dataset, "SELECT analysis_id, max(attempt) FROM analyses GROUP BY ALL ORDER BY 1") == [
        ("aa", 2), ("bb", 2),
    ]  # fmt: skip


def test_an_older_answer_does_not_become_the_current_one(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", 1))
    publish_parsed(dataset, parsed_attempt("bb", 5, parse_answer))  # the same recording, asked otherwise, later
    assert rebuild(dataset, run("again"), claims) == ReparseResult(changed=1, unchanged=1)
    assert ask(dataset, "SELECT analysis_id FROM current_analyses") == [("bb",)]


def test_an_older_attempt_that_the_views_show_follows_the_parser_too(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", 1, complete=True))
    publish_parsed(dataset, parsed_attempt("aa", 2))  # the views go on showing the first
    assert rebuild(dataset, run("again"), claims) == ReparseResult(changed=1)
    assert ask(dataset, "SELECT attempt, description FROM current_storyline") == [(3, "A street.")] * 3
    assert ask(dataset, "SELECT attempt, run_id, coverage, completed_at FROM analyses ORDER BY 1 OFFSET 2") == [
        (3, "again", 1.0, "2026-11-22T17:31:00Z"),
        (4, "again", 1.0, "2026-11-22T17:32:00Z"),
    ]
    before = files(dataset)
    assert rebuild(dataset, run("once-more"), claims) == ReparseResult(unchanged=1)
    assert files(dataset) == before


@pytest.mark.parametrize("newest", [older, parse_answer], ids=["outdated", "as the parser reads it"])
def test_what_the_newest_attempt_has_left_open_stays_open(dataset: Dataset, claims: Claims, newest: Parser) -> None:
    publish_parsed(dataset, parsed_attempt("aa", 1, complete=True))
    publish_parsed(dataset, parsed_attempt("aa", 2, newest))
    rebuild(dataset, run("again"), claims)
    assert ask(dataset, "SELECT DISTINCT attempt, description FROM current_storyline") == [(3, "A street.")]
    with History(dataset) as history:
        assert history.known("aa") == KnownAnalysis(4, "partial", unfinished=True)
        assert sorted(history.answers("aa")) == ["aa0", "aa1"]
    [group] = select(dataset, RetryRule())
    assert [(wanted.attempt, wanted.segment_ids) for wanted in group.recordings] == [(4, frozenset({"aa2"}))]
    assert ask(dataset, "SELECT DISTINCT segment_id FROM open_failures") == [("aa2",)]


def test_where_the_views_show_what_the_parser_reads_only_the_newest_follows(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", 1, parse_answer, complete=True))
    publish_parsed(dataset, parsed_attempt("aa", 2))
    assert rebuild(dataset, run("again"), claims) == ReparseResult(changed=1)
    assert ask(dataset, "SELECT attempt FROM current_analyses") == [(1,)]
    assert ask(dataset, "SELECT description FROM storyline WHERE attempt = 3") == [("A street.",)] * 2


def test_a_parser_that_reads_nothing_in_it_leaves_it_shown(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", 1, complete=True))
    publish_parsed(dataset, parsed_attempt("aa", 2))

    def worse(*_: Any) -> ParsedAnswer:
        return ParsedAnswer("malformed", "no section")

    assert rebuild(dataset, run("again"), claims, worse) == ReparseResult(changed=1)
    assert ask(dataset, "SELECT attempt, outcome FROM current_analyses") == [(1, "partial")]
    assert rebuild(dataset, run("once-more"), claims, worse) == ReparseResult(unchanged=1)


def test_what_is_read_as_shown_is_what_the_views_show(dataset: Dataset) -> None:
    kinds = [("ok", "ok"), ("partial", "skipped"), ("partial", "failed"), ("refused", "refused"), ("failed", "failed")]
    histories = [history for length in (1, 2, 3) for history in product(kinds, repeat=length)]
    for place in range(3):
        attempts = [
            attempt_rows(
                f"a{n:03}", place + 1, ("partial", history[place][1]), outcome=history[place][0], media_id=f"{n:064}"
            )
            for n, history in enumerate(histories)
            if len(history) > place
        ]
        publish_attempts(dataset, attempts, run(f"run-{place}"), f"commit-{place}")
    with NewestAttempts(dataset) as newest:
        found = [p for part in newest.parts for some in newest.within(part) for p in some]
    read = {p.analysis_id: (p.shown or p.rows)["analyses"][0]["attempt"] for p in found}
    assert len(read) == len(histories)
    assert read == dict(ask(dataset, "SELECT analysis_id, attempt FROM current_analyses"))


def test_many_attempts_are_published_some_hundred_in_a_commit(dataset: Dataset, claims: Claims) -> None:
    some = ATTEMPTS_AT_ONCE + 10
    publish_parsed(dataset, *(parsed_attempt(f"a{number:03}") for number in range(some)), name="shared")
    told: list[tuple[int, int]] = []
    assert rebuild(dataset, run("again"), claims, progress=lambda *parts: told.append(parts)) == ReparseResult(
        changed=some
    )
    names = ["again-00000", "again-00001", "shared"]
    assert [file.stem for file in dataset.files("segments")] == names
    assert [pq.read_metadata(file).num_rows for file in dataset.files("analyses")] == [ATTEMPTS_AT_ONCE, 10, some]
    assert told == [(1, 2), (2, 2)]


def test_attempts_in_many_small_files_are_published_together(dataset: Dataset, claims: Claims) -> None:
    for name in ("aa", "bb", "cc"):
        publish_parsed(dataset, parsed_attempt(name))
    rebuild(dataset, run("again"), claims)
    assert [pq.read_metadata(f).num_rows for f in dataset.files("analyses") if f.stem == "again-00000"] == [3]


def test_what_another_run_is_at_is_left_for_later(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa"), parsed_attempt("bb"))
    with Claims(dataset) as others:
        assert others.take("aa")
        assert rebuild(dataset, run("again"), claims) == ReparseResult(changed=1, busy=1)
    assert rebuild(dataset, run("later"), claims) == ReparseResult(changed=1, unchanged=1)


def test_its_own_claims_end_with_each_commit(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa"))
    rebuild(dataset, run("again"), claims)
    with Claims(dataset) as others:
        assert others.take("aa")


def test_what_another_run_has_overtaken_meanwhile_is_left_to_it(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", 1))

    def slow(*given: Any) -> ParsedAnswer:
        publish_parsed(dataset, parsed_attempt("aa", 2, parse_answer, "run-2"), run_id="run-2")
        return parse_answer(*given)

    assert rebuild(dataset, run("again"), claims, slow) == ReparseResult(busy=1)
    assert ask(dataset, "SELECT run_id FROM analyses ORDER BY attempt") == [("run-1",), ("run-2",)]


def test_what_a_run_has_published_that_was_killed_meanwhile_counts_too(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", 1))
    other = (
        "import sys; from tasks.store import dataset, failpoints; from tests.support.parsed_rows import *;"
        "failpoints.activate(['commit.decided']);"
        "publish_parsed(dataset.Dataset.open(sys.argv[1]), parsed_attempt('aa', 2, run_id='run-2'), run_id='run-2')"
    )

    def slow(*given: Any) -> ParsedAnswer:
        if not list((dataset.hidden / "commits").iterdir()):
            killed = subprocess.run([sys.executable, "-c", other, str(dataset.root)], check=False)
            assert killed.returncode == -signal.SIGKILL
        return parse_answer(*given)

    assert rebuild(dataset, run("again"), claims, slow) == ReparseResult(busy=1)
    assert ask(dataset, "SELECT run_id FROM analyses ORDER BY attempt") == [("run-1",), ("run-2",)]


def test_answers_that_wait_to_be_published_are_left_alone(dataset: Dataset, claims: Claims) -> None:
    first = parsed_attempt("aa", 1, complete=True)
    said = row("turns", **{"analysis_id": "aa", "segment_id": "aa2", "attempt": 1, "turn": 1, "question": "why?"})
    publish_parsed(dataset, first | {"turns": [{**said, "media_id": first["media"][0]["media_id"]}]})
    publish_parsed(dataset, parsed_attempt("aa", 2))
    kept = AnswerStore(dataset)
    for name in ("aa2", turn_id("aa2", 1)):  # a retry was killed after these came
        kept.put(answer(planned(2, 120_000, 180_000, name), TEXT))
    assert rebuild(dataset, run("again"), claims) == ReparseResult(changed=1)
    assert kept.get("aa2") is not None
    assert kept.get(turn_id("aa2", 1)) is not None


def test_an_attempt_without_its_recording_or_its_segments_is_left_alone(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa"))
    publish_parsed(dataset, parsed_attempt("bb", media_id="cd" * 32))
    publish_parsed(dataset, parsed_attempt("cc"))
    publish_parsed(dataset, parsed_attempt("dd", 1, complete=True))
    publish_parsed(dataset, parsed_attempt("dd", 2))
    for table, name in (("media", "bb-1"), ("segments", "cc-1"), ("segments", "dd-1")):
        next(file for file in dataset.files(table) if file.stem == name).unlink()
    assert rebuild(dataset, run("again"), claims) == ReparseResult(changed=1, broken=3)


def test_an_answer_that_the_parser_fails_on_is_left_alone_and_named(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa"), parsed_attempt("bb"))
    answers = count()

    def failing(*given: Any) -> ParsedAnswer:
        if next(answers) == 0:
            raise ValueError("no such time")
        return parse_answer(*given)

    rebuilt = rebuild(dataset, run("again"), claims, failing)

    assert rebuilt == ReparseResult(changed=1, unread=("film.mp4 (ValueError: no such time)",))
    assert (rebuilt.analyses, ask(dataset, "SELECT count(*) FROM analyses")) == (2, [(3,)])


@pytest.mark.parametrize("merged", [("storyline",), ("analyses",), FACT_TABLES])
def test_rows_are_found_where_files_were_merged(dataset: Dataset, claims: Claims, merged: tuple[str, ...]) -> None:
    for name in ("aa", "bb"):
        publish_parsed(dataset, parsed_attempt(name, parse=parse_answer))
    for table in merged:
        if small := dataset.files(table):
            together = pa.concat_tables(pq.ParquetFile(file).read() for file in small)
            for file in small:
                file.unlink()
            pq.write_table(together, small[0].with_name("merged.parquet"))
    assert rebuild(dataset, run("again"), claims) == ReparseResult(unchanged=2)


def test_an_attempt_from_before_its_form_was_noted_stays_as_it_is(dataset: Dataset, claims: Claims) -> None:
    publish_parsed(dataset, parsed_attempt("aa", parse=parse_answer))
    [file] = dataset.files("analyses")
    pq.write_table(pq.ParquetFile(file).read().drop_columns(["answer_form"]), file)
    assert rebuild(dataset, run("again"), claims) == ReparseResult(unchanged=1)
