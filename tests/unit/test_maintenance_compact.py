"""Compaction: what it merges, what it leaves alone, and that nobody notices but by the number of files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.errors import DatasetNotWritable, UsageError
from tasks.maintenance.attempts import NewestAttempts
from tasks.maintenance.compact import Compacted, Tools, compact, loose
from tasks.maintenance.merge import Sizes
from tasks.maintenance.reparse import ReparseResult, rebuild
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import COMPACTION_CLAIM, publish_attempts, publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.store.index import Index
from tasks.tables.schemas import FACT_TABLES, TABLES
from tests.support.asking import ask_each
from tests.support.compaction_run import compacted
from tests.support.dataset_rows import START, attempt_rows, row, run, segment_id
from tests.support.parsed_rows import parsed_attempt, publish_parsed
from tests.support.tables import doubled_rows, rows_of, wrong_files

WHOLE = Sizes()
OCTOBER = run("run-0", START.replace(month=10))
NAMES = ("aa", "bb", "cc", "dd", "ee", "ff")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six commits of October and three of November; one analysis of October is unfinished."""
    dataset = Dataset.open(tmp_path_factory.mktemp("published") / "data")
    for number, name in enumerate(NAMES):
        outcomes, outcome = (("ok", "skipped"), "partial") if name == "cc" else (("ok", "ok"), "ok")
        rows = attempt_rows(name, 1, outcomes, run_id="run-0", outcome=outcome, media_id=name[0] * 64, text=name)
        publish_attempts(dataset, [rows], OCTOBER, f"run-0-{number:05d}")
    publish_run(dataset, {"runs": [row("runs", run_id="run-0")], "inputs": [row("inputs", uri="x")]}, OCTOBER)
    for number in range(3):
        publish_attempts(dataset, [attempt_rows(f"n{number}")], run(), f"run-1-{number:05d}")
    return dataset.root


@pytest.fixture
def dataset(published: Path, tmp_path: Path) -> Dataset:
    return Dataset.at(Path(shutil.copytree(published, tmp_path / "data")))


def _content(dataset: Dataset) -> dict[str, list[str]]:
    return {table: sorted(map(repr, rows_of(dataset.root, table))) for table in TABLES}


def _files(dataset: Dataset, month: str = "month=2026-10") -> dict[str, list[str]]:
    return {table: [file.stem for file in dataset.files(table, month)] for table in TABLES}


def _identities(dataset: Dataset) -> set[tuple[str, int]]:
    return {(str(p), p.stat().st_ino) for p in dataset.root.rglob("*") if ".reelsheet" not in p.parts}


def _tidy(dataset: Dataset) -> bool:
    return (
        not (dataset.hidden / "merging").exists()
        and wrong_files(dataset.root) == []
        and doubled_rows(dataset.root) == []
    )


@pytest.fixture(params=["exchanged", "renamed"])
def exchanging(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "exchanged")


# --- what is merged ------------------------------------------------------------------------------------------------


def test_the_files_of_closed_months_become_few_with_the_same_rows(dataset: Dataset, exchanging: bool) -> None:
    before, november = _content(dataset), _files(dataset, "month=2026-11")
    done = compacted(dataset, "2026-11", exchanging=exchanging, sizes=WHOLE)
    assert _content(dataset) == before
    for table in (*FACT_TABLES, "media"):
        [name] = _files(dataset)[table]
        assert name.startswith(f"merged-{table}-")
    assert _files(dataset, "month=2026-11") == november, "that month is not over"
    assert done.failed == ()
    assert {m.table for m in done.merged} == {*FACT_TABLES, "media"}
    assert {(m.month, m.files_before, m.files_after) for m in done.merged} == {("2026-10", 6, 1)}
    assert all(m.bytes_after < m.bytes_before for m in done.merged)
    assert _tidy(dataset)


def test_views_show_the_same(dataset: Dataset) -> None:
    def shown() -> dict[str, list[str]]:
        views = ask_each(dataset, ("timeline", "coverage", "cost_by_day", "open_failures"))
        return {view: sorted(map(repr, rows)) for view, rows in views.items()}

    before = shown()
    compacted(dataset)
    assert shown() == before


def test_what_is_merged_already_costs_nothing(dataset: Dataset) -> None:
    compacted(dataset, "2026-11")
    before = _identities(dataset)
    assert compacted(dataset, "2026-11") == Compacted()
    assert _identities(dataset) == before


def test_what_came_later_is_merged_with_what_is_not_full(dataset: Dataset) -> None:
    compacted(dataset, "2026-11", sizes=WHOLE)
    publish_attempts(dataset, [attempt_rows("late", run_id="run-2")], run("run-2", OCTOBER.started_at), "run-2-00000")
    before = _content(dataset)
    done = compacted(dataset, "2026-11", sizes=WHOLE)
    assert {(m.files_before, m.files_after) for m in done.merged} == {(2, 1)}
    assert _content(dataset) == before
    assert _tidy(dataset)


