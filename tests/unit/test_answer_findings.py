"""The section of findings, in the contract's form and in those that models use."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.answer.finding_words import read_confidence, read_modality, read_severity
from tasks.answer.no_findings import says_no_findings
from tasks.answer.parse import parse_answer
from tasks.answer.render import render_answer
from tasks.moderation.records import AnsweredFinding
from tasks.records import ParsedAnswer, Span

SPAN = Span(60_000, 180_000)
CONTRACT = """
00:05.000 - 00:10.500
Label: violence.graphic
Severity: 5
Confidence: 80
Modality: picture
Evidence: “a man hits another”
Rationale: it is shown in detail; there is no context
"""


def parsed(text: str, heading: str = "## Findings\n", span: Span = SPAN) -> ParsedAnswer:
    return parse_answer(heading + text, "video", "sections", span, "stop", ["findings"])


def rows(text: str, heading: str = "## Findings\n") -> tuple[AnsweredFinding, ...]:
    return parsed(text, heading).rows("findings", AnsweredFinding) or ()


def short(text: str, heading: str = "## Findings\n") -> list[tuple[Any, ...]]:
    """Times from the clip's start in seconds, label, severity and confidence of each finding."""
    return [
        (
            None if row.start_ms is None else (row.start_ms - SPAN.start_ms) / 1000,
            None if row.end_ms is None else (row.end_ms - SPAN.start_ms) / 1000,
            row.label,
            row.severity,
            row.confidence,
        )
        for row in rows(text, heading)
    ]


def test_the_contract_is_read_whole() -> None:
    assert rows(CONTRACT) == (
        AnsweredFinding(
            65_000,
            70_500,
            "violence.graphic",
            5,
            80,
            "picture",
            "a man hits another",
            "it is shown in detail; there is no context",
            "model",
        ),
    )


def test_the_first_pass_needs_only_range_and_label() -> None:
    assert short("00:05.000 - 00:10.000\nLabel: hate\n\n01:00.000 - 01:10.000\nLabel: drugs\n") == [
        (5, 10, "hate", None, None),
        (60, 70, "drugs", None, None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "**Label:** hate\n**Time:** 00:05 - 00:10\n**Severity:** 5\n**Confidence:** 80",
        "- **Severity**: 5/7\n- **Confidence**: 80%\n- **Label**: `hate`\n- **Range**: [00:05 --> 00:10]",
        "1. 00:05 – 00:10 | Label: hate | Severity: five | Confidence: eighty percent",
        "00:05 - 00:10: **hate** (severity: 5, confidence: 0.8)",
        "### Finding 1\nStart: 00:05\nEnd: 00:10\nLabel: hate\nSeverity: 5 (serious)\nConfidence: 8/10",
        "| Time | Label | Severity | Confidence |\n|---|---|---|---|\n| 00:05 - 00:10 | hate | 5 | 80 % |",
        "Start\tEnd\tLabel\tSeverity\tConfidence\n00:05\t00:10\thate\t5\t80",
        "Label: hate [00:05 - 00:10]; Severity: 5; Confidence: 80",
        "标签：hate\n时间：00:05 - 00:10\n严重程度：五\n置信度：八十",
        "00:05 - 00:10\nhate\nSeverity = 5\nConfidence = 80",
    ],
)
def test_other_forms_say_the_same(text: str) -> None:
    assert short(text) == [(5, 10, "hate", 5, 80)]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("00:05 - 00:10\nLabel: hate\nLabel: drugs", [(5, "hate"), (5, "drugs")]),
        ("Label: hate\n00:05 - 00:10\nLabel: drugs\n00:15 - 00:20", [(5, "hate"), (15, "drugs")]),
        ("Label: hate\n\n00:15 - 00:20\nLabel: drugs", [(None, "hate"), (15, "drugs")]),
        ("00:05 - 00:10, 00:15 - 00:20\nLabel: hate", [(5, "hate"), (15, "hate")]),
        ("00:05 - 00:10\nLabel: hate\n00:15 - 00:20\nLabel: drugs", [(5, "hate"), (15, "drugs")]),
        ("Finding 1\nLabel: hate\nFinding 2\nLabel: drugs", [(None, "hate"), (None, "drugs")]),
    ],
)
def test_several_findings_are_told_apart(text: str, labels: list[tuple[float | None, str]]) -> None:
    assert sorted((start, label) for start, _, label, _, _ in short(text) if start) == sorted(
        pair for pair in labels if pair[0]
    )
    assert sorted(label for _, _, label, _, _ in short(text)) == sorted(label for _, label in labels)


