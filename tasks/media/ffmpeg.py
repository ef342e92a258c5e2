"""Start ffmpeg and ffprobe, here and nowhere else.

ffmpeg-python builds the commands, `run` runs them: without a shell, with stdin closed or one of ours, with a time
limit, and out of the reach of the terminal's Ctrl-C, which is ours to handle (`stop_all`). What ffmpeg writes is kept
as a tail only, so that a broken file with a million complaints does not fill the memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

import ffmpeg

from tasks.errors import FfmpegFailed, FfmpegMissing, Interrupted
from tasks.media import faults
from tasks.media.formats import DEMUXERS
from tasks.media.remote import protocols
from tasks.media_records import FilePart
from tasks.system import cancellation

LOG_LINES = 400  # kept of what ffmpeg says
TAIL_LINES = 10  # of those, shown in an error

_COMMAND = ["ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info"]
_RESTRICTED = {"format_whitelist": ",".join(DEMUXERS), "protocol_whitelist": "file,subfile"}
_LEVEL = re.compile(r"\[(panic|fatal|error|warning|info|verbose|debug|trace)\] ?")
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
_DAMAGED = re.compile("Packet corrupt|corrupt decoded frame|Error while decoding stream|Error submitting packet to dec")
_REPEATED = re.compile(r"^(?:\[\w+\])? *Last message repeated (\d+) times")
_CAUGHT = re.compile(r"^Exiting normally, received signal (\d+)")
_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_NOT_LOADED = 127  # the exit status where a library of ffmpeg's was not loaded, for want of memory or open files


@dataclass(frozen=True, slots=True)
class LogLine:
    level: str  # ffmpeg's own: "error", "warning", "info", …
    text: str  # without level and memory addresses


@dataclass(frozen=True, slots=True)
class FfmpegResult:
    """A result has a run's standard output, the end of its log, and its exit status."""

    stdout: bytes
    log: tuple[LogLine, ...]
    status: int
    damaged: int = 0  # packets that were damaged or could not be decoded, as its log counts them

    @property
    def killed_by(self) -> signal.Signals | None:
        """Return the signal by which somebody else ended it; None for a crash of its own.

        ffmpeg catches some signals.
        """
        caught = next((int(found[1]) for line in self.log if (found := _CAUGHT.match(line.text))), -self.status)
        return next((one for one in _FROM_OUTSIDE if one == caught), None)

    def complaints(self) -> tuple[str, ...]:
        """Return the errors among the log's lines, each once, in order."""
        return tuple(dict.fromkeys(line.text for line in self.log if line.level in ("panic", "fatal", "error")))

    def progress(self) -> dict[str, str]:
        """Return the last values of `-progress pipe:1`: "frame", "out_time_us" and more."""
        pairs = (line.partition("=") for line in self.stdout.decode("utf-8", "replace").splitlines())
        return {key.strip(): value.strip() for key, _, value in pairs}


def require_ffmpeg() -> None:
    """Require ffmpeg and ffprobe on the PATH.

    Raises FfmpegMissing, with the words to type.
    """
    missing = [name for name in ("ffmpeg", "ffprobe") if shutil.which(name) is None]
    if missing:
        raise _missing(" and ".join(missing))


def file_url(path: Path | str | FilePart) -> bytes:
    """Return a local path, or a part of a file, as ffmpeg takes it.

    It is bytes, since ffmpeg-python fails on names beyond UTF-8.
    """
    if isinstance(path, FilePart):
        return f"subfile,,start,{path.start},end,{path.end},,:".encode() + b"file:" + os.fsencode(path.path)
    return b"file:" + os.fsencode(path)


def media_input(path: Path | str | FilePart, **options: Any) -> Any:
    """Make an ffmpeg-python input of a local file, protocols and formats restricted."""
    return ffmpeg.input(file_url(path), **_RESTRICTED, **options)


def _words(options: Mapping[str, Any]) -> list[str]:
    """Write options as words for ffprobe; None stands for a flag.

    ffmpeg-python has no public builder for them.
    """
    pairs = ((f"-{name}", value) for name, value in sorted(options.items()))
    return [word for name, value in pairs for word in ([name] if value is None else [name, str(value)])]


