"""Define every error in one tree; each class lists its typed attributes.

    ReelsheetError                   message, retryable, calls
    ├── Transient                    asking again may help: status, code, retry_after, max_retries, transfer
    │   ├── RateLimited              429
    │   ├── ServiceBusy              408, 5xx, overloaded
    │   ├── DownloadFailed           the service could not fetch the media: once more, then they travel another way
    │   ├── ConnectionLost           connection error, read time-out, stream cut: never_connected, why
    │   └── EmptyAnswer              a completion without a word
    ├── ChildServerFailed            a server of our own did not start (tasks/system/child_server.py)
    ├── RunNotOk                     a flow run did not end ok: result (tasks/run/not_ok.py)
    ├── SegmentNotOk                 a segment did not end ok: outcome, answers (tasks/run/not_ok.py)
    ├── SeveralNotOk                 of several short recordings some did not: found (tasks/run/not_ok.py)
    └── Terminal                     asking again the same way does not help
        ├── UsageError               wrong words, settings or machine: nothing was started (exit 2)
        │   ├── FfmpegMissing        ffmpeg or ffprobe is not on the PATH
        │   ├── EngineMissing        the extra `engine` is not installed
        │   └── DatasetNotWritable   the dataset folder cannot be written, or its disk is full: errno
        ├── RunStopped               the provider refuses, or cannot be reached: stops the run (exit 3): status, code
        │   ├── BadKey               401
        │   ├── AccessDenied         403, model not purchased, quota used up
        │   ├── InArrears            the account owes money
        │   ├── UnknownModel         404
        │   ├── PromptRefused        the question itself, whatever it is about
        │   └── Unreachable          nobody answers at the address
        ├── SegmentError             this segment will not be answered: becomes a row: status, code
        │   ├── BadRequest           400
        │   ├── TooLarge             shrink or split, then ask again: needed_bytes, limit_bytes
        │   ├── NoUploads            the server has no temporary upload: another way is taken
        │   └── Refused              the provider's content inspection
        ├── MediaError               this recording cannot be read: becomes a row in `failures`
        │   ├── NotFound             no such file, a broken or looping link
        │   ├── NotReadable          no permission
        │   ├── EmptyFile            zero bytes
        │   ├── FileChanged          it was written to while it was read; left for the next run
        │   ├── BadManifest          a manifest, or a row of one, that cannot be used
        │   ├── NotMedia             ffprobe finds neither picture nor sound
        │   ├── NoSuchTrack          it lacks the sound that was chosen by --audio-track
        │   ├── PartlyReadable       a part of it cannot be read, the rest is analysed; never raised, only recorded
        │   └── FfmpegFailed         ffmpeg gave up or took too long: tail
        │       └── ClipNotAsPlanned  a clip has other frames, or another length, than it should
        ├── NotTranslated            a recording's words did not come back in another language: retryable
        ├── NotWritten               a file next to a recording, such as its subtitles, cannot be read or written
        ├── OverBudget               the next request would cost more than may be spent: the rest is skipped (exit 1)
        └── Interrupted              Ctrl-C: finished work is kept (exit 130)

A message says what was expected, what was found and what to do. Errors cross Prefect tasks, so all of them pickle with
their attributes: every argument but the message has a default.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from tasks.records import Call


class ReelsheetError(Exception):
    """A reelsheet error is the root of all others.

    `retryable` says whether the same step may succeed later. `calls` are the requests that one question had sent
    before it stopped the run.
    """

    retryable = False
    calls: tuple[Call, ...] = ()

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def replace(self, **changes: Any) -> Self:
        """Copy the error with some attributes changed, without its traceback.

        Cause and context are left behind, too. Raises TypeError for an attribute that the class does not have.

        >>> NotFound("a.mp4 does not exist.").replace(message="line 3: a.mp4 does not exist.")
        NotFound('line 3: a.mp4 does not exist.')
        """
        copied = copy.copy(self)
        for name, value in changes.items():
            if not hasattr(self, name):
                raise TypeError(f"{type(self).__name__} has no attribute {name!r} to replace.")
            setattr(copied, name, value)
        copied.args = (copied.message,)
        return copied


class _FromService:
    """A service's answer has an HTTP status (None: there was none) and its own code."""

    status: int | None = None
    code: str = ""


class Transient(_FromService, ReelsheetError):
    """Asking again may help.

    `retry_after`: seconds that the server asked to wait. `max_retries`: None as many as the policy allows, 1 once
    more, 0 none, since the server forbade it. `transfer`: the way of the media that failed, so that another one may
    work.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        max_retries: int | None = None,
        transfer: Literal["upload", "download"] | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.max_retries = max_retries
        self.transfer = transfer


class RateLimited(Transient): ...


class ServiceBusy(Transient): ...


class DownloadFailed(Transient): ...


class ConnectionLost(Transient):
    """The connection broke, or never came about (`never_connected`).

    `why` is the system's reason.
    """

    def __init__(self, message: str, *, never_connected: bool = False, why: str = "") -> None:
        super().__init__(message)
        self.never_connected = never_connected
        self.why = why


class EmptyAnswer(Transient): ...


class Terminal(ReelsheetError): ...


class UsageError(Terminal): ...


class FfmpegMissing(UsageError): ...


class EngineMissing(UsageError): ...


class DatasetNotWritable(UsageError):
    """The dataset cannot be written; `errno` is the system's number for the reason.

    None where an object store was asked.
    """

    def __init__(self, message: str, *, errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno


class RunStopped(_FromService, Terminal): ...


class BadKey(RunStopped): ...


class AccessDenied(RunStopped): ...


class InArrears(RunStopped): ...


class UnknownModel(RunStopped): ...


class PromptRefused(RunStopped): ...


class Unreachable(RunStopped): ...


class NotTranslated(Terminal):
    """Lines of a recording have no translation: `retryable` unless they were refused."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class NotWritten(Terminal):
    """A file that is wanted next to a recording cannot be read or written."""


class OverBudget(Terminal): ...


class SegmentError(_FromService, Terminal): ...


class BadRequest(SegmentError): ...


class TooLarge(SegmentError):
    """The segment is too large for one request.

    It has `needed_bytes`, and a request may have `limit_bytes`; None where the service found it too large.
    """

    def __init__(self, message: str, *, needed_bytes: int | None = None, limit_bytes: int | None = None) -> None:
        super().__init__(message)
        self.needed_bytes = needed_bytes
        self.limit_bytes = limit_bytes


class NoUploads(SegmentError): ...


class Refused(SegmentError): ...


class MediaError(Terminal):
    """The recording cannot be read.

    It is `retryable` where the machine, the network or another program is to blame.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        if retryable:
            self.retryable = True


class NotFound(MediaError): ...


class NotReadable(MediaError): ...


class EmptyFile(MediaError): ...


class FileChanged(MediaError):
    retryable = True


class BadManifest(MediaError): ...


class NotMedia(MediaError): ...


class NoSuchTrack(MediaError): ...


class PartlyReadable(MediaError): ...


class FfmpegFailed(MediaError):
    """ffmpeg gave up; `tail` has the last lines that it wrote about it."""

    def __init__(self, message: str, *, tail: str = "", retryable: bool = False) -> None:
        super().__init__(message, retryable=retryable)
        self.tail = tail


class ClipNotAsPlanned(FfmpegFailed): ...


class Interrupted(Terminal): ...
