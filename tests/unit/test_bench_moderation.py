"""The benchmark of the two passes: what the issue asks of them holds for the set rates."""

from __future__ import annotations

from bench.moderation import FINE, QUICK, corpus, flagged_share, measured


def test_two_passes_find_nearly_all_for_a_quarter_of_the_cost() -> None:
    films = corpus(1)
    _, fine, both = measured(films, QUICK, FINE)
    assert round(flagged_share(films), 3) == 0.05
    assert both.cost_nano / fine.cost_nano <= 0.25
    assert both.found / fine.found >= 0.95
