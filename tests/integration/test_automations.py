"""What docs/deploy.md says about automations, done as it says, with a webhook of our own."""

from __future__ import annotations

import json
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli import ROOT, wait_until
from tests.support.moderating import Bench, two_films

EXAMPLE = re.compile(r"^    from prefect\.automations.*?\.create\(\)$", re.MULTILINE | re.DOTALL)


class Receiver:
    """What a ticket system would take: a local address that keeps what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        own = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                own.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with serving(receiver.server):
        yield receiver


@pytest.fixture
def bench(session_env: dict[str, str], tmp_path: Path) -> Iterator[Bench]:
    """A film that is flagged, and one that is not."""
    with two_films(session_env, tmp_path) as bench:
        yield bench


def documented(block: str) -> str:
    """The example of the documentation that saves this block."""
    codes = EXAMPLE.findall((ROOT / "docs" / "deploy.md").read_text())
    [code] = [code for code in codes if f"= {block}(" in code]
    return re.sub("^    ", "", code, flags=re.MULTILINE)


def events(bench: Bench, name: str) -> list[dict[str, Any]]:
    url = f"{bench.env['PREFECT_API_URL']}/events/filter"
    found = httpx.post(url, json={"filter": {"event": {"name": [name]}}}, timeout=30).raise_for_status().json()
    return [one for one in found["events"] if str(bench.folder) in one["payload"]["dataset"]]


def the_events(bench: Bench, name: str) -> list[dict[str, Any]]:
    """The events of a run, once the server has written them."""
    wait_until(lambda: events(bench, name), 60, every_s=0.1)
    return events(bench, name)


def run(code: str, bench: Bench) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=bench.env, cwd=bench.folder, check=True)


def test_a_flagged_recording_calls_the_documented_webhook(bench: Bench, receiver: Receiver) -> None:
    run(documented("Webhook").replace("https://tickets.example/hook", receiver.url), bench)
    (bench.folder / "broken.mp4").write_text("this is no film")
    assert bench.moderate("flagged.mp4", "clear.mp4", "broken.mp4").status == 1
    wait_until(lambda: receiver.bodies, 60)
    assert receiver.bodies == [{"recording": "flagged.mp4"}]
    [flagged] = the_events(bench, "recording.flagged")
    assert (flagged["payload"]["action"], flagged["payload"]["findings"][0]["label"]) == ("review", "violence.graphic")
    [failures] = the_events(bench, "run.failures")
    assert (failures["payload"]["failures"], failures["payload"]["recordings"]["failed"]) == (1, 1)


def test_documented_notifications_are_taken_by_the_server(bench: Bench) -> None:
    run("\n".join(documented(block) for block in ("SendgridEmail", "SlackWebhook")), bench)
    url = f"{bench.env['PREFECT_API_URL']}/automations/filter"
    found = httpx.post(url, json={}, timeout=30).raise_for_status().json()
    assert {"failures to the team", "flagged to Slack"} <= {one["name"] for one in found}
