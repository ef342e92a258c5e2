"""Have words translated in tasks of their own, and add up what that took."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from prefect.futures import PrefectFuture

from flows.output import progress
from flows.pipeline.current_run import Run
from flows.pipeline.results import AskedAnalyses
from flows.runtime.prefect_internals import forget_results
from tasks.errors import OverBudget, ReelsheetError
from tasks.run.batch import STOPPING_ERRORS
from tasks.run.open_translations import estimate_lines, open_translations
from tasks.run.subtitle_files import SubtitleChoices, SubtitleTarget
from tasks.run.target_language import TargetLanguage, estimate_sentence, estimate_talk
from tasks.run.translation import TranslationResult
from tasks.run.usage import Usage
from tasks.translate import translate


@dataclass(slots=True)
class Translations:
    """Translations of a run are asked for once what is said is published."""

    run: Run
    choices: SubtitleChoices
    complete: set[tuple[str, str]] = field(default_factory=set)  # analyses and languages with nothing left to ask
    submitted: dict[tuple[str, str], PrefectFuture[Any]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    expected: Usage = field(default=Usage())  # of all portions so far
    shown: Usage = field(default=Usage())
    counted: int = 0  # recordings that are to be asked about, and in what is expected

    def look_up(self, analysis_ids: Sequence[str]) -> None:
        """Find out what of known analyses is translated already.

        What the rest of the first portion that has any will come to is shown.
        """
        languages, planned = self.choices.translations, self.run.planned
        if not languages or planned is None:
            return
        left = open_translations(self.run.session.dataset, self.run.job, analysis_ids, self.choices)
        every = {(analysis_id, language.tag) for analysis_id in analysis_ids for language in languages}
        self.complete |= every - {(one.analysis_id, one.language.tag) for one in left}
        new = [pending.plan.recording.duration_ms for pending in planned.pending[self.counted :]]
        self.counted = len(planned.pending)
        expected = estimate_lines(self.run.job, left) + estimate_talk(self.run.job, new, languages)
        self.run.estimate += expected
        self.expected += expected
        if not self.shown.requests:
            self._show()

    def show_all(self) -> None:
        """Show what translations will come to, unless that is known."""
        if self.expected.requests > self.shown.requests:
            self._show("All inputs: ")

    def _show(self, which: str = "") -> None:
        if self.expected.requests:
            sentence = estimate_sentence(self.run.job, self.choices.translations, self.expected)
            progress.current().say(which + sentence)
        self.shown = self.expected

    def submit(
        self, target: SubtitleTarget, language: TargetLanguage, after: Sequence[PrefectFuture[Any]]
    ) -> list[PrefectFuture[Any]]:
        """Have a recording's words translated, once; returns what is to be waited for."""
        key = (target.analysis_id, language.tag)
        if key in self.complete:
            return []
        if key not in self.submitted:
            name = f"{self.run.job.run.run_id}-{language.tag}-{next(self.numbers):05d}"
            self.submitted[key] = translate.submit(
                self.run.job, name, target, self.choices, language, return_state=False, wait_for=after
            )
        return [self.submitted[key]]

    def finish(self) -> None:
        """Wait for all of them, and let the run know what they came to."""
        report = progress.current()
        if self.submitted:
            report.begin("translating", len(self.submitted))
        for future in self.submitted.values():
            result = future.result(raise_on_failure=False)
            forget_results()
            self.run.asked += _asked(result)
            report.advance()


def _asked(result: object) -> AskedAnalyses:
    if isinstance(result, TranslationResult):
        failures = () if result.failure is None else (result.failure,)
        stopped: ReelsheetError | None = result.stopped
        usage = result.usage
    else:
        failures, usage = (), Usage()
        stopped = result if isinstance(result, STOPPING_ERRORS) else None
    over_budget = stopped if isinstance(stopped, OverBudget) else None
    error = stopped if over_budget is None else None
    return AskedAnalyses(failures=failures, error=error, over_budget=over_budget, translating=usage)
