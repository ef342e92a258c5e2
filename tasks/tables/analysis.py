"""Turn the answers about one recording into the rows of its analysis.

These are the fact tables, and the failures of its segments. Pure: each answer's text is parsed here, so that the rows
can be built again from the raw answers without a call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from config.types import Price
from tasks.answer.parse import parse_answer
from tasks.answer.registry import SECTIONS
from tasks.answer.section import SectionSpec, TimedRow
from tasks.moderation.findings import from_answer, merge_adjacent, refused_part
from tasks.moderation.records import AnsweredFinding, Finding
from tasks.moderation.rules import Rules
from tasks.moderation.word_list import find_words, passages_of
from tasks.planning.cost import cost_nano
from tasks.planning.members import member_lengths
from tasks.records import (
    AnalysisPlan,
    Answer,
    AnswerForm,
    Call,
    Failure,
    Kind,
    Outcome,
    ParsedAnswer,
    PlannedSegment,
    Span,
    Stage,
)
from tasks.tables.coverage import covered_share
from tasks.tables.flaws import flaw_failure, media_flaws
from tasks.tables.merged_transcript import merge_transcripts, merged_rows, merged_speakers
from tasks.tables.moderation_rows import finding_row
from tasks.tables.rows import Row, Rows, RunInfo, compact_json, failure_row, token_columns
from tasks.tables.section_rows import item_columns, length_ms

# as tasks.answer.parse_answer
Parser = Callable[[str, Kind, AnswerForm, Span, str | None, Collection[str] | None, Sequence[int]], ParsedAnswer]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at an analysis has what its rows share."""

    plan: AnalysisPlan
    run: RunInfo
    number: int  # 1 for the first
    price: Price | None  # None: unknown, so the cost is null
    completed_at: datetime  # aware
    search: bool = False  # the web was searched, for a fee that nobody knows
    rules: Rules | None = None  # by which findings are judged; None: it is no moderation
    known_content: tuple[Finding, ...] = ()  # found without asking


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """An answer comes with the sections that were read out of it."""

    answer: Answer
    parsed: ParsedAnswer

    @property
    def outcome(self) -> Outcome:
        return self.answer.outcome or self.parsed.outcome

    @property
    def reason(self) -> str:
        """Return why the outcome is what it is.

        What went wrong apart from an answer's words is a failure of its own.
        """
        return self.answer.reason if self.answer.outcome else self.parsed.reason


def analysis_rows(attempt: Attempt, answers: Sequence[Answer], parse: Parser = parse_answer) -> Rows:
    """Return the rows of one attempt by table, in the order of time.

    There is every fact table, and `failures`. Each planned segment needs an answer, if only one with the reason why
    there is none.
    """
    reads = read_answers(attempt.plan, answers, parse)
    merged = merge_transcripts((read.answer.segment, read.parsed) for read in reads)
    sections = {section.name: _section_rows(attempt, section, reads) for section in SECTIONS if section.has_table}
    if merged is not None:
        sections["transcript"] = merged_rows(merged, _of_analysis(attempt), attempt.plan.question.language)
    return {
        "segments": _segments(attempt, reads),
        **sections,
        "speakers": _speakers(attempt, reads) if merged is None else merged_speakers(merged, _of_analysis(attempt)),
        "extra_sections": _extra_sections(attempt, reads),
        "turns": [row for answer in answers for row in _turns(attempt, answer)],
        "findings": _findings(attempt, reads),
        "calls": [row for answer in answers for row in call_rows(attempt, answer)],
        "failures": [failure_row(f, attempt.run.run_id) for f in segment_failures(attempt, reads)],
        "analyses": [_analysis(attempt, reads)],
    }


def read_answers(plan: AnalysisPlan, answers: Sequence[Answer], parse: Parser = parse_answer) -> list[ReadAnswer]:
    """Parse each answer, in the order of time. One without text has no sections."""
    kind, form, sections = plan.recording.kind, plan.question.answer, plan.question.sections
    lengths = member_lengths(plan.recording)
    reads = []
    for answer in sorted(answers, key=lambda a: a.segment.span):
        if answer.text:
            parsed = parse(answer.text, kind, form, answer.segment.span, answer.finish_reason, sections, lengths)
        else:
            parsed = ParsedAnswer("failed", answer.reason or "there is no answer")
        reads.append(ReadAnswer(answer, parsed))
    return reads


