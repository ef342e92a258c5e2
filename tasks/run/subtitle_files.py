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
from tasks.media.subtitled import CopyKind
from tasks.run.subtitle_sources import Transcript
from tasks.run.target_language import TargetLanguage
from tasks.sidecars.paths import file_path
from tasks.subtitles.bilingual import make_bilingual_track
from tasks.subtitles.cue import Layout, SpeakerLabels
from tasks.subtitles.formats.registry import FORMATS, FileForm, render_track
from tasks.subtitles.languages import heard_language
from tasks.subtitles.layouts import LayoutChoices, make_layout
from tasks.subtitles.qc import Violation
from tasks.subtitles.second_track import make_second_track
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
    copies: tuple[CopyKind, ...] = ()  # of videos, with the subtitles in them
    translations: tuple[TargetLanguage, ...] = ()
    bilingual: bool = False  # a translation stands in the cues of the original, in a file of both

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
    recording: str = ""  # its path


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


@dataclass(frozen=True, slots=True)
class SecondLanguage:
    """A second language has the translation of each utterance that is shown."""

    tag: str  # BCP 47
    lines: Mapping[int, str]


def language_of(transcript: Transcript, choices: SubtitleChoices) -> str:
    """Return the language of most words, as a BCP 47 tag."""
    said = [(one.language, one.text) for one in transcript.utterances]
    return heard_language(transcript.language, said, choices.languages)


def make_files(
    transcript: Transcript, target: SubtitleTarget, choices: SubtitleChoices, second: SecondLanguage | None = None
) -> Iterator[MadeFile]:
    """Make a recording's files, one for each format.

    They are in its own language, or in a second one.
    """
    language = language_of(transcript, choices)
    shown = language if second is None else f"{language}-{second.tag}" if choices.bilingual else second.tag
    made: dict[SpeakerLabels, MadeTrack] = {}
    for name in choices.formats:
        form = FORMATS[name]
        labels: SpeakerLabels = "none" if form.names == "field" else choices.labels
        if labels not in made:
            made[labels] = _track(transcript, _Shape(PurePath(target.stem).name, language, labels), choices, second)
        track = made[labels].track
        yield MadeFile(
            target=target,
            path=file_path(target.stem, shown, name, sdh=choices.sdh, is_second=second is not None),
            format=name,
            language=shown,
            content=render_track(track, name, choices.form),
            cues=len(track.speech if form.names == "speech" else track.cues),
            violations=made[labels].violations,
        )


@dataclass(frozen=True, slots=True)
class _Shape:
    """Hold what of a track is not its words."""

    title: str
    language: str  # of what is said
    labels: SpeakerLabels


def _track(transcript: Transcript, shape: _Shape, choices: SubtitleChoices, second: SecondLanguage | None) -> MadeTrack:
    of_layout = LayoutChoices(
        frame_rate=transcript.frame_rate or LayoutChoices().frame_rate,
        end_ms=transcript.duration_ms,
        labels=shape.labels,
        sdh=choices.sdh,
    )

    def layout(language: str) -> Layout:
        return make_layout(choices.style, choices.catalog, language, of_layout)

    source = Source(transcript.span, transcript.silences, shape.title)
    words, invented = transcript.utterances, choices.catalog.invented_lines
    if second is None:
        return make_track(words, source, layout(shape.language), invented)
    if choices.bilingual:
        both = layout(shape.language), layout(second.tag)
        return make_bilingual_track(words, second.lines, source, both, invented)
    return make_second_track(words, second.lines, source, layout(second.tag), invented)


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
