"""The rows of many files in one order, and written to few: in memory that does not grow with their number.

Small files are read until some are worth sorting, and each such run goes to the disk in order; then the runs are
merged, so many at a time, and of each only a batch is in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.tables.arrow import SORTED_BY
from tasks.tables.schemas import TABLES

Stream = Iterator[pa.Table]

_PIECES = 128


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is held and written at once; tests take less."""

    file_bytes: int = 128 << 20  # a file that has so many is full
    group_rows: int = 1 << 17  # rows of a row group, or fewer where they would take more memory than
    group_bytes: int = 64 << 20
    run_bytes: int = 32 << 20  # what is sorted in memory
    batch_bytes: int = 1 << 20  # of each run, while runs are merged
    fan_in: int = 16  # runs that are merged at once


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a merge."""

    files: tuple[Path, ...]
    rows: int


class Unmergeable(Exception):
    """A month of a table has to stay as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the files say of themselves."""

    rows: int
    schema: pa.Schema  # the table's; a column that some file lacks may be null


def found_in(table: str, files: Iterable[Path]) -> Found:
    """Look at the files' footers. Raises Unmergeable, in one sentence."""
    known = TABLES[table]
    rows, may_be_null = 0, {field.name for field in known if field.nullable}
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
        may_be_null |= set(known.names) - {field.name for field in columns if not field.nullable}
    return Found(rows, pa.schema([f.with_nullable(f.name in may_be_null) for f in known], metadata=known.metadata))


def merge(
    schema: pa.Schema,
    files: Sequence[Path],
    ordered: Sequence[Path],
    scratch: Path,
    name: Callable[[int], Path],
    sizes: Sizes,
) -> Written:
    """Write the rows of all files, in order, to files that `name` names by number, each synced.

    `ordered` are those of `files` that are in order already; they may be large. `scratch` is an empty folder. A column
    that a file lacks is null. Raises OSError and pa.ArrowInvalid.
    """
    keys = [key for key in SORTED_BY if key in schema.names]
    others = [file for file in files if file not in ordered]
    small = (piece for file in others for piece in _read(file, schema, sizes))
    if not keys:
        streams = (piece for file in files for piece in _read(file, schema, sizes))
        return _write(streams, schema, name, sizes)
    runs = [_kept(run, scratch / f"{number}.arrow", sizes) for number, run in enumerate(_runs(small, keys, sizes))]
    numbers = count(len(runs))
    opened: list[Callable[[], Stream]] = [_reader(path, schema, sizes) for path in (*runs, *ordered)]
    while len(opened) > sizes.fan_in:
        some, opened = opened[: sizes.fan_in], opened[sizes.fan_in :]
        path = scratch / f"{next(numbers)}.arrow"
        _keep(_merged([open_() for open_ in some], keys), path, sizes)
        opened.append(_reader(path, schema, sizes))
    return _write(_merged([open_() for open_ in opened], keys), schema, name, sizes)


# --- runs ------------------------------------------------------------------------------------------------------------


