"""What a run of moderation came to: counts, what fails it, costs against the guess, and what to warn about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.moderation import FlaggedRateBounds, load_moderation_facts
from tasks.moderation.judgement import judge_passes
from tasks.run.moderation_report import JudgedRecording, ModerationReport, PassUsage, warnings_about
from tasks.run.summary import Summary
from tasks.run.usage import Usage
from tasks.tables.rows import Row
from tests.support.findings import DEFAULT, finding, result

BOUNDS = FlaggedRateBounds(trailing_runs=2, least_recordings=4, factor=3)
CLEAR = judge_passes([[result()]], DEFAULT)
FLAGGED = judge_passes([[result(0, 60, finding())]], DEFAULT)
ROW: Row = {"finding_id": "f" * 32, "start_ms": 5000, "end_ms": 9000, "label": "hate", "severity": 5, "confidence": 70,
            "source": "model", "action": "review"}  # fmt: skip


def report(clear: int, flagged: int = 0) -> ModerationReport:
    judged = [JudgedRecording(f"c{n}", f"{n}.mp4", CLEAR) for n in range(clear)]
    judged += [JudgedRecording(f"f{n}", "https://films.example/a|b.mp4", FLAGGED, (ROW,)) for n in range(flagged)]
    return ModerationReport("default 1", tuple(judged))


def earlier(clear: int, flagged: int) -> list[Row]:
    return [{"outcome": "clear"}] * clear + [{"outcome": "flagged"}] * flagged


def test_no_recording_is_warned_of() -> None:
    assert warnings_about(report(0), 0, 0, [], BOUNDS) == ("No recording was seen: is the input right, and mounted?",)


def test_recordings_that_were_not_judged_were_seen() -> None:
    """As where the provider stops the run at its first question."""
    assert warnings_about(report(0), 3, 0, [], BOUNDS) == ()


@pytest.mark.parametrize(
    ("now", "before", "warned"),
    [
        ((0, 4), (8, 2), True),  # all of them, where it was a fifth
        ((8, 2), (0, 8), True),  # a fifth, where it was all of them
        ((7, 3), (8, 2), False),
        ((0, 3), (8, 2), False),  # too few to mean anything
        ((0, 4), (3, 0), False),
        ((19, 1), (20, 0), False),  # a first finding is no jump
    ],
)
def test_a_rate_far_off_the_trailing_mean_is_warned_of(
    now: tuple[int, int], before: tuple[int, int], warned: bool
) -> None:
    assert bool(warnings_about(report(*now), sum(now), 0, [earlier(*before)], BOUNDS)) is warned


def test_only_the_newest_runs_make_the_trailing_mean() -> None:
    runs = [earlier(0, 50), earlier(8, 2), earlier(8, 2)]
    assert warnings_about(report(8, 2), 10, 0, runs, BOUNDS) == ()


def test_verdicts_by_another_policy_are_told() -> None:
    [note] = warnings_about(report(1), 1, 3, [], BOUNDS)
    assert note.startswith("3 known recordings judged by another policy or version: `reelsheet moderate --reapply`")


@pytest.mark.parametrize(
    ("failed", "state"), [(0, (0, False)), (1, (1, True)), (2, (1, False))], ids=["none", "few", "too many"]
)
def test_failures_are_tolerated_up_to_the_share(failed: int, state: tuple[int, bool]) -> None:
    moderation = replace(report(20 - failed), failed_share=0.05)
    summary = Summary(
        "run", "dataset", "p", "m", currency=None, skipped=20 - failed, lost=failed, moderation=moderation
    )
    assert (summary.exit_status, summary.is_tolerable) == state


def test_the_summary_holds_the_guess_beside_the_cost() -> None:
    spent = tuple(PassUsage(name, Usage(requests=1, cost_nano=1_000_000)) for name in ("quick", "fine"))
    whole = replace(report(1), passes=spent, everywhere=Usage(10, cost_nano=10_000_000), expected_nano=3_000_000)
    assert whole.cost_lines("USD") == [
        ("quick", "1", "0.0010 USD"),
        ("fine", "1", "0.0010 USD"),
        ("both passes, expected", "", "0.0030 USD"),
        ("fine everywhere, estimated", "10", "0.0100 USD"),
        ("both passes, of that", "", "20%"),
    ]


def test_the_artifact_shows_the_findings_to_look_at_first() -> None:
    lines = report(1, 1).as_markdown(0, "USD")
    [row] = [line for line in lines if line.startswith("| `")]
    link = r"https://films.example/a\|b.mp4"
    assert row == f"| `{'f' * 10}` | [{link}]({link}) | 00:05.000 | hate | 5 | review |"


def test_the_facts_that_ship_are_within_reason() -> None:
    facts = load_moderation_facts()
    assert 0 < facts.expected.second_pass_share < 1
    assert 0 < facts.failures.failed_share < 1
