"""Mark runs that have begun, until their row of `runs` is published.

So killed ones get a row too. 1. `begin`: the run claims its own name, then `.reelsheet/runs/<run_id>.json` is
written. 2. `end`: once the run's rows are published, the marker goes. 3. `record_killed_runs`, at the next start of
any run: a marker whose run nobody holds belongs to one that was killed.    Where its row is not published, one with
state `killed` is; then the marker goes.
"""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tasks.records import Tokens
from tasks.store.claims import Claims
from tasks.store.commit import publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import failpoint
from tasks.store.layout import RUNS
from tasks.store.read_consistently import read_consistently
from tasks.store.reading import read_rows
from tasks.store.storage import explained
from tasks.tables.rows import RunInfo, RunTotals, run_row

_NOTHING = RunTotals({}, {}, requests=0, tokens=Tokens(), cost_nano=None, currency=None)


def begin(dataset: Dataset, run: RunInfo, claims: Claims) -> None:
    """Note that a run begins.

    It holds its claim as long as `claims` is open. Raises DatasetNotWritable.
    """
    if not claims.take(_claim(run.run_id)):
        raise ValueError(f"The run {run.run_id} has begun already.")
    failpoint("run.begin")
    facts = dataclasses.asdict(run) | {"started_at": run.started_at.isoformat()}
    with explained(dataset.storage):
        dataset.storage.write(_marker(run.run_id), json.dumps(facts).encode(), "run.noted")
    failpoint("run.begun")


def end(dataset: Dataset, run_id: str) -> None:
    """Note that the run's rows are published.

    Raises DatasetNotWritable.
    """
    failpoint("run.end")
    _forget(dataset, run_id)
    failpoint("run.ended")


def record_killed_runs(dataset: Dataset, claims: Claims) -> int:
    """Publish a row for each run that was killed, and count them.

    Raises DatasetNotWritable. What a killed run had asked about stands in the other tables; its row has state
    `killed`, no end and no counts. Files that killed writers of whatever kind never finished go too, a day later.
    """
    with explained(dataset.storage):
        dataset.storage.remove_abandoned()
    return sum(_record_killed_run(dataset, run_id, claims) for run_id in under_way(dataset))


def _record_killed_run(dataset: Dataset, run_id: str, claims: Claims) -> bool:
    if not claims.take(_claim(run_id)):
        return False  # it lives, or another run is about to record it
    try:
        recover(dataset)  # its row may be decided and not published
        run = _read(dataset, run_id)
        killed = run is not None and not _is_published(dataset, run_id)
        if run is not None and killed:
            publish_run(dataset, {"runs": [run_row(run, "killed", _NOTHING, ended_at=None)]}, run)
            failpoint("run.buried")
        _forget(dataset, run_id)
    finally:
        claims.release(_claim(run_id))
    return killed


def under_way(dataset: Dataset) -> list[str]:
    """Return the runs that have begun and not ended, as far as is known.

    Some of them may have been killed.
    """
    return sorted({name.partition(".json")[0] for name in dataset.storage.names(RUNS)})


def _read(dataset: Dataset, run_id: str) -> RunInfo | None:
    """Return what the marker holds; None: nobody can know.

    It was never finished, it is gone, or it is damaged.
    """
    try:
        return _adapter().validate_json(dataset.storage.read(_marker(run_id)))
    except (FileNotFoundError, ValidationError):
        return None


def _is_published(dataset: Dataset, run_id: str) -> bool:
    if dataset.find("runs", run_id):
        return True
    only = [[("run_id", "=", run_id)]]

    def read() -> list[dict[str, Any]]:
        return read_rows(dataset.storage, dataset.names("runs"), "runs", ["run_id"], only)

    return bool(read_consistently(dataset, read))


def _forget(dataset: Dataset, run_id: str) -> None:
    with explained(dataset.storage):
        dataset.storage.remove(_marker(run_id))
        dataset.storage.sync(RUNS)


def _marker(run_id: str) -> str:
    return f"{RUNS}/{run_id}.json"


def _claim(run_id: str) -> str:
    return f"run:{run_id}"


@cache
def _adapter() -> TypeAdapter[RunInfo]:
    return TypeAdapter(RunInfo)
