"""What a run comes to: the counts, the exit status and the sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tasks.errors import BadKey, Interrupted, OverBudget, UsageError
from tasks.records import Failure, Outcome, Tokens
from tasks.run.summary import SavedRecording, Summary
from tasks.run.usage import Usage, money


def a_saved(outcome: Outcome = "ok", cost_nano: int | None = 5, **segments: int) -> SavedRecording:
    usage = Usage(1, Tokens(video=10, output=3), cost_nano)
    return SavedRecording("talk.mp4", outcome, 1.0, segments or {"ok": 1}, 1, usage)


def a_summary(**facts: object) -> Summary:
    return Summary(run_id="r", dataset="d", provider="local", model="m", currency="CNY", **facts)  # type: ignore[arg-type]


def a_failure() -> Failure:
    return Failure("x|y.mp4", None, None, "probe", "NotMedia", "no\nmedia", False, 1, datetime.now(UTC))


def test_seen_is_new_plus_skipped_and_new_is_the_sum_of_the_outcomes() -> None:
    counts = a_summary(saved=(a_saved(), a_saved("partial")), lost=1, skipped=4).recordings
    assert counts == {"seen": 7, "new": 3, "skipped": 4, "ok": 1, "partial": 1, "failed": 1, "refused": 0}


def test_segments_are_added_up_by_outcome() -> None:
    counts = a_summary(saved=(a_saved(ok=2, refused=1), a_saved(ok=1))).segments
    assert (counts["asked"], counts["ok"], counts["refused"], counts["failed"]) == (2, 3, 1, 0)


def test_all_done_is_status_0() -> None:
    assert a_summary(saved=(a_saved(),)).exit_status == 0


def test_nothing_to_do_is_status_0() -> None:
    assert a_summary(skipped=3).exit_status == 0


def test_a_recording_that_ended_other_than_ok_is_status_1() -> None:
    assert a_summary(saved=(a_saved("partial"),)).exit_status == 1


def test_an_unreadable_input_is_status_1() -> None:
    assert a_summary(saved=(a_saved(),), failures=(a_failure(),), lost=1).exit_status == 1


@pytest.mark.parametrize(
    ("error", "status"), [(UsageError("?"), 2), (BadKey("no"), 3), (Interrupted("stopped"), 130)], ids=str
)
def test_an_error_that_ended_the_run_has_its_own_status(error: Exception, status: int) -> None:
    assert a_summary(error=error).exit_status == status


def test_the_cost_is_unknown_as_soon_as_one_price_is_missing() -> None:
    summary = a_summary(saved=(a_saved(cost_nano=7), a_saved(cost_nano=None)))
    assert summary.usage.cost_nano is None
    assert summary.as_json()["cost"] is None


def test_unknown_is_not_free_where_nothing_was_counted() -> None:
    summary = a_summary(unpublished=Usage(3, Tokens(), 0), estimate=Usage(1, Tokens(text=5), 7))
    assert summary.usage.cost_nano is None
    assert summary.as_json()["cost"] is None
    assert "cost: unknown" in summary.as_markdown()


def test_a_free_service_is_free_also_where_nothing_was_counted() -> None:
    summary = a_summary(unpublished=Usage(3, Tokens(), 0), estimate=Usage(1, Tokens(text=5), 0))
    assert summary.usage.cost_nano == 0


def test_what_is_still_open_ends_a_run_until_it_is_accepted() -> None:
    summary = a_summary(skipped=1, still_open=(replace(a_failure(), segment_id="s", outcome="malformed"),))
    assert (summary.exit_status, replace(summary, ignore_known=True).exit_status) == (1, 0)
    assert "reelsheet retry --outcome malformed --dataset " in summary.hint
    assert "reelsheet accept ID --reason TEXT" in summary.hint


def test_the_json_object_has_the_documented_keys() -> None:
    assert set(a_summary().as_json()) == {
        "run_id", "dataset", "provider", "model", "recordings", "segments", "requests", "tokens", "cost", "currency",
        "estimate", "budget", "failures", "warnings", "open", "not_reached", "still_changing", "unreadable", "retry",
        "error",
    }  # fmt: skip


def test_the_artifact_keeps_its_table_whole_whatever_a_message_holds() -> None:
    text = a_summary(failures=(a_failure(),), lost=1).as_markdown()
    assert "| x\\|y.mp4 | probe | no media |" in text


def test_money_says_when_it_is_unknown() -> None:
    assert money(1_500_000_000, "CNY") == "1.5000 CNY"
    assert (money(99_999, "USD"), money(100_000, "USD")) == ("less than 0.0001 USD", "0.0001 USD")
    assert "unknown" in money(None, None)


# --- money -------------------------------------------------------------------------------------------------------


def test_what_was_sent_for_nothing_is_counted_too() -> None:
    summary = a_summary(saved=(a_saved(),), unpublished=Usage(2, Tokens(video=1), 4))
    assert (summary.usage.requests, summary.usage.tokens.video, summary.usage.cost_nano) == (3, 11, 9)


def test_estimate_and_actual_stand_side_by_side_for_each_modality() -> None:
    summary = a_summary(saved=(a_saved(),), estimate=Usage(1, Tokens(video=12, audio=4), 7))
    assert summary.by_modality == [("video", "12", "10"), ("audio", "4", "0"), ("written", "0", "3")]
    assert "| video | 12 | 10 |" in summary.as_markdown()
    told = summary.as_json()
    assert (told["estimate"]["tokens"]["video"], told["tokens"]["video"]) == (12, 10)


def test_a_budget_that_was_not_enough_is_status_1_and_says_what_is_left() -> None:
    summary = a_summary(
        saved=(a_saved("partial", ok=1, skipped=2),), max_cost_nano=20, over_budget=OverBudget("Too much.")
    )
    assert (summary.exit_status, summary.state, summary.error) == (1, "incomplete", None)
    assert summary.as_json()["budget"] == {"max_cost": 2e-08, "spent": 5e-09, "left": 1.5e-08, "segments_left": 2}
    assert "2 segments not asked" in summary.sentence
    assert " Spent: 0.0000 of 0.00000002 CNY. " in summary.sentence
    assert summary.as_json()["warnings"]


def test_speech_that_was_not_transcribed_is_a_warning_that_names_the_option() -> None:
    saved = replace(a_saved("partial", partial=2), untranscribed=2)
    summary = a_summary(saved=(saved, saved))
    [warning] = summary.as_json()["warnings"]
    assert warning == (
        "Speech was heard and not transcribed in 2 recordings: name its language and run again, as in `--language en`."
    )
    assert summary.retry_command == ""  # the same question has the same answer
    assert summary.exit_status == 1


def test_a_language_that_was_named_is_not_asked_for_again() -> None:
    saved = replace(a_saved("partial", partial=1), untranscribed=1, language="es")
    assert a_summary(saved=(saved,)).speech_notes == (
        "Speech was heard and not transcribed in 1 recording, though `--language es` was given: "
        "m could not make out its words.",
    )


def test_a_later_run_warns_of_speech_that_is_still_not_transcribed() -> None:
    still = replace(a_failure(), segment_id="s", outcome="partial", message="speech_not_transcribed")
    summary = a_summary(skipped=1, still_open=(still,))
    assert summary.speech_notes == (
        "Speech of known recordings is not transcribed, 1 segment: name its language and run again, as in "
        "`--language en`.",
    )
    assert summary.hint.endswith("not ok. To accept them as known: `reelsheet accept ID --reason TEXT`.")


def test_a_partial_answer_of_another_kind_is_still_asked_again() -> None:
    saved = replace(a_saved("partial", partial=2), untranscribed=1)
    assert a_summary(saved=(saved,)).retry_command == "reelsheet retry --outcome partial --dataset d"


def test_files_still_changing_are_counted() -> None:
    summary = a_summary(still_changing=8)
    assert (summary.sentence, summary.exit_status) == ("Nothing to analyse yet: 8 files still changing.", 0)
    assert summary.as_json()["still_changing"] == 8
