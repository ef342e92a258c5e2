"""Publish recordings in batches, each in one commit with shared files. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tasks.errors import DatasetNotWritable, Interrupted, OverBudget, ReelsheetError, RunStopped
from tasks.moderation.records import Finding
from tasks.planning.cost import cost_nano
from tasks.records import NOT_TRANSCRIBED, AnalysisPlan, Answer, Failure, Tokens
from tasks.run.failures import failure
from tasks.run.job import Job
from tasks.run.outcomes import unanswered
from tasks.run.summary import SavedRecording
from tasks.run.usage import Usage, plural
from tasks.store.history import KnownAnalysis
from tasks.tables.analysis import Attempt, analysis_rows, call_rows, calls_of, read_answers, segment_failures
from tasks.tables.rows import Row, Rows, media_row

STOPPING_ERRORS = (RunStopped, OverBudget, Interrupted, DatasetNotWritable)
"""What stops a run as a whole: no recording is to blame, and the next run goes on."""

SegmentAnswers = tuple[Answer, ...] | BaseException
"""What came of a planned segment: its answers (several where it was halved to fit), or what prevented them."""


@dataclass(frozen=True, slots=True)
class PendingAnalysis:
    """A pending analysis is a recording that is to be asked about.

    `segments_again` are to be asked although the attempt `seen_attempt` answered them; of `turns_again` only the
    follow-up questions that got no answer.
    """

    plan: AnalysisPlan
    seen_attempt: int = 0
    segments_again: frozenset[str] = frozenset()
    turns_again: frozenset[str] = frozenset()
    known_content: tuple[Finding, ...] = ()  # found before anything is asked

    def is_complete(self, known: KnownAnalysis | None) -> bool:
        """Return whether nothing is left to ask, seeing the newest attempt."""
        if known is None or known.unfinished:
            return False
        return not self.segments_to_retry(known) and not self.turns_to_retry(known)

    def segments_to_retry(self, known: KnownAnalysis | None) -> frozenset[str]:
        """Return the segments to be asked although they have an answer.

        There are none once another attempt has been at them.
        """
        return self.segments_again if known is not None and known.attempt == self.seen_attempt else frozenset()

    def turns_to_retry(self, known: KnownAnalysis | None) -> frozenset[str]:
        """Return the segments whose follow-up questions are to be asked again, likewise."""
        return self.turns_again if known is not None and known.attempt == self.seen_attempt else frozenset()


@dataclass(frozen=True, slots=True)
class BatchItem:
    """An item is one recording of a batch, and the number of its attempt."""

    plan: AnalysisPlan
    attempt: int
    known_content: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch has recordings to be published together."""

    name: str  # of its files
    items: tuple[BatchItem, ...]

    @property
    def label(self) -> str:
        """Return the recording's name, or how many there are, for people."""
        if len(self.items) == 1:
            return self.items[0].plan.recording.name
        return plural(len(self.items), "recording")


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A batch's result says what became of its recordings."""

    saved: tuple[SavedRecording, ...]
    failures: tuple[Failure, ...]  # recordings whose answers could not be read
    stopped: ReelsheetError | None  # what kept some segments from being asked
    calls: tuple[Row, ...] = ()  # requests about recordings that got no answer
    unpublished: Usage = field(default=Usage())  # what those came to


