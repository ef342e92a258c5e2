"""Plan the passes of a moderation, and judge what they found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from flows.output import progress
from flows.pipeline.ahead import in_groups
from flows.pipeline.lists import judge_known_by_lists, with_lists
from flows.pipeline.moderation_run import ModerationRun, Published, judge_published
from flows.pipeline.moderation_setup import Moderation, resolve_moderation
from flows.pipeline.plans import Pending, estimate_of, plan_retries
from flows.pipeline.portions import plan_in_portions
from flows.pipeline.results import PlannedInputs
from flows.pipeline.run import open_run
from flows.pipeline.verdicts import is_changed, judged_before, leave_report, verdicts_on_inputs
from tasks.inputs.scan import InputScan, Source
from tasks.moderation.passes import spans_to_look_at
from tasks.moderation.rules import PassName
from tasks.query.moderations import PublishedPass, read_passes
from tasks.records import AnalysisPlan, Span
from tasks.run.batch import PendingAnalysis
from tasks.run.job import Part
from tasks.run.moderation_report import JudgedRecording
from tasks.run.request import ModerateRequest
from tasks.run.usage import money
from tasks.tables.rows import Row, media_row

_AT_ONCE = 200  # recordings whose passes are read together


@contextmanager
def open_moderation(request: ModerateRequest) -> Iterator[ModerationRun]:
    """Open a run whose recordings are known once a policy has judged them.

    Raises as `open_run` does.
    """
    with open_resolved(resolve_moderation(request)) as under_way:
        yield under_way


@contextmanager
def open_resolved(moderation: Moderation) -> Iterator[ModerationRun]:
    """Open the run of a moderation that is resolved. Raises as `open_run` does."""
    with open_run(moderation.resolved) as run:
        run.judged = frozenset(judged_before(moderation, run.session))
        yield ModerationRun(moderation, run)


def passes_of(under_way: ModerationRun) -> Iterator[PassName]:
    """Give the passes in their order, as long as the model may be asked."""
    for name in under_way.moderation.pass_names:
        if under_way.run.asked.is_stopped:
            return
        under_way.run.resolved = under_way.moderation.for_pass(name, under_way.run.resolved)
        yield name


def plan_pass(under_way: ModerationRun, inputs: InputScan, name: PassName) -> Iterator[Pending]:
    """Give the analyses of a pass that are not done yet, portion by portion.

    The close look waits until everything had a cheap one: so a budget goes first to what nobody has seen.
    """
    if name == under_way.moderation.pass_names[0]:
        yield from _plan_first(under_way, inputs)
    else:
        yield _plan_second(under_way)


def plan_pass_again(under_way: ModerationRun, probed: PlannedInputs, name: PassName) -> Pending:
    """Plan a pass of a retry, and return what is to be asked again."""
    if name != under_way.moderation.pass_names[0]:
        return _plan_second(under_way)
    pending = plan_retries(
        under_way.run, probed, under_way.again, further_passes=len(under_way.moderation.pass_names) > 1
    )
    pending = _looked_up(under_way, pending, progress.current())
    _show_second(under_way)
    return pending


def judge_recordings(under_way: ModerationRun) -> None:
    """Judge every recording that was looked at, and leave the report with the run.

    What they came to is published as rows of `verdicts`.
    """
    run = under_way.run
    run.session.history.refresh()
    before = verdicts_on_inputs(run)
    made: dict[str, tuple[JudgedRecording, list[Row]]] = {}
    for some in in_groups(list(under_way.first.values()), _AT_ONCE):
        made.update(_judged(under_way, some))
    changed = set(made)
    for one, rows in judge_known_by_lists(under_way, before | {name: rows[0] for name, (_, rows) in made.items()}):
        made[one.media_id] = one, rows
        if is_changed(rows, before.get(one.media_id)):
            changed.add(one.media_id)
    leave_report(under_way, before, made, changed)


def _plan_first(under_way: ModerationRun, inputs: InputScan) -> Iterator[Pending]:
    run, priced = under_way.run, 0  # recordings
    for pending in plan_in_portions(run, inputs, keeps_plans=True):
        is_shown = bool(priced)  # what is asked
        portion = _looked_up(under_way, pending, progress.SILENT if is_shown else progress.current())
        if pending and not is_shown:
            priced = under_way.looked_up
            _show_second(under_way, run.to_come)
        yield portion
    if priced < under_way.looked_up:
        _show_second(under_way)


def _looked_up(under_way: ModerationRun, pending: Pending, report: progress.Reporter) -> Pending:
    """Price a close look at what is new in the first pass, and apply the lists."""
    run, moderation = under_way.run, under_way.moderation
    assert run.planned is not None
    new = run.planned.plans[under_way.looked_up :]
    under_way.looked_up = len(run.planned.plans)
    under_way.first |= {plan.analysis_id: plan for _, plan in new}
    if len(moderation.pass_names) > 1:
        fine = under_way.fine_job = under_way.fine_job or moderation.for_pass("fine", run.resolved).job
        plans = [fine.plan(plan.recording, source.options) for source, plan in new]
        under_way.everywhere += estimate_of(plans, fine)
    return with_lists(under_way, pending, report)


def _show_second(under_way: ModerationRun, to_come: int = 0) -> None:
    """Say what two passes will come to, or may where inputs are `to_come`."""
    run, whole = under_way.run, under_way.everywhere.cost_nano
    if under_way.fine_job is None or not run.estimate.cost_nano or not whole:
        return
    expected = round(under_way.moderation.facts.expected.second_pass_share * whole)
    under_way.expected_nano = run.estimate.cost_nano + expected
    price, share = under_way.fine_job.price, 1 + to_come / under_way.looked_up
    currency = price.currency if price else None
    progress.current().say(
        f"Then a close look at what is flagged, {'for all inputs perhaps' if to_come else 'about'} "
        f"{money(round(share * expected), currency)} as a rule; "
        f"at everything it would be {money(round(share * whole), currency)}."
    )


def _plan_second(under_way: ModerationRun) -> Pending:
    """Plan a close look at what the first pass has flagged or could not judge."""
    run = under_way.run
    assert run.planned is not None
    under_way.second_planned = True
    run.session.history.refresh()
    plans: list[tuple[Source, AnalysisPlan]] = []
    spans_of = _spans(under_way)
    for source, plan in run.planned.plans:
        spans = spans_of[plan.analysis_id]
        if spans and plan.analysis_id not in under_way.second:
            second = run.job.plan(plan.recording, source.options, part=Part(spans, after=plan.analysis_id))
            under_way.second[plan.analysis_id] = second
            plans.append((source, second))
    done = run.session.history.done(plan.analysis_id for _, plan in plans)
    again = {one.analysis_id: one for one in under_way.again}
    pending = tuple(
        PendingAnalysis(plan, one.attempt, one.segment_ids) if one else PendingAnalysis(plan)
        for _, plan in plans
        for one in [again.get(plan.analysis_id)]
        if one or plan.analysis_id not in done
    )
    run.estimate += estimate_of([analysis.plan for analysis in pending], run.job)
    # A recording counts once in the run's rows, also where both passes ask about it.
    counted = {analysis.plan.recording.media_id for analysis in run.planned.pending}
    also = tuple(analysis for analysis in pending if analysis.plan.recording.media_id not in counted)
    run.planned = replace(run.planned, plans=(*run.planned.plans, *plans), pending=(*run.planned.pending, *also))
    return pending


def _spans(under_way: ModerationRun) -> dict[str, tuple[Span, ...]]:
    """Return what needs a close look, by the analysis of the first pass."""
    found: dict[str, tuple[Span, ...]] = dict.fromkeys(under_way.first, ())
    for some in in_groups(list(under_way.first.values()), _AT_ONCE):
        passes = _passes(under_way, {plan.analysis_id: plan for plan in some})
        for analysis_id, one in passes.items():
            found[analysis_id] = _spans_in(under_way, under_way.first[analysis_id], one)
    return found


def _spans_in(under_way: ModerationRun, plan: AnalysisPlan, first: PublishedPass) -> tuple[Span, ...]:
    return spans_to_look_at(first.results, under_way.moderation.policy, plan.recording.duration_ms)


def _passes(under_way: ModerationRun, plans: Mapping[str, AnalysisPlan]) -> dict[str, PublishedPass]:
    media = {analysis_id: media_row(plan.recording) for analysis_id, plan in plans.items()}
    return read_passes(under_way.run.session.history, media)


def _judged(
    under_way: ModerationRun, some: Sequence[AnalysisPlan]
) -> Iterator[tuple[str, tuple[JudgedRecording, list[Row]]]]:
    """Judge recordings by what is published about them, by media_id.

    Those about which nothing is published are left out.
    """
    first = _passes(under_way, {plan.analysis_id: plan for plan in some})
    planned = {plan.analysis_id: under_way.second.get(plan.analysis_id) for plan in some}
    second = _passes(under_way, {close.analysis_id: close for close in planned.values() if close is not None})
    for plan in some:
        quick, close = first.get(plan.analysis_id), planned[plan.analysis_id]
        if quick is None:
            continue
        fine = None if close is None else second.get(close.analysis_id)
        uncompared = under_way.uncompared.get(plan.recording.media_id)
        unread = (*plan.recording.notes, *([uncompared] if uncompared else ()))
        passes = under_way.moderation.passes
        if fine is None and (close is not None or _is_left_for_later(under_way, plan, quick)):
            passes = under_way.moderation.pass_names[0]
        about = Published(quick, fine, passes, unread)
        yield plan.recording.media_id, judge_published(under_way, media_row(plan.recording), about)


def _is_left_for_later(under_way: ModerationRun, plan: AnalysisPlan, first: PublishedPass) -> bool:
    """Return whether a recording needs a close look that was not planned yet."""
    has_second = len(under_way.moderation.pass_names) > 1
    return has_second and not under_way.second_planned and bool(_spans_in(under_way, plan, first))
