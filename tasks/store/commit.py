"""Publish commits: all files of one appear, and appear once.

That holds whatever instant the process dies at.

1. Every table's file is written and synced under `.reelsheet/staging/<commit>/`, then `commit.json` with them.
2. The folder is renamed to `.reelsheet/commits/<commit>/`: the point of no return. Before it a commit is undone,
   after it the commit is finished, by this process or by the next one.
3. Each file is moved to its table, `analyses` last; then the raw answers are forgotten, then the folder is removed.

In an object store, where nothing is renamed, step 2 puts `commit.json` under `.reelsheet/commits/<commit>/`, and step
3 copies each file from where it is staged. This module holds the order of the steps, `Storage` does each of them.

Where each file goes is decided before step 2, so moving twice is harmless. One writer at a time: the lock is held for
milliseconds and freed by the system when its holder dies, so whoever has it knows that all he finds is abandoned.
The index hears of the new files when it is next asked: a crash before that costs nothing.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import pyarrow.parquet as pq

from tasks.store.answers import AnswerStore, turn_id
from tasks.store.attempt_numbers import attempt_numbers, free_name, numbered, unseen
from tasks.store.claims import Claims
from tasks.store.dataset import Dataset
from tasks.store.failpoints import failpoint
from tasks.store.index import Index
from tasks.store.layout import COMMITS, STAGING
from tasks.store.storage import Storage, explained
from tasks.tables.arrow import to_arrow
from tasks.tables.rows import Row, Rows, RunInfo
from tasks.tables.schemas import TABLES

NOT_WRITTEN = "The answers already paid for are kept: run again once that is mended, and nothing is asked twice."
NOT_MOVED = "All of it is kept, and the next run publishes it."
COMPACTION_CLAIM = "compaction"  # held while months are merged
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A new file will be `<table>/month=<month>/<name>.parquet`."""

    table: str
    month: str
    name: str
    rows: Sequence[Row]

    @property
    def target(self) -> str:
        return f"{self.table}/month={self.month}/{self.name}.parquet"


@dataclass(frozen=True, slots=True)
class Recovered:
    """Recovering finished some commits of an earlier process, and undid others."""

    finished: int
    undone: int


def publish_attempts(
    dataset: Dataset, attempts: Sequence[Rows], run: RunInfo, name: str, calls: Sequence[Row] = ()
) -> frozenset[str]:
    """Publish attempts in one commit, each table in one file called `name`.

    Then their raw answers are forgotten. Each of `attempts` is what `tasks.tables.analysis.analysis_rows` gives, and
    may hold `media`; two at one analysis have the numbers that follow the newest, and come from who has claimed it.
    Returns the analysis_ids whose attempt is there under this run, be it by this call or by one before it that was
    cut short. The others were finished by another run meanwhile, and are dropped; after another's unfinished attempt
    comes the next number. `calls` are rows of requests that led to no attempt, since the run was stopped at them.
    Raises DatasetNotWritable, with a sentence on what is kept.
    """
    analyses = [analysis for rows in attempts for analysis in rows["analyses"]]
    if len({(analysis["analysis_id"], analysis["attempt"]) for analysis in analyses}) < len(attempts):
        raise ValueError("Each attempt of a commit must be at another analysis, or have another number.")
    with _writing(dataset), closing(Index(dataset)) as index:
        wanted = attempt_numbers(index, analyses, run)
        new = [numbered(rows, number.attempt) for rows, number in zip(attempts, wanted, strict=True) if number.free]
        # What was taken over stands in an older attempt: a raw answer beside it is a newer one, of a run cut short.
        asked = [rows for rows in attempts if rows["calls"]]
        forget = sorted(
            {row["segment_id"] for rows in asked for row in rows["calls"]}
            | {turn_id(row["segment_id"], row["turn"]) for rows in asked for row in rows.get("turns", [])}
            | {row["segment_id"] for row in calls}
        )
        beside = [] if dataset.find("calls", name) else calls  # a commit that is there was whole
        if new or beside:
            together = {table: [row for rows in new for row in rows.get(table, [])] for table in TABLES}
            together["calls"] += beside
            together["media"] = unseen(index, together["media"])
            name = free_name(dataset, name)
            _publish(dataset, name, [NewFile(table, run.month, name, rows) for table, rows in together.items()], forget)
        else:
            AnswerStore(dataset).forget(forget)
    return frozenset(number.analysis_id for number in wanted if number.ours)


def publish_run(dataset: Dataset, rows: Rows, run: RunInfo) -> None:
    """Publish `runs`, `inputs`, `media` and `failures` of one run.

    A second time for the same run replaces them. Failures of segments are left out: they were published with their
    analysis. Raises DatasetNotWritable.
    """
    own = dict(rows) | {"failures": [row for row in rows.get("failures", []) if row["segment_id"] is None]}
    files = [NewFile(table, run.month, run.run_id, own[table]) for table in own if table != "media"]
    with _writing(dataset), closing(Index(dataset)) as index:
        name = free_name(dataset, run.run_id, ["media"])
        media = NewFile("media", run.month, name, unseen(index, own.get("media", [])))
        _publish(dataset, f"run-{run.run_id}", [media, *files], [])


def publish_decisions(dataset: Dataset, rows: Sequence[Row], run: RunInfo, table: str = "decisions") -> None:
    """Publish what was decided by a person, or by a policy, in a table of its own.

    `run` gives the month and the file's name. Raises DatasetNotWritable."""
    with _writing(dataset):
        _publish(dataset, f"{table}-{run.run_id}", [NewFile(table, run.month, run.run_id, rows)], [])


