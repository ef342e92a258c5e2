"""The dataset's folder: one folder per table, and `.reelsheet/` for all that is not a table."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tasks.errors import DatasetNotWritable, UsageError
from tasks.store import lease, objects
from tasks.store.disk import (
    explained,
    forget,
    make_folder,
    names,
    sync_folder,
    temporary_name,
    write_durably,
    write_synced,
)
from tasks.store.lease import HIDDEN
from tasks.store.local_cache_dir import local_cache_dir
from tasks.system.object_store import AnyPath, is_stored, known_schemes, reason_of, scheme_of, stored
from tasks.tables.schemas import TABLES
from tasks.tables.views_sql import is_views_sql, views_sql

LAYOUT = 1  # raised when an older reelsheet could not work with the folder
VIEWS_FILE = "views.sql"  # beside the tables, for use without us
MERGED = "merged"  # begins the names of files that hold the rows of many commits; no commit is named so
RESERVE_BYTES = 1 << 20  # given up when the disk is full, so that answers already paid for still fit


@dataclass(frozen=True, slots=True)
class Dataset:
    """Where things lie: `<root>/<table>/month=YYYY-MM/<name>.parquet`, beside them `views.sql` and `.reelsheet/`."""

    root: AnyPath

    @classmethod
    def open(cls, root: str | AnyPath) -> Dataset:
        """The dataset for writing; creates the folder. Raises DatasetNotWritable, with a sentence that says why."""
        dataset = cls(dataset_location(root))
        with explained(dataset.root):
            make_folder(dataset.root)
            dataset._mark()
            for folder in (dataset.answers, dataset.staging, dataset.commits):
                make_folder(folder)
            dataset.try_to_write()
            if not dataset._views_are_right():
                with dataset.publishing():
                    dataset.write_views()
        return dataset

    @classmethod
    def existing(cls, root: str | AnyPath) -> Dataset:
        """The dataset for reading. Raises UsageError where there is none."""
        dataset = cls(dataset_location(root))
        if not isinstance(dataset.root, Path):
            dataset._look_for_objects()
        elif not os.path.isdir(dataset.root):  # noqa: PTH112 - Path.is_dir raises where it may not look
            found = "a file was found" if os.path.lexists(dataset.root) else "nothing is there"
            raise UsageError(
                f"A dataset folder was expected at {dataset.root}, {found}: "
                "name one with --dataset, or make one with `reelsheet analyze`."
            )
        elif not os.access(dataset.root, os.R_OK | os.X_OK):
            raise UsageError(
                f"The dataset folder {dataset.root} cannot be read: no permission. Change it, or name another."
            )
        dataset._check_layout()
        return dataset

    @classmethod
    def reopen(cls, root: str | AnyPath) -> Dataset:
        """The dataset for writing, where there is one already. Raises UsageError, DatasetNotWritable."""
        dataset = cls.existing(root)
        if not (dataset.hidden / "layout.json").exists():
            raise UsageError(
                f"A dataset was expected at {dataset.root}, and the folder there is none: name one with --dataset."
            )
        return cls.open(dataset.root)

    @property
    def hidden(self) -> AnyPath:
        return self.root / HIDDEN

    @property
    def local_cache_dir(self) -> Path:
        """Where caches and locks lie, on this machine: with the dataset, or in a folder of their own."""
        return self.hidden if isinstance(self.hidden, Path) else local_cache_dir(self.root)

    @property
    def answers(self) -> AnyPath:
        """Raw answers whose analysis is not published yet."""
        return self.hidden / "answers"

    @property
    def staging(self) -> AnyPath:
        """Commits that are being written."""
        return self.hidden / "staging"

    @property
    def commits(self) -> AnyPath:
        """Commits that are decided and being published."""
        return self.hidden / "commits"

    @property
    def merging(self) -> AnyPath:
        """Months that are being merged, beside the tables; after the exchange, their old files."""
        return self.hidden / "merging"

    @property
    def begun(self) -> AnyPath:
        """Runs that have started and not ended."""
        return self.hidden / "runs"

    @property
    def claims(self) -> Path:
        """The file whose bytes are locked by who asks."""
        return self.local_cache_dir / "claims.lock"

    @property
    def index(self) -> Path:
        """What is published, and in which file; only a cache."""
        return self.local_cache_dir / "index.sqlite"

    @property
    def reserve(self) -> AnyPath:
        return self.hidden / "reserve"

    def table(self, name: str) -> AnyPath:
        return self.root / name

    def files(self, name: str, month: str = "") -> list[AnyPath]:
        """The table's files, or those of one month, `month=2026-10`, in a stable order."""
        return [self.root / file for file in sorted(self.listed(name)) if file.startswith(f"{name}/{month}")]

    def listed(self, table: str) -> Iterator[str]:
        """The table's files as paths from the root, in no order."""
        if isinstance(self.root, Path):
            for month in names(self.root / table):
                if month.startswith("month="):
                    found = names(self.root / table / month)
                    yield from (f"{table}/{month}/{name}" for name in found if name.endswith(".parquet"))
        else:
            for name in objects.below(self.root / table):
                month, _, file = name.partition("/")
                if month.startswith("month=") and "/" not in file and file.endswith(".parquet"):
                    yield f"{table}/{name}"

    def filled(self) -> set[str]:
        """The tables that have files."""
        if not isinstance(self.root, Path):  # where nothing is, there is no folder either
            return TABLES.keys() & set(objects.names_above(self.root))
        return {name for name in TABLES if _has_files(self.root / name)}

    def write_views(self) -> None:
        """Write `views.sql` where it says other than it should; a file that is not ours stays. Hold `publishing`."""
        if self._views_are_right():
            return
        content = views_sql(self.filled()).encode()
        if not isinstance(self.root, Path):
            write_durably(self.root / VIEWS_FILE, content)
            return
        scratch = temporary_name(self.root / HIDDEN / VIEWS_FILE)
        write_synced(scratch, content)
        scratch.replace(self.root / VIEWS_FILE)
        sync_folder(self.root)

    def find(self, table: str, name: str) -> AnyPath | None:
        """The file of that name, without the ending, in whatever month it lies."""
        months = sorted(month for month in self._above(self.table(table)) if month.startswith("month="))
        files = (self.table(table) / month / f"{name}.parquet" for month in months)
        return next((file for file in files if file.exists()), None)

    def holds(self, tables: Iterable[str], name: str) -> bool:
        """Whether some of the tables have a file of that name."""
        if isinstance(self.root, Path):
            return any(self.find(table, name) for table in tables)
        return any(objects.at_once(lambda table: self.find(table, name), tables))

    def holding(self, table: str, month: str, name: str) -> list[AnyPath]:
        """The files that may have the rows of a commit of a month, which is given as its folder, `month=2026-10`.

        That is the file of the commit's own name. Where there is none, its rows may have been merged with others of
        the month; and where the name is that of a merged file, they may be in any file of the month.
        """
        if is_merged(name):
            return self.files(table, month)
        own = self.find(table, name)
        return [own] if own else [file for file in self.files(table, month) if is_merged(file.name)]

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """One writer at a time, over all processes and threads; the system frees the lock of one that dies.

        In an object store, where there are no locks, the process must hold the lease, or takes it meanwhile.
        """
        lease.hold(self.root)
        try:
            with FileLock(self.local_cache_dir / "publish.lock"):
                yield
        finally:
            lease.give_back(self.root)

    def _above(self, folder: AnyPath) -> list[str]:
        return names(folder) if isinstance(folder, Path) else objects.names_above(folder)

    def _views_are_right(self) -> bool:
        try:
            found = (self.root / VIEWS_FILE).read_text(errors="replace")
        except FileNotFoundError:
            return False
        return found == views_sql(self.filled()) or not is_views_sql(found)

    def _mark(self) -> None:
        marker = self.hidden / "layout.json"
        if marker.exists():
            self._check_layout()
            return
        for name in sorted(TABLES.keys() & set(self._above(self.root))):
            raise DatasetNotWritable(
                f"{self.root} is not a dataset, and has something named {name} already, "
                "where a table would go: choose another --dataset."
            )
        make_folder(self.hidden)
        write_durably(marker, json.dumps({"layout": LAYOUT}).encode())

    def _look_for_objects(self) -> None:
        """Raises UsageError where there are none, or nobody may look."""
        try:
            found = objects.names_above(self.root)
        except Exception as error:  # whatever the storage library makes of it
            raise UsageError(
                f"The dataset {self.root} cannot be read: {reason_of(error)}. Check its address, the endpoint and the "
                "credentials."
            ) from error
        if not found:
            raise UsageError(
                f"A dataset was expected at {self.root}, nothing is there: name one with --dataset, or make one with "
                "`reelsheet analyze`."
            )

    def _check_layout(self) -> None:
        marker = self.hidden / "layout.json"
        try:
            found = json.loads(marker.read_text()).get("layout", LAYOUT)
        except (OSError, ValueError, AttributeError):
            return  # a copy of the tables alone can be read too
        if isinstance(found, int) and found > LAYOUT:
            raise UsageError(
                f"The dataset {self.root} has layout {found}, this reelsheet knows {LAYOUT}: update reelsheet."
            )

    def try_to_write(self) -> None:
        """Write and keep the reserve, or, where it is there, a few bytes: permissions and disk are told now.

        An object store is never full, and needs no reserve.
        """
        if not isinstance(self.root, Path) or self.reserve.exists():
            probe = temporary_name(self.hidden / "probe")
            write_durably(probe, b"reelsheet" * 512)
            forget(probe)
        else:
            write_durably(self.reserve, bytes(RESERVE_BYTES))


