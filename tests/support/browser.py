"""A headless Chromium that opens a page of a folder and gives what the page sends back.

A page ends with `fetch("/result", {method: "POST", body: JSON.stringify(...)})`; what it sends is the answer. Both go
over a small server on loopback, since a page from a file may read no other file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LONGEST_S = 120  # that a page may take on a loaded machine
_HOW = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio"),
    *("--no-first-run", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"),
)


def chromium() -> str | None:
    """Find the browser; None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


needs_chromium = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed (Debian: chromium)")


def open_page(folder: Path, name: str) -> Any:
    """Open `folder / name` in Chromium and give what the page sends back."""
    answers: Queue[Any] = Queue()
    handler = partial(_Handler, answers=answers, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with _browser(f"http://127.0.0.1:{server.server_port}/{name}") as process:
                return _first(answers, process)
        finally:
            server.shutdown()


@contextmanager
def _browser(url: str) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        argv = [chromium() or "chromium", *_HOW, f"--user-data-dir={profile}", "--remote-debugging-port=0", url]
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def _first(answers: Queue[Any], process: subprocess.Popen[bytes]) -> Any:
    try:
        return answers.get(timeout=_LONGEST_S)
    except Empty:
        state = "is still running" if process.poll() is None else f"ended with status {process.poll()}"
        raise AssertionError(f"The page sent nothing within {_LONGEST_S} s; Chromium {state}.") from None


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, answers: Queue[Any], **options: Any) -> None:
        self._answers = answers
        super().__init__(*args, **options)

    def do_POST(self) -> None:
        self._answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing: a test prints what it wants to say."""
