"""What is said of a server that takes nothing any more."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from rich.console import Console

from flows.output import progress
from flows.runtime import lost_server
from flows.runtime.lost_server import SENTENCE, report_unsent


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(lost_server, "_reported", set())
    before = progress.current()
    progress.use(progress.PlainLines(Console(width=200)))
    yield
    progress.use(before)


def test_a_lost_server_is_reported_once(capsys: pytest.CaptureFixture[str]) -> None:
    for error in (httpx.ConnectError("All connection attempts failed"), ConnectionRefusedError(111, "refused")):
        report_unsent(error)
    assert capsys.readouterr().out == f"{SENTENCE}\n"


def test_another_error_is_reported_with_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    report_unsent(ValueError("it is too long"))
    report_unsent(httpx.ReadError("gone"))
    assert capsys.readouterr().out == (
        f"Prefect's server did not take what the run reported (ValueError: it is too long).\n{SENTENCE}\n"
    )