def test_headings_of_single_findings_belong_to_the_section() -> None:
    text = "## Finding 1\n00:05 - 00:10\nLabel: hate\n## Finding 2\n00:15 - 00:20\nLabel: drugs"
    assert short(text, heading="") == [(5, 10, "hate", None, None), (15, 20, "drugs", None, None)]


def test_an_answer_without_heading_is_the_section() -> None:
    assert short("00:05 - 00:10\nLabel: hate", heading="") == [(5, 10, "hate", None, None)]
    assert parsed("No findings.", heading="").outcome == "ok"


def test_a_range_without_label_keeps_its_evidence() -> None:
    [row] = rows("00:05 - 00:10\nTwo men fight in the street, and one of them draws a knife.")
    assert (row.label, row.evidence) == ("", "Two men fight in the street, and one of them draws a knife.")


def test_keys_inside_quotes_are_words() -> None:
    [row] = rows("00:05 - 00:10\nLabel: hate\nEvidence: “my label: hate; severity: 7”; Severity: 2")
    assert (row.evidence, row.severity) == ("my label: hate; severity: 7", 2)


def test_evidence_may_have_several_lines() -> None:
    [row] = rows("00:05 - 00:10\nLabel: hate\nEvidence: “one\ntwo”\nSeverity: 3")
    assert (row.evidence, row.severity) == ("one\ntwo", 3)


def test_a_form_sent_back_unfilled_says_nothing() -> None:
    answer = parsed("mm:ss.mmm - mm:ss.mmm\nLabel: <id>\nSeverity: 0-7\nConfidence: 0-100")
    assert (answer.outcome, answer.rows("findings", AnsweredFinding)) == ("partial", ())


# --- nothing found ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "No findings.",
        "**No findings.**",
        "- None",
        "“No findings.”",
        "No policy violations were found in this clip.",
        "There are no findings to report.",
        "Nothing to report.",
        "None of the labels apply.",
        "This video does not contain any harmful content.",
        "No harmful or sensitive content was detected.",
        "The clip is safe.",
        "无",
        "未发现违规内容。",
        "本视频没有发现任何违规内容。",
        "違反は見つかりませんでした。",
        "위반 사항이 없습니다.",
        "Keine Befunde.",
        "Aucun constat.",
        "No se encontraron infracciones.",
        "Nenhuma violação encontrada.",
        "Nessuna violazione rilevata.",
        "Нарушений не обнаружено.",
        "00:00 - 02:00\nNo findings.",
        "00:00 - 02:00: No findings.",
        "00:00 - 02:00\nLabel: none",
    ],
)
def test_a_statement_that_there_is_nothing_is_an_answer(text: str) -> None:
    answer = parsed(text)
    assert (answer.outcome, answer.rows("findings", AnsweredFinding)) == ("ok", ())


@pytest.mark.parametrize(
    "text",
    [
        "No findings but one.",
        "No findings in the first minute.",
        "No smoking",
        "No speech appears.",
        "No text appears.",
        "No violence, but a weapon at 00:05",
        "I cannot help with that.",
        "Two men fight.",
        "No findings. However, a man is stabbed.",
        "没有帽子的人",
        "无人机",
    ],
)
def test_other_words_never_count_as_nothing(text: str) -> None:
    assert not says_no_findings(text)
    assert parsed(text).outcome == "partial"


def test_nothing_in_a_part_of_the_clip_is_not_nothing() -> None:
    answer = parsed("00:00 - 00:30\nNo findings.")
    assert (answer.outcome, answer.reason) == ("partial", "findings: the last time is 00:30.000 of 02:00.000")


@pytest.mark.parametrize("text", ["", "## Storyline\n00:00 - 02:00\nA street.\n"])
def test_a_missing_section_is_malformed(text: str) -> None:
    assert parsed(text, heading="## Findings\n" if not text else "").outcome == "malformed"


