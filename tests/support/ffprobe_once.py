"""Start ffprobe once a question: of a file that has not changed it says the same each time, and a start takes 60 ms."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tasks.media import ffmpeg
from tasks.media.ffmpeg import FfmpegResult


@contextmanager
def ffprobe_once() -> Iterator[None]:
    """What ffprobe has said is kept, for whoever asks the same of the same bytes."""
    run, said = ffmpeg.run, dict[tuple[object, ...], FfmpegResult]()

    def answered(command: Any, *rest: Any, take: Any = None, **options: Any) -> FfmpegResult:
        if not isinstance(command, list) or command[0] != "ffprobe":
            return run(command, *rest, take=take, **options)
        question = (*command, *_stamp(command[-1]))
        if question not in said:
            said[question] = run(command, *rest, **options)
        found = said[question]
        if take is None:
            return found
        take(BytesIO(found.stdout))
        return replace(found, stdout=b"")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ffmpeg, "run", answered)
        yield


def _stamp(url: str | bytes) -> tuple[int, ...]:
    """Tell a file from what was there before; () where nothing is, or at an address."""
    try:
        found = Path(os.fsdecode(os.fsencode(url).partition(b"file:")[2])).stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns
