from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.findings import Stretch
from engine.stretches import at_least, clipped, joined, overlap_ms

STRETCHES = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 100)).map(lambda pair: Stretch(pair[0], pair[0] + pair[1])),
    max_size=12,
)


def covered(stretches: list[Stretch]) -> set[int]:
    return {ms for each in stretches for ms in range(each.start_ms, each.end_ms)}


@given(STRETCHES)
def test_joining_covers_the_same_time_without_overlap(stretches: list[Stretch]) -> None:
    result = joined(stretches)
    assert covered(result) == covered(stretches)
    assert all(one.end_ms < two.start_ms for one, two in pairwise(result))


@given(STRETCHES, st.integers(0, 300), st.integers(0, 300))
def test_clipping_keeps_what_lies_inside(stretches: list[Stretch], start: int, length: int) -> None:
    inside = clipped(stretches, start, start + length)
    assert covered(inside) == covered(stretches) & set(range(start, start + length))


def test_overlap_counts_the_covered_time() -> None:
    assert overlap_ms(Stretch(100, 200), [Stretch(0, 120), Stretch(150, 160), Stretch(190, 300)]) == 40


def test_stretches_a_short_pause_apart_become_one() -> None:
    assert joined([Stretch(0, 100), Stretch(150, 200)], gap_ms=50) == [Stretch(0, 200)]


def test_short_ones_can_be_left_out() -> None:
    assert at_least([Stretch(0, 10), Stretch(20, 40)], 15) == [Stretch(20, 40)]