def publish_rows(dataset: Dataset, rows: Rows, run: RunInfo, name: str, forget: Sequence[str] = ()) -> None:
    """Publish rows that belong to no attempt, then forget raw answers.

    `name` is the commit's own. Raises DatasetNotWritable.
    """
    with _writing(dataset):
        name = free_name(dataset, name, rows)
        _publish(dataset, name, [NewFile(table, run.month, name, rows[table]) for table in rows], forget)


def recover(dataset: Dataset) -> Recovered:
    """Finish the commits that a killed process had decided, and undo the others.

    Do this before reading. What a killed compaction has left is removed too: the tables stand as they did before it,
    or after.
    """
    storage = dataset.storage
    with explained(storage), dataset.publishing():
        finished = _finish_all(dataset)  # first, since an object store holds its files where they were staged
        undone = sum(1 for commit in storage.folders(STAGING) if storage.remove_folder(f"{STAGING}/{commit}"))
        if storage.merging_left():
            _clear_merging(dataset)
        return Recovered(finished, undone)


def _clear_merging(dataset: Dataset) -> None:
    with Claims(dataset) as claims:
        if claims.take(COMPACTION_CLAIM):  # otherwise it lives
            dataset.storage.clear_merging()


# --- the steps of one commit -------------------------------------------------------------------------------------


@contextmanager
def _writing(dataset: Dataset) -> Iterator[None]:
    """Be alone with the dataset, with nothing left open by those before."""
    with explained(dataset.storage, NOT_WRITTEN), dataset.publishing():
        _finish_all(dataset)
        yield


def _publish(dataset: Dataset, commit: str, files: Iterable[NewFile], forget: Sequence[str]) -> None:
    storage = dataset.storage
    filled = sorted((f for f in files if f.rows), key=lambda f: f.table == "analyses")
    try:
        manifest = _stage(storage, commit, filled, forget)
        failpoint("commit.staged")
        storage.check_lease()
    except BaseException:  # Ctrl-C too: what is not decided is undone
        with suppress(Exception):
            storage.remove_folder(f"{STAGING}/{commit}")
        raise
    storage.decide(commit, manifest)
    with explained(storage, NOT_MOVED):
        storage.sync(COMMITS)
        storage.sync(STAGING)
        failpoint("commit.decided")
        _finish(dataset, commit)


def _stage(storage: Storage, commit: str, files: Sequence[NewFile], forget: Sequence[str]) -> bytes:
    """Write the files, and return the manifest.

    It says where each belongs, and which answers go once all are there.
    """
    folder = f"{STAGING}/{commit}"
    storage.remove_folder(folder)
    storage.make_folder(folder)
    for file in files:
        if not _SAFE_NAME.fullmatch(file.name):
            raise ValueError(f"{file.name!r} cannot be the name of a file of the dataset.")

    def write(number: int) -> None:
        storage.stage(f"{folder}/{number}.parquet", parquet(files[number].table, files[number].rows))
        failpoint("commit.staging")

    storage.each(write, range(len(files)))
    moves = {f"{number}.parquet": file.target for number, file in enumerate(files)}
    manifest = json.dumps({"moves": moves, "forget": list(forget)}).encode()
    storage.seal(commit, manifest)
    return manifest


def parquet(table: str, rows: Sequence[Row]) -> bytes:
    """Make a Parquet file of the rows, with the table's schema."""
    out = io.BytesIO()
    pq.write_table(to_arrow(table, rows), out, compression="zstd")
    return out.getvalue()


def _finish_all(dataset: Dataset) -> int:
    dataset.storage.undo_half_exchange()
    return sum(1 for commit in dataset.storage.folders(COMMITS) if _finish(dataset, commit))


def _finish(dataset: Dataset, commit: str) -> bool:
    """Carry out a decided commit, from wherever it stands.

    False: it cannot be read, and was moved aside or undone.
    """
    storage, decided = dataset.storage, f"{COMMITS}/{commit}"
    try:
        manifest = json.loads(storage.read(f"{decided}/commit.json"))
        moves, forget = dict(manifest["moves"]), list(manifest["forget"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        if storage.set_aside(commit):
            return False
        storage.remove_folder(decided)  # all its files were moved, and it was being removed
        return True
    if not storage.is_whole(commit, moves):
        storage.remove_folder(decided)
        return False
    first = {name: target for name, target in moves.items() if not target.startswith("analyses/")}
    last = {name: target for name, target in moves.items() if name not in first}
    for part in (first, last):
        _move(storage, storage.decided_files(commit), part)
    failpoint("commit.published")
    AnswerStore(dataset).forget(forget)
    failpoint("commit.forgotten")
    storage.remove_folder(decided)
    with suppress(Exception):  # the next one who opens the dataset writes it
        dataset.write_views()
    failpoint("commit.done")
    return True


def _move(storage: Storage, folder: str, moves: dict[str, str]) -> None:
    def publish(name: str) -> None:
        target = moves[name]
        storage.make_folder(_month_folder(target))
        with suppress(FileNotFoundError):  # moved before the process died
            storage.move(f"{folder}/{name}", target)
        failpoint(f"commit.moved.{target.partition('/')[0]}")

    storage.each(publish, moves)
    for month in {_month_folder(target) for target in moves.values()}:
        storage.sync(month)


def _month_folder(file: str) -> str:
    return file.rpartition("/")[0]
