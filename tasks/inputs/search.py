"""Gather what the arguments mean.

That is sources without duplicates, problems, and what is left out. The kinds of arguments
(`tasks/inputs/input_kinds/`) add to it.
"""

# Names stay as they were given ("./", odd bytes), where pathlib would tidy them:
# ruff: noqa: PTH100, PTH114, PTH116, PTH118, PTH119, PTH120, PTH206
from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from tasks.errors import NotFound, ReelsheetError
from tasks.inputs.manifest_row import ManifestRow
from tasks.inputs.overrides import InputOptions
from tasks.inputs.scan import MOST_LISTED, InputProblem, InputScan, Source, printable

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")

_NO_ROW = ManifestRow("")


class Argument:
    """An argument is a word of the command line, or of a manifest's row.

    `path` is where it lies if it is a path: one of a row counts from the manifest's folder.
    """

    def __init__(self, word: str, manifest: str | None = None) -> None:
        self.word = word
        self.manifest = manifest  # the path of the one whose row it is
        self.path = word if manifest is None else os.path.join(os.path.dirname(manifest), word)

    @property
    def has_scheme(self) -> bool:
        """Tell whether it begins as `https://` does."""
        return _SCHEME.match(self.word) is not None

    @cached_property
    def found(self) -> os.stat_result | None:
        """Look what is there, through links; None: nothing, or a broken link."""
        try:
            return os.stat(self.path)
        except (OSError, ValueError):  # ValueError: a NUL in the path
            return None


@dataclass(frozen=True, slots=True)
class InputKind:
    """A kind recognises an argument by `means`, and puts it into a search by `add`."""

    means: Callable[[Argument], bool]
    add: Callable[[Search, Argument], None]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder has its name as given, and where it lies."""

    absolute: str  # both end with "/"
    real: str  # without links

    @classmethod
    def of(cls, path: str) -> Folder:
        """Look where a folder lies."""
        real = os.path.join(os.path.realpath(path), "")
        # Behind a link, ".." is not what the letters say.
        return cls(real if ".." in path.split(os.sep) else os.path.join(os.path.abspath(path), ""), real)

    def within(self, name: str) -> Folder:
        """Return one in it, which is no link."""
        return Folder(f"{self.absolute}{name}/", f"{self.real}{name}/")


class Search:
    """A search keeps what has been found so far.

    Each file is there once for each way in which it is wanted.
    """

    def __init__(self, kinds: Sequence[InputKind], settle_s: float, now: float, tags_from_columns: bool) -> None:
        self.tags_from_columns = tags_from_columns
        self.problems: list[InputProblem] = []
        self._kinds = kinds
        self._items: list[Source] = []
        self._duplicates: list[tuple[str, Source]] = []
        self._ignored: list[tuple[str, str]] = []
        self._left_out: Counter[str] = Counter()
        self._warnings: list[str] = []
        self._settle_ns = int(settle_s * 1e9)
        self._settled_ns = 0  # when the last file that is still changing can be taken
        self._now = now
        self._now_ns = int(now * 1e9)
        self._taken: dict[tuple[str, InputOptions], Source] = {}  # by real path, and what is wanted
        self._row = _NO_ROW  # of the manifest that is being read
        self._folders: dict[str, Folder] = {}  # of single files, by name

    def add(self, word: str, manifest: str | None = None) -> None:
        """Add an argument, or a manifest's row, as the first of its kinds does."""
        argument = Argument(word, manifest)
        for kind in self._kinds:
            if kind.means(argument):
                kind.add(self, argument)
                return
        path = argument.path
        self.problem(path, NotFound(f"{printable(path)} does not exist; check its name and folder."))

    def result(self) -> InputScan:
        """Return all that was found."""
        return InputScan(
            items=tuple(self._items),
            duplicates=tuple(self._duplicates),
            ignored=tuple(self._ignored),
            left_out=dict(self._left_out),
            problems=tuple(self.problems),
            warnings=tuple(self._warnings),
            looked_at=self._now,
            settled_at=self._settled_ns / 1e9,
        )

    @contextmanager
    def of_row(self, row: ManifestRow, manifest: str) -> Iterator[None]:
        """Give what is added meanwhile the options of a manifest's row."""
        self._row = replace(row, group=f"{manifest}#{printable(row.group)}") if row.group else row
        try:
            yield
        finally:
            self._row = _NO_ROW

    def take(self, key: str, source: Source) -> None:
        """Add a source, or count it as a duplicate of one with the same key."""
        if first := self._first(key):
            self._duplicates.append((source.uri, first))
            return
        row = self._row
        if row is not _NO_ROW:
            given = {"options": row.options, "tags_json": row.tags_json, "where": row.where, "group": row.group}
            source = replace(source, **given)  # type: ignore[arg-type]
        if not row.group:
            self._taken[key, row.options] = source
        self._items.append(source)

    def take_file(self, path: str, found: os.stat_result | None) -> None:
        """Add a file by its path."""
        name = os.path.basename(path)
        above = os.path.dirname(path)
        folder = self._folders.get(above)
        if folder is None:
            folder = self._folders[above] = Folder.of(above)
        real = os.path.realpath(path) if os.path.islink(path) else folder.real + name
        self.take_found(path, folder.absolute + name, real, found)

    def take_found(self, named: str, path: str, real: str, found: os.stat_result | None) -> None:
        """Add a file that lies at an absolute path; `real` is that path without links."""
        size, changed = (None, None) if found is None else (found.st_size, found.st_mtime_ns)
        self.take(real, Source(printable(named), path, size, changed))

    def ignore(self, path: str, reason: str) -> None:
        """Count a file that is left out."""
        self._left_out[reason] += 1
        if len(self._ignored) < MOST_LISTED:
            self._ignored.append((printable(path), reason))

    def is_young(self, mtime_ns: int) -> bool:
        """Tell whether a file may still be changing."""
        # A time far in the future is a wrong clock, not a change.
        if abs(self._now_ns - mtime_ns) >= self._settle_ns:
            return False
        self._settled_ns = max(self._settled_ns, mtime_ns + self._settle_ns)
        return True

    def tried(self) -> int:
        """Count the files that were taken, duplicates included."""
        return len(self._items) + len(self._duplicates)

    def warn(self, sentence: str) -> None:
        """Keep a sentence for the person who started the run."""
        self._warnings.append(sentence)

    def problem(self, argument: str, error: ReelsheetError) -> None:
        """Keep why an argument, or a row of a manifest, gives nothing."""
        problem, row = InputProblem(printable(argument), error), self._row
        if row is not _NO_ROW:
            error = error.replace(message=f"{row.where}: {error.message}")
            problem = InputProblem(problem.uri, error, row.options, row.tags_json, row.group)
        self.problems.append(problem)

    def _first(self, key: str) -> Source | None:
        """Return the same file, wanted in the same way, that was taken before.

        A group may show one twice.
        """
        return None if self._row.group else self._taken.get((key, self._row.options))
