"""What a person sees while a run works."""

from __future__ import annotations

import io

from rich.console import Console

from flows.output.progress import PlainLines, ProgressBar


def a_console(terminal: bool = False) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=terminal, width=80), out


def test_plain_lines_say_where_a_stage_begins_and_how_far_it_is() -> None:
    console, out = a_console()
    report = PlainLines(console)
    report.begin("asking", 2)
    report.advance()
    report.advance()
    assert out.getvalue().splitlines() == ["asking: 0 of 2", "asking: 1 of 2", "asking: 2 of 2"]


def test_a_long_stage_says_about_ten_lines() -> None:
    console, out = a_console()
    report = PlainLines(console)
    report.begin("asking", 1000)
    for _ in range(1000):
        report.advance()
    assert len(out.getvalue().splitlines()) == 11


def test_words_in_brackets_are_words_and_no_markup() -> None:
    console, out = a_console()
    PlainLines(console).say("a file named [bold].mp4")
    assert out.getvalue() == "a file named [bold].mp4\n"


def test_a_bar_leaves_nothing_behind_but_what_was_said() -> None:
    console, out = a_console(terminal=True)
    report = ProgressBar(console)
    report.begin("asking", 2)
    report.say("three tokens")
    report.advance()
    report.close()
    assert "three tokens" in out.getvalue()