def _read(file: Path, schema: pa.Schema, sizes: Sizes) -> Stream:
    """The rows of a Parquet file in the schema, some at a time."""
    with pq.ParquetFile(file) as opened:
        meta = opened.metadata
        size = sum(meta.row_group(n).total_byte_size for n in range(meta.num_row_groups))
        rows = max(1, min(8192, sizes.batch_bytes * meta.num_rows // max(1, size)))
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


def _runs(pieces: Iterable[pa.Table], keys: Sequence[str], sizes: Sizes) -> Stream:
    """The rows as tables that are in order, each about as large as is sorted in memory."""
    for together in _gathered(pieces, lambda _, size: size >= sizes.run_bytes):
        yield _sorted(together, keys)


def _gathered(pieces: Iterable[pa.Table], enough: Callable[[int, int], bool]) -> Stream:
    """Pieces put together until there are enough rows and bytes of them, and what is left."""
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


def _sorted(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    return table.sort_by([(key, "ascending") for key in keys])


def _kept(run: pa.Table, path: Path, sizes: Sizes) -> Path:
    return _keep(iter([run]), path, sizes)


def _keep(run: Stream, path: Path, sizes: Sizes) -> Path:
    """A run on the disk, in batches of which several fit into memory."""
    writer: pa.RecordBatchFileWriter | None = None
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with path.open("wb") as out:
        for piece in run:
            writer = writer or pa.ipc.new_stream(out, piece.schema, options=options)
            rows = max(1, sizes.batch_bytes * len(piece) // max(1, piece.nbytes))
            writer.write_table(piece, max_chunksize=rows)
        if writer is not None:
            writer.close()
    return path


def _reader(path: Path, schema: pa.Schema, sizes: Sizes) -> Callable[[], Stream]:
    """Opens a run: one of ours, which is removed once read, or a Parquet file that is in order."""

    def ours() -> Stream:
        with path.open("rb") as source:
            for batch in pa.ipc.open_stream(source):
                yield pa.Table.from_batches([batch], schema=schema)
        path.unlink()

    return ours if path.suffix == ".arrow" else lambda: _read(path, schema, sizes)


# --- merging runs ----------------------------------------------------------------------------------------------------


class _Head:
    """What of a run is in memory, and what comes after it. Without a recording counts as the last."""

    _LAST = "\U0010ffff"

    def __init__(self, run: Stream, key: str) -> None:
        self._run, self._key = run, key
        self._held: pa.Table | None = None
        self.ended = False
        self.more()

    def more(self) -> None:
        """Take one batch more into memory."""
        for piece in self._run:
            if len(piece):
                self._held = piece if self._held is None else pa.concat_tables([self._held, piece])
                return
        self.ended = True

    def last(self) -> str:
        """The last recording of what is held."""
        assert self._held is not None
        value = self._held.column(self._key)[-1].as_py()
        return self._LAST if value is None else str(value)

    @property
    def empty(self) -> bool:
        return self._held is None

    def take(self, bound: str | None, *, also_bound: bool) -> pa.Table | None:
        """The rows before a recording, or up to it, or all of them; None: there are none."""
        held = self._held
        if held is None:
            return None
        rows = len(held)
        if bound is not None:
            compared = pc.less_equal if also_bound else pc.less
            rows = pc.sum(compared(pc.fill_null(held.column(self._key), self._LAST), bound)).as_py()
        self._held = held.slice(rows) if rows < len(held) else None
        return held.slice(0, rows) if rows else None


def _merged(runs: Sequence[Stream], keys: Sequence[str]) -> Stream:
    """The rows of runs that are in order, in order. Where they have times, those of a recording are held together."""
    heads = [_Head(run, keys[0]) for run in runs]
    while heads := [head for head in heads if not (head.ended and head.empty)]:
        for head in heads:
            if head.empty:
                head.more()
        open_ = [head for head in heads if not head.ended]
        # Whatever comes later is not before the last recording that is held of each run.
        bound = min((head.last() for head in open_), default=None)
        parts = [part for head in heads if (part := head.take(bound, also_bound=len(keys) == 1)) is not None]
        if parts:
            yield _sorted(pa.concat_tables(parts), keys) if len(parts) > 1 else parts[0]
            continue
        for head in open_:
            if head.last() == bound:
                head.more()


# --- writing ---------------------------------------------------------------------------------------------------------


def _write(pieces: Stream, schema: pa.Schema, name: Callable[[int], Path], sizes: Sizes) -> Written:
    """Files of row groups, each file closed once it is full, and synced."""
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
                    group = next(groups, None)
            out.flush()
            os.fsync(out.fileno())
    return Written(tuple(files), total)


def _groups(pieces: Stream, sizes: Sizes) -> Stream:
    """The rows as tables of the size of a row group, or at most an eighth larger."""

    def parts() -> Stream:
        for piece in pieces:
            rows = max(1, min(sizes.group_rows, sizes.group_bytes * len(piece) // max(1, piece.nbytes)) // 8)
            for start in range(0, len(piece), rows):
                yield piece.slice(start, rows)

    return _gathered(parts(), lambda rows, size: rows >= sizes.group_rows or size >= sizes.group_bytes)
