"""What is done about each kind of answer: a real server that gives it, real cuts and files, the rows in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from prompts.reader import correction_turn
from tests.support.desk import MOST_TOKENS, REFUSED, TOO_LARGE, Desk, errors, full, outcomes
from tests.support.media import make_video
from tests.support.service import AMBIGUOUS, DOCUMENTED, OUTPUT_REFUSED, CutStream, Fault, Say
from tests.support.service_bodies import make_silence
from tests.support.service_spoilt import MALFORMED, beyond_the_clip, looping, stops_early, truncated

# --- refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [REFUSED, OUTPUT_REFUSED])
def test_a_refusal_is_confirmed_once_and_then_a_row(desk: Desk, refusal: Fault) -> None:
    _, rows = desk.asked(refusal, refusal)
    assert outcomes(rows) == [("refused", 2)]
    assert errors(rows) == ["Refused", "Refused"]
    assert [failure["stage"] for failure in rows["failures"]] == ["ask"]  # open until something mends it


def test_a_refusal_that_is_not_confirmed_leaves_only_its_call(desk: Desk) -> None:
    _, rows = desk.asked(REFUSED)
    assert outcomes(rows) == [("ok", 2)]
    assert errors(rows) == ["Refused", None]


# --- malformed ---------------------------------------------------------------------------------------------------


def test_a_malformed_answer_is_followed_by_one_correction_in_the_same_conversation(desk: Desk) -> None:
    _, rows = desk.asked(MALFORMED)
    assert outcomes(rows) == [("ok", 2)]
    first, second = desk.sent
    asked, answered, corrected = second["messages"]
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "user"]
    assert asked == first["messages"][0]
    assert answered["content"] == MALFORMED.text
    (words,) = corrected["content"]
    assert words["text"] == correction_turn(
        ["Storyline", "Speakers and Transcript"], ["Storyline", "Speakers and Transcript"]
    )


def test_an_answer_that_stays_malformed_is_kept_as_it_came_last(desk: Desk) -> None:
    _, rows = desk.asked(MALFORMED, Say("I am sorry."))
    assert outcomes(rows) == [("malformed", 2)]
    assert rows["segments"][0]["raw_answer"] == "I am sorry."


# --- truncated ---------------------------------------------------------------------------------------------------


def test_a_truncated_answer_is_asked_for_again_with_all_the_tokens(desk: Desk) -> None:
    _, rows = desk.asked(truncated())
    assert outcomes(rows) == [("ok", 2)]
    assert [body.get("max_tokens") for body in desk.sent] == [None, MOST_TOKENS]


def test_what_all_the_tokens_are_too_few_for_is_asked_about_in_halves_on_one_timeline(desk: Desk) -> None:
    _, rows = desk.asked(truncated(), full())
    spans = [(row["start_ms"], row["end_ms"], row["cut_reason"], row["outcome"]) for row in rows["segments"]]
    assert spans == [(0, 4000, "truncated", "ok"), (4000, 8000, "truncated", "ok")]
    assert rows["analyses"][0]["coverage"] == 1.0
    assert [row["start_ms"] for row in rows["storyline"]] == [0, 2000, 4000, 6000]
    assert [body.get("max_tokens") for body in desk.sent] == [None, *[MOST_TOKENS] * 3]


def test_halving_ends_and_what_was_said_is_kept(desk: Desk) -> None:
    _, rows = desk.asked(*[full()] * 40)
    assert Counter(row["outcome"] for row in rows["segments"]) == {"truncated": 8}
    assert len(desk.sent) == len(rows["calls"]) == 1 + 2 + 4 + 8
    assert len({row["segment_id"] for row in rows["calls"]}) == 15
    assert len(rows["storyline"]) == 8


def test_where_the_halves_fail_the_truncated_whole_is_published(desk: Desk) -> None:
    _, rows = desk.asked(full(), *[DOCUMENTED["invalid_parameter_error"]] * 2)
    assert outcomes(rows) == [("truncated", 3)]
    assert len(rows["storyline"]) == 1
    assert errors(rows) == [None, "BadRequest", "BadRequest"]


# --- loops, and times --------------------------------------------------------------------------------------------


def test_a_loop_is_asked_for_again_once_as_it_was(desk: Desk) -> None:
    _, rows = desk.asked(looping())
    assert outcomes(rows) == [("ok", 2)]
    assert desk.sent[0] == desk.sent[1]


def test_a_loop_that_comes_again_is_published_once_and_said(desk: Desk) -> None:
    _, rows = desk.asked(looping(finish_reason="length"), looping(80))
    assert outcomes(rows) == [("partial", 2)]
    [segment] = rows["segments"]
    assert segment["reason"].startswith("repeated 80 times in a row: “And then the same thing happens once more.”")
    assert str([row["description"] for row in rows["storyline"]]).count("the same thing happens") == 1
    assert segment["raw_answer"].count("the same thing happens") == 80


def test_an_answer_that_stops_early_is_partial_and_not_asked_for_again(desk: Desk) -> None:
    _, rows = desk.asked(stops_early())
    assert outcomes(rows) == [("partial", 1)]
    assert "the last time is" in rows["segments"][0]["reason"]


def test_times_beyond_the_clip_are_clamped_and_say_so(desk: Desk) -> None:
    _, rows = desk.asked(beyond_the_clip())
    assert outcomes(rows) == [("ok", 1)]
    assert rows["storyline"][-1]["end_ms"] == 8000
    assert rows["storyline"][-1]["time_quality"] == "clamped"


# --- too large ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [TOO_LARGE, AMBIGUOUS["file too large"], DOCUMENTED["request_too_large"]])
def test_what_the_service_finds_too_large_is_asked_about_in_halves(film: Desk, error: Fault) -> None:
    _, rows = film.asked(error)
    spans = [(row["start_ms"], row["end_ms"], row["cut_reason"], row["outcome"]) for row in rows["segments"]]
    assert spans == [(0, 2000, "too_large", "ok"), (2000, 4000, "too_large", "ok")]
    assert errors(rows) == ["TooLarge", None, None]


def test_what_cannot_be_halved_any_more_is_shrunk_once(desk_for: Callable[[Path], Desk], media: Path) -> None:
    desk = desk_for(make_video(media, "short.mp4", seconds=1.5, size="640x480"))
    _, rows = desk.asked(TOO_LARGE)
    [segment] = rows["segments"]
    assert (segment["outcome"], segment["attempts"]) == ("ok", 2)
    before, after = (body["messages"][0]["content"][0]["max_pixels"] for body in desk.sent)
    assert (after, segment["max_pixels"]) == (before // 2, before // 2)
    assert segment["width"] * segment["height"] <= after


def test_what_stays_too_large_fails_and_says_so(desk_for: Callable[[Path], Desk], media: Path) -> None:
    desk = desk_for(make_silence(media, seconds=1.5))
    _, rows = desk.asked(TOO_LARGE, TOO_LARGE)
    [failure] = rows["failures"]
    assert (failure["error_class"], failure["retryable"], failure["attempts"]) == ("TooLarge", False, 2)
    assert "Choose a scenario with shorter segments or fewer pixels." in failure["message"]


# --- every call counts -------------------------------------------------------------------------------------------


def test_every_request_is_a_call_in_its_order(desk: Desk) -> None:
    _, rows = desk.asked(CutStream(after=20), REFUSED, looping(), truncated(), MALFORMED)
    assert outcomes(rows) == [("ok", 6)]
    assert errors(rows) == ["ConnectionLost", "Refused", None, None, None, None]
    assert [row["try"] for row in rows["calls"]] == [1, 2, 3, 4, 5, 6]
    assert len(desk.sent) == 6


def test_clips_are_gone_once_they_are_answered(film: Desk) -> None:
    film.asked(MALFORMED, TOO_LARGE, full(), TOO_LARGE)
    assert list(film.workdir.iterdir()) == []
