"""Serve Prefect's API from a child of a run, where there is no server yet.

`python -m flows.runtime.prefect_server` prints `listening on http://127.0.0.1:PORT/api` once it answers, and ends
with its standard input. It keeps its database where every Prefect on this machine looks (PREFECT_HOME), so
`prefect server start` shows the runs later.

Weighed against the temporary server that Prefect 3.8 starts itself: that one outlives a killed run and gives up after
20 s, which a first start passes on a busy machine (12 s on 2 idle cores).
"""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tasks.errors import UsageError
from tasks.system.child_server import READY, ChildServer, ChildServerFailed

# Prefect reads these when it is imported; whoever set one of them keeps their choice.
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # the run's log still reaches the server
    "PREFECT_CLI_COLORS": "false",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "DO_NOT_TRACK": "1",  # else a first start on a terminal shows a notice about telemetry
}
_SETTING_FILES = ("prefect.toml", "pyproject.toml", ".env")  # of the folder where we are
_SERVER_SETTING = re.compile(r"PREFECT_API_URL|\[(tool\.prefect\.)?api\]", re.IGNORECASE)
_STARTS_WITHIN_S = 180.0  # a first start makes the database: 12 s on an idle 2-core machine


def quiet(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with Prefect's telemetry and console logs off.

    What somebody has set stays.
    """
    return {**QUIET, **environ}


def may_be_configured(environ: Mapping[str, str]) -> bool:
    """Return whether a server may be configured for Prefect.

    The environment does that, or a file of Prefect's. Prefect itself is not loaded, so that a file counts as soon as it
    names such a setting.
    """
    if environ.get("PREFECT_API_URL"):
        return True
    home = Path(environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    profiles = Path(environ.get("PREFECT_PROFILES_PATH", home / "profiles.toml")).expanduser()
    return any(_names_server(file) for file in (profiles, *map(Path, _SETTING_FILES)))


def _names_server(file: Path) -> bool:
    try:
        return _SERVER_SETTING.search(file.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


@contextmanager
def prefect_server(environ: Mapping[str, str]) -> Iterator[None]:
    """Give Prefect a server: the configured one, else one that ends with us.

    PREFECT_API_URL or a profile configures one.

    Raises UsageError where the configured server does not answer. Call `quiet` before Prefect is imported.
    """
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - takes a second, and quiet() comes first
    from prefect.settings import (  # noqa: PLC0415
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    configured = get_current_settings().api.url
    if configured:
        with get_client(sync_client=True) as client:
            fault = client.api_healthcheck()
        if fault is not None:
            raise UsageError(
                f"Prefect's server at {configured} does not answer. Start it (prefect server start), correct "
                "PREFECT_API_URL, or unset it: then the run brings its own server."
            )
        yield
        return
    # -P: a folder named tasks/ or config/ where we happen to be is not ours.
    argv = [sys.executable, "-P", "-m", "flows.runtime.prefect_server"]
    try:
        started = ChildServer("Prefect server", argv, with_our_modules(environ), _STARTS_WITHIN_S)
    except ChildServerFailed as error:
        raise UsageError(error.message) from error
    # Signs of life are for those who watch a server that stays; the thread that gives them takes up to a second to end.
    with started as server, temporary_settings({PREFECT_API_URL: server.url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        try:
            yield
        finally:
            if server.running:
                _send_what_is_queued()


def _send_what_is_queued() -> None:
    """Wait for logs and events, which threads of their own send to the server."""
    from prefect.events.worker import EventsWorker  # noqa: PLC0415
    from prefect.logging.handlers import APILogHandler  # noqa: PLC0415

    APILogHandler().flush()
    EventsWorker.drain_all(timeout=5)


def with_our_modules(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a child finds the modules that we found."""
    return {**environ, "PYTHONPATH": os.pathsep.join([p for p in sys.path if p])}


def main() -> None:
    """Serve until standard input ends."""
    os.environ.update(quiet(os.environ) | {"PREFECT_UI_ENABLED": "0"})
    _when_stdin_ends(lambda: os._exit(0))

    import uvicorn  # noqa: PLC0415 - see above
    from filelock import FileLock  # noqa: PLC0415
    from prefect.server.api.server import create_app  # noqa: PLC0415
    from prefect.settings import get_current_settings  # noqa: PLC0415

    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/api"
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="critical", lifespan="on"))
    # Two first starts at once would both create the tables of the same database.
    lock = FileLock(get_current_settings().home / "reelsheet-start.lock", thread_local=False)
    lock.acquire()

    def announce() -> None:
        while not server.started:
            time.sleep(0.02)
        lock.release()
        sys.stdout.write(f"{READY}{url}\n")
        sys.stdout.flush()

    threading.Thread(target=announce, daemon=True).start()
    server.run(sockets=[listening])


def _when_stdin_ends(then: Callable[[], object]) -> None:
    def watch() -> None:
        while os.read(0, 4096):  # not through sys.stdin, whose lock would hold up the end of the process
            pass
        then()

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