def batches(pending: Sequence[PendingAnalysis], segments: int) -> Iterator[list[PendingAnalysis]]:
    """Divide the recordings into groups of at least `segments` segments.

    The last one may have fewer.
    """
    batch: list[PendingAnalysis] = []
    size = 0
    for analysis in pending:
        batch.append(analysis)
        size += len(analysis.plan.segments)
        if size >= segments:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def read_batch(job: Job, batch: Batch, answered: Sequence[Sequence[SegmentAnswers]]) -> tuple[list[Rows], BatchResult]:
    """Return the rows of each recording that has an answer to show.

    `answered` is by recording and planned segment. Where the run was stopped, segments not asked are `skipped`, and a
    recording without any new answer is left out, but for its calls. Where there was no money for it, it is shown all
    the same, once: what could not be judged is seen.
    """
    attempts, saved, failures, calls = [], [], [], []
    unpublished = Usage()
    stopped: ReelsheetError | None = None
    for item, found in zip(batch.items, answered, strict=True):
        recording = item.plan.recording
        stopped = stopped or next((f for f in found if isinstance(f, STOPPING_ERRORS)), None)
        try:
            answers = _answers(item.plan, found)
            now, search = datetime.now(UTC), job.modes.search
            attempt = Attempt(item.plan, job.run, item.attempt, job.price, now, search, job.rules, item.known_content)
            is_new = any(_is_new(answer) for answer in answers)
            unpaid = any(answer.error_class == OverBudget.__name__ for answer in answers)
            if not is_new and not unpaid:
                calls += [row for answer in answers for row in call_rows(attempt, answer)]
                unpublished += _usage(attempt, answers)
                continue
            rows = analysis_rows(attempt, answers) | {"media": [media_row(recording)]}
            saved.append(_saved(attempt, answers, rows))
            if is_new or item.attempt == 1:
                attempts.append(rows)
            else:
                calls += rows["calls"]
        except Exception as error:  # one recording never stops the others
            failures.append(failure(recording.uri, "save", error, recording.media_id))
    return attempts, BatchResult(tuple(saved), tuple(failures), stopped, tuple(calls), unpublished)


def _is_new(answer: Answer) -> bool:
    """Return whether there is more than an earlier attempt has: an answer, or turns."""
    return bool(calls_of(answer)) if answer.taken_over else answer.outcome != "skipped"


def _answers(plan: AnalysisPlan, answered: Sequence[SegmentAnswers]) -> list[Answer]:
    answers: list[Answer] = []
    for segment, found in zip(plan.segments, answered, strict=True):
        if isinstance(found, STOPPING_ERRORS):
            answers.append(unanswered(segment, "skipped", found))
        elif isinstance(found, BaseException):
            raise found
        else:
            answers.extend(found)
    return answers


def _saved(attempt: Attempt, answers: Sequence[Answer], rows: Rows) -> SavedRecording:
    [analysis] = rows["analyses"]
    started = attempt.run.started_at
    asked = [answer for answer in answers if any(call.started_at >= started for call in calls_of(answer))]
    reported = [row for row in rows["segments"] if row["reason"] and row["outcome"] != "skipped"]
    failures = tuple(segment_failures(attempt, read_answers(attempt.plan, answers)))
    explained = {row["segment_id"] for row in reported}
    also = [failed.message for failed in failures if failed.segment_id not in explained | {None}]
    return SavedRecording(
        uri=attempt.plan.recording.uri,
        media_id=attempt.plan.recording.media_id,
        analysis_id=attempt.plan.analysis_id,
        outcome=analysis["outcome"],
        coverage=analysis["coverage"],
        segments=Counter(row["outcome"] for row in rows["segments"]),
        asked=len(asked),
        usage=_usage(attempt, answers),
        reasons=(*(f"{row['outcome']}: {row['reason']}" for row in reported), *also),
        failures=failures,
        flaws=tuple(failed.message for failed in failures if failed.segment_id is None),
        untranscribed=sum(row["reason"] == NOT_TRANSCRIBED for row in reported),
        language=attempt.plan.question.language,
    )


def _usage(attempt: Attempt, answers: Sequence[Answer]) -> Usage:
    """Return what this run has sent.

    Answers that an earlier run was killed over are published now, but were paid for then.
    """
    calls = [call for answer in answers for call in calls_of(answer) if call.started_at >= attempt.run.started_at]
    tokens = [call.tokens for call in calls if call.tokens is not None]
    costs = [cost_nano(used, attempt.price, search=attempt.search) for used in tokens]
    return Usage(len(calls), sum(tokens, Tokens()), None if None in costs else sum(cost or 0 for cost in costs))
