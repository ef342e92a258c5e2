"""Keep the standard streams usable, whatever was done to them."""

from __future__ import annotations

import io
import os
import sys


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


def outlive_reader() -> None:
    """Go on in silence where the reader of standard output goes away.

    It is for commands whose work is more than their words: the exit status then is still that of the work.
    """
    out = sys.stdout
    try:
        number = out.fileno()
    except io.UnsupportedOperation:  # something in memory, which nobody reads meanwhile
        return
    if not isinstance(out, io.TextIOWrapper) or out.isatty():
        return
    out.flush()
    raw = io.BufferedWriter(_Pipe(number, "w", closefd=False))
    sys.stdout = io.TextIOWrapper(raw, encoding=out.encoding, errors=out.errors, write_through=True)


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
