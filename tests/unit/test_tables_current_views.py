"""Which analysis of a recording the ready views show, and that nothing they add up counts twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import UsageError
from tasks.maintenance.attempts import UNANSWERED, gap_rank
from tasks.maintenance.decisions import prefer
from tasks.store.commit import publish_run
from tasks.store.dataset import Dataset
from tasks.tables.analysis import recording_outcome
from tasks.tables.current_views import BEST_ATTEMPTS
from tasks.tables.schemas import FACT_TABLES
from tests.support.asking import ask, ask_each
from tests.support.dataset_rows import MEDIA, START, attempt_rows, row, run
from tests.support.publishing import publish_analysis

A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"


def _best(dataset: Dataset) -> str:
    [found] = ask(dataset, "SELECT analysis_id FROM current_analyses WHERE is_best")
    return str(found["analysis_id"])


def _at(days: int) -> datetime:
    return START + timedelta(days=days)


def _rerun(dataset: Dataset, analysis_id: str, days: int) -> None:
    """A run that asks nothing, since it has come upon an analysis again."""
    again = row("inputs", run_id=f"r{days}", media_id=MEDIA, status="known", analysis_id=analysis_id)
    rows = {"runs": [row("runs", run_id=f"r{days}", started_at=_at(days))], "inputs": [again]}
    publish_run(dataset, rows, run(f"r{days}", _at(days)))


def test_each_line_of_history_shows_its_best_analysis(dataset: Dataset) -> None:
    lines: list[dict[str, Any]] = [{}, {"prompt": "other"}, {"language": "auto"}, {"model": "n"}, {}]
    for number, line in enumerate(lines):
        publish_analysis(dataset, attempt_rows(f"a{number}", completed_at=_at(number), **line), run())
    found = ask(dataset, "SELECT analysis_id, prompt, language, model FROM current_analyses ORDER BY analysis_id")
    assert [tuple(r.values()) for r in found] == [
        ("a1", "other", "en", "m"),
        ("a2", "p", "auto", "m"),
        ("a3", "p", "en", "n"),
        ("a4", "p", "en", "m"),
    ]


def test_a_poorer_analysis_later_is_not_the_best(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(A), run())
    poorer = attempt_rows(B, outcomes=("partial",), outcome="partial", language="auto", completed_at=_at(1))
    publish_analysis(dataset, poorer, run())
    assert _best(dataset) == A
    assert ask(dataset, "SELECT count(*) AS n FROM current_transcript WHERE is_best") == [{"n": 2}]


def test_of_the_complete_the_newest_is_the_best(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(A), run())
    publish_analysis(dataset, attempt_rows(B, model="n", completed_at=_at(1)), run())
    assert _best(dataset) == B


def test_a_rerun_makes_an_analysis_the_newest_again(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(A), run())
    publish_analysis(dataset, attempt_rows(B, completed_at=_at(1)), run())
    _rerun(dataset, A, 2)
    assert [r["analysis_id"] for r in ask(dataset, "FROM current_analyses")] == [A]
    _rerun(dataset, B, 3)
    assert _best(dataset) == B


def test_a_preferred_analysis_is_first_until_it_is_cleared(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(A), run())
    publish_analysis(dataset, attempt_rows(B, completed_at=_at(1)), run())
    publish_analysis(dataset, attempt_rows(C, model="n", completed_at=_at(2)), run())
    prefer(dataset, A[:6], run("d1", _at(3)))
    assert ask(dataset, "SELECT analysis_id, is_preferred, is_best FROM current_analyses ORDER BY ALL") == [
        {"analysis_id": A, "is_preferred": True, "is_best": True},
        {"analysis_id": C, "is_preferred": False, "is_best": False},
    ]
    prefer(dataset, A, run("d2", _at(4)), clear=True)
    assert _best(dataset) == C


@pytest.mark.parametrize(("name", "found"), [("aaaaa", "2"), ("aaaaaa", "2"), ("zzzzzz", "none")])
def test_prefer_wants_the_id_of_one_analysis(dataset: Dataset, name: str, found: str) -> None:
    for analysis_id in (A, "aaaaaabb"):
        publish_analysis(dataset, attempt_rows(analysis_id), run())
    with pytest.raises(UsageError, match=f"'{name}' is that of {found}"):
        prefer(dataset, name, run())


def test_every_current_view_says_where_and_how_it_was_asked(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(language="de"), run())
    asked = ("uri", "scenario", "prompt", "model", "is_best")
    for view, rows in ask_each(dataset, [f"current_{table}" for table in FACT_TABLES]).items():
        found = {tuple(row[name] for name in asked) for row in rows}
        assert found == {("abab.mp4", "standard", "p", "m", True)}, view
    assert ask(dataset, "SELECT DISTINCT language, asked_language FROM current_transcript") == [
        {"language": None, "asked_language": "de"}
    ]


def test_views_sql_alone_shows_the_preferred_one(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_analysis(dataset, attempt_rows(A), run())
    publish_analysis(dataset, attempt_rows(B, completed_at=_at(1)), run())
    prefer(dataset, A, run("d1", _at(3)))
    monkeypatch.chdir(dataset.root)
    with duckdb.connect() as connection:
        connection.execute(Path("views.sql").read_text())
        assert connection.sql("SELECT analysis_id FROM current_analyses").fetchall() == [(A,)]


def test_compare_sets_two_analyses_side_by_side(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(A, outcomes=("ok", "ok")), run())
    publish_analysis(dataset, attempt_rows(B, outcomes=("ok",), text="hullo"), run())
    sql = "SELECT start_ms, kind, text_a, text_b, is_same FROM compare('aaaa', 'bbbb') WHERE kind <> 'event'"
    assert [tuple(r.values()) for r in ask(dataset, sql)] == [
        (0, "text", "EXIT", "EXIT", True),
        (0, "utterance", "hello", "hullo", False),
        (60_000, "text", "EXIT", None, False),
        (60_000, "utterance", "hello", None, False),
    ]


# --- attempts at one analysis ------------------------------------------------------------------------------------

_OUTCOMES = st.lists(st.sampled_from(["ok", "malformed", "failed", "skipped"]), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def plain() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB that knows nothing: a new one takes 12 ms."""
    with duckdb.connect() as connection:
        yield connection


