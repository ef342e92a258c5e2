"""Publishing: all files of one commit appear, and appear once, whatever instant the process dies at.

1. Every table's file is written and synced under `.reelsheet/staging/<commit>/`, and `commit.json` beside them.
2. The folder is renamed to `.reelsheet/commits/<commit>/`: the point of no return. Before it a commit is undone,
   after it the commit is finished, by this process or by the next one.
3. Each file is moved to its table, `analyses` last; then the raw answers are forgotten, then the folder is removed.

In an object store, where nothing is renamed, step 2 puts `commit.json` under `.reelsheet/commits/<commit>/`, and step 3
copies each file from where it is staged.

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
from pathlib import Path

import pyarrow.parquet as pq

from tasks.store import lease
from tasks.store.answers import AnswerStore, turn_id
from tasks.store.attempt_numbers import attempt_numbers, free_name, numbered, unseen
from tasks.store.claims import Claims
from tasks.store.dataset import Dataset
from tasks.store.disk import each_in, explained, make_folder, move, names, remove_folder, sync_folder, write_synced
from tasks.store.exchange import clear, put_back
from tasks.store.failpoints import failpoint
from tasks.store.index import Index
from tasks.store.lease import HIDDEN
from tasks.system.object_store import AnyPath
from tasks.tables.arrow import to_arrow
from tasks.tables.rows import Row, Rows, RunInfo
from tasks.tables.schemas import TABLES

NOT_WRITTEN = "The answers already paid for are kept: run again once that is mended, and nothing is asked twice."
NOT_MOVED = "All of it is kept, and the next run publishes it."
COMPACTION_CLAIM = "compaction"  # held while months are merged
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be: `<table>/month=<month>/<name>.parquet`."""

    table: str
    month: str
    name: str
    rows: Sequence[Row]

    @property
    def target(self) -> str:
        return f"{self.table}/month={self.month}/{self.name}.parquet"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What an earlier process had left: commits that were finished now, and such that were undone."""

    finished: int
    undone: int


def publish_attempts(
    dataset: Dataset, attempts: Sequence[Rows], run: RunInfo, name: str, calls: Sequence[Row] = ()
) -> frozenset[str]:
    """Publish several attempts in one commit, each table in one file called `name`, then forget their raw answers.

    Each of `attempts` is what `tasks.tables.analysis.analysis_rows` gives, and may hold `media`; two at one analysis
    have the numbers that follow the newest, and come from who has claimed it. Returns the
    analysis_ids whose attempt is there under this run, be it by this call or by one before it that was cut short.
    The others were finished by another run meanwhile, and are dropped; after another's unfinished attempt comes the
    next number. `calls` are rows of requests that led to no attempt, since the run was stopped at them. Raises
    DatasetNotWritable, with a sentence on what is kept.
    """
    analyses = [analysis for rows in attempts for analysis in rows["analyses"]]
    if len({(analysis["analysis_id"], analysis["attempt"]) for analysis in analyses}) < len(attempts):
        raise ValueError("Each attempt of a commit must be at another analysis, or have another number.")
    with _writing(dataset), closing(Index(dataset)) as index:
        wanted = attempt_numbers(index, analyses, run)
        new = [numbered(rows, place.attempt) for rows, place in zip(attempts, wanted, strict=True) if place.free]
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
    return frozenset(place.analysis_id for place in wanted if place.ours)


def publish_run(dataset: Dataset, rows: Rows, run: RunInfo) -> None:
    """Publish `runs`, `inputs`, `media` and `failures` of one run; a second time for the same run replaces them.

    Failures of segments are left out: they were published with their analysis. Raises DatasetNotWritable.
    """
    own = dict(rows) | {"failures": [row for row in rows.get("failures", []) if row["segment_id"] is None]}
    files = [NewFile(table, run.month, run.run_id, own[table]) for table in own if table != "media"]
    with _writing(dataset), closing(Index(dataset)) as index:
        name = free_name(dataset, run.run_id, ["media"])
        media = NewFile("media", run.month, name, unseen(index, own.get("media", [])))
        _publish(dataset, f"run-{run.run_id}", [media, *files], [])


def recover(dataset: Dataset) -> Recovered:
    """Finish the commits that a killed process had decided, undo those that it had not. Do this before reading.

    What a killed compaction has left is removed too: the tables stand as they did before it, or after.
    """
    with explained(dataset.root), dataset.publishing():
        finished = _finish_all(dataset)  # first, since an object store holds its files where they were staged
        undone = sum(1 for folder in _folders(dataset.staging) if remove_folder(folder))
        if isinstance(dataset.merging, Path) and dataset.merging.is_dir():
            _clear(dataset, dataset.merging)
        return Recovered(finished, undone)


def _clear(dataset: Dataset, merging: Path) -> None:
    with Claims(dataset) as claims:
        if claims.take(COMPACTION_CLAIM):  # otherwise it lives
            clear(merging)


# --- the steps of one commit -------------------------------------------------------------------------------------


@contextmanager
def _writing(dataset: Dataset) -> Iterator[None]:
    """Alone with the dataset, and nothing left open by those before."""
    with explained(dataset.root, NOT_WRITTEN), dataset.publishing():
        _finish_all(dataset)
        yield


def _publish(dataset: Dataset, commit: str, files: Iterable[NewFile], forget: Sequence[str]) -> None:
    filled = sorted((f for f in files if f.rows), key=lambda f: f.table == "analyses")
    staged = dataset.staging / commit
    decided = dataset.commits / commit
    try:
        content = _stage(staged, filled, forget)
        failpoint("commit.staged")
        lease.check(dataset.root)
    except BaseException:  # Ctrl-C too: what is not decided is undone
        with suppress(Exception):
            remove_folder(staged)
        raise
    _decide(staged, decided, content)
    with explained(dataset.root, NOT_MOVED):
        sync_folder(dataset.commits)
        sync_folder(dataset.staging)
        failpoint("commit.decided")
        _finish(dataset, decided)


def _decide(staged: AnyPath, decided: AnyPath, content: bytes) -> None:
    """The point of no return. Where the store gives no answer, what it did is seen by whoever finishes commits next."""
    if isinstance(staged, Path):
        staged.rename(decided)
    else:
        write_synced(decided / "commit.json", content)


def _stage(folder: AnyPath, files: Sequence[NewFile], forget: Sequence[str]) -> bytes:
    """Write the files, and `commit.json`, whose content is returned."""
    remove_folder(folder)
    make_folder(folder)
    for file in files:
        if not _SAFE_NAME.fullmatch(file.name):
            raise ValueError(f"{file.name!r} cannot be the name of a file of the dataset.")

    def write(number: int) -> None:
        write_synced(folder / f"{number}.parquet", parquet(files[number].table, files[number].rows))
        failpoint("commit.staging")

    each_in(folder, write, range(len(files)))
    moves = {f"{number}.parquet": file.target for number, file in enumerate(files)}
    content = json.dumps({"moves": moves, "forget": list(forget)}).encode()
    if isinstance(folder, Path):  # it becomes decided by being renamed with the folder
        write_synced(folder / "commit.json", content)
    sync_folder(folder)
    return content


def parquet(table: str, rows: Sequence[Row]) -> bytes:
    """The rows as a Parquet file with the table's schema."""
    out = io.BytesIO()
    pq.write_table(to_arrow(table, rows), out, compression="zstd")
    return out.getvalue()


