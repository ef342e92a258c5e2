"""What is done about each kind of answer: a real server that gives it, real cuts and files, the rows in the end."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from config.catalog import load_catalog
from flows.wiring import wire
from prompts.reader import correction_turn
from tasks import clients
from tasks.cut import cut
from tasks.errors import BadKey, OverBudget
from tasks.inquiry import Inquiry
from tasks.job import Job
from tasks.media.probing import probe_recording
from tasks.planning.rate import Limits
from tasks.records import AnalysisPlan, Answer, Call
from tasks.request import AnalyzeRequest
from tasks.store.answers import AnswerStore
from tasks.store.commit import publish_analysis
from tasks.store.dataset import Dataset
from tasks.tables.analysis import Attempt, analysis_rows
from tasks.tables.rows import Rows
from tests.support.cli import command, environment, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import AMBIGUOUS, DOCUMENTED, OUTPUT_REFUSED, CutStream, FakeService, Fault, Say
from tests.support.service_bodies import make_silence
from tests.support.service_specs import KEY
from tests.support.service_spoilt import MALFORMED, beyond_the_clip, looping, stops_early, truncated

REFUSED = DOCUMENTED["data_inspection_failed"]
TOO_LARGE = AMBIGUOUS["input too long"]
MOST_TOKENS = load_catalog().models["qwen3.5-omni-flash"].max_output_tokens


def full(after: int = 60) -> Say:
    """Cut off by its length though it had all the tokens that there are."""
    text = "## Storyline\n00:00.000 - 00:01.000\nRain on a roof, and it goes on."[:after]
    return Say(text, "length", usage={"prompt_tokens": 100, "completion_tokens": MOST_TOKENS})


@pytest.fixture(scope="module")
def running() -> Iterator[FakeService]:
    with FakeService(api_key=KEY) as server:
        yield server


@pytest.fixture
def service(running: FakeService) -> FakeService:
    running.reset()
    return running


@dataclass
class Desk:
    """A job about one recording, as a run would have it, without Prefect."""

    job: Job
    plan: AnalysisPlan
    workdir: Path
    service: FakeService

    @property
    def store(self) -> AnswerStore:
        return AnswerStore(Dataset(Path(self.job.dataset)))

    def ask(self, store: AnswerStore | None = None, known: tuple[Answer, ...] = ()) -> tuple[Answer, ...]:
        """Ask about every planned segment as a run does: what is settled is not cut."""
        inquiry = Inquiry(self.job, self.plan, store or self.store, known)
        found: list[Answer] = []
        for segment in self.plan.segments:
            found += inquiry.settled(segment) or (
                answer
                for clip in cut.fn(self.job, self.plan, segment, str(self.workdir))
                for answer in inquiry.about(clip, correction_turn)
            )
        return tuple(found)

    def rows(self, answers: tuple[Answer, ...]) -> Rows:
        attempt = Attempt(self.plan, self.job.run, 1, self.job.price, datetime.now(UTC))
        return analysis_rows(attempt, answers)

    def asked(self, *faults: Fault) -> tuple[tuple[Answer, ...], Rows]:
        self.service.next(*faults)
        answers = self.ask()
        return answers, self.rows(answers)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The bodies of the requests."""
        return [request.body for request in self.service.requests]


@pytest.fixture
def desk_for(service: FakeService, tmp_path: Path) -> Iterator[Callable[[Path], Desk]]:
    def made(recording: Path) -> Desk:
        request = AnalyzeRequest(
            inputs=(str(recording),), dataset=str(tmp_path / "data"), provider="dashscope", base_url=service.base_url
        )
        job = replace(wire(request).job, limits=Limits())
        (tmp_path / "work").mkdir(exist_ok=True)
        plan = job.plan(probe_recording(recording, recording.name))
        Dataset.open(job.dataset)
        return Desk(job, plan, tmp_path / "work", service)

    clients.use_keys(lambda provider: SecretStr(KEY))
    yield made
    clients.close_all()


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def desk(desk_for: Callable[[Path], Desk], media: Path) -> Desk:
    """Eight seconds of sound."""
    path = media / "call.wav"
    return desk_for(path if path.exists() else make_audio(media, "call.wav", seconds=8))