@given(attempts=st.lists(_OUTCOMES, min_size=1, max_size=5))
def test_best_attempts_and_gap_choose_the_same(plain: duckdb.DuckDBPyConnection, attempts: list[list[Any]]) -> None:
    ranks = {}
    with plain.cursor() as connection:
        for table in ("analyses", "segments"):
            columns = "media_id VARCHAR, analysis_id VARCHAR, attempt BIGINT, outcome VARCHAR"
            connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
        for number, outcomes in enumerate(attempts, 1):
            outcome = recording_outcome(outcomes)
            connection.execute("INSERT INTO analyses VALUES ('m', 'a', $1, $2)", [number, outcome])
            for one in outcomes:
                connection.execute("INSERT INTO segments VALUES ('m', 'a', $1, $2)", [number, one])
            ranks[number] = gap_rank(outcome, any(one in UNANSWERED for one in outcomes))
        shown = connection.sql(f"SELECT attempt, gap FROM ({BEST_ATTEMPTS})").fetchall()
    best = min(ranks, key=lambda number: (ranks[number], -number))
    assert shown == [(best, ranks[best])]


# --- sums ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two recordings, each under two scenarios and two models, and one analysis of each attempted twice."""
    dataset = Dataset.open(tmp_path_factory.mktemp("busy"))
    for media in ("ab" * 32, "cd" * 32):
        for scenario in ("quick", "standard"):
            for model in ("m", "n"):
                name = f"{media[:4]}-{scenario}-{model}"
                publish_analysis(dataset, attempt_rows(name, media_id=media, scenario=scenario, model=model), run())
        again = attempt_rows(f"{media[:4]}-quick-m", 2, media_id=media, scenario="quick", completed_at=_at(1))
        again["calls"] = again["calls"][:1]  # the other answer was taken over
        publish_analysis(dataset, again, run())
    return dataset


def test_talk_time_counts_what_is_said_once(busy: Dataset) -> None:
    sql = "SELECT sum(talk_ms) AS talk_ms, sum(utterances) AS utterances, sum(share) AS shares FROM talk_time"
    assert ask(busy, sql) == [{"talk_ms": 240_000, "utterances": 4, "shares": 2.0}]


def test_coverage_of_the_best_counts_each_recording_once(busy: Dataset) -> None:
    sql = "SELECT count(*) AS n, sum(duration_ms) AS ms, sum(segments) AS segments FROM coverage"
    assert ask(busy, f"{sql} WHERE is_best") == [{"n": 2, "ms": 240_000, "segments": 4}]
    assert ask(busy, sql) == [{"n": 8, "ms": 960_000, "segments": 16}]


def test_cost_by_day_counts_each_request_once(busy: Dataset) -> None:
    sql = (
        "SELECT sum(requests) AS requests, round(sum(cost), 4) AS cost, sum(output_tokens) AS written FROM cost_by_day"
    )
    assert ask(busy, sql) == [{"requests": 18, "cost": 0.027, "written": 360}]
    assert ask(busy, "SELECT count(*) AS n FROM calls") == [{"n": 18}]