def test_a_prompt_that_asks_for_no_findings_gets_none() -> None:
    answer = parse_answer(f"## Storyline\n00:00 - 02:00\nA.\n## Findings\n{CONTRACT}", "video", "sections", SPAN)
    assert answer.rows("findings", AnsweredFinding) is None
    assert [extra.heading for extra in answer.extras] == ["Findings"]


# --- values ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("5", 5), ("5/7", 5), ("7/10", 5), ("70 %", 5), ("0.8", 6), ("4-5", 5), ("9", 7), ("seven", 7), ("六", 6),
        ("high", 6), ("very high", 7), ("medium-high", 5), ("moderate", 4), ("low", 2), ("harmless", 0),
        ("3 (moderate)", 3), ("高", 6), ("n/a", None), ("", None), ("0-7", None),
    ],
)  # fmt: skip
def test_severity_in_words_and_numbers(text: str, severity: int | None) -> None:
    assert read_severity(text) == severity


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("85", 85), ("85%", 85), ("85 percent", 85), ("0.85", 85), ("1.0", 100), ("1 %", 1), ("8/10", 80), ("150", 100),
        ("eighty-five percent", 85), ("nine out of ten", 90), ("八十五", 85), ("high", 85), ("very high", 95),
        ("about 70 %", 70), ("low", 30), ("unknown", None), ("0-100", None),
    ],
)  # fmt: skip
def test_confidence_in_words_and_numbers(text: str, confidence: int | None) -> None:
    assert read_confidence(text) == confidence


@pytest.mark.parametrize(
    ("text", "modality"),
    [("picture", "picture"), ("Visual", "picture"), ("audio, speech", "sound"), ("on-screen text", "text"),
     ("spoken words", "speech"), ("语音", "speech"), ("smell", None)],
)  # fmt: skip
def test_modality_by_other_names(text: str, modality: str | None) -> None:
    assert read_modality(text) == modality


# --- properties ------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(categories=("Ll", "Lu")), min_size=3, max_size=12).map(lambda word: f"xx{word}")
TIMES = st.tuples(st.integers(0, 60_000), st.integers(60_000, 120_000))
FINDINGS = st.builds(
    lambda times, label, severity, confidence, modality, evidence: AnsweredFinding(
        SPAN.start_ms + times[0], SPAN.start_ms + times[1], label, severity, confidence, modality, evidence, "", "model"
    ),
    TIMES,
    st.sampled_from(["hate", "violence.graphic", "self-harm", "drugs.alcohol-tobacco"]),
    st.none() | st.integers(0, 7),
    st.none() | st.integers(0, 100),
    st.none() | st.sampled_from(["picture", "speech", "text", "sound"]),
    st.just("") | WORDS,
)


@given(st.lists(FINDINGS, max_size=5).map(lambda found: tuple(sorted(found, key=lambda row: row.start_ms or 0))))
def test_what_is_rendered_is_read_without_loss(findings: tuple[AnsweredFinding, ...]) -> None:
    text = render_answer(ParsedAnswer("ok", "", {"findings": findings}), "video", SPAN)
    assert parsed(text, heading="").rows("findings", AnsweredFinding) == findings


FRAGMENTS = st.sampled_from(
    ["## Findings\n", "Label: ", "hate", "\n", "\n\n", "00:05 - 00:10", "Severity: ", "7", "|", "| Label | Time |\n",
     "**", "Evidence: “", "”", "; ", "No findings.", "Finding 2", "- ", "\t", "(", "None", "Confidence: 80%", "："]
)  # fmt: skip


@given(st.lists(FRAGMENTS | st.text(max_size=4), max_size=30).map("".join))
def test_any_text_is_read_and_nothing_is_lost_in_silence(text: str) -> None:
    answer = parsed(text, heading="")
    found = answer.rows("findings", AnsweredFinding)
    assert all(SPAN.start_ms <= (row.start_ms or SPAN.start_ms) <= SPAN.end_ms for row in found or ())
    assert all(row.severity is None or 0 <= row.severity <= 7 for row in found or ())
    assert not (answer.outcome == "ok" and found is None)


@pytest.mark.parametrize(
    "piece", ["; ", "|severity: 7", "Label: a; ", "severity: 5 | ", "00:01 - 00:02, ", "no content or ", "(severity: "]
)
def test_a_long_line_is_read_without_recursion(piece: str) -> None:
    assert parsed(piece * 3000).outcome in ("ok", "partial", "malformed")
