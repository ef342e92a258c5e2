"""An inquiry that is stopped, killed or out of money goes on where it was, and asks nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import BadKey, DatasetNotWritable, OverBudget
from tasks.records import Answer, Call
from tasks.run import client_pool
from tasks.store.answers import AnswerStore
from tasks.store.dataset import Dataset
from tests.support.cli import environment, reelsheet
from tests.support.desk import REFUSED, TOO_LARGE, Desk, full, outcomes
from tests.support.media import make_audio
from tests.support.publishing import publish_analysis
from tests.support.service import DOCUMENTED, FakeService, Fault
from tests.support.service_specs import KEY
from tests.support.service_spoilt import MALFORMED, looping, truncated

# --- killed and continued ----------------------------------------------------------------------------------------


class Killed(Exception):
    """Stands for the end of the process, at an instant when an answer has just become durable."""


class DyingStore(AnswerStore):
    """Dies behind its n-th answer."""

    left = 0

    def put(self, answer: Answer) -> DatasetNotWritable | None:
        wrong = super().put(answer)
        self.left -= 1
        if self.left == 0:
            raise Killed
        return wrong


STORIES: dict[str, tuple[Fault, ...]] = {
    "refused twice": (REFUSED, REFUSED),
    "all but too large, and a half malformed": (REFUSED, looping(), truncated(), full(), MALFORMED),
    "too large, and a half again": (TOO_LARGE, TOO_LARGE),
}


def content(desk: Desk, answers: tuple[Answer, ...]) -> tuple[Any, ...]:
    """What the tables would say, but for what is new with every request."""
    rows = desk.rows(answers)
    told = [[row[name] for name in ("start_ms", "end_ms", "outcome", "reason", "attempts")] for row in rows["segments"]]
    calls = [[row[name] for name in ("segment_id", "try", "error_class")] for row in rows["calls"]]
    return told, calls, rows["storyline"], rows["transcript"]


def bodies(desk: Desk) -> list[str]:
    return [str(body) for body in desk.sent]


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
@pytest.mark.long
def test_an_inquiry_killed_behind_any_answer_goes_on_and_asks_nothing_twice(
    desk_for: Callable[[Path], Desk], media: Path, tmp_path: Path, story: tuple[Fault, ...]
) -> None:
    path = media / "call.wav"
    desk = desk_for(path if path.exists() else make_audio(media, "call.wav", seconds=8))
    answers, _ = desk.asked(*story)
    expected, uninterrupted = content(desk, answers), bodies(desk)
    for kill_at in range(1, len(uninterrupted) + 1):
        desk.service.reset()
        desk.service.next(*story)
        dataset = tmp_path / f"killed-{kill_at}"
        Dataset.open(dataset)
        again = replace(desk, job=replace(desk.job, dataset=str(dataset)))
        dying = DyingStore(Dataset.at(dataset))
        dying.left = kill_at
        with pytest.raises(Killed):
            again.ask(dying)
        assert content(again, again.ask()) == expected
        assert bodies(again) == uninterrupted
        assert again.ask() == again.ask(), "what is settled is not asked"
        assert len(again.sent) == len(uninterrupted)


def test_publishing_forgets_every_answer_of_a_segment_and_its_halves(desk: Desk) -> None:
    answers, rows = desk.asked(truncated(), full(), REFUSED, REFUSED)
    assert {answer.outcome for answer in answers} == {None, "refused"}
    dataset = Dataset.at(desk.job.dataset)
    assert len(list((dataset.hidden / "answers").rglob("*.json"))) == 3
    publish_analysis(dataset, rows | {"media": []}, desk.job.run)
    assert list((dataset.hidden / "answers").rglob("*.json")) == []


def test_a_retry_asks_again_about_the_half_that_failed_and_no_more(desk: Desk) -> None:
    answers, _ = desk.asked(full(), REFUSED, REFUSED)
    good = next(answer for answer in answers if answer.text)
    for segment_id in [desk.plan.segments[0].segment_id, *(answer.segment.segment_id for answer in answers)]:
        desk.store.forget([segment_id])
    desk.service.reset()
    again = desk.ask(known=(replace(good, calls=(), taken_over=True),))
    assert [answer.segment.span for answer in again] == [answer.segment.span for answer in answers]
    assert [bool(answer.text) for answer in again] == [True, True]
    assert len(desk.sent) == 1


def test_a_run_stopped_between_two_steps_keeps_the_answers_and_the_calls(desk: Desk) -> None:
    desk.service.next(REFUSED, DOCUMENTED["invalid_api_key"])
    with pytest.raises(BadKey) as stopped:
        desk.ask()
    assert stopped.value.calls == (), "they are kept with the answer, for the run that goes on"
    client_pool.close_all()
    answers = desk.ask()
    assert [call.error_class for call in answers[0].calls] == ["Refused", "BadKey", None]
    assert len(desk.sent) == 3


def test_a_run_stopped_at_the_first_question_hands_out_its_calls(desk: Desk) -> None:
    desk.service.next(DOCUMENTED["invalid_api_key"])
    with pytest.raises(BadKey) as stopped:
        desk.ask()
    calls: tuple[Call, ...] = stopped.value.calls
    assert [call.error_class for call in calls] == ["BadKey"]


class Usage(AnswerStore):
    """With its n-th answer the run's money is spent."""

    left = 0

    def put(self, answer: Answer) -> DatasetNotWritable | None:
        wrong = super().put(answer)
        self.left -= 1
        if self.left == 0:
            client_pool.halt_all(OverBudget("The next request would cost more than is left."))
        return wrong


