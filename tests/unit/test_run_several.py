"""Which recordings are asked about together in one task, and how what came of them is told apart again."""

from __future__ import annotations

import pickle

import pytest

from tasks.run.not_ok import InSeveral, SeveralNotOk, one_of_several
from tasks.run.several import how_many_together


@pytest.mark.parametrize(
    ("recordings", "concurrency", "together"),
    [(0, 8, 1), (15, 8, 1), (16, 8, 2), (999, 8, 2), (256, 32, 8), (9_999, 64, 16), (9_999, 1000, 9), (100, 1, 1)],
)
def test_so_many_go_together_that_all_slots_have_some(recordings: int, concurrency: int, together: int) -> None:
    assert how_many_together(recordings, concurrency) == together


def test_one_of_several_is_found_by_its_place() -> None:
    several = [(("a",),), (("b",), ("c",))]
    assert [one_of_several(found, several) for found in (InSeveral(1, 1), ("alone",))] == [("c",), ("alone",)]


def test_one_of_several_is_found_where_another_did_not_end_ok() -> None:
    refused = SeveralNotOk("1 of 2 did not end ok", (ValueError("refused"), ("ok",)))
    assert one_of_several(InSeveral(0, 1), [refused]) == ("ok",)


def test_where_the_whole_task_was_lost_each_has_its_error() -> None:
    lost = RuntimeError("the worker died")
    assert one_of_several(InSeveral(0, 1), [lost]) is lost


def test_several_not_ok_survives_pickling_with_what_was_found() -> None:
    copy = pickle.loads(pickle.dumps(SeveralNotOk("1 of 2 did not end ok", (("ok",),))))
    assert (copy.message, copy.found) == ("1 of 2 did not end ok", (("ok",),))
