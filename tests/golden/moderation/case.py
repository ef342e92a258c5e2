"""Answers to a moderation, and what the parser and the default policy make of each, for people to compare.

A file holds many answers, each below a line `<!-- what it is -->`; they are about a clip from 1:00 to 3:00 of a video.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from config.policy_loader import load_policy
from tasks.answer.parse import parse_answer
from tasks.moderation.findings import from_answer
from tasks.moderation.records import AnsweredFinding, Finding, ModerationOutcome, SegmentResult
from tasks.moderation.verdict import judge_segment
from tasks.records import Span
from tasks.timecode import format_ms

_NAME = re.compile(r"^<!-- (.+?)(?:, ended by (\w+))? -->\n", re.MULTILINE)
_SPAN = Span(60_000, 180_000)
_POLICY = load_policy()


def outcomes(path: Path) -> dict[str, ModerationOutcome]:
    """What each answer of a file comes to, by its name."""
    return {name: judge_segment(result, _POLICY).outcome for name, result in _results(path)}


def expected(path: Path) -> str:
    """Each answer's outcome and action, how it was read, and its findings."""
    return "\n".join(_told(name, result) for name, result in _results(path))


def _results(path: Path) -> Iterator[tuple[str, SegmentResult]]:
    _, *parts = _NAME.split(path.read_text(encoding="utf-8"))
    for name, ended, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        answer = parse_answer(text, "video", "sections", _SPAN, ended or "stop", ["findings"])
        found = from_answer(answer.rows("findings", AnsweredFinding) or (), "segment", _SPAN, _POLICY)
        yield name, SegmentResult("segment", _SPAN, answer.outcome, answer.reason, found)


def _told(name: str, result: SegmentResult) -> str:
    verdict = judge_segment(result, _POLICY)
    lines = [f"{name}: {verdict.outcome}, {verdict.action}", f"  {result.outcome}: {result.reason}".rstrip(": ")]
    return "\n".join([*lines, *map(_row, result.findings), ""])


def _row(finding: Finding) -> str:
    span = finding.span or _SPAN
    answered = "" if finding.answered_label is None else f" (answered {finding.answered_label!r})"
    return (
        f"  - {format_ms(span.start_ms)} - {format_ms(span.end_ms)} ({finding.time_quality}) {finding.label}{answered}"
        f", severity {finding.severity}, confidence {finding.confidence}, {finding.modality}"
        f", evidence {finding.evidence!r}, rationale {finding.rationale!r}"
    )