def spent_after(desk: Desk, answers: int) -> Usage:
    store = Usage(Dataset.at(desk.job.dataset))
    store.left = answers
    return store


def test_without_money_for_the_next_step_what_was_said_holds(desk: Desk) -> None:
    desk.service.next(MALFORMED)
    rows = desk.rows(desk.ask(spent_after(desk, 1)))
    assert outcomes(rows) == [("malformed", 1)]


def test_without_money_for_a_half_the_other_one_holds(desk: Desk) -> None:
    desk.service.next(full())
    rows = desk.rows(desk.ask(spent_after(desk, 2)))
    assert [row["outcome"] for row in rows["segments"]] == ["ok", "skipped"]
    assert len(rows["calls"]) == 2


def test_without_money_to_confirm_it_a_refusal_is_kept_for_the_run_that_goes_on(desk: Desk) -> None:
    desk.service.next(REFUSED)
    with pytest.raises(OverBudget) as stopped:
        desk.ask(spent_after(desk, 1))
    assert stopped.value.calls == ()
    client_pool.close_all()
    assert outcomes(desk.rows(desk.ask())) == [("ok", 2)]


# --- on the command line -----------------------------------------------------------------------------------------


def test_a_killed_run_is_continued_between_the_answer_and_its_correction(
    env: dict[str, str], service: FakeService, tmp_path: Path
) -> None:
    words = ("analyze", "--dataset", tmp_path / "data", "--settle", "0", make_audio(tmp_path, "call.wav", seconds=3))
    env = {**env, "DASHSCOPE_BASE_URL": service.base_url, "DASHSCOPE_API_KEY": KEY}
    service.next(MALFORMED)
    assert reelsheet(*words, env={**env, "REELSHEET_FAILPOINTS": "answer.kept"}).status < 0
    ran = reelsheet(*words, "--json", env=env)
    assert ran.status == 0, ran.err
    assert len(service.requests) == 2
    assert [len(request.body["messages"]) for request in service.requests] == [1, 3]
    asked = reelsheet(
        "query", "--dataset", tmp_path / "data", "--json", "SELECT outcome, attempts FROM segments", env=environment()
    )
    assert asked.json == [{"outcome": "ok", "attempts": 2}]
