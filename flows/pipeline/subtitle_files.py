"""Write subtitle files as their transcripts come to be known, in own tasks."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any

from prefect.futures import PrefectFuture

from flows.output import progress
from flows.pipeline.batches import ClaimedBatch
from flows.pipeline.current_run import Run
from flows.pipeline.plans import Pending
from flows.pipeline.scan import scan_inputs
from flows.pipeline.subtitle_scan import stems_of, write_report
from flows.pipeline.translations import Translations
from flows.runtime.prefect_internals import forget_results
from tasks.embed import embed
from tasks.errors import ReelsheetError
from tasks.inputs.overrides import InputOptions
from tasks.inputs.scan import Source
from tasks.render import render
from tasks.run.request import SubtitleRequest
from tasks.run.subtitle_files import SubtitleChoices, SubtitleTarget
from tasks.run.subtitle_writing import Rendered
from tasks.run.target_language import TargetLanguage
from tasks.sidecars.ownership import SubtitleFile

_AT_ONCE = 50  # recordings of a task


class SubtitleWriter:
    """A writer submits files to be written.

    On leaving, the run knows what became of them. It is left once the model was asked, ended that well or not: what
    is known by then is written.
    """

    def __init__(self, run: Run, request: SubtitleRequest, choices: SubtitleChoices, *, is_retry: bool = False) -> None:
        self._is_retry = is_retry
        self._run, self.request, self._choices = run, request, choices
        self._submitted: list[tuple[Sequence[SubtitleTarget], PrefectFuture[Any]]] = []
        self._translations = Translations(run, choices)
        self._numbers = itertools.count(1)
        self._saved: dict[str, PrefectFuture[Any]] = {}  # by analysis, what publishes it
        self._taken: set[Source] = set()  # inputs whose files are submitted

    def with_known(self, portions: Iterator[Pending]) -> Iterator[Pending]:
        """Give the portions; what is known by then has its files written meanwhile."""
        for pending in portions:
            self.write_known()
            yield pending
        self.write_known()
        self._translations.show_all()

    def write_known(self) -> None:
        """Write the files of recordings about which nothing is left to ask.

        So it is with another name of what was asked about in an earlier portion.
        """
        planned = self._run.planned
        assert planned is not None
        known = self._take(planned.finished)
        self._translations.look_up([analysis_id for _, analysis_id in known])
        self._submit(known)
        self._write_asked(self._saved)

    def write(self, batch: ClaimedBatch, saved: PrefectFuture[Any]) -> None:
        """Write the files of a batch once its tables are published."""
        asked = {item.plan.analysis_id: saved for item in batch.batch.items}
        self._saved |= asked
        self._write_asked(asked)

    def __enter__(self) -> SubtitleWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None or isinstance(error, ReelsheetError):
            self._finish()

    def _write_asked(self, analysis_ids: Collection[str]) -> None:
        planned = self._run.planned
        assert planned is not None
        asked = {
            (plan.recording.media_id, source.options): plan.analysis_id
            for source, plan in planned.plans
            if plan.analysis_id in analysis_ids
        }
        by_saved: dict[PrefectFuture[Any], list[tuple[Source, str]]] = {}
        for source, analysis_id in self._take(asked):
            by_saved.setdefault(self._saved[analysis_id], []).append((source, analysis_id))
        for saved, found in by_saved.items():
            self._submit(found, saved)

    def _take(self, analyses: Mapping[tuple[str, InputOptions], str]) -> list[tuple[Source, str]]:
        """Return the inputs of these analyses whose files are not submitted yet."""
        planned = self._run.planned
        assert planned is not None
        changed = set(planned.changed)
        found = []
        for source in planned.scan.items:
            media_id = planned.media_ids.get(source.path)
            if media_id is None or source in self._taken or source.uri in changed:
                continue
            if (analysis_id := analyses.get((media_id, source.options))) is not None:
                found.append((source, analysis_id))
        self._taken.update(source for source, _ in found)
        return found

    @cached_property
    def _stems(self) -> Mapping[str, str]:
        named = [source.path for source in self._run.scan.items]
        if self._is_retry:  # another recording that was named may have the same name but for its ending
            named += [one.path for one in scan_inputs(self._run.settings, self.request.inputs).items]
        return stems_of(self.request, named)

    def _submit(self, found: Sequence[tuple[Source, str]], *after: PrefectFuture[Any]) -> None:
        targets = [
            SubtitleTarget(source.uri, self._stems[source.path], analysis_id, source.path)
            for source, analysis_id in found
        ]
        for begin in range(0, len(targets), _AT_ONCE):
            some = targets[begin : begin + _AT_ONCE]
            waits = [self._render(some, after)]
            for language in self._choices.translations:
                asked = [one for target in some for one in self._translations.submit(target, language, after)]
                waits += [*asked, self._render(some, asked or after, language)]
            if self._choices.copies:
                self._copy(some, waits)

    def _render(
        self,
        targets: Sequence[SubtitleTarget],
        after: Sequence[PrefectFuture[Any]],
        language: TargetLanguage | None = None,
    ) -> PrefectFuture[Any]:
        """Make the files of some recordings in one task.

        They are in their own language, or in another.
        """
        name = f"{self._run.job.run.run_id}-subtitles-{next(self._numbers):05d}"
        done = render.submit(self._run.job, name, targets, self._choices, language, return_state=False, wait_for=after)
        self._submitted.append((targets, done))
        return done

    def _copy(self, targets: Sequence[SubtitleTarget], after: Sequence[PrefectFuture[Any]]) -> None:
        """Make copies of videos with their subtitles, a task each."""
        for target in targets:
            name = f"{self._run.job.run.run_id}-copies-{next(self._numbers):05d}"
            done = embed.submit(self._run.job, name, target, self._choices, return_state=False, wait_for=after)
            self._submitted.append(((target,), done))

    def _finish(self) -> None:
        """Wait for all translations and files."""
        self._translations.finish()
        report = progress.current()
        report.begin("writing", len(self._submitted))
        rendered: list[Rendered] = []
        for targets, future in self._submitted:
            result = future.result(raise_on_failure=False)
            forget_results()
            rendered += _failed(targets, result, self._choices) if isinstance(result, BaseException) else result
            report.advance()
        self._run.files = tuple(one.file for one in rendered)
        if self.request.report is not None:
            write_report(self.request.report, rendered)


def _failed(targets: Sequence[SubtitleTarget], error: BaseException, choices: SubtitleChoices) -> list[Rendered]:
    """Return the files of a task that failed as a whole."""
    return [
        Rendered(SubtitleFile(target.uri, f"{target.stem}.{name}", name, "und", 0, 0, "failed", str(error)))
        for target in targets
        for name in choices.formats
    ]