def ffprobe(path: Path | str | FilePart, timeout_s: float, doing: str, **options: Any) -> FfmpegResult:
    """Run ffprobe on a local recording; options as ffmpeg-python writes them.

    Never raises for an unreadable file. Raises FfmpegFailed where ffprobe was killed, or the machine had no memory or
    files left for it.
    """
    words = _words({"loglevel": "level+warning", "hide_banner": None, "of": "json", **_RESTRICTED, **options})
    return _probed(["ffprobe", *words, "-i", file_url(path)], timeout_s, doing)


def ffprobe_lines(
    path: Path | str | FilePart, timeout_s: float, doing: str, take: Callable[[bytes], None], **options: Any
) -> FfmpegResult:
    """Run ffprobe as `ffprobe` does, and give each line to `take` as it is written."""
    words = _words({"loglevel": "level+warning", "hide_banner": None, **_RESTRICTED, **options})

    def take_lines(stdout: IO[bytes]) -> None:
        for line in stdout:
            take(line)

    return _probed(["ffprobe", *words, "-i", file_url(path)], timeout_s, doing, take_lines)


def ffprobe_remote(url: str, timeout_s: float, doing: str) -> dict[str, Any]:
    """Return ffprobe's answer about what lies at an address; {} where there is none.

    Only its beginning and end are read. Raises FfmpegFailed as `ffprobe` does, and where the server was not reached.
    """
    how = {**_RESTRICTED, "protocol_whitelist": protocols(), "show_format": None, "show_streams": None}
    words = _words({"loglevel": "level+warning", "hide_banner": None, "of": "json", **how})
    done = _probed(["ffprobe", *words, "-i", url], timeout_s, doing)
    if done.status != 0 and faults.mentions_network(_log_tail(done)):
        raise failure(done, doing, retryable=True)
    return _json(done)


def ffprobe_as(path: Path | str, reader: str, timeout_s: float, doing: str, **options: Any) -> dict[str, Any]:
    """Return ffprobe's answer about a local file, by this reader and no other.

    {} where there is none.
    """
    words = _words(
        {"loglevel": "level+warning", "hide_banner": None, "of": "json", "protocol_whitelist": "file", **options}
    )
    return _json(_probed(["ffprobe", *words, "-f", reader, "-i", file_url(path)], timeout_s, doing))


def _probed(
    argv: list[str | bytes], timeout_s: float, doing: str, take: Callable[[IO[bytes]], None] | None = None
) -> FfmpegResult:
    done = run(argv, timeout_s, doing, check=False, take=take)
    is_machine_fault = done.status == _NOT_LOADED or faults.mentions_machine_fault(_log_tail(done))
    if (
        done.status != 0 and is_machine_fault and not faults.mentions_disk(_log_tail(done))
    ):  # that may be broken data, too
        raise failure(done, doing)
    return done


def _json(done: FfmpegResult) -> dict[str, Any]:
    try:
        answer = json.loads(done.stdout.decode("utf-8", "replace") or "{}")
    except json.JSONDecodeError:
        return {}
    return dict(answer)


def run(
    command: Any,
    timeout_s: float,
    doing: str,
    *,
    check: bool = True,
    stdin: IO[bytes] | None = None,
    take: Callable[[IO[bytes]], None] | None = None,
) -> FfmpegResult:
    """Run an ffmpeg-python output, or an argument list, to its end.

    With `take` its standard output is read there, and the result has none; what `take` raises ends it.

    `doing` completes the sentence "ffmpeg failed while …". Raises FfmpegFailed (killed by somebody else; time limit
    passed; or, with `check`, exit status other than 0), FfmpegMissing, and Interrupted after `stop_all`.
    """
    argv: Sequence[str | bytes] = command if isinstance(command, list) else ffmpeg.compile(command, _COMMAND, True)
    with _children.start(argv, stdin) as process:
        overdue = threading.Event()

        def give_up() -> None:
            overdue.set()
            _kill(process)

        timer = threading.Timer(timeout_s, give_up)
        heard = _Log()
        reader = threading.Thread(target=heard.read, args=(process.stderr,), daemon=True)
        timer.start()
        reader.start()
        try:
            stdout = _read(process.stdout, take) if process.stdout else b""
            status = process.wait()
            reader.join()
        except BaseException:
            _kill(process)
            reader.join()
            raise
        finally:
            timer.cancel()
            _children.forget(process)
    if _children.stopped:
        raise _interrupted()
    log = tuple(_read_line(line) for line in heard.tail)
    if overdue.is_set():
        raise FfmpegFailed(
            f"ffmpeg took longer than {timeout_s:.0f} s while {doing} and was stopped.", tail="", retryable=True
        )
    done = FfmpegResult(stdout, log, status, heard.damaged)
    if (killed_by := done.killed_by) is not None:
        raise FfmpegFailed(
            f"{os.fsdecode(argv[0])} was killed by somebody else ({killed_by.name}) while {doing}, as a system does "
            "that runs out of memory: run again.",
            tail="",
            retryable=True,
        )
    if check and status != 0:
        raise failure(done, doing)
    return done


