"""Policies: the shipped one is whole, and a user's own is told what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from config.errors import ConfigError
from config.policy_loader import load_policy, shipped_policies
from config.policy_types import AzureCategory, Policy, RekognitionLabel, Threshold

DEFAULT = load_policy()
OTHER = "[[labels]]\nid = 'other'\ntitle = 'Other'\ndescription = 'all else'\n"
HEAD = """id = "mine"
version = "3"
title = "Mine"
as_of = 2026-11-28
review_sample = 0.1
[thresholds]
review = { severity = 2, confidence = 30 }
"""


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def label(name: str, more: str = "") -> str:
    return f"[[labels]]\nid = '{name}'\ntitle = 'T'\ndescription = 'd'\n{more}\n"


def test_the_default_policy_is_shipped_by_its_name() -> None:
    assert shipped_policies() == ("default",)
    assert (DEFAULT.id, DEFAULT.version) == ("default", "1")


def test_the_default_policy_knows_every_external_code() -> None:
    codes = [label.codes for label in DEFAULT.labels]
    assert {c for one in codes for c in one.mlcommons} == {f"S{number}" for number in range(1, 14)}
    assert {c for one in codes for c in one.aws} == set(get_args(RekognitionLabel))
    assert {c for one in codes for c in one.azure} == set(get_args(AzureCategory))


def test_the_default_policy_rejects_nothing_by_itself() -> None:
    assert {DEFAULT.thresholds_of(label.id).reject for label in DEFAULT.labels} == {"never"}
    assert (DEFAULT.sources.hash_match, DEFAULT.sources.word_list) == ("review", "review")


def test_a_description_is_one_short_line_for_the_model() -> None:
    assert max(len(label.description.split()) for label in DEFAULT.labels) <= 14


def test_a_label_takes_from_its_parent_what_it_leaves_out(tmp_path: Path) -> None:
    text = HEAD + label("a", "review = { severity = 5, confidence = 50 }\nreject = { severity = 6, confidence = 60 }")
    policy = load_policy(written(tmp_path, text + label("a.b", "reject = 'never'") + label("a.b.c") + OTHER))
    found = {name: policy.thresholds_of(name) for name in ("a", "a.b", "a.b.c", "other", "unknown")}
    assert [(str(t.review), str(t.reject)) for t in found.values()] == [
        ("severity 5, confidence 50 %", "severity 6, confidence 60 %"),
        ("severity 5, confidence 50 %", "never"),
        ("severity 5, confidence 50 %", "never"),
        ("severity 2, confidence 30 %", "never"),
        ("severity 2, confidence 30 %", "never"),
    ]


def test_a_policy_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(DEFAULT, "version", "2")  # noqa: B010


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD.replace('version = "3"\n', "") + OTHER, r"version: expected a value, found none\."),
        (HEAD.replace("0.1", "2") + OTHER, r"review_sample: expected a number less than or equal to 1, found 2\."),
        ("colour = 1\n" + HEAD + OTHER, r"colour: there is no such key\. Known keys: id, version"),
        (HEAD.replace("30", "130") + OTHER, r"thresholds\.review\.confidence: expected a number .* found 130"),
        (HEAD + label("a", "reviw = 'never'") + OTHER, r'label "a": reviw: there is no such key; .* review\?'),
        (HEAD + label("a", "review = { severity = 9 }") + OTHER, r'label "a": review\.severity: .* 7, found 9'),
        (HEAD + label("a", "review = 'often'") + OTHER, r'label "a": review: expected \{ .* or "never", found "often"'),
        (HEAD + label("Bad Id") + OTHER, r'label "Bad Id": id: expected text of the form .*, found "Bad Id"'),
        (HEAD + label("a.b") + OTHER, r'expected a label "a" above "a.b", found none; add it, or drop the dot'),
        (HEAD + OTHER + OTHER, r'expected every label once, found "other" twice; merge the two or rename one'),
        (HEAD + label("a"), r'expected a label "other" for what fits no other, found none; add it'),
        ("labels = []\n" + HEAD, r"labels: expected at least 1, found 0\."),
        (HEAD, r"labels: expected a value, found none"),
        (
            HEAD + label("a", "reject = { severity = 1, confidence = 99 }") + OTHER,
            r'label "a": expected reject not below review, found severity 1, .* below severity 2, .*; mend its review',
        ),
        (HEAD + label("a", "codes = { mlcommons = ['S99'] }") + OTHER, r'label "a": codes\.mlcommons\.0: .*S99'),
        (HEAD + label("a", "codes = { aws = ['Blood'] }") + OTHER, r"label \"a\": codes\.aws\.0: .*'Explicit'"),
        ("id = ", "is not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_what_was_expected(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refusal:
        load_policy(written(tmp_path, text))
    assert "mine.toml" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("defalt", r'There is no policy "defalt"; did you mean default\? .* a path that ends in \.toml\.'),
        ("missing.toml", r"There is no policy file missing\.toml; give the path of a TOML file, or one of: default\."),
        ("./", r"The policy file \. cannot be read"),
    ],
)
def test_a_policy_that_is_not_there_is_explained(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_policy(name)


@pytest.mark.parametrize("value", [{"severity": -1}, {"confidence": 101}, {"severity": 1.5}])
def test_a_threshold_has_bounds(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"severity|confidence"):
        Threshold(**value)


def test_a_policy_of_another_version_asks_nothing_else() -> None:
    assert isinstance(DEFAULT.model_copy(update={"version": "2"}), Policy)
