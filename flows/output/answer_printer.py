"""Print an answer while it comes: its words as they are, its reasoning dimmed."""

from __future__ import annotations

import sys
from typing import TextIO

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
# What a model writes must not command the terminal: no control characters but line ends and tabs.
_HARMLESS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


class AnswerPrinter:
    """A printer writes words to `out`.

    On a terminal the reasoning stands dimmed before them; elsewhere it goes to `aside`, so that what is piped on is
    the answer alone. `silent` prints nothing.
    """

    def __init__(self, out: TextIO | None = None, aside: TextIO | None = None, *, silent: bool = False) -> None:
        self._out = out or sys.stdout
        self._aside = aside or sys.stderr
        self._silent = silent
        self._thinking = False
        self._wrote = False

    def begin(self) -> None:
        if self._wrote:
            self._stop_thinking()
            self._write("\n", self._aside)
            self._write("The answer broke off; it is asked again.\n", self._aside)
        self._wrote = False

    def think(self, piece: str) -> None:
        dimmed = self._out.isatty()
        if not self._thinking and dimmed:
            self._write(_DIM, self._out, raw=True)
        self._thinking = self._wrote = True
        self._write(piece, self._out if dimmed else self._aside)

    def say(self, piece: str) -> None:
        self._stop_thinking()
        self._wrote = True
        self._write(piece, self._out)

    def end(self) -> None:
        """End the answer's last line."""
        self._stop_thinking()
        if self._wrote:
            self._write("\n", self._out)
        self._wrote = False

    def _stop_thinking(self) -> None:
        if not self._thinking:
            return
        self._thinking = False
        if self._out.isatty():
            self._write(f"{_PLAIN}\n\n", self._out, raw=True)
        else:
            self._write("\n", self._aside)

    def _write(self, text: str, to: TextIO, *, raw: bool = False) -> None:
        if self._silent:
            return
        harmless = text if raw else text.translate(_HARMLESS).encode("utf-8", "replace").decode("utf-8")
        to.write(harmless)
        to.flush()
