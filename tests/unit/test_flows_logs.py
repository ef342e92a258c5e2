"""What is logged, on the terminal and in a file."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from flows.commands.log_options import with_log_options
from flows.output.logs import set_up_logs
from tasks.errors import UsageError
from tasks.system.stage_log import held_back, log_stage, logged_together


@pytest.fixture(autouse=True)
def ours() -> Iterator[logging.Logger]:
    """The logger, which is afterwards as it was."""
    logger = logging.getLogger("reelsheet")
    before, level = list(logger.handlers), logger.level
    yield logger
    for handler in set(logger.handlers) - set(before):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(level)


def test_logs_are_silent_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(0, None, "text")
    log_stage("ask", "in/a.wav", "refused")
    assert capsys.readouterr() == ("", "")


def test_logs_show_each_stage_without_answers(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(1, None, "text")
    log_stage("ask", "in/a.wav", "refused", "00:00.000-00:03.000", "1 request in 0.2 s")
    logging.getLogger("reelsheet.ask").debug("answered: words")
    [line] = capsys.readouterr().err.splitlines()
    assert line[8:] == " reelsheet.ask - a.wav 00:00.000-00:03.000: refused, 1 request in 0.2 s"


def test_logs_go_to_a_file_as_json(tmp_path: Path) -> None:
    set_up_logs(0, tmp_path / "log", "json")
    log_stage("probe", "in/é.wav", "ok")
    written: dict[str, Any] = json.loads((tmp_path / "log").read_text(encoding="utf-8"))
    assert written.pop("time").endswith("+00:00")
    assert written == {
        "level": "INFO", "logger": "reelsheet.probe", "message": "é.wav: ok",
        "stage": "probe", "recording": "in/é.wav", "segment": "", "outcome": "ok",
    }  # fmt: skip


def test_logs_refuse_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--log-file .*none/log cannot be written \(No such file or directory\)"):
        set_up_logs(0, tmp_path / "none" / "log", "text")


def test_log_options_are_obeyed_before_the_command(ours: logging.Logger) -> None:
    seen: list[int] = []

    @with_log_options
    def work(name: str) -> None:
        seen.append(ours.level)

    app = typer.Typer()
    app.command()(work)
    assert CliRunner().invoke(app, ["a", "-vv"]).exit_code == 0
    assert seen == [logging.DEBUG]


def test_logs_of_several_are_one_entry_for_prefect(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(1, None, "text")
    entries: list[str] = []

    class ToPrefect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            entries.append(f"{record.levelname} {record.getMessage()}")

    handler = ToPrefect(logging.INFO)
    handler.addFilter(lambda record: not held_back(record))
    logging.getLogger("reelsheet").addHandler(handler)
    with logged_together():
        log_stage("ask", "in/a.wav", "ok")
        log_stage("ask", "in/b.wav", "refused")
    log_stage("save", "in/a.wav", "ok")
    assert entries == ["WARNING a.wav: ok\nb.wav: refused", "INFO a.wav: ok"]
    shown = [line.rpartition(" - ")[2] for line in capsys.readouterr().err.splitlines()]
    assert shown == ["a.wav: ok", "b.wav: refused", "a.wav: ok"]