def test_full_files_and_those_of_runs_under_way_are_no_longer_touched() -> None:
    files = {"a.parquet": 5, "b.parquet": 500, "merged-x-1.parquet": 100, "merged-x-2.parquet": 99, "run-1.parquet": 5,
             "run-1-00001.parquet": 5, "run-10-1.parquet": 5, "notes.txt": 5}  # fmt: skip
    assert loose(files, ["run-1"], 100) == ["a.parquet", "b.parquet", "merged-x-2.parquet", "run-10-1.parquet"]
    assert loose({"merged-x-1.parquet": 100, "merged-x-2.parquet": 99}, [], 100) == []
    assert loose({"a.parquet": 1}, [], 100) == []


def test_the_files_of_a_run_under_way_stay_until_it_has_ended(dataset: Dataset) -> None:
    with Claims(dataset) as claims:
        running.begin(dataset, OCTOBER, claims)
        assert {m.month for m in compacted(dataset, sizes=WHOLE).merged} == {"2026-11"}
        assert _files(dataset)["analyses"] == [f"run-0-{number:05d}" for number in range(6)]
        running.end(dataset, "run-0")
        assert {m.month for m in compacted(dataset, sizes=WHOLE).merged} == {"2026-10"}


def test_the_files_of_a_run_that_was_killed_are_merged(dataset: Dataset) -> None:
    with Claims(dataset) as claims:
        running.begin(dataset, OCTOBER, claims)
    assert {m.month for m in compacted(dataset, sizes=WHOLE).merged} == {"2026-10", "2026-11"}


def test_what_stays_as_it_is_stays_in_its_month(dataset: Dataset) -> None:
    later = run("run-5", OCTOBER.started_at)
    publish_attempts(dataset, [attempt_rows("zz", run_id="run-5")], later, "run-5-00000")
    (dataset.table("segments") / "month=2026-10" / "notes.txt").write_text("mine")
    before = _content(dataset)
    with Claims(dataset) as claims:
        running.begin(dataset, later, claims)
        compacted(dataset, "2026-11", sizes=WHOLE)
    assert [name.split("-")[0] for name in _files(dataset)["segments"]] == ["merged", "run"]
    assert (dataset.table("segments") / "month=2026-10" / "notes.txt").read_text() == "mine"
    assert _content(dataset) == before


# --- what cannot be merged -----------------------------------------------------------------------------------------


def test_a_table_with_a_damaged_file_stays_as_it_is_and_the_others_are_merged(dataset: Dataset) -> None:
    file = dataset.files("calls")[2]
    file.write_bytes(b"not Parquet at all")
    done = compacted(dataset, "2026-11", sizes=WHOLE)
    assert [file.name in sentence for sentence in done.failed] == [True]
    assert len(_files(dataset)["calls"]) == 6
    assert {m.table for m in done.merged} == {*FACT_TABLES, "media"} - {"calls"}
    assert not (dataset.hidden / "merging").exists()


def test_a_damaged_page_is_found_too(dataset: Dataset) -> None:
    file = dataset.files("segments")[0]
    content = bytearray(file.read_bytes())
    content[20:400] = bytes(380)
    file.write_bytes(content)
    done = compacted(dataset, "2026-11", sizes=WHOLE)
    assert [sentence.startswith("segments of 2026-10 stays as it is") for sentence in done.failed] == [True]
    assert len(_files(dataset)["segments"]) == 6


def test_columns_that_only_a_newer_version_knows_are_not_lost(dataset: Dataset) -> None:
    file = dataset.files("turns")[0]
    table = pq.ParquetFile(file).read()
    pq.write_table(table.append_column("mood", pa.array(["good"] * len(table))), file)
    done = compacted(dataset, "2026-11", sizes=WHOLE)
    assert len(done.failed) == 1
    assert done.failed[0].endswith("(mood): update reelsheet.")
    assert "mood" in pq.read_schema(file).names


def test_a_second_compaction_does_nothing(dataset: Dataset) -> None:
    with Claims(dataset) as others:
        assert others.take(COMPACTION_CLAIM)
        assert compacted(dataset, "2026-11", sizes=WHOLE) == Compacted(busy=True)
    assert compacted(dataset, "2026-11", sizes=WHOLE).merged


def test_where_folders_cannot_be_exchanged_no_run_may_be_under_way(dataset: Dataset) -> None:
    before = _identities(dataset)
    with Claims(dataset) as claims:
        running.begin(dataset, run("run-9"), claims)
        with pytest.raises(UsageError, match="cannot exchange two folders"):
            compacted(dataset, exchanging=False)
    assert _identities(dataset) == before
    assert not (dataset.hidden / "merging").exists()


def test_a_folder_among_the_files_is_told(dataset: Dataset) -> None:
    (dataset.table("turns") / "month=2026-10" / "mine").mkdir()
    before = _identities(dataset)
    [sentence] = compacted(dataset, "2026-11", sizes=WHOLE).failed
    assert sentence.endswith("mine is a folder, and only files belong there.")
    assert {place for place in before if "turns" in place[0]} <= _identities(dataset)