@pytest.fixture
def film(desk_for: Callable[[Path], Desk], media: Path) -> Desk:
    """Four seconds of picture and sound."""
    path = media / "film.mp4"
    return desk_for(path if path.exists() else make_video(media, "film.mp4", seconds=4))


def outcomes(rows: Rows) -> list[tuple[str, int]]:
    return [(row["outcome"], row["attempts"]) for row in rows["segments"]]


def errors(rows: Rows) -> list[str | None]:
    return [row["error_class"] for row in rows["calls"]]


# --- refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [REFUSED, OUTPUT_REFUSED])
def test_a_refusal_is_confirmed_once_and_then_a_row(desk: Desk, refusal: Fault) -> None:
    _, rows = desk.asked(refusal, refusal)
    assert outcomes(rows) == [("refused", 2)]
    assert errors(rows) == ["Refused", "Refused"]
    assert rows["failures"] == []


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


# --- killed and continued ----------------------------------------------------------------------------------------


class Killed(Exception):
    """Stands for the end of the process, at an instant when an answer has just become durable."""


class DyingStore(AnswerStore):
    """Dies behind its n-th answer."""

    left = 0

    def put(self, answer: Answer) -> None:
        super().put(answer)
        self.left -= 1
        if self.left == 0:
            raise Killed


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
        dying = DyingStore(Dataset(dataset))
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
    dataset = Dataset(Path(desk.job.dataset))
    assert len(list(dataset.answers.rglob("*.json"))) == 3
    publish_analysis(dataset, rows | {"media": []}, desk.job.run)
    assert list(dataset.answers.rglob("*.json")) == []


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
    assert stopped.value.facts["calls"] == (), "they are kept with the answer, for the run that goes on"
    clients.close_all()
    answers = desk.ask()
    assert [call.error_class for call in answers[0].calls] == ["Refused", "BadKey", None]
    assert len(desk.sent) == 3


def test_a_run_stopped_at_the_first_question_hands_out_its_calls(desk: Desk) -> None:
    desk.service.next(DOCUMENTED["invalid_api_key"])
    with pytest.raises(BadKey) as stopped:
        desk.ask()
    calls: tuple[Call, ...] = stopped.value.facts["calls"]
    assert [call.error_class for call in calls] == ["BadKey"]


class Spent(AnswerStore):
    """With its n-th answer the run's money is spent."""

    left = 0

    def put(self, answer: Answer) -> None:
        super().put(answer)
        self.left -= 1
        if self.left == 0:
            clients.halt_all(OverBudget("The next request would cost more than is left."))


def spent_after(desk: Desk, answers: int) -> Spent:
    store = Spent(Dataset(Path(desk.job.dataset)))
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
    assert stopped.value.facts["calls"] == ()
    clients.close_all()
    assert outcomes(desk.rows(desk.ask())) == [("ok", 2)]


# --- on the command line -----------------------------------------------------------------------------------------


def test_a_killed_run_is_continued_between_the_answer_and_its_correction(
    env: dict[str, str], service: FakeService, tmp_path: Path
) -> None:
    words = ("analyze", "--dataset", tmp_path / "data", "--settle", "0", make_audio(tmp_path, "call.wav", seconds=3))
    env = {**env, "DASHSCOPE_BASE_URL": service.base_url, "DASHSCOPE_API_KEY": KEY}
    service.next(MALFORMED)
    killed = subprocess.run(
        command(*words), env={**env, "REELSHEET_FAILPOINTS": "answer.kept"}, capture_output=True, check=False
    )
    assert killed.returncode < 0
    ran = reelsheet(*words, "--json", env=env)
    assert ran.status == 0, ran.err
    assert len(service.requests) == 2
    assert [len(request.body["messages"]) for request in service.requests] == [1, 3]
    asked = reelsheet(
        "query", "--dataset", tmp_path / "data", "--json", "SELECT outcome, attempts FROM segments", env=environment()
    )
    assert asked.json == [{"outcome": "ok", "attempts": 2}]
