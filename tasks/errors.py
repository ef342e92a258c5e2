"""Every error of reelsheet, in one tree.

    ReelsheetError
    ├── Transient                    asking again may help
    │   ├── RateLimited              429; `retry_after` in seconds where the server said so
    │   ├── ServiceBusy              408, 5xx, overloaded
    │   ├── DownloadFailed           the service could not fetch the media: once more, then they travel another way
    │   ├── ConnectionLost           connection error, read time-out, stream cut
    │   └── EmptyAnswer              a completion without a word
    ├── ChildServerFailed              a server of our own did not start (tasks/system/child_server.py)
    └── Terminal                     asking again the same way does not help
        ├── UsageError               wrong words, settings or machine: nothing was started (exit 2)
        │   ├── FfmpegMissing        ffmpeg or ffprobe is not on the PATH
        │   ├── EngineMissing        the extra `engine` is not installed
        │   └── DatasetNotWritable   the dataset folder cannot be written, or its disk is full
        ├── RunStopped               the provider refuses, or cannot be reached: stops the run (exit 3)
        │   ├── BadKey               401
        │   ├── AccessDenied         403, model not purchased, quota used up
        │   ├── InArrears            the account owes money
        │   ├── UnknownModel         404
        │   └── Unreachable          nobody answers at the address
        ├── SegmentError             this segment will not be answered: becomes a row
        │   ├── BadRequest           400
        │   ├── TooLarge             shrink or split, then ask again
        │   ├── NoUploads            the server has no temporary upload: another way is taken
        │   └── Refused              the provider's content inspection
        ├── MediaError               this recording cannot be read: becomes a row in `failures`
        │   ├── NotFound             no such file, a broken or looping link
        │   ├── NotReadable          no permission
        │   ├── EmptyFile            zero bytes
        │   ├── FileChanged          it was written to while it was read; left for the next run
        │   ├── BadManifest          a manifest, or a row of one, that cannot be used
        │   ├── NotMedia             ffprobe finds neither picture nor sound
        │   └── FfmpegFailed         ffmpeg gave up or took too long; carries the tail of its words
        ├── OverBudget               the next request would cost more than may be spent: the rest is skipped (exit 1)
        └── Interrupted              Ctrl-C: finished work is kept (exit 130)

A message says what was expected, what was found and what to do. Errors cross Prefect tasks, so all of them pickle.
"""

from __future__ import annotations

from typing import Any


class ReelsheetError(Exception):
    """The root. Extra facts are keyword arguments, kept in `facts`; they survive pickling."""

    retryable = False

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.message, self.facts))


def _rebuild(kind: type[ReelsheetError], message: str, facts: dict[str, Any]) -> ReelsheetError:
    return kind(message, **facts)


class Transient(ReelsheetError):
    retryable = True

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asked us to wait, if it did."""
        return self.facts.get("retry_after")


class RateLimited(Transient): ...


class ServiceBusy(Transient): ...


class DownloadFailed(Transient): ...


class ConnectionLost(Transient): ...


class EmptyAnswer(Transient): ...


class Terminal(ReelsheetError): ...


class UsageError(Terminal): ...


class FfmpegMissing(UsageError): ...


class EngineMissing(UsageError): ...


class DatasetNotWritable(UsageError): ...


class RunStopped(Terminal): ...


class BadKey(RunStopped): ...


class AccessDenied(RunStopped): ...


class InArrears(RunStopped): ...


class UnknownModel(RunStopped): ...


class Unreachable(RunStopped): ...


class OverBudget(Terminal): ...


class SegmentError(Terminal): ...


class BadRequest(SegmentError): ...


class TooLarge(SegmentError): ...


class NoUploads(SegmentError): ...


class Refused(SegmentError): ...


class MediaError(Terminal): ...


class NotFound(MediaError): ...


class NotReadable(MediaError): ...


class EmptyFile(MediaError): ...


class FileChanged(MediaError):
    retryable = True


class BadManifest(MediaError): ...


class NotMedia(MediaError): ...


class FfmpegFailed(MediaError): ...


class Interrupted(Terminal): ...
