"""How inputs are divided into portions, and what portions come to together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.pipeline.portions import divided
from flows.pipeline.results import PlannedInputs
from tasks.inputs.overrides import AS_THE_RUN
from tasks.inputs.scan import InputScan, Source
from tasks.run.batch import PendingAnalysis
from tests.support.dataset_rows import plan as a_plan

GIB = 1 << 30


def sources(sizes: list[int]) -> list[Source]:
    return [Source(f"{number}.wav", f"/{number}.wav", size) for number, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "concurrency", "portions"),
    [
        ([], 4, []),
        ([1], 4, [1]),
        ([1] * 40, 4, [4, 4, 8, 16, 8]),
        ([GIB] * 8, 4, [1, 4, 3]),
        ([1] * 3, 1, [1, 1, 1]),
    ],
)
def test_portions_begin_small_and_grow(sizes: list[int], concurrency: int, portions: list[int]) -> None:
    assert [len(portion) for portion in divided(sources(sizes), concurrency)] == portions


def test_inputs_with_tags_stay_together() -> None:
    tagged = [replace(source, tags_json="{}") for source in sources([1] * 40)]
    assert [len(portion) for portion in divided(tagged, concurrency=4)] == [40]


def test_of_two_portions_with_the_same_bytes_the_first_is_asked() -> None:
    plan = a_plan()
    asked = PlannedInputs(InputScan(()), pending=(PendingAnalysis(plan),))
    again = PlannedInputs(
        InputScan(()),
        pending=(PendingAnalysis(plan),),
        finished={("known", AS_THE_RUN): "a1", (plan.recording.media_id, AS_THE_RUN): plan.analysis_id},
    )
    both = asked + again
    assert (len(both.pending), dict(both.finished)) == (1, {("known", AS_THE_RUN): "a1"})


def test_published_analyses_leave_only_their_names() -> None:
    plan, other = a_plan(), replace(a_plan(media_id="other"), analysis_id="a2")
    source, second = sources([1, 1])
    planned = PlannedInputs(
        InputScan(()),
        probed=((source, plan.recording),),
        plans=((source, plan), (second, other)),
        pending=(PendingAnalysis(plan), PendingAnalysis(other)),
    )
    left = planned.without_plans({plan.analysis_id})
    assert (left.probed, left.plans, [one.plan for one in left.pending]) == ((), ((second, other),), [other])
    assert (left.asked, list(left.published.values())) == (2, [plan.analysis_id])


def test_the_same_bytes_after_those_that_are_published_are_asked_once() -> None:
    plan = a_plan()
    again = PlannedInputs(
        InputScan(()),
        pending=(PendingAnalysis(plan),),
        finished={(plan.recording.media_id, AS_THE_RUN): plan.analysis_id},
    )
    published = PlannedInputs(InputScan(()), published={(plan.recording.media_id, AS_THE_RUN): plan.analysis_id})
    both = published + again
    assert (both.pending, both.finished) == ((), {})
