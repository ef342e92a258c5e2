"""The dataset's folder: one folder per table, and `.reelsheet/` for all that is not a table."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tasks.errors import DatasetNotWritable, UsageError
from tasks.store.disk import explained, make_folder, sync_folder, temporary_name, write_durably, write_synced
from tasks.store.script import is_views_sql, views_sql
from tasks.tables.schemas import TABLES

LAYOUT = 1  # raised when an older reelsheet could not work with the folder
HIDDEN = ".reelsheet"
VIEWS_FILE = "views.sql"  # beside the tables, for use without us
RESERVE_BYTES = 1 << 20  # given up when the disk is full, so that answers already paid for still fit


@dataclass(frozen=True, slots=True)
class Dataset:
    """Where things lie: `<root>/<table>/month=YYYY-MM/<name>.parquet`, beside them `views.sql` and `.reelsheet/`."""

    root: Path

    @classmethod
    def open(cls, root: str | Path) -> Dataset:
        """The dataset for writing; creates the folder. Raises DatasetNotWritable, with a sentence that says why."""
        dataset = cls(local_folder(root))
        with explained(dataset.root):
            make_folder(dataset.root)
            dataset._mark()
            for folder in (dataset.answers, dataset.staging, dataset.commits):
                make_folder(folder)
            dataset._try_to_write()
            if not dataset._views_are_right():
                with dataset.publishing():
                    dataset.write_views()
        return dataset

    @classmethod
    def existing(cls, root: str | Path) -> Dataset:
        """The dataset for reading. Raises UsageError where there is none."""
        dataset = cls(local_folder(root))
        if not os.path.isdir(dataset.root):  # noqa: PTH112 - Path.is_dir raises where it may not look
            found = "a file was found" if os.path.lexists(dataset.root) else "nothing is there"
            raise UsageError(
                f"A dataset folder was expected at {dataset.root}, {found}: "
                "name one with --dataset, or make one with `reelsheet analyze`."
            )
        if not os.access(dataset.root, os.R_OK | os.X_OK):
            raise UsageError(
                f"The dataset folder {dataset.root} cannot be read: no permission. Change it, or name another."
            )
        dataset._check_layout()
        return dataset

    @classmethod
    def reopen(cls, root: str | Path) -> Dataset:
        """The dataset for writing, where there is one already. Raises UsageError, DatasetNotWritable."""
        dataset = cls.existing(root)
        if not (dataset.hidden / "layout.json").exists():
            raise UsageError(
                f"A dataset was expected at {dataset.root}, and the folder there is none: name one with --dataset."
            )
        return cls.open(dataset.root)

    @property
    def hidden(self) -> Path:
        return self.root / HIDDEN

    @property
    def answers(self) -> Path:
        """Raw answers whose analysis is not published yet."""
        return self.hidden / "answers"

    @property
    def staging(self) -> Path:
        """Commits that are being written."""
        return self.hidden / "staging"

    @property
    def commits(self) -> Path:
        """Commits that are decided and being published."""
        return self.hidden / "commits"

    @property
    def begun(self) -> Path:
        """Runs that have started and not ended."""
        return self.hidden / "runs"

    @property
    def claims(self) -> Path:
        """The file whose bytes are locked by who asks."""
        return self.hidden / "claims.lock"

    @property
    def index(self) -> Path:
        """What is published, and in which file; only a cache."""
        return self.hidden / "index.sqlite"

    @property
    def reserve(self) -> Path:
        return self.hidden / "reserve"

    def table(self, name: str) -> Path:
        return self.root / name

    def files(self, name: str) -> list[Path]:
        """The table's files, in a stable order."""
        return sorted(self.table(name).glob("month=*/*.parquet"))

    def filled(self) -> set[str]:
        """The tables that have files."""
        return {name for name in TABLES if _has_files(self.table(name))}

    def write_views(self) -> None:
        """Write `views.sql` where it says other than it should; a file that is not ours stays. Hold `publishing`."""
        if self._views_are_right():
            return
        scratch = temporary_name(self.hidden / VIEWS_FILE)
        write_synced(scratch, views_sql(self.filled()).encode())
        scratch.replace(self.root / VIEWS_FILE)
        sync_folder(self.root)

    def find(self, table: str, name: str) -> Path | None:
        """The file of that name, without the ending, in whatever month it lies."""
        months = sorted(self.table(table).glob("month=*"))
        return next((file for month in months if (file := month / f"{name}.parquet").exists()), None)

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """One writer at a time, over all processes and threads; the system frees the lock of one that dies."""
        with FileLock(self.hidden / "publish.lock"):
            yield

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
        for name in TABLES:
            if self.table(name).exists():
                raise DatasetNotWritable(
                    f"{self.root} is not a dataset, and has something named {name} already, "
                    "where a table would go: choose another --dataset."
                )
        make_folder(self.hidden)
        write_durably(marker, json.dumps({"layout": LAYOUT}).encode())

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

    def _try_to_write(self) -> None:
        """Write and keep the reserve, or, where it is there, a few bytes: permissions and disk are told now."""
        if self.reserve.exists():
            probe = temporary_name(self.hidden / "probe")
            write_durably(probe, b"reelsheet" * 512)
            probe.unlink()
        else:
            write_durably(self.reserve, bytes(RESERVE_BYTES))


def _has_files(table: Path) -> bool:
    """Looks at no more names than it must: there may be thousands."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(table) as months:
        for month in months:
            if month.name.startswith("month="):
                with os.scandir(month) as files:
                    if any(file.name.endswith(".parquet") for file in files):
                        return True
    return False


def local_folder(root: str | Path) -> Path:
    """The absolute folder that a path or a `file:` URL names. Raises UsageError for other URLs."""
    text = str(root)
    if "://" in text:
        scheme, _, rest = text.partition("://")
        if scheme != "file":
            raise UsageError(
                f"A dataset is a folder of this machine so far, and {text} is not: name a path with --dataset."
            )
        text = rest
    if "\\" in text:
        raise UsageError(f"A dataset's path cannot hold a backslash, and {text} does: name another with --dataset.")
    return Path(text).expanduser().absolute()
