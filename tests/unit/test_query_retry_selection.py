"""What retry chooses: segments of the newest attempts, inputs that never became an analysis, by the runs' settings."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from tasks.inputs.overrides import InputOptions
from tasks.query.retry_selection import RetryRule, RetryTarget, select
from tasks.run.request import RetryRequest
from tasks.store.commit import publish_run
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tests.support.dataset_rows import MEDIA, START, attempt_rows, row, run, segment_id
from tests.support.publishing import publish_analysis

OTHER = "cd" * 32
DAY = timedelta(days=1)

OUTCOMES = ("failed", "skipped", "refused", "malformed", "truncated", "partial")
STAGES = ("input", "probe", "plan", "cut", "ask", "save", "translate")


def attempt(
    dataset: Dataset,
    name: str = "aa",
    number: int = 1,
    outcomes: tuple[str, ...] = ("ok", "failed"),
    *,
    run_id: str = "run-1",
    **given: Any,
) -> None:
    rows = attempt_rows(name, number, outcomes, run_id=run_id, outcome="partial", **given)
    assert publish_analysis(dataset, rows, run(run_id))


def ended(dataset: Dataset, run_id: str = "run-1", at: datetime = START, **settings: Any) -> None:
    """The run's own row, with its settings, and the recording as it saw it."""
    given = {"inputs": ["in"], "dataset": None, "model": None, "prompt": None, "trigger": "manual", "cwd": "/work"}
    config = json.dumps(given | settings)
    rows = {
        "runs": [row("runs", run_id=run_id, started_at=at, config_json=config)],
        "inputs": [row("inputs", run_id=run_id, uri=f"in/{run_id}.mp4", media_id=MEDIA, status="new")],
    }
    publish_run(dataset, rows, run(run_id, at))


def failed_input(
    dataset: Dataset,
    uri: str = "in/x.mp4",
    run_id: str = "run-1",
    at: datetime = START,
    cwd: str = "/work",
    options_json: str | None = None,
    **failure: Any,
) -> None:
    given: dict[str, Any] = {"stage": "probe", "retryable": True} | failure
    moment = at + timedelta(minutes=1)
    rows = {
        "runs": [row("runs", run_id=run_id, started_at=at, config_json=json.dumps({"inputs": ["in"], "cwd": cwd}))],
        "inputs": [
            row(
                "inputs",
                run_id=run_id,
                uri=uri,
                media_id=given.get("media_id"),
                status="failed",
                options_json=options_json,
            )
        ],
        "failures": [row("failures", run_id=run_id, uri=uri, occurred_at=moment, **given)],
    }
    publish_run(dataset, rows, run(run_id, at))


def recordings(dataset: Dataset, **rule: Any) -> list[RetryTarget]:
    return [wanted for group in select(dataset, RetryRule(**rule)) for wanted in group.recordings]


def segments(dataset: Dataset, **rule: Any) -> list[str]:
    """The chosen segments as ANALYSIS/NUMBER."""
    return sorted(
        f"{w.analysis_id}/{int(s[:2])}" for w in recordings(dataset, **rule) for s in w.segment_ids if w.analysis_id
    )


# --- which segments ----------------------------------------------------------------------------------------------


def test_nothing_failed_nothing_chosen(dataset: Dataset) -> None:
    assert select(dataset, RetryRule()) == ()
    attempt(dataset, outcomes=("ok", "refused", "malformed", "truncated", "partial"))
    assert select(dataset, RetryRule()) == ()


def test_what_was_skipped_or_may_succeed_now_is_chosen(dataset: Dataset) -> None:
    attempt(dataset, outcomes=("ok", "failed", "refused", "skipped"))
    ended(dataset)
    assert recordings(dataset) == [
        RetryTarget("in/run-1.mp4", MEDIA, "aa", frozenset({segment_id("aa", 1), segment_id("aa", 3)}), 1)
    ]


