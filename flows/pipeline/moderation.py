"""Plan the passes of a moderation, and judge what they found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flows.output import progress
from flows.pipeline.current_run import Run
from flows.pipeline.lists import judge_known_by_lists, with_lists
from flows.pipeline.moderation_run import ModerationRun, Published, judge_published
from flows.pipeline.moderation_setup import Moderation, cannot_judge, resolve_moderation
from flows.pipeline.plans import Pending, estimate_of, plan_analyses, plan_retries
from flows.pipeline.results import PlannedInputs
from flows.pipeline.run import open_run
from tasks.inputs.scan import Source
from tasks.moderation.passes import spans_to_look_at
from tasks.moderation.rules import Passes, PassName
from tasks.query.moderations import newest_verdicts, read_pass, verdicts_by_run
from tasks.records import AnalysisPlan, Span
from tasks.run.batch import PendingAnalysis
from tasks.run.job import Part
from tasks.run.moderation_report import JudgedRecording, ModerationReport, PassUsage, warnings_about
from tasks.run.request import ModerateRequest
from tasks.run.usage import Usage, money
from tasks.store.commit import publish_decisions
from tasks.tables.rows import Row, media_row

_COVERS: dict[Passes, tuple[Passes, ...]] = {"quick": ("quick", "both")}  # what was looked at before is enough for it

_OF_VERDICT = ("outcome", "action", "findings_json")


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
        run.judged = frozenset(_judged_before(moderation, run))
        yield ModerationRun(moderation, run)


def passes_of(under_way: ModerationRun) -> Iterator[PassName]:
    """Give the passes in their order, as long as the model may be asked."""
    for name in under_way.moderation.pass_names:
        if under_way.run.asked.is_stopped:
            return
        under_way.run.resolved = under_way.moderation.for_pass(name, under_way.run.resolved)
        yield name


def plan_pass(under_way: ModerationRun, probed: PlannedInputs, name: PassName) -> Pending:
    """Plan a pass, and return the analyses that are not done yet."""
    if name == under_way.moderation.pass_names[0]:
        return _plan_first(under_way, probed)
    return _plan_second(under_way)


def judge_recordings(under_way: ModerationRun) -> None:
    """Judge every recording that was looked at, and leave the report with the run.

    What they came to is published as rows of `verdicts`.
    """
    run, moderation = under_way.run, under_way.moderation
    run.session.history.refresh()
    before = newest_verdicts(run.session.dataset, _media_ids(run))
    made: dict[str, tuple[JudgedRecording, list[Row]]] = {}
    for plan in under_way.first.values():
        if (found := _judged(under_way, plan)) is not None:
            made[plan.recording.media_id] = found
    changed: set[str] = set(made)
    for one, rows in judge_known_by_lists(under_way, before | {name: rows[0] for name, (_, rows) in made.items()}):
        made[one.media_id] = one, rows
        if any(rows[0][name] != before.get(one.media_id, {}).get(name) for name in _OF_VERDICT):
            changed.add(one.media_id)
    publish_decisions(run.session.dataset, [row for _, rows in made.values() for row in rows], run.job.run, "verdicts")
    judged = [one for media_id, (one, _) in made.items() if media_id in changed]
    known = [row for media_id, row in before.items() if media_id not in changed]
    report = ModerationReport(
        policy=f"{moderation.policy.id} {moderation.policy.version}",
        judged=tuple(judged),
        known=tuple((row["outcome"], row["action"]) for row in known),
        passes=_usage_by_pass(under_way),
        everywhere=under_way.everywhere,
        expected_nano=under_way.expected_nano,
        fail_on=moderation.fail_on,
        failed_share=moderation.facts.failures.failed_share,
    )
    other = sum(row["policy_version"] != moderation.policy.version or row["policy"] != moderation.policy.id
                for row in known)  # fmt: skip
    bounds, earlier = moderation.facts.flagged_rate, verdicts_by_run(run.session.dataset)
    earlier.pop(run.job.run.run_id, None)
    seen = len(under_way.first.keys() | {row["analysis_id"] for row in before.values()})
    warned = warnings_about(report, seen, other, list(earlier.values()), bounds)
    notes = (cannot_judge(moderation), *under_way.notes, *warned)
    run.report = replace(report, warnings=tuple(filter(None, notes)))


def _judged_before(moderation: Moderation, run: Run) -> Iterator[str]:
    """Give the first analyses of recordings about which nothing is left to do."""
    enough = _COVERS.get(moderation.passes, (moderation.passes,))
    verdicts = [row for row in newest_verdicts(run.session.dataset).values() if row["passes"] in enough]
    second = run.session.history.done(row["second_analysis_id"] for row in verdicts if row["second_analysis_id"])
    for row in verdicts:
        if row["second_analysis_id"] is None or row["second_analysis_id"] in second:
            yield row["analysis_id"]


def _plan_first(under_way: ModerationRun, probed: PlannedInputs) -> Pending:
    run = under_way.run
    if under_way.again:
        plan_retries(run, probed, under_way.again, further_passes=len(under_way.moderation.pass_names) > 1)
    else:
        plan_analyses(run, probed)
    assert run.planned is not None
    under_way.first = {plan.analysis_id: plan for _, plan in run.planned.plans}
    if len(under_way.moderation.pass_names) > 1:
        _expect_second(under_way)
    run.planned = replace(run.planned, pending=with_lists(under_way, run.planned.pending))
    return run.planned.pending


def _expect_second(under_way: ModerationRun) -> None:
    """Price a close look at everything, and say what two passes will come to."""
    run, moderation = under_way.run, under_way.moderation
    assert run.planned is not None
    fine = moderation.for_pass("fine", run.resolved).job
    looked_at = [(source, plan.recording) for source, plan in run.planned.plans]
    under_way.everywhere = estimate_of([fine.plan(recording, source.options) for source, recording in looked_at], fine)
    if run.estimate.cost_nano and under_way.everywhere.cost_nano:
        expected = round(moderation.facts.expected.second_pass_share * under_way.everywhere.cost_nano)
        under_way.expected_nano = run.estimate.cost_nano + expected
        currency = fine.price.currency if fine.price else None
        progress.current().say(
            f"Then a close look at what is flagged, about {money(expected, currency)} as a rule; "
            f"at everything it would be {money(under_way.everywhere.cost_nano, currency)}."
        )


def _plan_second(under_way: ModerationRun) -> Pending:
    """Plan a close look at what the first pass has flagged or could not judge."""
    run = under_way.run
    assert run.planned is not None
    run.session.history.refresh()
    plans: list[tuple[Source, AnalysisPlan]] = []
    for source, plan in run.planned.plans:
        spans = _spans(under_way, plan)
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


def _spans(under_way: ModerationRun, plan: AnalysisPlan) -> tuple[Span, ...]:
    found = read_pass(under_way.run.session.history, plan.analysis_id, media_row(plan.recording))
    if found is None:
        return ()
    return spans_to_look_at(found.results, under_way.moderation.policy, plan.recording.duration_ms)


def _judged(under_way: ModerationRun, plan: AnalysisPlan) -> tuple[JudgedRecording, list[Row]] | None:
    """Judge one recording by what is published about it; None: nothing is."""
    history, media = under_way.run.session.history, media_row(plan.recording)
    first = read_pass(history, plan.analysis_id, media)
    if first is None:
        return None
    planned = under_way.second.get(plan.analysis_id)
    second = None if planned is None else read_pass(history, planned.analysis_id, media)
    uncompared = under_way.uncompared.get(plan.recording.media_id)
    unread = (*plan.recording.notes, *([uncompared] if uncompared else ()))
    is_cut_short = planned is not None and second is None
    passes = under_way.moderation.pass_names[0] if is_cut_short else under_way.moderation.passes
    return judge_published(under_way, media, Published(first, second, passes, unread))


def _usage_by_pass(under_way: ModerationRun) -> tuple[PassUsage, ...]:
    """Add up what each pass has sent."""
    second = {plan.analysis_id for plan in under_way.second.values()}
    sent = [Usage(), Usage()]
    for saved in under_way.run.asked.saved:
        sent[saved.analysis_id in second] += saved.usage
    names = under_way.moderation.pass_names
    return tuple(PassUsage(name, usage) for name, usage in zip(names, sent, strict=False))


def _media_ids(run: Run) -> set[str]:
    return set() if run.planned is None else set(run.planned.media_ids.values())
