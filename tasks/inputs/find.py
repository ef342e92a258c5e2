"""Find the files that the words on the command line mean.

Looks at names, sizes and times only, and opens nothing but manifests (tasks/inputs/manifests.py). What is named is
always tried: a file by its name, a line of a manifest. What is only found, in a folder or by a glob, must look like a
recording: a known ending, no dot file, and not changed in the last `settle_s` seconds.

A file costs one look at its size and time. Nothing is done per file that can be done per folder.
"""

# Names stay as they were given ("./", odd bytes), where pathlib would tidy them:
# ruff: noqa: PTH100, PTH113, PTH114, PTH116, PTH118, PTH119, PTH120, PTH206, PTH207
from __future__ import annotations

import glob
import os
import re
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from tasks.errors import BadManifest, MediaError, NotFound, NotReadable, ReelsheetError
from tasks.inputs.manifest_row import ManifestRow
from tasks.inputs.manifests import is_table, read_manifest
from tasks.inputs.overrides import InputOptions
from tasks.inputs.scan import HIDDEN, MOST_LISTED, OTHER_ENDING, UNSETTLED, InputProblem, InputScan, Source, printable
from tasks.media import stored
from tasks.media.formats import is_media
from tasks.media.remote import is_address
from tasks.system.object_store import is_stored

_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_GLOB = re.compile(r"[*?\[]")
_BY_NAME = attrgetter("name")

_NO_ROW = ManifestRow("")