def test_what_is_chosen_unasked_is_what_leaves_an_analysis_unfinished(dataset: Dataset) -> None:
    for number, outcome in enumerate((*OUTCOMES, "ok")):
        attempt(dataset, f"a{number}", outcomes=("ok", outcome))
    final = attempt_rows("ff", 1, ("ok", "failed"), outcome="partial")
    final["segments"][1]["retryable"] = False
    publish_analysis(dataset, final, run())
    everything = {*(f"a{number}" for number in range(len(OUTCOMES) + 1)), "ff"}
    unfinished = everything - History(dataset).done(everything)
    assert {wanted.analysis_id for wanted in recordings(dataset)} == unfinished != set()


def test_a_failure_that_asking_again_cannot_mend_is_chosen_by_its_outcome(dataset: Dataset) -> None:
    rows = attempt_rows("aa", 1, ("ok", "failed"), outcome="partial")
    rows["segments"][1]["retryable"] = False
    publish_analysis(dataset, rows, run())
    assert segments(dataset) == []
    assert segments(dataset, outcomes=("failed",)) == ["aa/1"]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_chooses_its_segments_alone(dataset: Dataset, outcome: str) -> None:
    attempt(dataset, outcomes=OUTCOMES)
    assert segments(dataset, outcomes=(outcome,)) == [f"aa/{OUTCOMES.index(outcome)}"]


def test_several_outcomes_add_up(dataset: Dataset) -> None:
    attempt(dataset, outcomes=("refused", "ok", "malformed", "failed"))
    assert segments(dataset, outcomes=("refused", "malformed")) == ["aa/0", "aa/2"]


def test_only_the_newest_attempt_counts(dataset: Dataset) -> None:
    attempt(dataset, number=1, outcomes=("failed", "failed"))
    attempt(dataset, number=2, outcomes=("ok", "failed"))
    assert segments(dataset) == ["aa/1"]


def test_an_analysis_counts_also_where_another_has_answered_since(dataset: Dataset) -> None:
    attempt(dataset, "aa", outcomes=("failed",))
    attempt(dataset, "bb", outcomes=("ok",), completed_at=START + DAY)
    assert segments(dataset) == ["aa/0"]


@pytest.mark.parametrize(("stage", "chosen"), [("ask", ["aa/0", "aa/2"]), ("cut", ["aa/1"]), ("probe", [])])
def test_a_stage_chooses_what_failed_there(dataset: Dataset, stage: str, chosen: list[str]) -> None:
    rows = attempt_rows("aa", 1, ("failed", "failed", "skipped"), outcome="failed")
    rows["segments"][0]["bytes_sent"] = 1000  # it was cut and sent
    publish_analysis(dataset, rows, run())
    assert segments(dataset, stages=(stage,)) == chosen


def test_since_leaves_out_what_came_about_before(dataset: Dataset) -> None:
    attempt(dataset, "aa", completed_at=START)
    attempt(dataset, "bb", completed_at=START + DAY)
    assert segments(dataset, since=START + DAY) == ["bb/1"]


def test_an_answer_that_was_taken_over_is_as_old_as_its_request(dataset: Dataset) -> None:
    for number in (1, 2):
        rows = attempt_rows("aa", number, ("refused", "refused"), completed_at=START + number * DAY)
        rows["segments"][0]["attempts"] = 1 if number == 1 else 0
        rows["segments"][1]["attempts"] = 1
        rows["segments"][0]["retryable"] = True
        if number == 1:
            rows["segments"][1] |= {"outcome": "failed", "retryable": True}
        publish_analysis(dataset, rows, run())
    assert segments(dataset, outcomes=("refused",), since=START + 2 * DAY) == ["aa/1"]


# --- which inputs ------------------------------------------------------------------------------------------------


def test_an_input_that_failed_before_it_became_an_analysis_is_chosen(dataset: Dataset) -> None:
    failed_input(dataset)
    assert recordings(dataset) == [RetryTarget("in/x.mp4")]


def test_an_input_that_a_later_run_has_taken_is_mended(dataset: Dataset) -> None:
    failed_input(dataset, "in/run-2.mp4")
    ended(dataset, "run-2", START + DAY)
    assert recordings(dataset) == []


