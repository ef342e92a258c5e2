"""From the words on the command line to the files they mean. Looks at names and times only, opens nothing.

What is named is always tried: a file by its name, a line of a manifest. What is only found, in a folder or by a glob,
must look like a recording: a known ending, no dot file, and not changed in the last `settle_s` seconds.
"""

# Names stay as they were given ("./", odd bytes), where pathlib would tidy them:
# ruff: noqa: PTH100, PTH112, PTH116, PTH118, PTH120, PTH122, PTH123, PTH207
from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from tasks.errors import NotFound, NotReadable, ReelsheetError, UsageError
from tasks.media.formats import MEDIA_ENDINGS

_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_GLOB = re.compile(r"[*?\[]")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control, surrogate (a byte that is no UTF-8), line separators

HIDDEN, UNSETTLED, OTHER_ENDING, DUPLICATE = "hidden", "still changing", "with another ending", "named twice"


@dataclass(frozen=True, slots=True)
class Source:
    """One file to analyse. `uri` is printable and as the user named it, `path` is absolute and opens the file."""

    uri: str
    path: str

    @property
    def name(self) -> str:
        """The file's own name, printable."""
        return PurePath(self.uri).name


@dataclass(frozen=True, slots=True)
class Found:
    """What the arguments mean: in their order, each folder's and glob's files sorted by name."""

    items: tuple[Source, ...]
    ignored: Mapping[str, int] = field(default_factory=dict)  # reason -> files left out
    problems: tuple[tuple[str, ReelsheetError], ...] = ()  # (argument, what is wrong with it)
    warnings: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """The warnings, and one sentence that counts what was left out."""
        counts = ", ".join(f"{count} {reason}" for reason, count in self.ignored.items())
        return (*self.warnings, f"Files left out: {counts}.") if counts else self.warnings


def find_inputs(arguments: Sequence[str], settle_s: float, now: float) -> Found:
    """Files, folders, globs and manifests (`@list.txt`) as one list without duplicates.

    `now` is in seconds since the epoch. A wrong argument becomes a problem of its own; only a manifest of an
    unsupported kind raises UsageError.
    """
    search = _Search(settle_s, now)
    for argument in arguments:
        search.add(argument)
    return Found(tuple(search.items), dict(search.ignored), tuple(search.problems), tuple(search.warnings))


def printable(name: str) -> str:
    """The name without anything that breaks a line, a terminal or UTF-8: such characters become `\\n`, `\\xff`."""
    if not any(unicodedata.category(sign) in _UNPRINTABLE for sign in name):
        return name
    return "".join(_escaped(sign) if unicodedata.category(sign) in _UNPRINTABLE else sign for sign in name)


class _Search:
    def __init__(self, settle_s: float, now: float) -> None:
        self.items: list[Source] = []
        self.ignored: Counter[str] = Counter()
        self.problems: list[tuple[str, ReelsheetError]] = []
        self.warnings: list[str] = []
        self._settle_s = settle_s
        self._now = now
        self._known: set[str] = set()  # real paths
        self._tried = 0  # files that were taken, doubles included

    def add(self, argument: str, manifest: str | None = None) -> None:
        """One argument, or a line of a manifest, whose relative paths count from the manifest's folder."""
        path = argument if manifest is None else os.path.join(os.path.dirname(manifest), argument)
        if argument.startswith("@") and manifest is None:
            self._manifest(argument[1:])
        elif _URL.match(argument):
            wanted = f"URLs are not fetched yet; download {printable(argument)} first and name the file."
            self._problem(argument, NotFound(wanted))
        elif os.path.isdir(path):
            self._folder(path)
        elif os.path.lexists(path):
            self._take(path)
        elif _GLOB.search(path):
            self._glob(path)
        else:
            self._problem(path, NotFound(f"{printable(path)} does not exist; check its name and folder."))

    def _manifest(self, path: str) -> None:
        if _ending(path) != "txt":
            raise UsageError(
                f"The manifest {printable(path)} is of an unknown kind; supported is @list.txt, a text file with one "
                "path a line."
            )
        try:
            with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
                for line in file:
                    named = line.rstrip("\r\n")
                    if named.strip() and not named.startswith("#"):
                        self.add(named, manifest=path)
        except FileNotFoundError:
            self._problem(path, NotFound(f"The manifest {printable(path)} does not exist; check its name and folder."))
        except OSError as error:
            self._problem(path, NotReadable(f"The manifest {printable(path)} cannot be read: {error.strerror}."))

    def _folder(self, path: str) -> None:
        files, tried, problems = 0, self._tried, len(self.problems)
        for file in self._walk(path, set()):
            files += 1
            self._consider(file)
        if self._tried > tried or len(self.problems) > problems:
            return
        state = "no recording that is ready to be analysed" if files else "no file"
        self.warnings.append(f"The folder {printable(path)} holds {state}.")

    def _walk(self, folder: str, entered: set[tuple[int, int]]) -> Iterator[str]:
        """Paths of the files below a folder, sorted; links to folders are followed, each folder is entered once."""
        try:
            identity = _identity(folder)
            if identity in entered:
                return
            entered.add(identity)
            with os.scandir(folder) as entries:
                found = sorted((entry.name, entry.path, _is_folder(entry)) for entry in entries)
        except OSError as error:
            self._problem(folder, NotReadable(f"The folder {printable(folder)} cannot be read: {error.strerror}."))
            return
        for name, path, is_folder in found:
            if name.startswith("."):
                self.ignored[HIDDEN] += 1
            elif is_folder:
                yield from self._walk(path, entered)
            else:
                yield path

    def _glob(self, pattern: str) -> None:
        """A glob finds files as a folder does; folders that it names are searched, unless `**` does so already."""
        matches = sorted(glob.glob(pattern, recursive=True))
        for match in matches:
            if not os.path.isdir(match):
                self._consider(match)
            elif "**" not in pattern:
                self._folder(match)
        if not matches:
            self._problem(pattern, NotFound(f"No file matches {printable(pattern)}; check the pattern and its folder."))

    def _consider(self, path: str) -> None:
        """A file that was found, rather than named."""
        if _ending(path) not in MEDIA_ENDINGS:
            self.ignored[OTHER_ENDING] += 1
        elif self._is_young(path):
            self.ignored[UNSETTLED] += 1
        else:
            self._take(path)

    def _is_young(self, path: str) -> bool:
        try:
            changed = os.stat(path).st_mtime
        except OSError:
            return False  # a broken link: let the probe say so
        return abs(self._now - changed) < self._settle_s  # a time far in the future is a wrong clock, not a change

    def _take(self, path: str) -> None:
        self._tried += 1
        real = os.path.realpath(path)
        if real in self._known:
            self.ignored[DUPLICATE] += 1
            return
        self._known.add(real)
        self.items.append(Source(printable(path), os.path.abspath(path)))

    def _problem(self, argument: str, error: ReelsheetError) -> None:
        self.problems.append((printable(argument), error))


def _ending(path: str) -> str:
    return os.path.splitext(path)[1][1:].lower()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def _escaped(sign: str) -> str:
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte of a name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode("ascii")
