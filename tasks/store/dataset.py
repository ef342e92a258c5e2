"""Name what lies in a dataset: a folder per table, and `.reelsheet/`.

The latter holds all that is not a table. The dataset is on a disk or in an object store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tasks.errors import DatasetNotWritable, UsageError
from tasks.media.formats import is_media
from tasks.store.address import checked_address
from tasks.store.layout import (
    ANSWERS,
    COMMITS,
    HIDDEN,
    LAYOUT,
    MARKER,
    STAGING,
    VIEWS_FILE,
    is_merged,
    stem_of,
)
from tasks.store.local_storage import LocalStorage
from tasks.store.object_storage import ObjectStorage
from tasks.store.storage import Storage, explained
from tasks.system.object_store import AnyPath, is_stored, stored
from tasks.tables.schemas import TABLES
from tasks.tables.views_sql import is_views_sql, views_sql


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset holds rows in `<root>/<table>/month=YYYY-MM/<name>.parquet`.

    The rest is in layout.py.
    """

    storage: Storage

    @classmethod
    def at(cls, address: str | AnyPath) -> Dataset:
        """Name the dataset at an address, without a look at it.

        Raises UsageError for what is no address of one.
        """
        return cls(storage_at(address))

    @classmethod
    def open(cls, address: str | AnyPath) -> Dataset:
        """Open the dataset for writing; create its folder.

        Raises DatasetNotWritable, with a sentence that gives the reason.
        """
        dataset = cls.at(address)
        storage = dataset.storage
        with explained(storage):
            storage.make_folder("")
            dataset._mark()
            for folder in (ANSWERS, STAGING, COMMITS):
                storage.make_folder(folder)
            storage.check_writable()
            if not dataset._views_are_right():
                with dataset.publishing():
                    dataset.write_views()
        return dataset

    @classmethod
    def existing(cls, address: str | AnyPath) -> Dataset:
        """Open the dataset for reading. Raises UsageError where there is none."""
        dataset = cls.at(address)
        dataset.storage.check_readable()
        if not dataset.storage.exists(MARKER) and not dataset._tables_there():  # a copy of the tables alone will do
            raise UsageError(
                f"A dataset was expected at {dataset.root}, and the folder there holds none of its tables: "
                "name one with --dataset, or make one with `reelsheet analyze`."
            )
        dataset._check_layout()
        return dataset

    @classmethod
    def reopen(cls, address: str | AnyPath) -> Dataset:
        """Open the dataset for writing, where there is one already.

        Raises UsageError, DatasetNotWritable.
        """
        dataset = cls.existing(address)
        if not dataset.storage.exists(MARKER):
            raise UsageError(
                f"A dataset was expected at {dataset.root}, and the folder there is none: name one with --dataset."
            )
        return cls.open(dataset.root)

    def check_writable(self) -> None:
        """Try whether a run could write here, and make no dataset.

        Raises UsageError, DatasetNotWritable.
        """
        with explained(self.storage):
            if not self._is_marked():
                self._check_place_is_free()
            self.storage.check_writable()

    # --- where things lie ----------------------------------------------------------------------------------------

    @property
    def root(self) -> AnyPath:
        return self.storage.root

    @property
    def hidden(self) -> AnyPath:
        """Return the folder of all that is neither a table nor `views.sql`."""
        return self.root / HIDDEN

    @property
    def claims(self) -> Path:
        """Return the file whose bytes are locked by who asks."""
        return self.storage.cache_dir / "claims.lock"

    @property
    def index(self) -> Path:
        """Return the index of what is published, and in which file; only a cache."""
        return self.storage.cache_dir / "index.sqlite"

    def table(self, name: str) -> AnyPath:
        return self.root / name

    def files(self, table: str, month: str = "") -> list[AnyPath]:
        """Give the paths of `names`, for those who open the files themselves."""
        return [self.root / name for name in self.names(table, month)]

    def names(self, table: str, month: str = "") -> list[str]:
        """List a table's files, or those of one month, in order.

        A month is given as `month=2026-10`; files are paths from the root.
        """
        return sorted(name for name in self.storage.table_files(table) if name.startswith(f"{table}/{month}"))

    def find(self, table: str, name: str) -> str | None:
        """Find the file of that name, without the ending; None: there is none.

        It may lie in whatever month.
        """
        months = sorted(month for month in self.storage.names(table, large=True) if month.startswith("month="))
        files = (f"{table}/{month}/{name}.parquet" for month in months)
        return next((file for file in files if self.storage.exists(file)), None)

    def holds(self, tables: Iterable[str], name: str) -> bool:
        """Return whether some of the tables have a file of that name."""
        return any(self.storage.each(lambda table: self.find(table, name), tables))

    def holding(self, table: str, month: str, name: str) -> list[str]:
        """List the files that may have the rows of a commit of a month.

        The month is given as its folder, `month=2026-10`. That is the file of the commit's own name. Where there is
        none, its rows may have been merged with others of the month; and where the name is that of a merged file,
        they may be in any file of the month.
        """
        if is_merged(name):
            return self.names(table, month)
        own = self.find(table, name)
        return [own] if own else [file for file in self.names(table, month) if is_merged(stem_of(file))]

    # --- writing -------------------------------------------------------------------------------------------------

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Let one writer in at a time, over all processes and threads.

        The system frees the lock of one that dies. In an object store, where there are no locks, the process must
        hold the lease, or takes it meanwhile.
        """
        self.storage.acquire_lease()
        try:
            with FileLock(self.storage.cache_dir / "publish.lock"):
                yield
        finally:
            self.storage.release_lease()

    def write_views(self) -> None:
        """Write `views.sql` where it should be another.

        A file that is not ours stays. Hold `publishing`.
        """
        if not self._views_are_right():
            self.storage.write_visible(VIEWS_FILE, views_sql(self.storage.filled_tables()).encode())

    def _views_are_right(self) -> bool:
        try:
            found = self.storage.read(VIEWS_FILE).decode(errors="replace")
        except FileNotFoundError:
            return False
        return found == views_sql(self.storage.filled_tables()) or not is_views_sql(found)

    def _mark(self) -> None:
        if not self._is_marked():
            self._check_place_is_free()
            self.storage.write(MARKER, json.dumps({"layout": LAYOUT}).encode())

    def _is_marked(self) -> bool:
        """Return whether this is a dataset already.

        Raises UsageError for one of a newer layout.
        """
        marked = self.storage.exists(MARKER)
        if marked:
            self._check_layout()
        return marked

    def _tables_there(self) -> list[str]:
        return sorted(TABLES.keys() & set(self.storage.names("", large=True)))

    def _check_place_is_free(self) -> None:
        """Raise DatasetNotWritable where a dataset would lie among other things."""
        for name in self._tables_there():
            raise DatasetNotWritable(
                f"{self.root} is not a dataset, and has something named {name} already, "
                "where a table would go: choose another --dataset."
            )
        if recordings := sorted(name for name in self.storage.names("", large=True) if is_media(name)):
            raise DatasetNotWritable(
                f"A folder for tables was expected at {self.root}, and it holds recordings, such as {recordings[0]}: "
                "choose another --dataset."
            )

    def _check_layout(self) -> None:
        try:
            found = json.loads(self.storage.read(MARKER)).get("layout", LAYOUT)
        except (OSError, ValueError, AttributeError):
            return  # a copy of the tables alone can be read too
        if isinstance(found, int) and found > LAYOUT:
            raise UsageError(
                f"The dataset {self.root} has layout {found}, this reelsheet knows {LAYOUT}: update reelsheet."
            )


def storage_at(address: str | AnyPath) -> Storage:
    """Choose the storage that a path or an address names.

    Raises UsageError for what is none.
    """
    text = checked_address(address)
    return ObjectStorage(stored(text)) if is_stored(text) else LocalStorage(Path(text))
