"""Which errors are a limit on processes and threads."""

from __future__ import annotations

import errno
import os

import pytest

from flows.commands.usage import is_thread_limit


@pytest.mark.parametrize(
    ("error", "is_limit"),
    [
        (BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)), True),  # of fork
        (RuntimeError("can't start new thread"), True),
        (BlockingIOError(errno.EAGAIN, "write could not complete without blocking", 0), False),
        (RuntimeError("dictionary changed size during iteration"), False),
    ],
)
def test_a_full_pipe_is_no_limit_on_processes(error: Exception, is_limit: bool) -> None:
    assert is_thread_limit(error) is is_limit
