"""What is kept of batches while they are saved, and afterwards."""

from __future__ import annotations

import gc
from concurrent.futures import Future
from dataclasses import replace
from typing import Any
from uuid import uuid4

from prefect.futures import PrefectConcurrentFuture
from prefect.states import Completed, Failed

from flows.pipeline.saves import Saves
from tasks.errors import BadKey, OverBudget
from tasks.run.batch import Batch, BatchItem, BatchResult
from tasks.run.summary import SavedRecording
from tasks.run.usage import Usage
from tests.support.dataset_rows import plan as a_plan

Save = PrefectConcurrentFuture[Any]


def batch(name: str) -> Batch:
    return Batch(name, (BatchItem(replace(a_plan(), analysis_id=name), 1),))


def to_come() -> Save:
    return PrefectConcurrentFuture(uuid4(), Future())


def ended(result: Any) -> Save:
    save, state = to_come(), Failed if isinstance(result, BaseException) else Completed
    save.wrapped_future.set_result(state(data=result))
    return save


def saved(name: str, stopped: OverBudget | None = None) -> Save:
    one = SavedRecording(f"{name}.wav", "ok", 1.0, {"ok": 1}, 1, Usage(1), analysis_id=name)
    return ended(BatchResult((one,), (), stopped))


def of(*saves: tuple[str, Save]) -> Saves:
    found = Saves()
    for name, save in saves:
        found.add(batch(name), save)
    return found


def test_saves_let_go_of_what_is_done_in_order() -> None:
    saves = of(("a1", saved("a1")), ("a2", to_come()), ("a3", saved("a3")))
    taken = saves.take_done()
    left = sorted(one.name for one in gc.get_objects() if isinstance(one, Batch))
    assert (taken, left) == (["a1"], ["a2", "a3"])


def test_saves_give_the_results_of_all() -> None:
    saves = of(("a1", saved("a1")), ("a2", saved("a2")))
    saves.take_done()
    saves.add(batch("a3"), saved("a3"))
    assert [one.analysis_id for one in saves.results().saved] == ["a1", "a2", "a3"]


def test_a_batch_that_could_not_be_saved_is_a_failure_of_its_recordings() -> None:
    results = of(("a1", ended(ValueError("not")))).results()
    assert [(one.stage, one.error_class) for one in results.failures] == [("save", "ValueError")]


def test_what_stopped_a_save_comes_before_what_stopped_its_questions() -> None:
    first, later = BadKey("first"), OverBudget("later")
    results = of(("a1", saved("a1", later)), ("a2", ended(first))).results(None, BadKey("last"))
    assert (results.error, results.over_budget) == (first, later)
