"""Write subtitle files next to recordings, and their rows.

What is made is staged next to its place, then the rows are published, then each file gets its name. So a run that is
killed at any instant leaves no half file, and none that the next run takes for somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tasks.errors import NotWritten
from tasks.run.job import Job
from tasks.run.subtitle_files import (
    MadeFile,
    SecondLanguage,
    SubtitleChoices,
    SubtitleTarget,
    file_columns,
    language_of,
    make_files,
    subtitle_row,
)
from tasks.run.subtitle_sources import Transcript, WrittenBefore, known_lines, read_transcripts, written_before
from tasks.run.target_language import TargetLanguage
from tasks.run.translation_source import TranslationSource
from tasks.sidecars.files import StagedFile, sha256_at
from tasks.sidecars.ownership import FileStatus, SubtitleFile, status_of
from tasks.sidecars.paths import UNDETERMINED, file_path
from tasks.store.commit import publish_rows
from tasks.store.dataset import Dataset
from tasks.store.failpoints import failpoint
from tasks.subtitles.qc import Violation
from tasks.tables.rows import Row, Rows, RunInfo
from tasks.tables.subtitle_rows import qc_rows


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered file is what became of it, and what of it breaks the style."""

    file: SubtitleFile
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judged:
    """A judged file is what it was made of, and what is to become of it."""

    made: MadeFile
    before: WrittenBefore
    file: SubtitleFile
    staged: StagedFile | None = None

    @property
    def is_news(self) -> bool:
        """Return whether its rows are not there yet."""
        return self.file.status in ("written", "unchanged") and self.before.newest != self.made.sha256


def write_subtitles(
    dataset: Dataset, job: Job, name: str, targets: Sequence[SubtitleTarget], choices: SubtitleChoices
) -> tuple[Rendered, ...]:
    """Make the files of recordings, and write those that may be written.

    They are in the recordings' own languages.

    `name` is that of the commit of their rows. Raises DatasetNotWritable: then none is written.
    """
    transcripts = read_transcripts(dataset, [target.analysis_id for target in targets])
    shown = [target for target in targets if is_shown(transcripts.get(target.analysis_id))]
    made = [one for target in shown for one in make_files(transcripts[target.analysis_id], target, choices)]
    lost = [
        Rendered(_not_made(target, _without_words(transcripts.get(target.analysis_id)), format_name))
        for target in targets
        if target not in shown
        for format_name in choices.formats
    ]
    return (*_write(dataset, job.run, name, made, transcripts, choices), *lost)


def write_translations(
    dataset: Dataset,
    job: Job,
    name: str,
    targets: Sequence[SubtitleTarget],
    choices: SubtitleChoices,
    language: TargetLanguage,
) -> tuple[Rendered, ...]:
    """Make the files of recordings in another language, likewise.

    There is none of a recording that has no words, or has them in this language.
    """
    transcripts = read_transcripts(dataset, [target.analysis_id for target in targets])
    chosen = replace(choices, translations=(language,))
    wanted = {key for key, transcript in transcripts.items() if is_translated(transcript, choices, language)}
    known = known_translations(dataset, job, transcripts, chosen)
    made: list[MadeFile] = []
    lost: list[Rendered] = []
    for target in (target for target in targets if target.analysis_id in wanted):
        lines = known.get((target.analysis_id, language.tag))
        if lines is not None:
            made += make_files(transcripts[target.analysis_id], target, choices, SecondLanguage(language.tag, lines))
        else:
            why = f"not all of it is translated into {language.name}"
            lost += [Rendered(_not_made(target, why, format_name, language.tag)) for format_name in choices.formats]
    return (*_write(dataset, job.run, name, made, transcripts, choices), *lost)


