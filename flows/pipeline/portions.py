"""Probe and plan inputs in portions, while those before them are asked about.

So the first question waits for a handful of files, not for the slowest of all. While a portion is asked about, the next
one is hashed, and probed as soon as that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from prefect.futures import PrefectFuture

from flows.output import progress
from flows.pipeline.ahead import among_tasks, results_of
from flows.pipeline.current_run import Run
from flows.pipeline.inputs import Each, by_sound, collected, submit_probes
from flows.pipeline.known_inputs import KnownInputs, look_up, lost_inputs
from flows.pipeline.plans import Expected, Pending, announce, plan_portion
from flows.pipeline.results import PlannedInputs
from flows.runtime.prefect_internals import forget_results
from tasks.inputs.hashes import identify
from tasks.inputs.scan import InputScan, Source
from tasks.media.remote import is_address
from tasks.run.usage import money

_ROUNDS = 4  # of questions in a portion, once a run is under way
_FIRST_BYTES, _MOST_BYTES = 1 << 28, 1 << 32
_TASKS_FOR_ADDRESSES = 16  # which mostly wait

Hashed = Sequence[tuple[Source, str]]
Choose = Callable[[PlannedInputs], PlannedInputs]
"""Leaves out what a job has no use for, of a portion that is probed and not planned yet."""


@dataclass(frozen=True, slots=True)
class Probing:
    """A portion is being probed."""

    known: KnownInputs
    media_ids: Mapping[str, str]
    each: Each
    tasks: Sequence[tuple[Sequence[Source], PrefectFuture[Any]]]

    def results(self) -> Iterator[tuple[Source, object]]:
        for some, future in self.tasks:
            yield from results_of(some, future.result(raise_on_failure=False))
            forget_results()


def plan_in_portions(
    run: Run, scan: InputScan, choose: Choose = lambda probed: probed, *, keeps_plans: bool = False
) -> Iterator[Pending]:
    """Give the analyses that are not done yet, portion by portion.

    Of a portion that was probed those are planned that `choose` leaves. Plans are let go once they are published,
    unless the job `keeps_plans`. Raises Interrupted.

    The run has the plans of those given so far, and how many inputs are still to come. The estimate
    is shown before the first portion that has any; where more have, it is shown for all of them once they are planned.
    """
    remembered = {} if run.settings.verify else run.session.file_cache.media_ids(scan.items)
    known = look_up(run.resolved, run.session, scan, remembered, run.judged)
    run.planned, run.keeps_plans = _known(scan, known, remembered), keeps_plans
    portions = divided(known.to_probe, run.job.concurrency)
    run.to_come = len(known.to_probe)
    first, whole = Expected(), Expected()
    for number, (portion, report) in enumerate(_probed_ahead(run, scan, portions, remembered)):
        run.to_come -= len(portions[number])
        pending, expected = plan_portion(run, choose(portion), report)
        if pending and not whole.recordings:
            first = expected
            announce(run, expected, _share(run, expected, number + 1, portions))
        whole += expected
        yield pending
        run.let_go_of_published()
    if whole.recordings > first.recordings:
        announce(run, whole, "All inputs: ")


def _known(scan: InputScan, known: KnownInputs, remembered: Mapping[str, str]) -> PlannedInputs:
    new = {source.path for source in known.to_probe}
    return PlannedInputs(
        scan=scan,
        media_ids={path: media_id for path, media_id in remembered.items() if path not in new},
        remembered=remembered.keys() - new,
        lost=lost_inputs(scan),
        unreadable=known.unreadable,
        finished=known.finished,
    )


def divided(sources: Sequence[Source], concurrency: int) -> list[Sequence[Source]]:
    """Divide inputs into portions: small ones first.

    What has tags stays together, since the same bytes get the tags of all their names.

    >>> [len(portion) for portion in divided([Source("a.mp4", "/a.mp4")] * 100, concurrency=8)]
    [8, 8, 16, 32, 32, 4]
    """
    if any(source.tags_json for source in sources):
        return [sources]
    portions: list[Sequence[Source]] = []
    start = 0
    while start < len(sources):
        rounds = min(_ROUNDS, max(1, 1 << len(portions) - 1)) if portions else 1
        most_bytes = _MOST_BYTES if portions else _FIRST_BYTES
        end, size = start, 0
        while end < len(sources) and end - start < rounds * concurrency and (end == start or size < most_bytes):
            size += sources[end].size_bytes or 0
            end += 1
        portions.append(sources[start:end])
        start = end
    return portions


def _probed_ahead(
    run: Run, scan: InputScan, portions: Sequence[Sequence[Source]], remembered: Mapping[str, str]
) -> Iterator[tuple[PlannedInputs, progress.Reporter]]:
    """Give what probing the portions came to, in order.

    With each comes who is to show the progress of what follows.
    """
    with ThreadPoolExecutor(1, "hashing") as reader:

        def hashed(number: int) -> Future[Hashed] | None:
            if number == len(portions):
                return None
            return reader.submit(_hashed, [one for one in portions[number] if one.path not in remembered])

        report = progress.current()
        ahead, probing = hashed(0), None
        for number, portion in enumerate(portions):
            if probing is None:
                assert ahead is not None
                if number == 0:
                    report.begin("reading", len(portion))
                probing = _begun(run, scan, portion, remembered, ahead.result())
            if number == 0:
                report.begin("probing", len(probing.each))
            elif number == 1 and not _is_asking(run):
                report.begin("probing", run.to_come)
            ahead = hashed(number + 1)
            found = collected(scan, probing.each, probing.results(), probing.media_ids, report)
            known, probing = probing.known, None
            if ahead is not None and ahead.done():
                probing = _begun(run, scan, portions[number + 1], remembered, ahead.result())
            yield (
                replace(
                    found,
                    remembered=[one.path for one in portion if one.path in remembered],
                    finished=known.finished,
                    unreadable=known.unreadable,
                ),
                report,
            )
            report = progress.SILENT if _is_asking(run) else report


def _is_asking(run: Run) -> bool:
    """Return whether it is shown by now what is asked."""
    return run.planned is not None and run.planned.asked > 0


def _hashed(sources: Sequence[Source]) -> Hashed:
    once = {source.path: source for source in sources}  # one may be wanted in two ways
    return [one for group in identify(once.values()) for one in group]


def _begun(
    run: Run, scan: InputScan, portion: Sequence[Source], remembered: Mapping[str, str], hashed: Hashed
) -> Probing:
    """Submit the tasks that probe a portion, but for what is known by its bytes."""
    run.session.file_cache.remember(hashed, scan.looked_at)
    media_ids = {source.path: media_id for source, media_id in hashed}
    media_ids |= {source.path: remembered[source.path] for source in portion if source.path in remembered}
    known = look_up(run.resolved, run.session, replace(scan, items=tuple(portion)), media_ids, run.judged)
    each = by_sound(known.to_probe)
    firsts = [sources[0] for sources in each.values()]
    are_remote = any(is_address(source.path) for source in firsts)
    groups = among_tasks(firsts, _TASKS_FOR_ADDRESSES) if are_remote else among_tasks(firsts)
    return Probing(known, media_ids, each, [(some, submit_probes(some, media_ids)) for some in groups])


def _share(run: Run, expected: Expected, planned: int, portions: Sequence[Sequence[Source]]) -> str:
    """Return of which inputs an estimate is, and what all may come to.

    "" where it is of all of them.
    """
    if not run.to_come:
        return ""
    first, whole = (sum(map(len, some)) for some in (portions[:planned], portions))
    cost, price = expected.usage.cost_nano, run.job.price
    all_ = f", all of them perhaps {money(round(cost * whole / first), price.currency)}" if cost and price else ""
    return f"The first {first} of {whole} inputs{all_}: "
