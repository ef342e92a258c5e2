"""A job about one recording, asked as a run would, without Prefect: for tests of what is done about each answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.catalog import load_catalog
from prompts.reader import correction_turn
from tasks.cut import cut
from tasks.records import AnalysisPlan, Answer
from tasks.run.job import Job
from tasks.run.segment import SegmentRequest
from tasks.store.answers import AnswerStore
from tasks.store.dataset import Dataset
from tasks.tables.analysis import Attempt, analysis_rows
from tasks.tables.rows import Rows
from tests.support.service import AMBIGUOUS, DOCUMENTED, FakeService, Fault, Say

REFUSED = DOCUMENTED["data_inspection_failed"]
TOO_LARGE = AMBIGUOUS["input too long"]
MOST_TOKENS = load_catalog().models["qwen3.5-omni-flash"].max_output_tokens


def full(after: int = 60) -> Say:
    """Cut off by its length though it had all the tokens that there are."""
    text = "## Storyline\n00:00.000 - 00:01.000\nRain on a roof, and it goes on."[:after]
    return Say(text, "length", usage={"prompt_tokens": 100, "completion_tokens": MOST_TOKENS})


@dataclass
class Desk:
    """A job about one recording, as a run would have it, without Prefect."""

    job: Job
    plan: AnalysisPlan
    workdir: Path
    service: FakeService

    @property
    def store(self) -> AnswerStore:
        return AnswerStore(Dataset.at(self.job.dataset))

    def ask(self, store: AnswerStore | None = None, known: tuple[Answer, ...] = ()) -> tuple[Answer, ...]:
        """Ask about every planned segment as a run does: what is settled is not cut."""
        request = SegmentRequest(self.job, self.plan, store or self.store, known)
        found: list[Answer] = []
        for segment in self.plan.segments:
            found += request.finished(segment) or (
                answer
                for clip in cut.fn(self.job, self.plan, segment, str(self.workdir))
                for answer in request.about(clip, correction_turn)
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


def outcomes(rows: Rows) -> list[tuple[str, int]]:
    return [(row["outcome"], row["attempts"]) for row in rows["segments"]]


def errors(rows: Rows) -> list[str | None]:
    return [row["error_class"] for row in rows["calls"]]
