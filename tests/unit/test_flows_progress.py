"""What a person sees while a run works."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from flows.output.progress import PlainLines, ProgressBar
from flows.output.stage import Stage, Step, duration
from flows.runtime.engine_status import words_of

FIRST, SECOND = Step("s1", "talk.mp4 00:00-04:00", 240_000), Step("s2", "talk.mp4 04:00-08:00", 240_000)


@dataclass
class Shown:
    """A reporter's output, and a clock that only the test moves."""

    terminal: bool = False
    now: float = 0.0
    out: io.StringIO = field(default_factory=io.StringIO)

    @property
    def console(self) -> Console:
        return Console(file=self.out, force_terminal=self.terminal, width=80)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()

    def plain(self) -> PlainLines:
        return PlainLines(self.console, lambda: self.now)


def test_plain_lines_say_where_a_stage_begins_and_ends() -> None:
    shown = Shown()
    report = shown.plain()
    report.begin("asking", 2)
    report.advance()
    report.advance()
    assert shown.lines == ["asking: 0 of 2", "asking: 2 of 2"]


def test_plain_lines_come_every_few_seconds_at_most() -> None:
    shown = Shown()
    report = shown.plain()
    report.begin("asking", 1000)
    for _ in range(1000):
        shown.now += 0.1
        report.advance()
    assert len(shown.lines) == 21  # 100 seconds, a line each 5


def test_counts_never_run_backwards() -> None:
    shown = Shown()
    report = shown.plain()
    report.begin("asking", 200)

    def advance(_: int) -> None:
        shown.now += 10
        report.advance()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(advance, range(200)))
    counts = [int(found[1]) for line in shown.lines if (found := re.match(r"asking: (\d+) of", line))]
    assert counts == sorted(counts)
    assert counts[-1] == 200


def test_a_stage_ends_once_no_more_steps_are_expected() -> None:
    shown = Shown()
    report = shown.plain()
    report.begin("asking", 3)
    report.advance()
    report.expect(4)
    report.advance()
    report.expect(2)
    assert shown.lines == ["asking: 0 of 3", "asking: 2 of 2"]


def test_a_bar_does_not_fall_back_when_more_is_found_to_do() -> None:
    report = ProgressBar(Shown(terminal=True).console)
    report.begin("asking", 2, 2000)
    report.advance(Step("a", "a.mp4", 1000))
    report.expect(4, 8000)
    report.close()
    [bar] = report._bar.tasks
    assert (bar.completed, bar.fields["count"]) == (0.5, "1/4")


def test_a_plain_line_says_what_is_under_way_and_how_long_it_takes() -> None:
    shown = Shown()
    report = shown.plain()
    report.begin("asking", 3, 3 * 240_000)
    report.start(FIRST)
    report.start(SECOND)
    shown.now = 60
    report.advance(FIRST)
    assert shown.lines[-1] == "asking: 1 of 3; talk.mp4 04:00-08:00; about 2 min left"


def test_what_the_engine_is_at_is_shown_where_nothing_ends_for_long() -> None:
    shown = Shown()
    report = shown.plain()
    report.begin("asking", 1, 240_000)
    report.start(FIRST)
    for shown.now in range(2, 61, 2):
        report.note("embedded engine: 25 %", 60_000)
    assert shown.lines[1:] == [
        "asking: 0 of 1; talk.mp4 00:00-04:00; embedded engine: 25 %; about 1 min left",
        "asking: 0 of 1; talk.mp4 00:00-04:00; embedded engine: 25 %; about 2 min left",
        "asking: 0 of 1; talk.mp4 00:00-04:00; embedded engine: 25 %; about 3 min left",
    ]


def test_words_in_brackets_are_words_and_no_markup() -> None:
    shown = Shown()
    shown.plain().say("a file named [bold].mp4")
    assert shown.lines == ["a file named [bold].mp4"]


def test_a_bar_leaves_nothing_behind_but_what_was_said() -> None:
    shown = Shown(terminal=True)
    report = ProgressBar(shown.console)
    report.begin("asking", 2)
    report.say("three tokens")
    report.advance()
    report.close()
    assert "three tokens" in shown.out.getvalue()


def test_a_bar_shows_names_as_they_are_written() -> None:
    shown = Shown(terminal=True)
    report = ProgressBar(shown.console)
    report.begin("asking", 1, 2000)
    report.start(Step("a", "[red]a :smile:.mp4", 2000))
    report.close()
    assert "[red]a :smile:.mp4" in shown.out.getvalue()


def test_a_bar_names_the_recording_and_what_the_engine_is_at() -> None:
    shown = Shown(terminal=True)
    report = ProgressBar(shown.console)
    report.begin("asking", 2, 480_000)
    report.start(FIRST)
    report.note("embedded engine: 25 % (picture at 01:00)", 60_000)
    report.close()
    assert "asking talk.mp4 00:00-04:00" in shown.out.getvalue()
    assert "embedded engine: 25 % (picture at 01:00)" in shown.out.getvalue()


@pytest.mark.parametrize(
    ("stage", "now_s", "left"),
    [
        (Stage("asking", 4, done=0), 60, ""),
        (Stage("asking", 4, done=1), 2, ""),
        (Stage("asking", 4, done=2), 60, "about 1 min left"),
        (Stage("asking", 2, 600_000, worked_ms=60_000, done=1), 60, "about 9 min left"),
        (Stage("asking", 2, 600_000, worked_ms=600_000, done=2), 60, ""),
    ],
)
def test_an_estimate_needs_some_of_it_to_be_done(stage: Stage, now_s: float, left: str) -> None:
    assert stage.left(now_s) == left


def test_what_an_earlier_run_has_answered_makes_no_estimate_hopeful() -> None:
    stage = Stage("asking", 2, 480_000)
    stage.advance(FIRST, kept=True)
    assert (stage.done, stage.share) == (1, 0.0)


def test_a_length_of_time_is_rounded_up() -> None:
    assert [duration(seconds) for seconds in (1, 56, 3599, 7200)] == ["5 s", "1 min", "1 h 0 min", "2 h 0 min"]


def test_the_engine_says_what_it_is_at() -> None:
    picture = {"duration_ms": 60_000, "share": 0.5, "picture_ms": 30_000, "sound": 1.0, "hearing": "words"}
    starting = {"duration_ms": 60_000, "share": 0.0, "picture_ms": None, "sound": 0.0, "hearing": ""}
    assert words_of({"analyses": [picture, starting], "waiting": 2}) == (
        "embedded engine: 50 % (picture at 00:30), 0 % (listening for sounds); 2 waiting",
        30_000,
    )
    assert words_of({"analyses": [], "waiting": 0}) == ("", 0)
