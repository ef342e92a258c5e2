"""Findings and reviews as rows: nothing is lost on the way, and a decision can be reproduced from rows alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.moderation.records import Finding, Review
from tasks.moderation.rules import Rules
from tasks.moderation.verdict import judge_recording
from tasks.records import Answer, Span
from tasks.tables.analysis import Attempt, analysis_rows
from tasks.tables.arrow import to_arrow
from tasks.tables.from_rows import rows_from
from tasks.tables.moderation_rows import finding_of, finding_row, result_of, review_of, review_row
from tasks.tables.rows import Rows
from tests.support.dataset_rows import START, answer, plan, planned, recording, row, run
from tests.support.findings import NOON, finding, policy

FIRST, SECOND = planned(0, 0, 60_000, "s0"), planned(1, 60_000, 120_000, "s1")
OF = {"run_id": "run-1", "analysis_id": "a1" * 16, "attempt": 1, "media_id": "ab" * 32}
FOUND = "## Findings\n00:50.000 - 01:00.000\nLabel: hate\nSeverity: 5\nConfidence: 70\n"
MORE = "## Findings\n00:00.000 - 00:05.000\nLabel: hate\nSeverity: 6\nConfidence: 90\n"


def rows(*answers: Answer, other: tuple[Finding, ...] = ()) -> Rows:
    of = plan(FIRST, SECOND)
    of = replace(of, question=replace(of.question, sections=("findings",)))
    return analysis_rows(
        Attempt(of, run(), 1, None, START, rules=Rules(policy(), "fine"), known_content=other), answers
    )


@pytest.mark.parametrize(
    "one",
    [
        finding(),
        finding(span=None, severity=None, confidence=None, modality=None, answered_label="x"),
        finding(source="hash_match", distance=7, time_quality="clamped"),
    ],
)
def test_a_finding_comes_back_from_its_row(one: Finding) -> None:
    [stored] = to_arrow("findings", [finding_row(one, OF, policy())]).to_pylist()
    assert finding_of(stored) == one


def test_a_row_says_what_the_policy_does() -> None:
    made = finding_row(finding(severity=7, confidence=99), OF, policy())
    assert (made["policy"], made["policy_version"], made["action"]) == ("test", "1", "reject")


def test_a_findings_id_outlives_another_judgement() -> None:
    first = finding_row(finding(severity=2), OF, policy())
    assert first["finding_id"] == finding_row(finding(severity=7), OF, policy(version="2"))["finding_id"]
    assert first["finding_id"] != finding_row(finding(label="other"), OF, policy())["finding_id"]


def test_a_review_comes_back_from_its_row() -> None:
    one = Review("r1", None, "m1", "ada", "reject", "why", "1", "r0", NOON)
    [stored] = to_arrow("reviews", [review_row(one)]).to_pylist()
    assert review_of(stored) == one


def test_findings_of_two_answers_merge_across_the_cut() -> None:
    [found] = rows(answer(FIRST, FOUND), answer(SECOND, MORE))["findings"]
    assert (found["segment_id"], found["start_ms"], found["end_ms"], found["severity"], found["action"]) == (
        "s0",
        50_000,
        65_000,
        6,
        "reject",
    )


def test_a_refused_segment_is_a_finding_of_the_provider() -> None:
    refused = answer(SECOND, "", outcome="refused", reason="data_inspection_failed")
    [found] = rows(answer(FIRST, "No findings."), refused)["findings"]
    assert (found["source"], found["severity"], found["action"], found["start_ms"]) == (
        "provider_block",
        None,
        "review",
        60_000,
    )


def test_findings_of_other_sources_stand_beside() -> None:
    other = finding(1, 2, source="word_list", severity=None, confidence=None)
    found = rows(answer(FIRST, "No findings."), answer(SECOND, "No findings."), other=(other,))["findings"]
    assert [one["source"] for one in found] == ["word_list"]


def test_an_analysis_that_is_no_moderation_has_no_findings() -> None:
    made = analysis_rows(Attempt(plan(FIRST, SECOND), run(), 1, None, START), [answer(FIRST, FOUND)])
    assert made["findings"] == []


def test_reading_answers_again_keeps_the_findings() -> None:
    published = rows(answer(FIRST, FOUND), answer(SECOND, "No findings."))
    again = rows_from(published, recording(), run("run-2"))
    [old], [new] = published["findings"], again["findings"]
    assert new == {**old, "run_id": "run-2", "attempt": 2}


def test_a_decision_is_reproduced_from_rows_alone() -> None:
    made = rows(answer(FIRST, FOUND), answer(SECOND, "Sorry."))
    media = row("media", width=640, sample_rate=48_000)
    findings = [finding_of(one) for one in made["findings"]]
    verdict = judge_recording([result_of(one, media, findings) for one in made["segments"]], findings, policy())
    assert (verdict.outcome, verdict.action) == ("flagged", "review")
    assert verdict.reasons == (
        "00:50.000-01:00.000 hate (model): review",
        "01:00.000-02:00.000: the answer is incomplete (not understood among the findings: Sorry.)",
    )


@pytest.mark.parametrize(
    ("segment", "missing"),
    [
        ({"video_sent": "sent", "audio_sent": "sent"}, ()),
        ({"video_sent": "black", "audio_sent": "silent"}, ()),
        ({"video_sent": "sent", "audio_sent": "absent"}, ("the sound was not sent",)),
        ({"video_sent": "absent", "audio_sent": "sent"}, ("the picture was not sent",)),
    ],
)
def test_what_was_not_sent_was_not_judged(segment: dict[str, str], missing: tuple[str, ...]) -> None:
    made = result_of(row("segments", end_ms=60_000, **segment), row("media", width=640, sample_rate=48_000), [])
    assert (made.span, made.not_shown) == (Span(0, 60_000), missing)
