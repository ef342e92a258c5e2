"""Plan which analyses are to be asked for, and what they will come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from flows.output import progress
from flows.pipeline.current_run import Run
from flows.pipeline.known_inputs import lost_input
from flows.pipeline.results import PlannedInputs
from flows.pipeline.silences import Heard, hear_recordings
from tasks.errors import MediaError
from tasks.inputs.overrides import InputOptions
from tasks.planning.cost import cost_nano
from tasks.planning.expected import segment_tokens, turn_tokens
from tasks.query.retry_selection import RetryTarget
from tasks.records import AnalysisPlan, PlannedSegment, Tokens
from tasks.run.batch import PendingAnalysis
from tasks.run.failures import failure
from tasks.run.fingerprint import fingerprint_of
from tasks.run.job import Job
from tasks.run.usage import Usage, money, plural
from tasks.store.answers import AnswerStore

Pending = tuple[PendingAnalysis, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """Expected are segments to be asked about, and what they come to."""

    recordings: int = 0
    segments: int = 0
    to_ask: int = 0  # segments without an answer
    usage: Usage = field(default=Usage())

    def __add__(self, later: Expected) -> Expected:
        return Expected(
            self.recordings + later.recordings,
            self.segments + later.segments,
            self.to_ask + later.to_ask,
            self.usage + later.usage,
        )


def plan_portion(run: Run, probed: PlannedInputs, report: progress.Reporter) -> tuple[Pending, Expected]:
    """Plan some of the run's recordings.

    Returns what is to be asked about them, and what is expected of that.
    """
    heard = hear_recordings(run.job, probed.probed, report)
    file_cache, planned = run.session.file_cache, _planned(run.job, probed, heard)
    under: dict[InputOptions, dict[str, str]] = {}
    for source, plan in planned.plans:
        under.setdefault(source.options, {})[plan.recording.media_id] = plan.analysis_id
    for options, analyses in under.items():
        file_cache.remember_analyses(fingerprint_of(run.job, options), analyses)
    done = run.session.history.done(plan.analysis_id for _, plan in planned.plans)
    pending: dict[str, PendingAnalysis] = {}
    finished = dict(planned.finished)
    for source, plan in planned.plans:
        if plan.analysis_id in done:
            finished[plan.recording.media_id, source.options] = plan.analysis_id
        else:
            # Of two names of the same bytes the first counts.
            pending.setdefault(plan.analysis_id, PendingAnalysis(plan))
    return _use_plans(run, replace(planned, finished=finished), pending.values())


def plan_retries(
    run: Run, probed: PlannedInputs, targets: Sequence[RetryTarget], *, further_passes: bool = False
) -> Pending:
    """Plan what a retry wants, and return what is to be asked again.

    What is not what it was is a failure. Where `further_passes` follow, a target may be one of theirs: then it is
    enough that this pass over its recording is published.
    """
    planned = _planned(run.job, probed, hear_recordings(run.job, probed.probed, progress.current()))
    chosen = {one.analysis_id: one for one in targets if one.analysis_id}
    never_planned = {one.uri for one in targets if one.analysis_id is None}
    done = run.session.history.done(plan.analysis_id for _, plan in planned.plans if plan.analysis_id not in chosen)
    pending: dict[str, PendingAnalysis] = {}
    finished = dict(planned.finished)
    for source, plan in planned.plans:
        one = chosen.get(plan.analysis_id)
        if one is not None:
            pending.setdefault(plan.analysis_id, PendingAnalysis(plan, one.attempt, one.segment_ids, one.turn_ids))
        elif plan.recording.uri in never_planned and plan.analysis_id in done:  # what failed came after its answers
            finished[plan.recording.media_id, source.options] = plan.analysis_id
        elif plan.recording.uri in never_planned:
            pending.setdefault(plan.analysis_id, PendingAnalysis(plan))
    failed = {(one.uri, options) for one, options, _ in planned.lost}
    history = run.session.history
    passed = {plan.recording.media_id for _, plan in planned.plans if history.known(plan.analysis_id)}
    later = passed if further_passes else set[str]()
    others = tuple(
        (failure(one.uri, "plan", _other(one.uri), one.media_id), one.options, one.tags_json)
        for one in chosen.values()
        if one.analysis_id not in pending and (one.uri, one.options) not in failed and one.uri not in planned.changed
        if one.media_id not in later
    )
    planned = replace(planned, lost=(*planned.lost, *others), finished=finished)
    new, expected = _use_plans(run, planned, pending.values())
    announce(run, expected)
    return new


def _use_plans(run: Run, planned: PlannedInputs, pending: Iterable[PendingAnalysis]) -> tuple[Pending, Expected]:
    """Add the plans to those of the run; return the new ones, and what is expected."""
    planned, before = replace(planned, pending=tuple(pending)), run.planned
    run.planned = planned if before is None else before + planned
    new = run.planned.pending[len(before.pending) if before else 0 :]
    to_ask = _open_segments(run, new)
    segments = sum(len(analysis.plan.segments) for analysis in new)
    usage = _expected(run.job, to_ask) + _expected_turns(run.job, new)
    run.estimate += usage
    return new, Expected(len(new), segments, len(to_ask), usage)


def announce(run: Run, expected: Expected, which: str = "") -> None:
    """Show what analyses will come to; `which` says of which inputs they are."""
    if not expected.recordings:
        return
    for caution in run.job.cautions:
        progress.current().say(f"Note: {caution}")
    progress.current().say(which + _estimate(run.job, expected))


def _planned(job: Job, probed: PlannedInputs, heard: Heard) -> PlannedInputs:
    """Plan each recording, or say why it has no plan."""
    plans, lost = [], list(probed.lost)
    for source, recording in probed.probed:
        silences = heard.get((recording.media_id, recording.audio_track))
        if isinstance(silences, BaseException):
            lost.append(lost_input(source, "plan", silences, recording.media_id))
            continue
        try:
            plans.append((source, job.plan(recording, source.options, silences)))
        except MediaError as error:
            lost.append(lost_input(source, "plan", error, recording.media_id))
    return replace(probed, plans=tuple(plans), lost=tuple(lost))


def _other(uri: str) -> MediaError:
    return MediaError(
        f"{uri}, or what is asked about it, is not what it was when it failed: the file, the prompt or "
        "the settings have changed. Name it to `reelsheet analyze`, or to the command that asked."
    )


def estimate_of(plans: Iterable[AnalysisPlan], job: Job) -> Usage:
    """Estimate what all questions of some plans come to, answered or not."""
    return _expected(job, [(plan, segment) for plan in plans for segment in plan.segments])


def _expected(job: Job, to_ask: Sequence[tuple[AnalysisPlan, PlannedSegment]]) -> Usage:
    """Estimate what the questions will come to."""
    tokens = sum((segment_tokens(segment, plan.question) for plan, segment in to_ask), Tokens())
    requests = sum(1 + len(plan.question.follow_up) for plan, _ in to_ask)
    return Usage(requests, tokens, cost_nano(tokens, job.price, search=job.modes.search))


def _expected_turns(job: Job, pending: Pending) -> Usage:
    """Estimate what follow-up questions will come to that are asked again."""
    again = [
        turn_tokens(segment, analysis.plan.question, number)
        for analysis in pending
        for segment in analysis.plan.segments
        if segment.segment_id in analysis.turns_again
        for number in range(1, len(analysis.plan.question.follow_up) + 1)
    ]
    tokens = sum(again, Tokens())
    return Usage(len(again), tokens, cost_nano(tokens, job.price, search=job.modes.search))


def _open_segments(run: Run, pending: Pending) -> list[tuple[AnalysisPlan, PlannedSegment]]:
    """Return the segments that have no answer yet."""
    answers, history = AnswerStore(run.session.dataset), run.session.history
    begun = history.begun(analysis.plan.analysis_id for analysis in pending)
    return [
        (analysis.plan, segment)
        for analysis in pending
        for analysis_id in [analysis.plan.analysis_id]
        for taken_over in [history.answers(analysis_id, analysis.segments_again) if analysis_id in begun else {}]
        for segment in analysis.plan.segments
        if segment.segment_id not in taken_over and not answers.holds(segment.segment_id)
    ]


def _estimate(job: Job, expected: Expected) -> str:
    answered, usage = expected.segments - expected.to_ask, expected.usage
    before = f", {answered} of them answered before" if answered else ""
    cost = money(usage.cost_nano, job.price.currency if job.price else None)
    return (
        f"{plural(expected.recordings, 'recording')} in {plural(expected.segments, 'segment')}{before}: "
        f"about {usage.tokens.input:,} tokens in and {usage.tokens.output:,} out, {cost}"
    )
