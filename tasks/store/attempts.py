"""The newest attempt at every analysis with all its rows, read part by part: never the whole dataset at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

import pyarrow.dataset as pads

from tasks.storage import AnyPath
from tasks.store.dataset import Dataset
from tasks.store.index import Index, Indexed
from tasks.store.query import connect
from tasks.store.reading import read_columns, read_rows, row_count
from tasks.tables.rows import Row, Rows
from tasks.tables.schemas import FACT_TABLES, TABLES

ATTEMPTS_AT_ONCE = 256
SEGMENTS_AT_ONCE = 1024

_READ = tuple(table for table in FACT_TABLES if table != "calls")


@dataclass(frozen=True, slots=True)
class Published:
    """An attempt as it is published: its rows in every fact table but `calls`."""

    analysis_id: str
    rows: Rows
    recording: Row | None  # `media_id`, `id_basis`, `uri`, `kind`, `duration_ms`; None where the row is missing

    @property
    def is_whole(self) -> bool:
        return bool(self.recording and self.rows["segments"] and len(self.rows["analyses"]) == 1)


class NewestAttempts:
    """What is published, as of the moment when this is made; a context manager. Recover the dataset first."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._index = Index(dataset)
        files = dataset.files("analyses")
        names = {file.stem for file in files}
        self.parts: Sequence[Sequence[AnyPath]] = list(_parts(files))
        """The files of `analyses`, as many together as are worth reading together."""
        # The files of one commit have one name. Others, such as merged ones, may hold rows of any attempt.
        self._loose = {table: [f for f in dataset.files(table) if f.stem not in names] for table in _READ}
        self._media = connect(dataset, ["media"])  # some hundred bytes a recording
        self._media.execute("CREATE TEMP TABLE known AS SELECT media_id, id_basis, uri, kind, duration_ms FROM media")

    def within(self, part: Sequence[AnyPath]) -> Iterator[list[Published]]:
        """The attempts in one of the parts that are the newest of their analysis, some hundred at a time."""
        ids = {analysis_id for (analysis_id,) in read_columns(part, "analyses", ["analysis_id"])}
        here = {file.relative_to(self._dataset.root).as_posix() for file in part}
        newest = [found for found in self._newest(ids).values() if found.file.as_posix() in here]
        files = {table: self._belonging(table, part) for table in _READ}
        sizes = Counter(analysis_id for (analysis_id,) in read_columns(files["segments"], "segments", ["analysis_id"]))
        for some in _fitting(newest, sizes):
            yield self._read(files, some)

    def numbers(self, analysis_ids: Collection[str]) -> dict[str, int]:
        """The newest attempt at each analysis by now, whoever has published it."""
        self._index.refresh()
        return {analysis_id: found.attempt for analysis_id, found in self._newest(analysis_ids).items()}

    def close(self) -> None:
        self._index.close()
        self._media.close()

    def __enter__(self) -> NewestAttempts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _newest(self, analysis_ids: Collection[str]) -> dict[str, Indexed]:
        return {found.analysis_id: found for found in self._index.attempts(analysis_ids)}  # the newest comes last

    def _belonging(self, table: str, part: Iterable[AnyPath]) -> list[AnyPath]:
        own = [found for file in part if (found := self._dataset.find(table, file.stem))]
        return [*own, *self._loose[table]]

    def _read(self, files: Mapping[str, list[AnyPath]], attempts: Sequence[Indexed]) -> list[Published]:
        numbers = {found.analysis_id: found.attempt for found in attempts}
        only = pads.field("analysis_id").isin(list(numbers)) & pads.field("attempt").isin(sorted(set(numbers.values())))
        rows: dict[str, Rows] = {name: {table: [] for table in _READ} for name in numbers}
        for table in _READ:
            for row in read_rows(files[table], table, TABLES[table].names, only):
                if row["attempt"] == numbers[row["analysis_id"]]:
                    rows[row["analysis_id"]][table].append(row)
        recordings = self._recordings(row["media_id"] for of in rows.values() for row in of["analyses"])
        return [
            Published(name, of, next((recordings.get(row["media_id"]) for row in of["analyses"]), None))
            for name, of in rows.items()
        ]

    def _recordings(self, media_ids: Iterable[str]) -> dict[str, Row]:
        found = self._media.execute("SELECT * FROM known WHERE list_contains($1, media_id)", [list(media_ids)])
        names = [column[0] for column in found.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def _parts(files: Sequence[AnyPath]) -> Iterator[list[AnyPath]]:
    part: list[AnyPath] = []
    attempts = 0
    for file in files:
        part.append(file)
        attempts += row_count(file)
        if attempts >= ATTEMPTS_AT_ONCE:
            yield part
            part, attempts = [], 0
    if part:
        yield part


def _fitting(attempts: Sequence[Indexed], sizes: Mapping[str, int]) -> Iterator[list[Indexed]]:
    """The attempts in groups that are neither too many nor too long; one that alone is too long is a group."""
    group: list[Indexed] = []
    segments = 0
    for attempt in attempts:
        size = sizes[attempt.analysis_id]
        if group and (len(group) == ATTEMPTS_AT_ONCE or segments + size > SEGMENTS_AT_ONCE):
            yield group
            group, segments = [], 0
        group.append(attempt)
        segments += size
    if group:
        yield group
