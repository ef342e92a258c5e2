"""A query's answer on a terminal: it fits the width, and one screen."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from flows.output.console import print_table, stdout_console
from flows.output.result_table import cell, lay_out, print_result

NAMES = ["media_id", "uri", "start_ms", "speaker", "text"]
ROWS = [["ab" * 32, "talk.mp4", 61_000 * n, "Ann", f"Words that are said, number {n}, " * 4] for n in range(40)]
SQL = "SELECT * FROM timeline"


def _printed(sql: str = SQL, limit: int | None = None, width: int = 80, height: int = 24) -> list[str]:
    out = io.StringIO()
    print_result(Console(file=out, width=width, height=height, highlight=False), NAMES, ROWS, sql, limit)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("height", [10, 24])
def test_result_fits_width_and_screen(width: int, height: int) -> None:
    lines = _printed(width=width, height=height)
    assert max(map(len, lines)) <= width
    assert len(lines) <= height + 2


def test_words_of_a_recording_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(stdout_console(), ["text"], [["it was :fire: [bold]hot[/bold]"]])
    assert "it was :fire: [bold]hot[/bold]" in capsys.readouterr().out


def test_result_says_what_is_left_out() -> None:
    assert "--limit 40, or --output FILE; without media_id: --wide" in " ".join(_printed())


def test_result_shows_as_many_rows_as_are_wanted() -> None:
    lines = _printed(limit=40)
    assert sum("number 0" in line or "number" in line for line in lines) > 40
    assert not any("--limit" in line for line in lines)


def test_hashes_stand_where_the_question_names_them() -> None:
    layout = lay_out(NAMES, ROWS, "SELECT media_id, text FROM timeline", 80)
    assert layout.heads[0] == "media_id"
    assert "media_id" not in lay_out(NAMES, ROWS, SQL, 80).heads


def test_what_is_the_same_in_every_row_stands_above() -> None:
    assert lay_out(NAMES, ROWS, SQL, 80).above == (("uri", "talk.mp4"), ("speaker", "Ann"))


def test_text_is_wrapped_between_words() -> None:
    words = {word for line in _printed() for word in line.split()}
    assert "said," in words
    assert not words & {"Wor", "sai", "numb"}


@pytest.mark.parametrize(("ms", "shown"), [(0, "00:00"), (61_500, "01:01.500"), (3_600_000, "60:00"), (None, "")])
def test_times_are_as_a_player_shows_them(ms: int | None, shown: str) -> None:
    assert cell("start_ms", ms) == shown