def is_merged(name: str) -> bool:
    """Whether a file of this name holds the rows of many commits."""
    return name.startswith(MERGED)


def _has_files(table: Path) -> bool:
    """Looks at no more names than it must: there may be thousands."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(table) as months:
        for month in months:
            if month.name.startswith("month="):
                with os.scandir(month) as files:
                    if any(file.name.endswith(".parquet") for file in files):
                        return True
    return False


def dataset_location(root: str | AnyPath) -> AnyPath:
    """The absolute folder that a path or a `file:` URL names, or the place in an object store that another URL names.

    Raises UsageError for what is neither.
    """
    text = str(root)
    scheme = scheme_of(text)
    if is_stored(text):
        if found := set(text) & set("\\*?[]#"):
            raise UsageError(
                f"A dataset's address cannot hold {' '.join(sorted(found))}, and {text} does: name another."
            )
        return stored(text)
    if scheme not in (None, "file"):
        raise UsageError(
            f"A dataset lies in a folder or in an object store ({known_schemes()}), and {text} is neither: name "
            "another with --dataset."
        )
    if scheme == "file":
        text = text.partition("://")[2]
    if "\\" in text:
        raise UsageError(f"A dataset's path cannot hold a backslash, and {text} does: name another with --dataset.")
    return Path(text).expanduser().absolute()