def known_translations(
    dataset: Dataset, job: Job, transcripts: Mapping[str, Transcript], choices: SubtitleChoices
) -> dict[tuple[str, str], dict[int, str]]:
    """Return the lines of complete translations, by analysis and language."""
    sources = {
        (analysis_id, language.tag): TranslationSource.of(transcript, language, job, choices.catalog.invented_lines)
        for analysis_id, transcript in transcripts.items()
        for language in choices.translations
        if is_translated(transcript, choices, language)
    }
    known = known_lines(dataset, [source.translation_id for source in sources.values()])
    found = {key: known.get(source.translation_id, {}) for key, source in sources.items()}
    return {key: lines for key, lines in found.items() if set(sources[key].lines) <= set(lines)}


def is_translated(transcript: Transcript, choices: SubtitleChoices, language: TargetLanguage) -> bool:
    """Return whether there are words to be translated, in another language."""
    return is_shown(transcript) and bool(transcript.utterances) and language_of(transcript, choices) != language.tag


def _write(
    dataset: Dataset,
    run: RunInfo,
    name: str,
    made: Sequence[MadeFile],
    transcripts: Mapping[str, Transcript],
    choices: SubtitleChoices,
) -> tuple[Rendered, ...]:
    before = written_before(dataset, [one.path for one in made])
    judged = [_judged(one, before.get(one.path, WrittenBefore()), choices) for one in made]
    rows = _rows((one.made for one in judged if one.is_news), transcripts, choices, run)
    try:
        if rows["subtitles"]:
            publish_rows(dataset, rows, run, name)
    except BaseException:
        for one in judged:
            if one.staged:
                one.staged.drop()
        raise
    failpoint("subtitles.published")
    return tuple(Rendered(_placed(one), one.made.violations) for one in judged)


def is_shown(transcript: Transcript | None) -> bool:
    """Return whether there is something to show, if only that nobody speaks."""
    return transcript is not None and transcript.outcome in ("ok", "partial")


def _judged(made: MadeFile, before: WrittenBefore, choices: SubtitleChoices) -> _Judged:
    """Decide on a file, and stage it where it is to be written."""
    staged, reason = None, ""
    try:
        status: FileStatus = status_of(sha256_at(made.path), made.sha256, before.all, force=choices.force)
        if status == "written":
            staged = StagedFile.of(made.path, made.content)
            failpoint("subtitles.staged")
        elif status == "kept":
            reason = "edited since it was written" if before.all else "not written by reelsheet"
        if status in ("written", "unchanged") and not made.cues:
            reason = "it has no cue, since nobody speaks or sings"
    except NotWritten as error:
        status, reason = "failed", error.message
    file = SubtitleFile(
        uri=made.target.uri,
        path=made.path,
        format=made.format,
        language=made.language,
        cues=made.cues,
        violations=len(made.violations),
        status=status,
        reason=reason,
    )
    return _Judged(made, before, file, staged)


def _rows(
    made: Iterable[MadeFile], transcripts: Mapping[str, Transcript], choices: SubtitleChoices, run: RunInfo
) -> Rows:
    written: list[Row] = []
    violations: list[Row] = []
    for one in made:
        of_file = file_columns(one, transcripts[one.target.analysis_id], run.run_id)
        written.append({**subtitle_row(one, of_file, choices), "written_at": datetime.now(UTC)})
        violations += qc_rows(of_file, one.violations)
    return {"subtitles": written, "subtitle_qc": violations}


def _placed(judged: _Judged) -> SubtitleFile:
    """Give a staged file its name."""
    if judged.staged is None:
        return judged.file
    try:
        judged.staged.place()
    except NotWritten as error:
        judged.staged.drop()
        return replace(judged.file, status="failed", reason=error.message)
    failpoint("subtitles.placed")
    return judged.file


def _not_made(target: SubtitleTarget, why: str, format_name: str, language: str = UNDETERMINED) -> SubtitleFile:
    """Return what became of a file that was not made, for want of words."""
    path = file_path(target.stem, language, format_name, is_second=language != UNDETERMINED)
    return SubtitleFile(target.uri, path, format_name, language, cues=0, violations=0, status="failed", reason=why)


def _without_words(transcript: Transcript | None) -> str:
    return "the recording was not analysed" if transcript is None else f"its analysis is {transcript.outcome}"
