"""Labels into the prompt, and labels as answered back onto the policy."""

from __future__ import annotations

import pytest

from tasks.moderation.labels import asks_the_same, moderation_instruction, render_labels, resolve_labels
from tests.support.findings import DEFAULT, policy


def test_labels_are_rendered_one_a_line_below_their_parents() -> None:
    assert render_labels(policy()) == (
        "Labels:\n- hate: contempt\n  - hate.slur: slurs\n- swimwear: bathing\n- other: all else"
    )


def test_the_instruction_is_the_prompt_and_the_labels() -> None:
    assert moderation_instruction("Check.", policy()).startswith("Check.\n\nLabels:\n- hate: contempt\n")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"version": "2"}, True),
        ({"thresholds": {"review": {"severity": 7}}}, True),
        ({"labels": [{"id": "other", "title": "O", "description": "all else"}]}, False),
    ],
)
def test_only_what_the_model_reads_makes_another_question(changes: dict[str, object], same: bool) -> None:
    assert asks_the_same(policy(), policy(**changes)) is same


@pytest.mark.parametrize(
    ("answered", "labels"),
    [
        ("violence.graphic", [("violence.graphic", None)]),
        ("Violence.Graphic", [("violence.graphic", "Violence.Graphic")]),
        ("violence/graphic", [("violence.graphic", "violence/graphic")]),
        ("violence > graphic > blood", [("violence.graphic", "violence > graphic > blood")]),
        ("Graphic violence", [("violence.graphic", "Graphic violence")]),
        ("violence.graphic (blood on the floor)", [("violence.graphic", "violence.graphic (blood on the floor)")]),
        ("violence.stabbing", [("violence", "violence.stabbing")]),
        ("self_harm", [("self-harm", "self_harm")]),
        ("slur", [("hate.slur", "slur")]),
        ("S4", [("sexual.minors", "S4")]),
        ("S1", [("violence", "S1")]),
        ("hate, drugs", [("hate", None), ("drugs", None)]),
        ("Alcohol and tobacco", [("drugs.alcohol-tobacco", "Alcohol and tobacco")]),
        ("violence and mischief", [("violence", None), ("other", "violence and mischief")]),
        ("mischief", [("other", "mischief")]),
        ("暴力", [("other", "暴力")]),
        ("", [("other", None)]),
    ],
)
def test_a_label_as_answered_finds_its_place(answered: str, labels: list[tuple[str, str | None]]) -> None:
    assert [(found.label, found.answered) for found in resolve_labels(answered, DEFAULT)] == labels
