"""Let one writer in at a time, where there are no locks.

Who writes to a dataset in an object store holds its lease.

Each writer puts an object of its own under `.reelsheet/lease/`, then looks whether another is there. What was put is
listed at once, so of two writers at least the later one sees the other, and withdraws. Nobody ever replaces another's
object, so no store has to compare and swap.

A lease is renewed while its process lives, and given back at its end. That of a killed process ends at once for this
machine, which sees that the process is gone, and after LIFE_S for others. Ages are differences of the store's own
times. Whoever was silent so long that another may have taken over publishes nothing more.

Weighed against fsspec's exclusive put (`pipe_file(mode="create")`): one request in place of three, but "only known to
work on AWS S3" (s3fs 2026.9), and it has no put that takes over the object of a writer that died.
"""

from __future__ import annotations

import json
import os
import random
import socket
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.errors import DatasetNotWritable
from tasks.store import objects
from tasks.store.layout import LEASE

if TYPE_CHECKING:
    from upath import UPath

LIFE_S = 180.0
_RENEWED_EVERY_S = 30.0
_TOGETHER_S = 3.0  # who came so shortly before us may have withdrawn for our sake
_TRIES = 4
_BOOT, _OWN = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self")

_guard = threading.Lock()
_leases: dict[str, Lease] = {}  # by the dataset's address: one for the whole process


@dataclass(frozen=True, slots=True)
class Holder:
    """A holder has a lease, as its object states.

    `machine` and `process` are "" where a system does not give them.
    """

    host: str
    pid: int
    machine: str
    process: str
    since: str

    @classmethod
    def here(cls) -> Holder:
        pid = os.getpid()
        return cls(socket.gethostname(), pid, _machine(), _process(pid), f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")

    @property
    def is_dead(self) -> bool:
        """Return whether it is a process of this machine that is there no more."""
        return self.process != "" and self.machine == _machine() != "" and self.process != _process(self.pid)


class Lease:
    """The lease of one dataset is held by this process until its last user goes."""

    def __init__(self, root: UPath, life_s: float = LIFE_S) -> None:
        self._root, self._life_s = root, life_s
        self._folder = root / LEASE
        self._object = self._folder / f"{uuid.uuid4().hex}.json"
        self._content = json.dumps(asdict(Holder.here())).encode()
        self._heard_of = 0.0  # when the newest renewal began, by a clock that goes on while the machine sleeps
        self._ended = threading.Event()
        self.users = 0
        self.answers: set[str] | None = None
        """Names of the raw answers, by which no request is spent on what is not there. Nobody else puts any."""

    def take(self) -> None:
        """Take the lease.

        Raises DatasetNotWritable where another process holds it.
        """
        for ahead in reversed(range(_TRIES)):
            self._put()
            other = self._other()
            if other is None:
                threading.Thread(target=self._keep, name="reelsheet lease", daemon=True).start()
                return
            holder, before = other
            objects.remove([self._object])
            if not ahead or before > timedelta(seconds=_TOGETHER_S):
                raise DatasetNotWritable(
                    f"Another run writes to {self._root}, process {holder.pid} on {holder.host}, since {holder.since}: "
                    "a dataset in an object store has one writer at a time. Wait until it has ended; if it was killed "
                    f"on another machine, its place is free {self._life_s / 60:.0f} minutes after its death."
                )
            time.sleep(random.uniform(0.1, 1.0))  # noqa: S311 - so that two do not meet again

    def check(self) -> None:
        """Require that the lease is still ours.

        Raises DatasetNotWritable where another has taken over, or may have.
        """
        if self._silent_too_long() or not self._object.exists():
            raise DatasetNotWritable(
                f"Nothing was heard of this run at {self._root} for about {self._life_s / 60:.0f} minutes, so that "
                "another may have taken its place there. What is kept is kept: run again."
            )

    def give_back(self) -> None:
        """Give the lease back; a second time does nothing.

        Where the store is out of reach, the lease ends by itself.
        """
        self._ended.set()
        with suppress(Exception):
            objects.remove([self._object])

    def _put(self) -> None:
        began = _now_s()
        objects.put(self._object, self._content)
        self._heard_of = began

    def _keep(self) -> None:
        # Whom others may take for dead by now stays dead: both would publish.
        while not self._ended.wait(_RENEWED_EVERY_S) and not self._silent_too_long():
            with suppress(Exception):  # the next time
                if self._object.exists():
                    self._put()

    def _silent_too_long(self) -> bool:
        return _now_s() - self._heard_of > self._life_s - _RENEWED_EVERY_S

    def _other(self) -> tuple[Holder, timedelta] | None:
        """Return who else holds the lease, and how long before us he was seen.

        What is left of the dead is removed.
        """
        now = objects.modified(self._object)
        for name in objects.below(self._folder):
            there = self._folder / name
            if there == self._object:
                continue
            try:
                holder, age = Holder(**json.loads(there.read_bytes())), now - objects.modified(there)
            except FileNotFoundError:
                continue  # given back meanwhile
            if not holder.is_dead and age <= timedelta(seconds=self._life_s):
                return holder, age
            objects.remove([there])
        return None


def hold(root: UPath) -> None:
    """Take the lease, unless this process has it.

    Raises DatasetNotWritable.
    """
    with _guard:
        if (lease := _leases.get(str(root))) is None:
            lease = Lease(root)
            lease.take()
            _leases[str(root)] = lease
        lease.users += 1


def give_back(root: UPath) -> None:
    """Count one user less; the last one ends the lease."""
    with _guard:
        if (lease := _leases.get(str(root))) is None:
            return
        lease.users -= 1
        if not lease.users:
            del _leases[str(root)]
            lease.give_back()


def held(root: UPath) -> Lease | None:
    """Return the lease, if this process has it."""
    return _leases.get(str(root))


def _machine() -> str:
    """Name this machine since it was started, and within it the container.

    It is "" where they are not known.
    """
    try:
        return f"{_BOOT.read_text().strip()} {_OWN.joinpath('ns/pid').readlink()}"
    except OSError:
        return ""


def _process(pid: int) -> str:
    """Return when a process began, in ticks since the machine did.

    It is "" where there is none.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _now_s() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