def segment_failures(attempt: Attempt, reads: Sequence[ReadAnswer]) -> list[Failure]:
    """Return what went wrong with segments in this attempt.

    Each segment whose outcome is not ok, but for those that were not asked; a spoken answer that could not be kept; a
    follow-up question without an answer. What was taken over has its row already, of the attempt that asked. What of
    the recording could not be read comes first, with the attempt that was the first to see it.
    """
    fresh = [read for read in reads if not read.answer.taken_over]
    seen = media_flaws(attempt.plan.recording, [read.answer for read in fresh])
    news = [flaw for flaw in seen if attempt.number == 1 or flaw.reason == "damaged_packets"]
    unreadable = [flaw_failure(attempt.plan.recording, news, attempt.completed_at)] if news else []
    further = [read for read in reads if read.answer.taken_over and read.answer.turns_again]
    return [
        *unreadable,
        *(failed for read in fresh for failed in (*_failures(attempt, read), *_turn_failures(attempt, read.answer))),
        *(failed for read in further for failed in _turn_failures(attempt, read.answer)),
    ]


_ERRORS: Mapping[Outcome, str] = {
    "malformed": "AnswerMalformed",
    "partial": "AnswerPartial",
    "truncated": "AnswerTruncated",
    "refused": "AnswerRefused",
}


def _failures(attempt: Attempt, read: ReadAnswer) -> Iterator[Failure]:
    answer = read.answer
    if read.outcome not in ("ok", "skipped"):
        stage: Stage = "cut" if read.outcome == "failed" and not answer.clip else "ask"
        error_class = answer.error_class or _ERRORS.get(read.outcome, "SegmentError")
        message = read.reason or f"the answer is {read.outcome}"
        failed = _failure(attempt, answer, error_class, message, answer.calls)
        yield replace(failed, stage=stage, retryable=answer.retryable, outcome=read.outcome)
    elif answer.outcome is None and answer.reason:
        yield replace(_failure(attempt, answer, "VoiceLost", answer.reason, answer.calls), retryable=True)


def _turn_failures(attempt: Attempt, answer: Answer) -> Iterator[Failure]:
    for number, turn in enumerate(answer.turns, 1):
        if turn.answer is None:
            message = f"Follow-up {number} got no answer: {turn.reason}"
            failed = _failure(attempt, answer, turn.error_class or "SegmentError", message, turn.calls)
            yield replace(failed, retryable=turn.retryable)


def _failure(attempt: Attempt, answer: Answer, error_class: str, message: str, calls: Sequence[Call]) -> Failure:
    """Return a failure of the stage ask, which is not to be tried again."""
    recording, ended = attempt.plan.recording, _last_moment(calls) or attempt.completed_at
    segment_id = answer.segment.segment_id
    return Failure(recording.uri, recording.media_id, segment_id, "ask", error_class, message, False, len(calls), ended)