def test_a_recording_that_a_later_run_has_taken_under_another_name_is_mended(dataset: Dataset) -> None:
    failed_input(dataset, stage="save", media_id=MEDIA)
    assert recordings(dataset) == [RetryTarget("in/x.mp4", MEDIA)]
    ended(dataset, "run-2", START + DAY)
    assert recordings(dataset) == []


def test_the_same_name_in_another_folder_is_another_input(dataset: Dataset) -> None:
    failed_input(dataset, "in/run-2.mp4", cwd="/elsewhere")
    ended(dataset, "run-2", START + DAY)
    assert recordings(dataset) == [RetryTarget("in/run-2.mp4")]


def test_an_absolute_name_is_the_same_from_every_folder(dataset: Dataset) -> None:
    failed_input(dataset, "/in/x.mp4", cwd="/elsewhere")
    failed_input(dataset, "/in/x.mp4", "run-2", START + DAY)
    assert len(recordings(dataset)) == 1


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ({}, False),
        ({"outcomes": ("failed",)}, True),
        ({"outcomes": ("failed",), "stages": ("probe",)}, True),
        ({"outcomes": ("failed",), "stages": ("plan",)}, False),
        ({"outcomes": ("refused",)}, False),
        ({"outcomes": ("failed",), "since": START + DAY}, False),
    ],
)
def test_an_unreadable_input_is_chosen_by_its_outcome_stage_and_time(
    dataset: Dataset, rule: dict[str, Any], chosen: bool
) -> None:
    failed_input(dataset, retryable=False)
    assert bool(recordings(dataset, **rule)) == chosen


@pytest.mark.parametrize(
    ("uri", "failure"),
    [("in/x.mp4", {"stage": "save", "media_id": MEDIA}), ("abab.mp4", {"stage": "input", "media_id": None})],
)
def test_a_recording_is_named_once_where_its_next_attempt_was_lost(
    dataset: Dataset, uri: str, failure: dict[str, Any]
) -> None:
    attempt(dataset)
    failed_input(dataset, uri, **failure)
    assert [wanted.analysis_id for wanted in recordings(dataset)] == ["aa"]


# --- with which settings -----------------------------------------------------------------------------------------


def test_runs_with_the_same_settings_are_one_group_in_the_order_of_the_runs(dataset: Dataset) -> None:
    attempt(dataset, "aa", run_id="run-1")
    attempt(dataset, "bb", run_id="run-2")
    attempt(dataset, "cc", run_id="run-3", media_id=OTHER)
    ended(dataset, "run-1", prompt="mine.md")
    ended(dataset, "run-2", inputs=["other"])
    ended(dataset, "run-3", inputs=["third"], concurrency=3)
    first, second = select(dataset, RetryRule())
    assert [(first.config["prompt"], w.analysis_id) for w in first.recordings] == [("mine.md", "aa")]
    assert [w.analysis_id for w in second.recordings] == ["cc", "bb"]  # by uri: cd….mp4, in/run-2.mp4
    assert second.config["concurrency"] == 3


def test_what_a_run_took_from_its_environment_is_filled_in(dataset: Dataset) -> None:
    attempt(dataset, scenario="fine")
    ended(dataset)
    [group] = select(dataset, RetryRule())
    told = {name: group.config[name] for name in ("provider", "model", "scenario", "language", "prompt", "cwd")}
    assert told == {
        "provider": "local", "model": "m", "scenario": "fine", "language": "en", "prompt": None, "cwd": "/work",
    }  # fmt: skip


def test_a_reparsed_attempt_is_asked_as_the_run_before_it(dataset: Dataset) -> None:
    attempt(dataset, number=1)
    attempt(dataset, number=2, run_id="run-2")
    ended(dataset, "run-1", prompt="mine.md")
    ended(dataset, "run-2", command="reparse")
    [group] = select(dataset, RetryRule())
    assert group.config["prompt"] == "mine.md"
    assert [wanted.uri for wanted in group.recordings] == ["in/run-1.mp4"]


def test_of_a_run_without_a_row_the_analysis_tells_what_it_can(dataset: Dataset) -> None:
    attempt(dataset)
    [group] = select(dataset, RetryRule())
    assert group.config == {"provider": "local", "model": "m", "scenario": "standard", "language": "en"}
    assert [wanted.uri for wanted in group.recordings] == ["abab.mp4"]


