"""Have what is said in a recording translated, by turns on text alone.

Each answer is on the disk before it is read. Once all lines are there they are published with the requests, and the raw
answers go to `turns`. A run that was killed finds the answers, asks on where it was, and asks nothing twice; what was
published is known by the words, the language, the glossary and the prompt.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tasks.errors import NotTranslated, ReelsheetError
from tasks.identity import translation_request_id
from tasks.planning.cost import cost_nano
from tasks.records import Answer, Clip, Failure, PlannedSegment, Span, Tokens
from tasks.run import client_pool
from tasks.run.failures import failure
from tasks.run.job import Job
from tasks.run.outcomes import unanswered
from tasks.run.subtitle_sources import Transcript, known_lines
from tasks.run.target_language import TargetLanguage
from tasks.run.translation_source import TranslationSource
from tasks.run.usage import Usage
from tasks.store.answers import AnswerStore
from tasks.store.claims import Claims
from tasks.store.commit import publish_rows
from tasks.store.dataset import Dataset
from tasks.store.failpoints import failpoint
from tasks.subtitles.translation_tokens import request_tokens
from tasks.subtitles.translator import Reply, translate_lines
from tasks.system import cancellation
from tasks.tables.analysis import call_columns
from tasks.tables.rows import Row

_LOOKS_AGAIN_AFTER_S = 0.5


@dataclass(frozen=True, slots=True)
class TranslationResult:
    """A result says what was sent for a translation, and what prevented it."""

    usage: Usage = field(default=Usage())
    failure: Failure | None = None
    stopped: ReelsheetError | None = None  # what stopped the run: the next one goes on


def translate_transcript(
    dataset: Dataset, job: Job, uri: str, transcript: Transcript, language: TargetLanguage, source: TranslationSource
) -> TranslationResult:
    """Translate what is not translated yet, and publish it.

    Two runs at the same time wait for each other. Raises DatasetNotWritable, Interrupted.
    """
    with Claims(dataset) as claims:
        while not claims.take(source.translation_id):
            cancellation.check()
            time.sleep(_LOOKS_AGAIN_AFTER_S)
        known = known_lines(dataset, [source.translation_id]).get(source.translation_id, {})
        if all(number in known for number in source.lines):
            return TranslationResult()
        work = _Translating(dataset, job, transcript, language, source)
        try:
            done = translate_lines(source.lines, language.wanted(job), work.ask, known)
        except ReelsheetError as stopped:
            return TranslationResult(work.usage, stopped=stopped)
        new = {number: line for number, line in done.lines.items() if number not in known}
        work.publish(new)
    if not done.reason:
        return TranslationResult(work.usage)
    error = NotTranslated(f"{uri} is not translated into {language.name}: {done.reason}.", retryable=work.is_retryable)
    return TranslationResult(work.usage, failure(uri, "translate", error, transcript.media_id))


@dataclass(slots=True)
class _Translating:
    """A translation under way puts questions, and keeps what came back."""

    dataset: Dataset
    job: Job
    transcript: Transcript
    language: TargetLanguage
    source: TranslationSource
    answers: dict[str, Answer] = field(default_factory=dict)  # of all questions so far, by their names
    questions: dict[str, str] = field(default_factory=dict)

    @property
    def usage(self) -> Usage:
        """Return what this run has sent."""
        calls = [
            call
            for answer in self.answers.values()
            for call in answer.calls
            if call.started_at >= self.job.run.started_at
        ]
        tokens = [call.tokens for call in calls if call.tokens is not None]
        costs = [cost_nano(used, self.job.price, text_only_input=True) for used in tokens]
        return Usage(len(calls), sum(tokens, Tokens()), None if None in costs else sum(cost or 0 for cost in costs))

    @property
    def is_retryable(self) -> bool:
        """Return whether what ended it may not happen again: anything but a refusal."""
        *_, last = self.answers.values()
        return last.outcome != "refused"

    def ask(self, question: str, number: int) -> Reply:
        """Give what came back for a question: kept by an earlier run, or now.

        Raises RunStopped, OverBudget, Interrupted, DatasetNotWritable.
        """
        name = translation_request_id(self.transcript.analysis_id, self.source.translation_id, question, number)
        store = AnswerStore(self.dataset)
        kept = store.get(name)
        answer = kept if kept is not None and kept.outcome in (None, "refused") else self._asked(name, question, kept)
        self.answers[name], self.questions[name] = answer, question
        return Reply(
            text=answer.text,
            is_cut=answer.finish_reason == "length",
            is_refused=answer.outcome == "refused",
            reason=answer.reason,
        )

    def _asked(self, name: str, question: str, failed: Answer | None) -> Answer:
        """Ask; `failed` is what an earlier run got, whose requests are not lost."""
        clip = self._clip(name, question)
        before = failed.calls if failed else ()
        store, modes = AnswerStore(self.dataset), replace(self.job.modes, voice=None, search=False)
        with client_pool.slot(self.job) as client:
            try:
                answer = client.ask(clip, question, media=(), modes=modes)
            except ReelsheetError as stopped:
                noted = unanswered(clip.segment, "skipped", stopped)
                noted = replace(noted, calls=(*before, *noted.calls))
                client_pool.keep(store, noted)
                self.answers[name] = noted
                raise stopped.replace(calls=()) from None
            answer = replace(answer, calls=(*before, *answer.calls))
            client_pool.keep(store, answer)
        failpoint("translation.answered")
        return answer

    def _clip(self, name: str, question: str) -> Clip:
        """Return a clip that shows nothing, and has the tokens of the words."""
        lines = {number: line for number, line in enumerate(question.splitlines()) if line[:1].isdigit()}
        tokens = request_tokens(question, lines, self.job.model, self.job.modes)
        segment = PlannedSegment(0, name, Span(0, 0), "whole", None, sound=False, tokens=tokens)
        return Clip(segment, "", "", 0, "absent", "absent")

    def publish(self, lines: Mapping[int, str]) -> None:
        """Publish lines with the requests that led to them, and forget the raw answers."""
        rows = {
            "calls": [row for name, answer in self.answers.items() for row in self._call_rows(name, answer)],
            "turns": [
                {**self._of_request(name), "turn": 1, "question": self.questions[name], "answer": answer.text}
                for name, answer in self.answers.items()
                if answer.text
            ],
            "translations": [self._row(number, line) for number, line in lines.items()],
        }
        name = f"{self.job.run.run_id}-translation-{self.source.translation_id[:12]}"
        with client_pool.stopping_at_a_full_disk():
            publish_rows(self.dataset, rows, self.job.run, name, list(self.answers))

    def _call_rows(self, name: str, answer: Answer) -> list[Row]:
        price = self.job.price
        return [
            {
                **self._of_request(name),
                **call_columns(call, number, price),
                "cost_nano": cost_nano(call.tokens, price, text_only_input=True) if call.tokens else None,
            }
            for number, call in enumerate(answer.calls, 1)
        ]

    def _row(self, number: int, line: str) -> Row:
        return {
            **self._of_analysis(),
            "translation_id": self.source.translation_id,
            "language": self.language.tag,
            "seq": number,
            "source": self.source.lines[number],
            "text": line,
            "model": self.job.model.name,
            "translated_at": datetime.now(UTC),
        }

    def _of_request(self, name: str) -> Row:
        return {**self._of_analysis(), "segment_id": name}

    def _of_analysis(self) -> Row:
        return {
            "run_id": self.job.run.run_id,
            "analysis_id": self.transcript.analysis_id,
            "attempt": self.transcript.attempt,
            "media_id": self.transcript.media_id,
        }
