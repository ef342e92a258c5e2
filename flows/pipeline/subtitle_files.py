"""Write subtitle files as their transcripts come to be known, in own tasks."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from prefect.futures import PrefectFuture

from flows.output import progress
from flows.pipeline.batches import ClaimedBatch
from flows.pipeline.current_run import Run
from flows.pipeline.translations import Translations
from flows.runtime.prefect_internals import forget_results
from tasks.embed import embed
from tasks.errors import NotWritten, ReelsheetError
from tasks.inputs.scan import Source
from tasks.render import render
from tasks.run.request import SubtitleRequest
from tasks.run.subtitle_files import SubtitleChoices, SubtitleTarget, csv_rows
from tasks.run.subtitle_writing import Rendered
from tasks.run.translation import TargetLanguage
from tasks.sidecars.ownership import SubtitleFile
from tasks.sidecars.paths import below, stem_paths

_AT_ONCE = 50  # recordings of a task


class SubtitleWriter:
    """A writer submits files to be written.

    On leaving, the run knows what became of them. It is left once the model was asked, ended that well or not: what
    is known by then is written.
    """

    def __init__(self, run: Run, request: SubtitleRequest, choices: SubtitleChoices) -> None:
        self._run, self._request, self._choices = run, request, choices
        self._submitted: list[tuple[Sequence[SubtitleTarget], PrefectFuture[Any]]] = []
        self._translations = Translations(run, choices)
        self._numbers = itertools.count(1)

    def write_known(self) -> None:
        """Write the files of recordings about which nothing is left to ask."""
        planned = self._run.planned
        assert planned is not None
        known = [
            (source, planned.finished[planned.media_ids[source.path], source.options])
            for source in planned.scan.items
            if (planned.media_ids.get(source.path), source.options) in planned.finished
        ]
        self._translations.look_up([analysis_id for _, analysis_id in known])
        self._submit(known)

    def write(self, batch: ClaimedBatch, saved: PrefectFuture[Any]) -> None:
        """Write the files of a batch once its tables are published."""
        planned = self._run.planned
        assert planned is not None
        asked = {item.plan.analysis_id for item in batch.batch.items}
        self._submit([(source, plan.analysis_id) for source, plan in planned.plans if plan.analysis_id in asked], saved)

    def __enter__(self) -> SubtitleWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None or isinstance(error, ReelsheetError):
            self._finish()

    def _submit(self, found: Sequence[tuple[Source, str]], *after: PrefectFuture[Any]) -> None:
        stems = self._stems()
        targets = [
            SubtitleTarget(source.uri, stems[source.path], analysis_id, source.path) for source, analysis_id in found
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

    def _stems(self) -> Mapping[str, str]:
        """Return the path, without endings, of the files of each input."""
        out = self._request.out
        paths = [source.path for source in self._run.scan.items]
        if out is None:
            return stem_paths({path: path for path in paths})
        root = os.path.abspath(out)  # noqa: PTH100 - odd names stay as they are
        folders = [folder for name in self._request.inputs if (folder := _searched(name))]
        return stem_paths({path: below(root, path, folders) for path in paths})

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
        if self._request.report is not None:
            self._write_report(rendered)

    def _write_report(self, rendered: Iterable[Rendered]) -> None:
        path = self._request.report
        assert path is not None
        try:
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(csv_rows([(one.file.path, one.violations) for one in rendered]))
        except OSError as error:
            raise NotWritten(f"The report {path} cannot be written ({error.strerror or error}).") from error


def _searched(name: str) -> str:
    """Return the folder that an input searches; "" for one that names a file."""
    fixed = name
    while set("*?[") & set(fixed) and not os.path.exists(fixed):  # noqa: PTH110
        fixed = os.path.dirname(fixed) or "."  # noqa: PTH120
    return os.path.abspath(fixed) if fixed != name or os.path.isdir(name) else ""  # noqa: PTH100, PTH112


def _failed(targets: Sequence[SubtitleTarget], error: BaseException, choices: SubtitleChoices) -> list[Rendered]:
    """Return the files of a task that failed as a whole."""
    return [
        Rendered(SubtitleFile(target.uri, f"{target.stem}.{name}", name, "und", 0, 0, "failed", str(error)))
        for target in targets
        for name in choices.formats
    ]