def _finish_all(dataset: Dataset) -> int:
    if isinstance(dataset.root, Path):
        put_back(dataset.root / HIDDEN / "merging", dataset.root)
    return sum(1 for folder in _folders(dataset.commits) if _finish(dataset, folder))


def _finish(dataset: Dataset, decided: AnyPath) -> bool:
    """Carry out a decided commit, from wherever it stands. False: it cannot be read, and was moved aside or undone."""
    try:
        commit = json.loads((decided / "commit.json").read_bytes())
        moves, forget = dict(commit["moves"]), list(commit["forget"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        if isinstance(decided, Path) and any(decided.glob("*.parquet")):
            make_folder(dataset.hidden / "broken")
            decided.rename(dataset.hidden / "broken" / decided.name)
            return False
        remove_folder(decided)  # all its files were moved, and it was being removed
        return True
    held = decided if isinstance(decided, Path) else dataset.staging / decided.name
    if not _is_whole(dataset, held, moves):
        remove_folder(decided)
        return False
    first = {name: target for name, target in moves.items() if not target.startswith("analyses/")}
    last = {name: target for name, target in moves.items() if name not in first}
    for part in (first, last):
        _move(dataset, held, part)
    failpoint("commit.published")
    AnswerStore(dataset).forget(forget)
    failpoint("commit.forgotten")
    remove_folder(decided)
    with suppress(Exception):  # the next one who opens the dataset writes it
        dataset.write_views()
    failpoint("commit.done")
    return True


def _is_whole(dataset: Dataset, held: AnyPath, moves: dict[str, str]) -> bool:
    """Whether each file is staged, or moved already. A folder that was renamed is; a request to an object store that
    was given up may still decide later what was undone meanwhile."""
    if isinstance(held, Path):
        return True
    staged = set(names(held))
    return all(name in staged or (dataset.root / target).exists() for name, target in moves.items())


def _move(dataset: Dataset, held: AnyPath, moves: dict[str, str]) -> None:
    def publish(name: str) -> None:
        place = dataset.root / moves[name]
        make_folder(place.parent)
        with suppress(FileNotFoundError):  # moved before the process died
            move(held / name, place)
        failpoint(f"commit.moved.{place.parent.parent.name}")

    each_in(held, publish, moves)
    for folder in {(dataset.root / target).parent for target in moves.values()}:
        sync_folder(folder)


def _folders(parent: AnyPath) -> list[AnyPath]:
    found = [parent / name for name in sorted(names(parent))]
    return [folder for folder in found if not isinstance(folder, Path) or folder.is_dir()]