def failure(done: FfmpegResult, doing: str, *, retryable: bool = False) -> FfmpegFailed:
    """Return the error for a run that did not give what was asked.

    It has the tail of ffmpeg's words as `tail`, and says its complaints alone. It is retryable where the machine is to
    blame rather than the recording: a crash, no room, no memory.
    """
    tail = _log_tail(done)
    words = "; ".join(done.complaints()[-TAIL_LINES:]) or f"nothing (exit status {done.status})"
    retryable = retryable or done.status < 0 or done.status == _NOT_LOADED or faults.mentions_machine_fault(tail)
    return FfmpegFailed(f"ffmpeg failed while {doing}; it said: {words}", tail=tail, retryable=retryable)


def _log_tail(done: FfmpegResult) -> str:
    """Return the end of its log: its complaints, or whatever else there is."""
    return "\n".join(done.complaints()[-TAIL_LINES:] or tuple(line.text for line in done.log[-TAIL_LINES:]))


def stop_all() -> None:
    """Kill every running ffmpeg of this process; any thread may call it.

    From now on `run` raises Interrupted.
    """
    _children.stop()


def reset() -> None:
    """Take back `stop_all`, for a process that carries on after an interrupted run."""
    _children.stopped = False


class _Children:
    """The children are the running processes of this one, to be killed together."""

    def __init__(self) -> None:
        self.stopped = False
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def start(self, argv: Sequence[str | bytes], stdin: IO[bytes] | None) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.stopped:
                raise _interrupted()
            if shutil.which(os.fsdecode(argv[0])) is None:
                raise _missing(os.fsdecode(argv[0]))
            process = subprocess.Popen(
                [*_dying_with_parent(), *argv],
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            self._running.add(process)
            return process

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.discard(process)

    def stop(self) -> None:
        with self._lock:
            self.stopped = True
            for process in self._running:
                _kill(process)


_children = _Children()


@cache
def _dying_with_parent() -> tuple[str, ...]:
    """Return the words before a command with which Linux ends it with our thread.

    That holds for SIGKILL too. Elsewhere there are none: there what ffmpeg is at goes on to its end.
    """
    words = ("setpriv", "--pdeathsig", "KILL")
    try:
        tried = subprocess.run([*words, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return ()
    return () if tried.returncode else words


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def _read(stream: IO[bytes], take: Callable[[IO[bytes]], None] | None) -> bytes:
    if take is None:
        return stream.read()
    take(stream)
    return b""


class _Log:
    """The log keeps the end of what ffmpeg writes.

    It counts what ffmpeg calls damaged in all of it.
    """

    def __init__(self) -> None:
        self.tail: deque[str] = deque(maxlen=LOG_LINES)
        self.damaged = 0

    def read(self, stream: IO[bytes]) -> None:
        counts = False
        for line in stream:
            text = line.decode("utf-8", "replace").rstrip()
            self.tail.append(text)
            again = _REPEATED.match(text)
            counts = counts if again else _DAMAGED.search(text) is not None
            self.damaged += counts * (int(again[1]) if again else 1)


def _read_line(line: str) -> LogLine:
    found = _LEVEL.search(line)
    return LogLine(found[1] if found else "info", _ADDRESS.sub("", _LEVEL.sub("", line, count=1)))


def _missing(name: str) -> FfmpegMissing:
    return FfmpegMissing(
        f"{name} was not found on the PATH; install it with `sudo apt install ffmpeg` (Debian, Ubuntu) "
        "or `brew install ffmpeg` (macOS)."
    )


def _interrupted() -> Interrupted:
    return Interrupted(cancellation.SENTENCE)