# --- the request -------------------------------------------------------------------------------------------------


def test_the_request_takes_the_words_that_the_rule_knows() -> None:
    for field, known in (("outcomes", OUTCOMES), ("stages", STAGES)):
        literal, _ = get_args(RetryRequest.model_fields[field].annotation)
        assert get_args(literal) == known


def test_a_request_says_what_it_chooses() -> None:
    assert RetryRequest().label == "what may succeed now"
    assert RetryRequest(outcomes=("refused",), since=START).label == "refused, since 2026-11-22 17:30"


# --- in the way that a manifest wanted -----------------------------------------------------------------------------


def listed(dataset: Dataset, told: dict[str, str | None], run_id: str = "run-1", **settings: Any) -> None:
    """A run whose manifest named one recording under several names, each with what its row said."""
    config = json.dumps(
        {"inputs": ["talks.csv"], "cwd": "/work", "scenario": "standard", "language": "auto"} | settings
    )
    seen = [
        row("inputs", run_id=run_id, uri=uri, media_id=MEDIA, status="new", options_json=text)
        for uri, text in told.items()
    ]
    rows = {"runs": [row("runs", run_id=run_id, started_at=START, config_json=config)], "inputs": seen}
    publish_run(dataset, rows, run(run_id))


def asked_as(dataset: Dataset, name: str, **columns: str) -> None:
    rows = attempt_rows(name, 1, ("failed",), outcome="failed")
    rows["analyses"][0] |= {"scenario": "standard", "prompt": "structured-video", "language": "auto"} | columns
    publish_analysis(dataset, rows, run())


def several(dataset: Dataset, **rule: Any) -> dict[str | None, tuple[str, InputOptions, str]]:
    return {
        wanted.analysis_id: (wanted.uri, wanted.options, wanted.tags_json) for wanted in recordings(dataset, **rule)
    }


def test_an_analysis_is_asked_again_as_the_row_wanted_that_it_came_of(dataset: Dataset) -> None:
    asked_as(dataset, "aa")
    asked_as(dataset, "bb", prompt="mine")
    asked_as(dataset, "cc", scenario="fine", language="en")
    rows = {
        "1.mp4": None,
        "2.mp4": '{"prompt": "lists/mine.md"}',
        "3.mp4": '{"language": "EN", "scenario": "fine", "tags": {"x": 1}}',
    }
    listed(dataset, rows)
    assert several(dataset) == {
        "aa": ("1.mp4", InputOptions(), ""),
        "bb": ("2.mp4", InputOptions(prompt="lists/mine.md"), ""),
        "cc": ("3.mp4", InputOptions(scenario="fine", language="en"), '{"x":1}'),
    }


def test_of_a_killed_run_which_has_no_inputs_the_analysis_says_how_it_was_asked(dataset: Dataset) -> None:
    asked_as(dataset, "aa", scenario="fine", prompt="quick")
    listed(dataset, {})
    assert {key: options for key, (_, options, _) in several(dataset).items()} == {
        "aa": InputOptions(scenario="fine", prompt="quick")
    }


def test_the_runs_own_prompt_is_taken_from_its_settings_which_hold_the_path(dataset: Dataset) -> None:
    asked_as(dataset, "aa", prompt="mine")
    listed(dataset, {}, prompt="prompts/mine.md")
    assert several(dataset)["aa"][1] == InputOptions()


def test_an_input_that_could_not_be_read_is_tried_again_as_its_row_wanted(dataset: Dataset) -> None:
    failed_input(dataset, options_json='{"scenario": "fine", "tags": {"x": 1}}')
    assert recordings(dataset) == [RetryTarget("in/x.mp4", options=InputOptions(scenario="fine"), tags_json='{"x":1}')]


def test_a_bad_row_of_a_manifest_is_never_tried_again(dataset: Dataset) -> None:
    failed_input(dataset, stage="input", error_class="BadManifest", retryable=False)
    assert recordings(dataset, outcomes=("failed",)) == []
