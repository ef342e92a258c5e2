"""Hold what a search of the inputs gives: sources, problems, what is left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from tasks.errors import ReelsheetError
from tasks.inputs.overrides import AS_THE_RUN, InputOptions
from tasks.media.audio_tracks import AudioTrack
from tasks.media.hashing import Stamp

HIDDEN, UNSETTLED, OTHER_ENDING, DUPLICATE = "hidden", "still changing", "with another ending", "named twice"
MOST_LISTED = 10_000  # files left out of a run that are listed one by one; a folder may hold a million of no interest

_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control, surrogate (a byte that is no UTF-8), line separators


@dataclass(frozen=True, slots=True)
class Source:
    """A source is one file to analyse.

    `uri` is printable and as the user named it, `path` is absolute and opens the file. Size and time of change are
    those of the first look; None where there was nothing to look at, as for a broken link.
    """

    uri: str
    path: str
    size_bytes: int | None = None
    mtime_ns: int | None = None  # nanoseconds since the epoch
    members: tuple[Source, ...] = ()  # the files, where several are one recording
    fps: float | None = None  # of pictures that are one video: so many make a second
    options: InputOptions = AS_THE_RUN  # what its manifest says of it; also the tags, as canonical JSON, and where
    tags_json: str = ""
    where: str = ""
    audio_track: AudioTrack | None = None  # which of its sounds, where somebody chose; by its options or the run's
    group: str = ""  # sources of the same group are one recording (tasks/inputs/groups.py)

    @property
    def name(self) -> str:
        """Return the file's own name, printable."""
        return PurePath(self.uri).name

    @property
    def stamp(self) -> Stamp | None:
        """Return what would show that the file has changed since."""
        if self.size_bytes is None or self.mtime_ns is None:
            return None
        return Stamp(self.size_bytes, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class InputProblem:
    """A problem is why an argument, or a row of a manifest, gives nothing to analyse."""

    uri: str  # printable
    error: ReelsheetError
    options: InputOptions = AS_THE_RUN  # what its row says of it
    tags_json: str = ""
    group: str | None = None  # that its row names, "" where it names none; None: it stands in no row


@dataclass(frozen=True, slots=True)
class InputScan:
    """A scan lists what the arguments mean, in their order.

    The files of each folder and glob are sorted by name.
    """

    items: tuple[Source, ...]
    duplicates: tuple[tuple[str, Source], ...] = ()  # (uri, the source that is the same file)
    ignored: tuple[tuple[str, str], ...] = ()  # (uri, reason) of files left out: the first MOST_LISTED of them
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason -> files, all of them
    problems: tuple[InputProblem, ...] = ()
    warnings: tuple[str, ...] = ()
    looked_at: float = 0.0  # when, in seconds since the epoch: no later than the first look at a file
    settled_at: float = 0.0  # likewise: when those still changing can be taken, unless they change again

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the warnings, and one sentence that counts what was left out."""
        counts = dict(self.left_out)
        if self.duplicates:
            counts[DUPLICATE] = len(self.duplicates)
        if not counts:
            return self.warnings
        listed = ", ".join(f"{count} {reason}" for reason, count in counts.items())
        if self.left_out.get(UNSETTLED):
            listed += ". Those still changing wait for the next run; `--settle 0` takes them now"
        if sum(self.left_out.values()) > len(self.ignored):
            listed += f"; the table inputs lists the first {len(self.ignored)}"
        return (*self.warnings, f"Files left out: {listed}.")


def printable(name: str) -> str:
    r"""Escape what breaks a line, a terminal or UTF-8 in a name.

    Such characters become a backslash, `n`, or `xff`.

    >>> printable("a\tb.mp4")
    'a\\tb.mp4'
    """
    if name.isprintable() or not any(unicodedata.category(sign) in _UNPRINTABLE for sign in name):
        return name
    return "".join(_escaped(sign) if unicodedata.category(sign) in _UNPRINTABLE else sign for sign in name)


def _escaped(sign: str) -> str:
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte of a name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode("ascii")
