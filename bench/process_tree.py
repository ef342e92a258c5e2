"""Watch what a process and all below it take: memory and files, at their peaks."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.02  # ffprobe lives for 60 ms
_RESIDENT = re.compile(r"^Rss(Anon|File):\s+(\d+) kB$", re.MULTILINE)
_PARENT = re.compile(r"^PPid:\s+(\d+)$", re.MULTILINE)


@dataclass(slots=True)
class Peaks:
    """The most that was seen at any time, of the processes and in a folder."""

    memory_mb: float = 0.0
    below_mb: float = 0.0  # of it, at that moment, the processes that the command has started
    clips: int = 0
    clips_mb: float = 0.0


@contextmanager
def watched(process: int, clips: Path) -> Iterator[Peaks]:
    """Look at the processes and the clips again and again."""
    peaks, tree, over = Peaks(), ProcessTree(process), threading.Event()

    def look() -> None:
        while not over.wait(_EVERY_S):
            sizes = [size for path in clips.rglob("*") if (size := size_of(path))]  # the lock is empty
            below_mb = memory_mb(tree.below())
            if (whole_mb := below_mb + memory_mb({process})) > peaks.memory_mb:
                peaks.memory_mb, peaks.below_mb = whole_mb, below_mb
            peaks.clips, peaks.clips_mb = max(peaks.clips, len(sizes)), max(peaks.clips_mb, sum(sizes) / 1e6)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


class ProcessTree:
    """The processes below one. Each look reads of those alone that are new."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._parents: dict[int, int] = {}

    def below(self) -> set[int]:
        """All below that run another command.

        One that was forked and has not begun its command yet would show its parent's memory once more.
        """
        there = {int(path.name) for path in Path("/proc").glob("[0-9]*")}
        own = words_of(self._root)
        self._parents = {pid: parent for pid, parent in self._parents.items() if pid in there}
        for pid in there - self._parents.keys():
            if words_of(pid) != own and (parent := _PARENT.search(status_of(pid))):
                self._parents[pid] = int(parent[1])
        found, more = set[int](), {self._root}
        while more := {pid for pid, parent in self._parents.items() if parent in more} - found:
            found |= more
        return found - {self._root}


def memory_mb(processes: Iterable[int]) -> float:
    """What processes take: their own pages, and those of files once for each program.

    So it does not matter which other processes of the machine use the same libraries, as it does for their PSS.
    """
    own_kb, files_kb = 0, dict[bytes, int]()
    for process in processes:
        program = words_of(process).partition(b"\0")[0].replace(b"ffprobe", b"ffmpeg")  # which share their libraries
        found = {kind: int(kb) for kind, kb in _RESIDENT.findall(status_of(process))}
        if found and program:  # without one it is beginning or has ended
            own_kb += found["Anon"]
            files_kb[program] = max(files_kb.get(program, 0), found["File"])
    return (own_kb + sum(files_kb.values())) / 1024


def words_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def status_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/status").read_text()
    except OSError:  # it has ended meanwhile
        return ""


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # answered and deleted meanwhile
        return 0
