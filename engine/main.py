"""Run the command `python -m engine serve`.

It needs nothing beyond the standard library to be imported.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import ipaddress
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from engine.models import missing_packages

OK, USAGE = 0, 2
M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
LARGE_BLOCK = 16 * 1024 * 1024  # bytes
HEAVY = (
    "The embedded engine needs packages that are not installed ({}); "
    "in reelsheet's folder, type: pip install '.[engine]'"
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m engine", description="The embedded model.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("serve", help="start the embedded model as an OpenAI-compatible server")
    command.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    command.add_argument("--port", type=int, default=0, help="0 takes a free one (default: %(default)s)")
    command.add_argument("--no-speakers", action="store_true", help="do not tell speakers apart: about twice as fast")
    command.add_argument("--exit-with-stdin", action="store_true", help="end when standard input ends")
    args = parser.parse_args(argv)
    return serve(args.host, args.port, speakers=not args.no_speakers, exit_with_stdin=args.exit_with_stdin)


def serve(host: str = "127.0.0.1", port: int = 0, *, speakers: bool = True, exit_with_stdin: bool = False) -> int:
    """Serve until stopped, and return the exit status.

    Prints one line, `listening on URL`, once it answers.
    """
    missing = missing_packages()
    if missing:
        return _sorry(HEAVY.format(", ".join(missing)))
    if not _is_loopback(host):
        return _sorry(
            f"The embedded engine reads files that requests name, so it listens on a loopback address only, not {host}."
        )
    try:
        listener = _bound(host, port)
    except (OSError, OverflowError) as error:
        return _sorry(f"The embedded engine cannot listen on {host} port {port}: {error}. Choose another --port.")
    work = Path(tempfile.mkdtemp(prefix="reelsheet-engine-"))
    try:
        if exit_with_stdin:
            threading.Thread(target=_exit_at_end_of_stdin, args=(work,), daemon=True).start()
        _run(listener, _url(host, listener.getsockname()[1]), work, speakers)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return OK


def _run(listener: socket.socket, url: str, work: Path, speakers: bool) -> None:
    import uvicorn  # noqa: PLC0415 - belongs to the extra `engine`

    from engine.server import create_app  # noqa: PLC0415 - as above

    _return_large_blocks()
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    def ready() -> None:
        sys.stdout.write(f"listening on {url}\n")
        sys.stdout.flush()

    config = uvicorn.Config(
        create_app(work, speakers, ready),
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    # The server ends its streams at SIGTERM and SIGINT, then sends itself the signal again; both shall clean up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _return_large_blocks() -> None:
    """Has glibc give large blocks back to the system at once.

    By itself it learns from the models' first large blocks to keep such blocks in the heap, where holes add up to some
    200 MB. A much lower bound saves more memory, but costs time.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # who connects before the server runs waits for it
    except BaseException:
        listener.close()
        raise
    return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"


def _exit_at_end_of_stdin(work: Path) -> None:
    """Exit when standard input ends: the parent died or wants us gone.

    Nothing is worth finishing, so no thread is waited for.
    """
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            continue
    shutil.rmtree(work, ignore_errors=True)
    os._exit(OK)


def _sorry(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return USAGE