def test_where_the_second_rename_fails_the_month_is_back(dataset: Dataset) -> None:
    def fails(one: Path, other: Path) -> bool:
        if one.name.startswith("month="):
            shutil.rmtree(other)
        return False

    before = _identities(dataset)
    with Claims(dataset) as claims, pytest.raises(DatasetNotWritable, match="the same rows as before"):
        compact(dataset, claims, "2026-11", Tools(exchange=fails, patience_s=0))
    assert _identities(dataset) == before
    assert not (dataset.hidden / "merging").exists()


# --- who follows ---------------------------------------------------------------------------------------------------


def _known(dataset: Dataset) -> tuple[set[str], list[tuple[str, int, bool]], dict[str, str]]:
    with closing(Index(dataset)) as index:
        attempts = [(a.analysis_id, a.attempt, a.unfinished) for a in index.attempts([*NAMES, "n1"])]
        return index.done([*NAMES, "n1"]), attempts, index.uris(name[0] * 64 for name in NAMES)


def test_the_index_knows_what_was_merged_without_reading_it(dataset: Dataset) -> None:
    before = _known(dataset)
    compacted(dataset, sizes=WHOLE)
    for table in TABLES:
        for file in dataset.files(table):
            if file.name.startswith("merged"):
                file.write_bytes(b"nobody looks")
    assert _known(dataset) == before


def test_an_index_that_is_made_anew_knows_the_same(dataset: Dataset) -> None:
    before = _known(dataset)
    compacted(dataset)
    dataset.index.unlink()
    assert _known(dataset) == before


def test_an_index_that_is_open_elsewhere_follows(dataset: Dataset) -> None:
    with closing(Index(dataset)) as index:
        before = index.done([*NAMES])
        compacted(dataset, "2026-11", sizes=WHOLE)
        publish_attempts(dataset, [attempt_rows("new")], run(), "run-1-00009")
        index.refresh()
        assert index.done([*NAMES, "new"]) == {*before, "new"}


@pytest.mark.parametrize("several_files", [True, False])
def test_the_rows_of_an_attempt_are_found(dataset: Dataset, several_files: bool) -> None:
    with History(dataset) as history:
        before = {name: history.answers(name, turns=True) for name in NAMES}
        if several_files:
            compacted(dataset, "2026-11")
            assert len(_files(dataset)["segments"]) > 1
        else:
            compacted(dataset, "2026-11", sizes=WHOLE)
        for name in NAMES:
            assert history.answers(name, turns=True) == before[name]
        assert set(history.answers("cc")) == {segment_id("cc", 0)}


@pytest.fixture
def parsed(tmp_path: Path) -> Dataset:
    """Analyses that an older parser has read."""
    dataset = Dataset.open(tmp_path / "parsed")
    for number in range(8):
        publish_parsed(dataset, parsed_attempt(f"a{number}", media_id=f"{number:064}"), name=f"run-1-{number:05d}")
    return dataset


@pytest.fixture
def claims(parsed: Dataset) -> Iterator[Claims]:
    with Claims(parsed) as mine:
        yield mine


def test_what_is_merged_is_read_again_by_a_newer_parser(parsed: Dataset, claims: Claims) -> None:
    compacted(parsed)
    assert rebuild(parsed, run("again"), claims) == ReparseResult(changed=8)
    assert rebuild(parsed, run("once-more"), claims) == ReparseResult(unchanged=8)


def test_files_may_be_merged_while_they_are_read(parsed: Dataset) -> None:
    read: list[str] = []
    with NewestAttempts(parsed, at_once=3) as newest:
        for part in newest.parts:
            for attempts in newest.within(part):
                assert all(published.is_whole for published in attempts)
                read += [published.analysis_id for published in attempts]
            publish_parsed(parsed, parsed_attempt(f"new-{part}", media_id=f"{part:064}"), name=f"run-1-{part + 9:05d}")
            assert compacted(parsed, sizes=WHOLE).merged
    assert read == [f"a{number}" for number in range(8)]


# --- what is left by who was killed --------------------------------------------------------------------------------


def test_what_a_killed_compaction_has_left_is_removed_by_the_next_start(dataset: Dataset) -> None:
    left = dataset.hidden / "merging" / "calls.month=2026-10" / "new"
    left.mkdir(parents=True)
    (left / "merged-calls-1.parquet").write_bytes(b"half")
    before = _identities(dataset)
    recover(dataset)
    assert _identities(dataset) == before
    assert not (dataset.hidden / "merging").exists()


def test_what_a_living_one_is_at_is_left_alone(dataset: Dataset) -> None:
    (dataset.hidden / "merging").mkdir()
    with Claims(dataset) as others:
        assert others.take(COMPACTION_CLAIM)
        recover(dataset)
        assert (dataset.hidden / "merging").exists()


def test_a_month_that_was_out_of_sight_is_back_before_anything_is_written(dataset: Dataset) -> None:
    before = _content(dataset)
    work = dataset.hidden / "merging" / "calls.month=2026-10"
    work.mkdir(parents=True)
    (dataset.table("calls") / "month=2026-10").rename(work / "old")
    publish_attempts(dataset, [attempt_rows("new", run_id="run-0")], OCTOBER, "run-0-00099")
    assert len(_content(dataset)["calls"]) == len(before["calls"]) + 2
    recover(dataset)
    assert _tidy(dataset)
