"""Serve the schedules of `prefect.yaml` on this machine.

`python -m flows.runtime.schedules`, or `make serve`: Prefect's server, its work pool, the deployments and a worker are
started, and end with this process. The server keeps its database in PREFECT_HOME, so that nothing is lost when it is
started again; what a run had left, the next one does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from flows.runtime.prefect_server import QUIET

POOL = "reelsheet"
_FILE = Path(__file__).parents[2] / "prefect.yaml"
_FOLDERS = ("REELSHEET_INPUTS", "REELSHEET_DATASET")
# Which run holds the place of a deployment is to lie in a file, and not in the server's memory: where server and run
# end together, nobody would give the place back, and every later run would be cancelled.
_LASTING = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}
_STARTS_WITHIN_S = 180.0  # a first start makes the database
_STOPS_WITHIN_S = 30.0


def main() -> int:
    """Serve until Ctrl-C or SIGTERM; return the exit status."""
    missing = [name for name in _FOLDERS if not Path(os.environ.get(name, "")).is_absolute()]
    if missing:
        sys.stderr.write(f"reelsheet: expected an absolute folder in {' and '.join(missing)}, found none: export it.\n")
        return 2
    # What a shell starts in its background ignores SIGINT, and so would the server and the worker.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    host, port = (
        os.environ.get("PREFECT_SERVER_API_HOST", "127.0.0.1"),
        os.environ.get("PREFECT_SERVER_API_PORT", "4200"),
    )
    address = f"http://{host}:{port}"
    env = served_environment(os.environ, address)
    children: list[subprocess.Popen[bytes]] = []
    try:
        children.append(_started(["server", "start", "--host", host, "--port", port], env))
        _wait(lambda: _answers(address), children[0])
        _run(["work-pool", "create", POOL, "--type", "process", "--overwrite"], env)
        _run(["--no-prompt", "deploy", "--all", "--prefect-file", str(_FILE)], env)
        children.append(_started(["worker", "start", "--pool", POOL, "--name", POOL], env))
        sys.stdout.write(f"Prefect's page: {address}. Ctrl-C ends it; what is finished is kept.\n")
        sys.stdout.flush()
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        sys.stderr.write("reelsheet: Prefect's server or its worker has ended; start it again.\n")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        for child in reversed(children):
            _stop(child)


def served_environment(environ: Mapping[str, str], address: str) -> dict[str, str]:
    """Return the environment of the server, and of what talks to it.

    What somebody has set stays.
    """
    return {**QUIET, **_LASTING, **environ, "PREFECT_API_URL": f"{address}/api"}


def _started(words: Sequence[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "prefect", *words], env=env, cwd=_FILE.parent)


def _run(words: Sequence[str], env: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "prefect", *words], env=env, cwd=_FILE.parent, check=True)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/health", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _wait(condition: Callable[[], bool], child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while not condition():
        if child.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("reelsheet: Prefect's server did not start; its lines above say why.")
        time.sleep(0.2)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGINT)
    try:
        child.wait(_STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main())
