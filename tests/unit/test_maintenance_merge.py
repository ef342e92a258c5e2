"""Merging: the same rows in one order, whatever files they came from and whatever fits into memory."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.maintenance.merge import Sizes, Unmergeable, Written, found_in, merge
from tasks.store.commit import parquet
from tasks.tables.arrow import SORTED_BY
from tasks.tables.rows import Row
from tasks.tables.schemas import TABLES
from tests.support.compaction_run import SMALL
from tests.support.dataset_rows import row


def _file(path: Path, table: str, rows: list[Row]) -> Path:
    path.write_bytes(parquet(table, rows))
    return path


def _merged(folder: Path, table: str, files: list[Path], sizes: Sizes = SMALL) -> Written:
    for name in ("scratch", "out"):
        (folder / name).mkdir()
    found = found_in(table, files)
    return merge(found, files, folder / "scratch", lambda n: folder / "out" / f"{n}.parquet", sizes)


def _rows(files: tuple[Path, ...]) -> list[dict[str, Any]]:
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def _key(table: str, row: Row) -> tuple[tuple[bool, Any], ...]:
    keys = [key for key in SORTED_BY if key in TABLES[table].names]
    return tuple((row[key] is None, row[key] or "") if row[key] is None else (False, row[key]) for key in keys)


def _utterances(*places: tuple[str, int | None]) -> list[Row]:
    return [
        row("transcript", media_id=media, start_ms=at, seq=n, text=sha256(f"{media}{at}".encode()).hexdigest())
        for n, (media, at) in enumerate(places)
    ]


@given(
    table=st.sampled_from(["transcript", "inputs", "calls", "extra_sections"]),
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from(["0a", "5b", "5c", "fd", None]), st.integers(0, 9) | st.none()), min_size=1),
        min_size=1,
        max_size=9,
    ),
)
@settings(max_examples=25, deadline=None)
def test_rows_come_in_order_and_those_with_the_same_keys_in_that_of_their_files(
    table: str, batches: list[list[tuple[str | None, int | None]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, names = tmp_path_factory.mktemp("merge"), TABLES[table].names
    number = iter(range(100_000))

    def made(media: str | None, at: int | None) -> Row:
        given: Row = {"media_id": media if table == "inputs" else media or "e", "run_id": f"{next(number):06}" * 5}
        return row(table, **given, **({"start_ms": at} if "start_ms" in names else {}))

    files = [
        _file(folder / f"{n}.parquet", table, [made(*place) for place in batch]) for n, batch in enumerate(batches)
    ]
    written = _merged(folder, table, files)
    assert _rows(written.files) == sorted(_rows(tuple(files)), key=lambda row: _key(table, row))
    assert written.rows == sum(map(len, batches))
    assert list((folder / "scratch").iterdir()) == [], "parts go as they are read"


@given(
    values=st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"])),
            st.floats(allow_nan=False) | st.none(),
            st.booleans(),
            st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)) | st.none(),
        ),
        min_size=1,
    )
)
@settings(max_examples=25, deadline=None)
def test_every_value_stays_what_it_is(
    values: list[tuple[str, float | None, bool, datetime | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    rows = {
        "segments": [
            row("segments", seq=n, raw_answer=text, fps=fps, retryable=flag)
            for n, (text, fps, flag, _) in enumerate(values)
        ],
        "calls": [row("calls", call_id=text, started_at=at) for text, _, _, at in values if at is not None],
    }
    for table, made in rows.items():
        if made:
            (folder / table).mkdir()
            assert (
                _rows(_merged(folder / table, table, [_file(folder / f"{table}.parquet", table, made)]).files) == made
            )


def test_rows_that_cannot_be_sorted_stay_with_a_reason(tmp_path: Path) -> None:
    files = [_file(tmp_path / "1.parquet", "transcript", _utterances(*((f"{n:02x}", n) for n in range(200))))]
    with pytest.raises(Unmergeable, match=r"its rows could not be sorted \(.*[Mm]emory"):
        _merged(tmp_path, "transcript", files, Sizes(sort_memory="1MB"))


def test_rows_without_a_recording_come_last_and_rows_without_a_time_last_in_theirs(tmp_path: Path) -> None:
    files = [
        _file(tmp_path / "1.parquet", "transcript", _utterances(("b", None), ("b", 5))),
        _file(tmp_path / "2.parquet", "transcript", _utterances(("a", 9), ("b", 7))),
    ]
    found = _rows(_merged(tmp_path, "transcript", files).files)
    assert [(r["media_id"], r["start_ms"]) for r in found] == [("a", 9), ("b", 5), ("b", 7), ("b", None)]


def test_a_table_without_recordings_keeps_the_order_of_its_files(tmp_path: Path) -> None:
    files = [_file(tmp_path / f"{n}.parquet", "runs", [row("runs", run_id=f"run-{n}")]) for n in (2, 1, 3)]
    assert [r["run_id"] for r in _rows(_merged(tmp_path, "runs", files).files)] == ["run-2", "run-1", "run-3"]


def test_files_and_row_groups_have_the_sizes_that_were_asked_for(tmp_path: Path) -> None:
    files = [
        _file(tmp_path / f"{n}.parquet", "transcript", _utterances(*((f"{n}{m:03}", m) for m in range(40))))
        for n in range(20)
    ]
    sizes = Sizes(file_bytes=10_000, group_rows=64, part_bytes=20_000, batch_bytes=2_000)
    written = _merged(tmp_path, "transcript", files, sizes=sizes)
    *full, last = written.files
    assert len(full) > 1
    assert all(file.stat().st_size >= sizes.file_bytes for file in full)
    metas = [pq.read_metadata(file) for file in written.files]
    rows = [meta.row_group(n).num_rows for meta in metas for n in range(meta.num_row_groups)]
    assert all(64 <= count <= 72 for count in rows[:-1])
    assert last.stat().st_size < 3 * sizes.file_bytes
    assert {meta.row_group(0).column(0).compression for meta in metas} == {"ZSTD"}


def test_the_schema_is_the_tables_with_its_meanings(tmp_path: Path) -> None:
    files = [_file(tmp_path / f"{n}.parquet", "transcript", _utterances(("a", n))) for n in range(2)]
    [file] = _merged(tmp_path, "transcript", files).files
    assert pq.read_schema(file).equals(TABLES["transcript"], check_metadata=True)


def test_a_column_that_an_older_file_lacks_is_null(tmp_path: Path) -> None:
    files = [_file(tmp_path / f"{n}.parquet", "transcript", _utterances(("a", n))) for n in range(2)]
    pq.write_table(pq.ParquetFile(files[0]).read().drop_columns(["state", "language"]), files[0])
    [file] = _merged(tmp_path, "transcript", files).files
    assert [r["state"] for r in _rows((file,))] == [None, ""]
    found = pq.read_schema(file)
    assert [f.name for f in found if f.nullable and not TABLES["transcript"].field(f.name).nullable] == ["state"]
    (tmp_path / "again").mkdir()
    again = _merged(tmp_path / "again", "transcript", [file, files[1]])
    assert [r["state"] for r in _rows(again.files)] == [None, "", ""]


def test_a_column_of_a_newer_version_is_told(tmp_path: Path) -> None:
    file = _file(tmp_path / "1.parquet", "runs", [row("runs")])
    assert found_in("runs", [file]).rows == 1
    pq.write_table(pq.ParquetFile(file).read().append_column("mood", pa.array(["good"])), file)
    with pytest.raises(Unmergeable, match=r"1\.parquet has columns of a newer version \(mood\)"):
        found_in("runs", [file])
