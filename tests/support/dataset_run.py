"""A small run over four analyses in two batches, to be killed. Each segment that it asks about is printed at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tasks.store.answers import AnswerStore
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts, publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import activate
from tasks.store.history import History
from tasks.store.local_cache_dir import use_caches
from tasks.store.running import begin, end, record_killed_runs
from tasks.tables.rows import Rows, RunInfo
from tests.support.dataset_rows import answer, attempt_rows, planned, row, run, segment_id

BATCHES = (("aa", "bb"), ("cc", "dd"))
PAUSE_S = 0.02  # between two looks at what another run does


def small_run(folder: Path | str, run_id: str, batches: Sequence[Sequence[str]] = BATCHES) -> list[str]:
    """Ask what is neither published nor kept, publish it, and return what was asked."""
    dataset, me = Dataset.open(folder), run(run_id)
    recover(dataset)
    asked: list[str] = []
    with Claims(dataset) as claims, History(dataset) as history:
        begin(dataset, me, claims)
        record_killed_runs(dataset, claims)
        for number, batch in enumerate(batches):
            ahead = set(batch)
            for look in range(1000):
                mine = sorted(name for name in ahead if claims.take(name))
                history.refresh()
                new = [name for name in mine if not history.done([name])]
                asked += [segment for name in new for segment in _ask(dataset, name)]
                rows = [_rows(name, history.next_attempt(name), run_id) for name in new]
                publish_attempts(dataset, rows, me, f"{run_id}-{number:05d}-{look}")
                for name in mine:
                    claims.release(name)
                ahead -= set(mine)
                if not ahead:
                    break
                time.sleep(PAUSE_S)
            assert not ahead, f"{ahead} stayed claimed"
        publish_run(dataset, _own_rows(me), me)
        end(dataset, run_id)
    return asked


def dying_run(
    folder: Path | str,
    run_id: str,
    points: Sequence[str] = (),
    batches: Sequence[Sequence[str]] = BATCHES,
    caches: Path | None = None,
) -> None:
    """The run in a process of its own, which dies at the points; `caches` is where its machine keeps them."""
    if caches:
        use_caches(caches)
    activate(points)
    small_run(folder, run_id, batches)


def _ask(dataset: Dataset, analysis: str) -> list[str]:
    answers, asked = AnswerStore(dataset), []
    for name in (segment_id(analysis, 0), segment_id(analysis, 1)):
        if answers.get(name) is None:
            asked.append(name)
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()
            answers.put(answer(planned(name=name), text=name))
    return asked


def _rows(analysis: str, attempt: int, run_id: str) -> Rows:
    """A recording for every two analyses; the last segment failed for good."""
    media = {"aa": "ab", "bb": "ab", "cc": "cd", "dd": "ab"}[analysis] * 32
    rows = attempt_rows(analysis, attempt, ("ok", "ok", "failed"), run_id=run_id, media_id=media, outcome="partial")
    rows["segments"][2]["retryable"] = False
    rows["failures"] = [row("failures", run_id=run_id, uri="x.mp4", segment_id=segment_id(analysis, 2), stage="ask")]
    return rows


def _own_rows(me: RunInfo) -> Rows:
    return {
        "runs": [row("runs", run_id=me.run_id, started_at=me.started_at, state="completed")],
        "inputs": [row("inputs", run_id=me.run_id, uri="x.mp4", status="new")],
        "media": [row("media", media_id=media * 32, uri="seen again.mp4") for media in ("ab", "cd", "ef")],
        "failures": [row("failures", run_id=me.run_id, uri="y.mp4", stage="probe")],
        "verdicts": [row("verdicts", run_id=me.run_id, analysis_id="aa")],
        "reviews": [row("reviews", review_id=me.run_id)],
    }