def find_inputs(arguments: Sequence[str], settle_s: float, now: float, *, tags_from_columns: bool = False) -> InputScan:
    """Find files, folders, globs and manifests as one list without duplicates.

    `now` is in seconds since the epoch. A wrong argument, or row of a manifest, becomes a problem of its own; only a
    manifest of an unsupported kind raises UsageError. A file that is wanted in two ways is no duplicate, nor is one
    in a group.
    """
    search = _Search(settle_s, now, tags_from_columns)
    for argument in arguments:
        search.add(argument)
    return InputScan(
        items=tuple(search.items),
        duplicates=tuple(search.duplicates),
        ignored=tuple(search.ignored),
        left_out=dict(search.left_out),
        problems=tuple(search.problems),
        warnings=tuple(search.warnings),
        looked_at=now,
    )


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder as its files need it: how it was named, and where it lies."""

    absolute: str  # both end with "/"
    real: str  # without links

    @classmethod
    def of(cls, path: str) -> _Folder:
        real = os.path.join(os.path.realpath(path), "")
        # Behind a link, ".." is not what the letters say.
        return cls(real if ".." in path.split(os.sep) else os.path.join(os.path.abspath(path), ""), real)

    def within(self, name: str) -> _Folder:
        return _Folder(f"{self.absolute}{name}/", f"{self.real}{name}/")


class _Search:
    def __init__(self, settle_s: float, now: float, tags_from_columns: bool) -> None:
        self._tags_from_columns = tags_from_columns
        self.items: list[Source] = []
        self.duplicates: list[tuple[str, Source]] = []
        self.ignored: list[tuple[str, str]] = []
        self.left_out: Counter[str] = Counter()
        self.problems: list[InputProblem] = []
        self.warnings: list[str] = []
        self._settle_ns = int(settle_s * 1e9)
        self._now_ns = int(now * 1e9)
        self._taken: dict[tuple[str, InputOptions], Source] = {}  # by real path, and what is wanted
        self._row = _NO_ROW  # of the manifest that is being read
        self._folders: dict[str, _Folder] = {}  # of single files, by name

    def add(self, argument: str, manifest: str | None = None) -> None:
        """Add one argument, or a line of a manifest.

        The line's relative paths count from the manifest's folder.
        """
        path = argument if manifest is None else os.path.join(os.path.dirname(manifest), argument)
        if argument.startswith("@") and manifest is None:
            self._manifest(argument[1:])
        elif manifest is None and _is_manifest(argument):
            self._manifest(argument)
        elif _URL.match(argument):
            self._address(argument)
        elif (found := _look(path)) is not None and stat.S_ISDIR(found.st_mode):
            self._folder(path)
        elif found is not None or os.path.lexists(path):
            self._take_single(path, found)
        elif _GLOB.search(path):
            self._glob(path)
        else:
            self._problem(path, NotFound(f"{printable(path)} does not exist; check its name and folder."))

    def _address(self, url: str) -> None:
        """Add an address, which is not looked at unless it is in an object store."""
        if is_stored(url):
            self._stored(url)
        elif not is_address(url):
            rule = "an address begins with https://. Download it, and name the file."
            self._problem(url, NotFound(f"{printable(url)} cannot be read: {rule}"))
        elif first := self._first(url):
            self.duplicates.append((printable(url), first))
        else:
            self._keep(url, Source(printable(url), url))

    def _stored(self, url: str) -> None:
        """Add what is named in an object store.

        Below a prefix and by a pattern it is found as in a folder.
        """
        try:
            found, tried = stored.list_objects(url), self._tried()
        except MediaError as error:
            self._problem(url, error)
            return
        for thing in found:
            within = (thing.within or "").split("/")
            if any(part.startswith(".") for part in within):
                self._ignore(thing.url, HIDDEN)
            elif thing.within and not is_media(within[-1]):
                self._ignore(thing.url, OTHER_ENDING)
            elif thing.within and self._is_young(thing.stamp.mtime_ns):
                self._ignore(thing.url, UNSETTLED)
            elif (first := self._first(thing.url)) is not None:
                self.duplicates.append((printable(thing.url), first))
            else:
                size, mtime_ns = thing.stamp.size_bytes, thing.stamp.mtime_ns
                self._keep(thing.url, Source(printable(thing.url), thing.url, size, mtime_ns))
        if self._tried() == tried:
            self.warnings.append(f"{printable(url)} holds no recording that is ready to be analysed.")

    def _manifest(self, path: str) -> None:
        name, count = printable(path), 0
        try:
            rows = read_manifest(path, name, self.warnings.append, tags_from_columns=self._tags_from_columns)
            for row in rows:
                count += 1
                self._row = replace(row, group=f"{name}#{printable(row.group)}") if row.group else row
                if row.fault:
                    uri = row.uri and os.path.join(os.path.dirname(path), row.uri)
                    self._problem(uri or row.where, BadManifest(f"{row.fault}."))
                else:
                    self.add(row.uri, manifest=path)
            if not count:
                self.warnings.append(f"The manifest {name} names no recording.")
        except MediaError as error:
            self._row = _NO_ROW
            self._problem(path, error)
        finally:
            self._row = _NO_ROW

    def _folder(self, path: str) -> None:
        tried, problems = self._tried(), len(self.problems)
        files = self._walk(path, _Folder.of(path), set())
        if self._tried() > tried or len(self.problems) > problems:
            return
        state = "no recording that is ready to be analysed" if files else "no file"
        self.warnings.append(f"The folder {printable(path)} holds {state}.")

    def _walk(self, path: str, folder: _Folder, entered: set[tuple[int, int]]) -> int:
        """Consider the files below a folder, sorted, and count them without hidden ones.

        Links to folders are followed, each folder is entered once.
        """
        try:
            identity = _identity(path)
            if identity in entered:
                return 0
            entered.add(identity)
            with os.scandir(path) as entries:
                found = sorted(entries, key=_BY_NAME)
        except OSError as error:
            self._problem(path, NotReadable(f"The folder {printable(path)} cannot be read: {error.strerror}."))
            return 0
        files = 0
        for entry in found:
            if entry.name[0] == ".":
                self._ignore(entry.path, HIDDEN)
            elif _is_folder(entry):
                inner = _Folder.of(entry.path) if entry.is_symlink() else folder.within(entry.name)
                files += self._walk(entry.path, inner, entered)
            else:
                files += 1
                self._consider(entry, folder)
        return files

    def _consider(self, entry: os.DirEntry[str], folder: _Folder) -> None:
        """Add a file that was found in a folder, rather than named."""
        if not is_media(entry.name):
            self._ignore(entry.path, OTHER_ENDING)
            return
        try:
            found = entry.stat()
        except OSError:
            found = None  # a broken link: let the probe say so
        if found is not None and self._is_young(found.st_mtime_ns):
            self._ignore(entry.path, UNSETTLED)
            return
        real = os.path.realpath(entry.path) if entry.is_symlink() else folder.real + entry.name
        self._take(entry.path, folder.absolute + entry.name, real, found)

    def _glob(self, pattern: str) -> None:
        """Add what a glob finds, as a folder does.

        Folders that it names are searched, unless `**` does so already.
        """
        matches = sorted(glob.glob(pattern, recursive=True))
        for match in matches:
            found = _look(match)
            if found is not None and stat.S_ISDIR(found.st_mode):
                if "**" not in pattern:
                    self._folder(match)
            elif not is_media(os.path.basename(match)):
                self._ignore(match, OTHER_ENDING)
            elif found is not None and self._is_young(found.st_mtime_ns):
                self._ignore(match, UNSETTLED)
            else:
                self._take_single(match, found)
        if not matches:
            self._problem(pattern, NotFound(f"No file matches {printable(pattern)}; check the pattern and its folder."))

    def _take_single(self, path: str, found: os.stat_result | None) -> None:
        name = os.path.basename(path)
        above = os.path.dirname(path)
        folder = self._folders.get(above)
        if folder is None:
            folder = self._folders[above] = _Folder.of(above)
        real = os.path.realpath(path) if os.path.islink(path) else folder.real + name
        self._take(path, folder.absolute + name, real, found)

    def _take(self, named: str, path: str, real: str, found: os.stat_result | None) -> None:
        if first := self._first(real):
            self.duplicates.append((printable(named), first))
        elif found is None:
            self._keep(real, Source(printable(named), path))
        else:
            self._keep(real, Source(printable(named), path, found.st_size, found.st_mtime_ns))

    def _first(self, real: str) -> Source | None:
        """Return the same file, wanted in the same way, that was taken before.

        A group may show one twice.
        """
        return None if self._row.group else self._taken.get((real, self._row.options))

    def _keep(self, real: str, source: Source) -> None:
        row = self._row
        if row is not _NO_ROW:
            given = {"options": row.options, "tags_json": row.tags_json, "where": row.where, "group": row.group}
            source = replace(source, **given)  # type: ignore[arg-type]
        if not row.group:
            self._taken[real, row.options] = source
        self.items.append(source)

    def _ignore(self, path: str, reason: str) -> None:
        self.left_out[reason] += 1
        if len(self.ignored) < MOST_LISTED:
            self.ignored.append((printable(path), reason))

    def _is_young(self, mtime_ns: int) -> bool:
        # A time far in the future is a wrong clock, not a change.
        return abs(self._now_ns - mtime_ns) < self._settle_ns

    def _tried(self) -> int:
        """Count the files that were taken, duplicates included."""
        return len(self.items) + len(self.duplicates)

    def _problem(self, argument: str, error: ReelsheetError) -> None:
        problem, row = InputProblem(printable(argument), error), self._row
        if row is not _NO_ROW:
            error = error.replace(message=f"{row.where}: {error.message}")
            problem = InputProblem(problem.uri, error, row.options, row.tags_json, row.group)
        self.problems.append(problem)


def _look(path: str) -> os.stat_result | None:
    """Look what is there, through links; None: nothing, or a broken link."""
    try:
        return os.stat(path)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None


def _is_manifest(argument: str) -> bool:
    """Return whether an argument means a manifest without a leading @.

    A folder or a pattern may end as a manifest does.
    """
    if not is_table(argument) or _URL.match(argument):
        return False
    return os.path.isfile(argument) or not (os.path.lexists(argument) or _GLOB.search(argument))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino
