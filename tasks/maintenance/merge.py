"""Merge the rows of many files in one order into few.

The memory that it takes grows neither with the number of rows nor with their width:

1. The files are read some rows at a time, and cut into parts by the first digits of `media_id`. These are hashes, so
   that all parts are about equally large; each fits into memory, and waits on the disk.
2. DuckDB's ORDER BY sorts one part after the other, and hands its rows to pyarrow batch by batch. Where one recording
   fills a part that is too large, it goes to the disk as far as it can.

One ORDER BY over all rows needs more memory the more rows there are and the wider they are, and fails where it may not
have it (DuckDB 2.0, one thread): 16 million utterances took 256 MB, 54,000 answers of 28 kB more than 1 GB. A merge of
sorted runs, written by ourselves, took a quarter more processor time and as much memory (`python -m bench.merge`).
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.tables.arrow import SORTED_BY
from tasks.tables.schemas import TABLES

Stream = Iterator[pa.Table]

_PIECES = 128
_MOST_PARTS = 256  # each is a file that is open
_ROW = "reelsheet_row"  # a column for the order of rows with the same keys: that of their files
_LAST = "\U0010ffff"  # what is without a recording comes last
_AS_ARROW = 2  # so many times the size that the files say their rows have, about


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes bound what is held and written at once; tests take less."""

    file_bytes: int = 128 << 20  # a file that has so many is full
    group_rows: int = 1 << 17  # rows of a row group, or fewer where they would take more memory than
    group_bytes: int = 64 << 20
    part_bytes: int = 16 << 20  # what is sorted at once
    batch_bytes: int = 1 << 20  # what is read at once
    sort_memory: str = "512MB"  # at most, of DuckDB; a part takes a tenth of it


@dataclass(frozen=True, slots=True)
class Written:
    """A merge came to these files."""

    files: tuple[Path, ...]
    rows: int


class Unmergeable(Exception):
    """A month of a table has to stay as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """The files' footers say so much."""

    rows: int
    size_bytes: int  # decompressed, and still encoded
    schema: pa.Schema  # the table's; a column that some file lacks may be null


def found_in(table: str, files: Iterable[Path]) -> Found:
    """Look at the files' footers. Raises Unmergeable, in one sentence."""
    known = TABLES[table]
    rows, size, may_be_null = 0, 0, {field.name for field in known if field.nullable}
    for file in files:
        try:
            meta = pq.read_metadata(file)
        except FileNotFoundError as error:
            raise Unmergeable(f"{file} is gone.") from error
        except pa.ArrowInvalid as error:
            raise Unmergeable(f"{file} cannot be read ({error}): put it back from a copy.") from error
        columns = meta.schema.to_arrow_schema()
        if unknown := sorted(set(columns.names) - set(known.names)):
            raise Unmergeable(f"{file} has columns of a newer version ({', '.join(unknown)}): update reelsheet.")
        rows += meta.num_rows
        size += _size(meta)
        may_be_null |= set(known.names) - {field.name for field in columns if not field.nullable}
    schema = pa.schema([f.with_nullable(f.name in may_be_null) for f in known], metadata=known.metadata)
    return Found(rows, size, schema)


def merge(found: Found, files: Sequence[Path], scratch: Path, name: Callable[[int], Path], sizes: Sizes) -> Written:
    """Write the rows of all files, in order, to new files.

    `name` gives the path of each by its number; each is synced on return.

    `found` is what `found_in` gave for the files; `scratch` is an empty folder. A column that a file lacks is null.
    Rows with the same keys stay in the order of their files. Raises Unmergeable, OSError and pa.ArrowInvalid.
    """
    pieces: Stream = (piece for file in files for piece in _read(file, found.schema, sizes))
    keys = [key for key in SORTED_BY if key in found.schema.names]
    if keys:
        pieces = _sorted(_parted(pieces, found, scratch, sizes), keys, scratch, sizes)
    return _write(pieces, found.schema, name, sizes)


# --- reading ---------------------------------------------------------------------------------------------------------


def _size(meta: pq.FileMetaData) -> int:
    return sum(meta.row_group(number).total_byte_size for number in range(meta.num_row_groups))


def _read(file: Path, schema: pa.Schema, sizes: Sizes) -> Stream:
    """Read a Parquet file's rows in the schema, some at a time."""
    with pq.ParquetFile(file) as opened:
        rows = max(1, min(8192, sizes.batch_bytes * opened.metadata.num_rows // max(1, _size(opened.metadata))))
        for batch in opened.iter_batches(rows, use_threads=False):
            yield _conformed(pa.Table.from_batches([batch]), schema)


def _conformed(found: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        found.column(field.name).cast(field.type)
        if field.name in found.column_names
        else pa.nulls(len(found), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _gathered(pieces: Iterable[pa.Table], enough: Callable[[int, int], bool]) -> Stream:
    """Put pieces together until they have enough rows and bytes; the rest comes last."""
    gathered: list[pa.Table] = []
    small: list[pa.Table] = []
    rows = size = 0
    for piece in pieces:
        small.append(piece)
        rows, size = rows + len(piece), size + piece.nbytes
        if len(small) == _PIECES:  # each has its share of overhead, which may be larger than what it holds
            gathered.append(pa.concat_tables(small).combine_chunks())
            small = []
        if enough(rows, size):
            yield pa.concat_tables([*gathered, *small])
            gathered, small, rows, size = [], [], 0, 0
    if rows:
        yield pa.concat_tables([*gathered, *small])


# --- sorting ---------------------------------------------------------------------------------------------------------


def _parted(pieces: Stream, found: Found, scratch: Path, sizes: Sizes) -> list[Path]:
    """Part the rows into files, each with the recordings of a range, in order."""
    count = max(1, min(_MOST_PARTS, _AS_ARROW * found.size_bytes // sizes.part_bytes))
    bounds = [f"{(number << 32) // count:08x}" for number in range(1, count)]
    schema = found.schema.append(pa.field(_ROW, pa.int64()))
    writers: dict[Path, pa.RecordBatchFileWriter] = {}
    first = 0
    try:
        for rows in _gathered(pieces, lambda _, size: size >= sizes.part_bytes):
            numbered = rows.append_column(_ROW, pa.array(range(first, first + len(rows)))).sort_by(SORTED_BY[0])
            first += len(rows)
            for number, part in enumerate(_cut(numbered, bounds)):
                if len(part):
                    path = scratch / f"{number:03}.arrow"
                    writers[path] = writers.get(path) or _writer(path, schema)
                    writers[path].write_table(part.combine_chunks())
    finally:
        for writer in writers.values():
            writer.close()
    pa.default_memory_pool().release_unused()
    return sorted(writers)


def _cut(rows: pa.Table, bounds: Sequence[str]) -> Stream:
    """Cut rows in the order of their recordings before each of the bounds."""
    media = rows.column(SORTED_BY[0])
    cuts = [bisect_left(range(len(rows)), bound, key=lambda row: media[row].as_py() or _LAST) for bound in bounds]
    for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        yield rows.slice(start, end - start)


def _writer(path: Path, schema: pa.Schema) -> pa.RecordBatchFileWriter:
    return pa.ipc.new_stream(str(path), schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))


def _sorted(parts: Iterable[Path], keys: Sequence[str], scratch: Path, sizes: Sizes) -> Stream:
    """Sort one part after the other; the file of each goes once it is read."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,  # each takes its share of the memory
        "memory_limit": sizes.sort_memory,
        "temp_directory": str(scratch / "sort"),
    }
    order = ", ".join(f'"{key}" ASC NULLS LAST' for key in (*keys, _ROW))
    try:
        with duckdb.connect(":memory:", config=settings) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for part in parts:
                with part.open("rb") as file:
                    source = pa.ipc.open_stream(file)
                    schema = source.schema.remove(source.schema.get_field_index(_ROW))
                    for batch in connection.from_arrow(source).order(order).to_arrow_reader(2048):
                        yield _conformed(pa.Table.from_batches([batch]), schema)
                part.unlink()
    except duckdb.Error as error:
        raise Unmergeable(f"its rows could not be sorted ({str(error).splitlines()[0]}).") from error


# --- writing ---------------------------------------------------------------------------------------------------------


def _write(pieces: Stream, schema: pa.Schema, name: Callable[[int], Path], sizes: Sizes) -> Written:
    """Write files of row groups, each closed and synced once it is full."""
    files: list[Path] = []
    total = 0
    groups = _groups(pieces, sizes)
    group = next(groups, None)
    while group is not None:
        files.append(name(len(files)))
        with files[-1].open("xb") as out:
            with pq.ParquetWriter(out, schema, compression="zstd") as writer:
                while group is not None and out.tell() < sizes.file_bytes:
                    writer.write_table(group, row_group_size=len(group))
                    total += len(group)
                    del group  # before there is another: each is large
                    group = next(groups, None)
            out.flush()
            os.fsync(out.fileno())
    return Written(tuple(files), total)


def _groups(pieces: Stream, sizes: Sizes) -> Stream:
    """Gather tables of the size of a row group, or at most an eighth larger."""

    def parts() -> Stream:
        for piece in pieces:
            rows = max(1, min(sizes.group_rows, sizes.group_bytes * len(piece) // max(1, piece.nbytes)) // 8)
            for start in range(0, len(piece), rows):
                yield piece.slice(start, rows)

    return _gathered(parts(), lambda rows, size: rows >= sizes.group_rows or size >= sizes.group_bytes)