def recording_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome of a recording from those of its segments.

    >>> recording_outcome(["ok", "failed"])
    'partial'
    """
    if not outcomes:
        return "failed"
    if all(o == "ok" for o in outcomes):
        return "ok"
    if all(o == "refused" for o in outcomes):
        return "refused"
    return "partial" if any(o in ("ok", "partial") for o in outcomes) else "failed"


# --- one function per table --------------------------------------------------------------------------------------


def _analysis(attempt: Attempt, reads: list[ReadAnswer]) -> Row:
    plan = attempt.plan
    ok = [r.answer.segment.span for r in reads if r.outcome == "ok"]
    flaws = media_flaws(plan.recording, [r.answer for r in reads])
    outcome = recording_outcome([r.outcome for r in reads])
    return {
        **_of_analysis(attempt),
        "scenario": plan.scenario,
        "prompt": plan.question.prompt,
        "prompt_sha256": plan.question.prompt_sha256,
        "provider": plan.provider,
        "model": plan.model,
        "language": plan.question.language,
        "params_json": plan.params_json,
        "answer_form": plan.question.answer,
        "required_json": None if plan.question.sections is None else json.dumps(plan.question.sections),
        "outcome": "partial" if outcome == "ok" and flaws else outcome,
        "coverage": covered_share(ok, plan.recording.whole_ms, plan.recording.missing),
        "completed_at": attempt.completed_at,
        "reason": ", ".join(dict.fromkeys(flaw.reason for flaw in flaws)),
    }


def _segments(attempt: Attempt, reads: list[ReadAnswer]) -> list[Row]:
    return [_segment(attempt, seq, read) for seq, read in enumerate(reads)]


def _segment(attempt: Attempt, seq: int, read: ReadAnswer) -> Row:
    answer = read.answer
    segment, picture, clip = answer.segment, answer.segment.picture, answer.clip
    return {
        **_of_segment(attempt, answer),
        "seq": seq,
        "start_ms": segment.span.start_ms,
        "end_ms": segment.span.end_ms,
        "owned_start_ms": segment.owned.start_ms if segment.owned else None,
        "owned_end_ms": segment.owned.end_ms if segment.owned else None,
        "silences_json": _silences(segment),
        "cut_reason": segment.cut_reason,
        "width": picture.width if picture else None,
        "height": picture.height if picture else None,
        "fps": (picture.fps or None) if picture else None,  # an image has none
        "max_pixels": picture.max_pixels if picture else None,
        "bytes_sent": clip.size_bytes if clip else None,
        "transport": clip.transport if clip else attempt.plan.transport,
        "video_sent": clip.video_sent if clip else None,
        "audio_sent": clip.audio_sent if clip else None,
        "outcome": read.outcome,
        "reason": "" if read.outcome == "ok" else read.reason,
        "error_class": answer.error_class,
        "retryable": answer.retryable,
        "finish_reason": answer.finish_reason,
        "attempts": len(calls_of(answer)),
        "request_id": answer.request_id,
        "model_snapshot": answer.model_snapshot,
        "raw_answer": answer.text or answer.broken_text or None,
        "reasoning": answer.reasoning or None,
        "voice_path": answer.voice_path,
        "damaged_packets": clip.damaged_packets if clip else None,
        "media_notes_json": compact_json(clip.notes) if clip else None,
    }


def _section_rows(attempt: Attempt, section: SectionSpec, reads: list[ReadAnswer]) -> list[Row]:
    """Return the rows of one section in the order of time, file by file.

    A row without a time stays behind the one it was answered after.
    """
    language = attempt.plan.question.language
    placed: list[tuple[int, int, Row]] = []
    for read in reads:
        reached, member = read.answer.segment.span.start_ms, 0
        for item in cast("tuple[TimedRow, ...]", read.parsed.sections.get(section.name, ())):
            if (item.member_seq or 0) != member:
                reached, member = 0, item.member_seq or 0
            reached = reached if item.start_ms is None else item.start_ms
            columns = item_columns(section, item, language)
            placed.append((member, reached, {**_of_segment(attempt, read.answer), **columns}))
    placed.sort(key=lambda one: one[:2])
    return [{**row, "seq": seq} for seq, (_, _, row) in enumerate(placed)]


def _silences(segment: PlannedSegment) -> str | None:
    if segment.silences is None:
        return None
    return json.dumps([[one.start_ms, one.end_ms] for one in segment.silences], separators=(",", ":"))


def _extra_sections(attempt: Attempt, reads: list[ReadAnswer]) -> list[Row]:
    sections = [(read.answer, extra) for read in reads for extra in read.parsed.extras]
    return [
        {
            **_of_segment(attempt, answer),
            "seq": seq,
            "heading": extra.heading or None,
            "text": extra.text,
            "member_seq": extra.member_seq,
        }
        for seq, (answer, extra) in enumerate(sections)
    ]


def _speakers(attempt: Attempt, reads: list[ReadAnswer]) -> list[Row]:
    """Take each name for a speaker, and the same name in two segments for one person."""
    profiles: dict[str, str] = {}
    names: dict[str, dict[str, str]] = {}
    talk: dict[str, int] = {}
    for read in reads:
        segment_id = read.answer.segment.segment_id
        heard = read.parsed.transcript or ()
        given = {p.speaker: p.profile for p in read.parsed.speakers or ()}
        for name in [*given, *(u.speaker for u in heard)]:
            if name:
                profiles[name] = profiles.get(name) or given.get(name, "")
                names.setdefault(name, {})[segment_id] = name
        for utterance in heard:
            talk[utterance.speaker] = talk.get(utterance.speaker, 0) + length_ms(utterance)
    return [
        {
            **_of_analysis(attempt),
            "speaker": name,
            "profile": profile,
            "segment_names_json": json.dumps(names[name], ensure_ascii=False, separators=(",", ":")),
            "talk_ms": talk.get(name, 0),
        }
        for name, profile in profiles.items()
    ]


def _findings(attempt: Attempt, reads: list[ReadAnswer]) -> list[Row]:
    """Make the rows of findings of all sources, merged."""
    rules, is_image = attempt.rules, attempt.plan.recording.kind == "image"
    if rules is None:
        return []
    found = list(attempt.known_content)
    for read in reads:
        segment = read.answer.segment
        answered = read.parsed.rows("findings", AnsweredFinding) or ()
        found += from_answer(answered, segment.segment_id, segment.span, rules.policy, is_image=is_image)
        span, parsed = None if is_image else segment.span, read.parsed
        said = passages_of(segment.segment_id, span, parsed.transcript or (), parsed.visible_text or ())
        found += find_words(said, rules.words)
        if read.outcome == "refused":
            found.append(refused_part(segment.segment_id, segment.span, read.reason, is_image=is_image))
    of_analysis, policy = _of_analysis(attempt), rules.policy
    return [finding_row(one, of_analysis, policy) for one in merge_adjacent(found, policy.merge_gap_ms)]


def _turns(attempt: Attempt, answer: Answer) -> list[Row]:
    return [
        {**_of_segment(attempt, answer), "turn": number, "question": turn.question, "answer": turn.answer}
        for number, turn in enumerate(answer.turns, 1)
    ]


def calls_of(answer: Answer) -> list[Call]:
    """Return every request about a segment, those for its follow-up questions last."""
    return [*answer.calls, *(call for turn in answer.turns for call in turn.calls)]


def call_rows(attempt: Attempt, answer: Answer) -> list[Row]:
    """Return the rows of `calls`: every request about a segment."""
    return [_call(attempt, answer, call, number) for number, call in enumerate(calls_of(answer), 1)]


def _call(attempt: Attempt, answer: Answer, call: Call, number: int) -> Row:
    cost = cost_nano(call.tokens, attempt.price, search=attempt.search) if call.tokens else None
    of_segment = {**_of_segment(attempt, answer), "segment_id": call.segment_id or answer.segment.segment_id}
    return {**of_segment, **call_columns(call, number, attempt.price), "cost_nano": cost}


def call_columns(call: Call, number: int, price: Price | None) -> Row:
    """Return what a row of `calls` has beyond whom it is about, and what it cost."""
    return {
        "call_id": call.call_id,
        "try": number,
        "model": call.model,
        "http_status": call.http_status,
        "error_class": call.error_class,
        "started_at": call.started_at,
        "latency_ms": call.latency_ms,
        "first_token_ms": call.first_token_ms,
        **token_columns(call.tokens),
        "currency": price.currency if price else None,
        "price_date": price.as_of if price else None,
    }


# --- what they share ---------------------------------------------------------------------------------------------


def _of_analysis(attempt: Attempt) -> Row:
    return {
        "run_id": attempt.run.run_id,
        "analysis_id": attempt.plan.analysis_id,
        "attempt": attempt.number,
        "media_id": attempt.plan.recording.media_id,
    }


def _of_segment(attempt: Attempt, answer: Answer) -> Row:
    return {**_of_analysis(attempt), "segment_id": answer.segment.segment_id}


def _last_moment(calls: Iterable[Call]) -> datetime | None:
    return max((c.started_at + timedelta(milliseconds=c.latency_ms) for c in calls), default=None)
