"""Make subtitle files of transcripts. Pure.

The same words and choices give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from config.types import SubtitleCatalog, SubtitleStyle
from tasks.run.subtitle_sources import Transcript
from tasks.sidecars.paths import file_path
from tasks.subtitles.cue import SpeakerLabels
from tasks.subtitles.formats.registry import FORMATS, FileForm, render_track
from tasks.subtitles.languages import heard_language
from tasks.subtitles.layouts import LayoutChoices, make_layout
from tasks.subtitles.qc import Violation
from tasks.subtitles.track import MadeTrack, Source, make_track
from tasks.tables.rows import Row


@dataclass(frozen=True, slots=True)
class SubtitleChoices:
    """Choices say how words become files.

    They hold no client and no key, so they may travel.
    """

    formats: tuple[str, ...]
    style: SubtitleStyle
    catalog: SubtitleCatalog
    languages: Mapping[str, str] = field(default_factory=dict)  # BCP 47 tag -> English name
    labels: SpeakerLabels = "change"
    sdh: bool = False
    form: FileForm = field(default=FileForm())
    force: bool = False

    @property
    def options_json(self) -> str:
        """Return what decides the bytes, apart from format and style."""
        chosen = {"speakers": self.labels, "sdh": self.sdh, "crlf": self.form.crlf, "bom": self.form.bom}
        return json.dumps(chosen, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class SubtitleTarget:
    """A target is a recording that is to have subtitle files."""

    uri: str
    stem: str  # the path of its files, without their endings
    analysis_id: str


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A made file has its content, and goes nowhere yet."""

    target: SubtitleTarget
    path: str
    format: str
    language: str
    content: bytes
    cues: int
    violations: tuple[Violation, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def make_files(transcript: Transcript, target: SubtitleTarget, choices: SubtitleChoices) -> Iterator[MadeFile]:
    """Make a recording's files, one for each format."""
    said = [(one.language, one.text) for one in transcript.utterances]
    language = heard_language(transcript.language, said, choices.languages)
    made: dict[SpeakerLabels, MadeTrack] = {}
    for name in choices.formats:
        form = FORMATS[name]
        labels: SpeakerLabels = "none" if form.names == "field" else choices.labels
        if labels not in made:
            made[labels] = _track(transcript, PurePath(target.stem).name, language, labels, choices)
        track = made[labels].track
        yield MadeFile(
            target=target,
            path=file_path(target.stem, language, name, sdh=choices.sdh),
            format=name,
            language=language,
            content=render_track(track, name, choices.form),
            cues=len(track.speech if form.names == "speech" else track.cues),
            violations=made[labels].violations,
        )


def _track(
    transcript: Transcript, title: str, language: str, labels: SpeakerLabels, choices: SubtitleChoices
) -> MadeTrack:
    shape = LayoutChoices(
        frame_rate=transcript.frame_rate or LayoutChoices().frame_rate,
        end_ms=transcript.duration_ms,
        labels=labels,
        sdh=choices.sdh,
    )
    layout = make_layout(choices.style, choices.catalog, language, shape)
    source = Source(transcript.span, transcript.silences, title)
    return make_track(transcript.utterances, source, layout, choices.catalog.invented_lines)


def file_columns(made: MadeFile, transcript: Transcript, run_id: str) -> Row:
    """Return the columns that the rows of a file share."""
    return {
        "run_id": run_id,
        "analysis_id": transcript.analysis_id,
        "attempt": transcript.attempt,
        "media_id": transcript.media_id,
        "path": made.path,
        "sha256": made.sha256,
    }


def subtitle_row(made: MadeFile, of_file: Row, choices: SubtitleChoices) -> Row:
    """Return the row of `subtitles`, but for the moment."""
    return {
        **of_file,
        "format": made.format,
        "language": made.language,
        "style": choices.style.name,
        "options_json": choices.options_json,
        "cues": made.cues,
        "violations": len(made.violations),
    }


def csv_rows(files: Sequence[tuple[str, Sequence[Violation]]]) -> list[list[object]]:
    """Return violations as the lines of a CSV file, the first being its heads.

    >>> csv_rows([("a.srt", [Violation(1, 0, 500, "min_duration", 500, 834, mendable=False)])])[1]
    ['a.srt', 1, 0, 500, 'min_duration', 500, 834, False]
    """
    heads: list[object] = ["path", "cue", "start_ms", "end_ms", "rule", "value", "limit", "mendable"]
    lines: list[list[object]] = [
        [path, one.cue, one.start_ms, one.end_ms, one.rule, one.value, one.limit, one.mendable]
        for path, violations in files
        for one in violations
    ]
    return [heads, *lines]
