"""The page of results: which lines of a bench are verdicts, and where a section goes."""

from __future__ import annotations

from datetime import UTC, datetime

from bench.results import Outcome, section, verdict, verdicts, with_section

OUTPUT = "rows  5\nspeed: 7 rows/s (limit 6): met\n3 s | all (limit 2 x 1 = 2.0): MISSED\n"
OUTCOME = Outcome("saving", OUTPUT, 1, 12.0, 0.3, datetime(2026, 11, 29, 1, tzinfo=UTC))


def test_a_verdict_is_read_as_it_was_written() -> None:
    assert verdicts(verdict("slots full", "90 %", "85 %", met=True)) == [("slots full", "90 %", "85 %", "met")]


def test_a_bench_may_judge_all_at_once() -> None:
    judged = [verdicts(line)[0] for line in ("all limits are met", "A LIMIT IS MISSED", "missed: stories")]
    assert judged == [
        ("all limits", "", "", "met"),
        ("all limits", "", "", "MISSED"),
        ("all limits", "stories", "", "MISSED"),
    ]


def test_a_section_has_its_date_its_load_and_a_table() -> None:
    text = section(OUTCOME)
    assert "2026-11-29 01:00 UTC, 12 s, 30% of the processors in other use, exit status 1." in text
    assert "| speed | 7 rows/s | 6 | met |\n| 3 s / all |  | 2 x 1 = 2.0 | MISSED |\n" in text


def test_a_section_replaces_the_older_one_in_its_place() -> None:
    page = with_section("", "saving", "## bench.saving\n\nold\n")
    page = with_section(page, "slots", "## bench.slots\n\nfull\n")
    page = with_section(page, "saving", "## bench.saving\n\nnew\n")
    assert page[page.index("## ") :] == "## bench.slots\n\nfull\n\n## bench.saving\n\nnew\n"
