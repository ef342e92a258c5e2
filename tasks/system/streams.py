"""Keep the standard streams usable, whatever was done to them."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO


def open_closed_streams() -> None:
    """Give the streams that were closed (`>&-`) to nobody.

    Otherwise Python has None in their stead, and the next file that is opened takes their number, and our output.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        nobody = os.open(os.devnull, os.O_RDWR)
        if nobody != number:
            os.dup2(nobody, number)
            os.close(nobody)
        setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False))


def outlive_readers() -> None:
    """Go on in silence where whoever reads our output, or our progress, goes away.

    It is for commands whose work is more than their words: the exit status then is still that of the work.
    """
    sys.stdout, sys.stderr = _outliving(sys.stdout), _outliving(sys.stderr)


def _outliving(stream: TextIO) -> TextIO:
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:  # something in memory, which nobody reads meanwhile
        return stream
    if not isinstance(stream, io.TextIOWrapper) or stream.isatty():
        return stream
    stream.flush()
    raw = io.BufferedWriter(_Pipe(number, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding=stream.encoding, errors=stream.errors, write_through=True)


class _Pipe(io.FileIO):
    """A pipe whose reader may go away."""

    def write(self, data: object) -> int:
        """Write bytes, to nobody once the reader has gone."""
        try:
            return super().write(data) or 0  # type: ignore[arg-type]
        except BrokenPipeError:
            nobody = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nobody, self.fileno())
            os.close(nobody)
            return super().write(data) or 0  # type: ignore[arg-type]
