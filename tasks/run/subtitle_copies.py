"""Write copies of videos that hold their subtitles, and their rows.

A copy is made anew where its track is another than it was, or where it is gone. Its hash tells whose it is.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tasks.errors import NotWritten
from tasks.media.ffmpeg import ffprobe
from tasks.media.subtitled import CopyKind, burn, ending_of, mux
from tasks.run.job import Job
from tasks.run.subtitle_files import (
    MadeFile,
    SecondLanguage,
    SubtitleChoices,
    SubtitleTarget,
    file_columns,
    make_files,
    subtitle_row,
)
from tasks.run.subtitle_sources import Transcript, WrittenBefore, read_transcripts, written_before
from tasks.run.subtitle_writing import Rendered, known_translations
from tasks.sidecars.files import StagedFile, sha256_at
from tasks.sidecars.ownership import SubtitleFile
from tasks.sidecars.paths import UNDETERMINED
from tasks.store.commit import publish_rows
from tasks.store.dataset import Dataset
from tasks.tables.rows import RunInfo

_TRACKS: dict[CopyKind, str] = {"mux": "srt", "burn": "ass"}
_PROBE_S = 60


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A wanted copy has its kind, its tracks, and where they come from.

    The first track is in the recording's language.
    """

    kind: CopyKind
    tracks: tuple[MadeFile, ...]
    transcript: Transcript

    @property
    def track(self) -> MadeFile:
        return self.tracks[0]

    @property
    def path(self) -> str:
        recording, stem = self.track.target.recording, self.track.target.stem
        middle = "subtitled" if self.kind == "mux" else f"{self.track.language}.burned"
        return f"{stem}.{middle}.{ending_of(recording, self.kind)}"


def write_copies(
    dataset: Dataset, job: Job, name: str, target: SubtitleTarget, choices: SubtitleChoices
) -> tuple[Rendered, ...]:
    """Write the copies of a recording that are wanted; none of one without a picture.

    A copy with tracks has those of the translations, too, as far as they are there; one with words in the picture has
    those of the original alone. Raises FfmpegFailed, DatasetNotWritable.
    """
    return tuple(
        _copy(dataset, job.run, f"{name}-{wanted.kind}", wanted, choices)
        for wanted in _wanted(dataset, job, target, choices)
    )


def known_copies(
    dataset: Dataset, job: Job, target: SubtitleTarget, choices: SubtitleChoices
) -> tuple[Rendered, ...] | None:
    """Return the copies of a recording that are there; None: one is to be made."""
    found = [_state_of(dataset, wanted, choices) for wanted in _wanted(dataset, job, target, choices)]
    return tuple(one.there for one in found if one.there) if all(one.there for one in found) else None


def _wanted(dataset: Dataset, job: Job, target: SubtitleTarget, choices: SubtitleChoices) -> Iterator[_Wanted]:
    transcript = read_transcripts(dataset, [target.analysis_id]).get(target.analysis_id)
    if transcript is None or transcript.outcome not in ("ok", "partial") or transcript.frame_rate is None:
        return
    for kind in choices.copies:
        chosen = replace(choices, formats=(_TRACKS[kind],))
        tracks = list(make_files(transcript, target, chosen))
        if kind == "mux":
            known = known_translations(dataset, job, {target.analysis_id: transcript}, choices)
            for (_, tag), lines in known.items():
                tracks += make_files(transcript, target, chosen, SecondLanguage(tag, lines))
        yield _Wanted(kind, tuple(tracks), transcript)


@dataclass(frozen=True, slots=True)
class _State:
    """A copy that is wanted is there or was kept, or is to be made."""

    file: SubtitleFile
    options_json: str
    there: Rendered | None  # None: it is to be made


def _state_of(dataset: Dataset, wanted: _Wanted, choices: SubtitleChoices) -> _State:
    """Find out whether a copy is there, or is somebody else's."""
    made = wanted.track
    others = {"others": [one.sha256 for one in wanted.tracks[1:]]} if wanted.tracks[1:] else {}
    options_json = json.dumps({"copy": wanted.kind, "track": made.sha256, **others}, separators=(",", ":"))
    before = written_before(dataset, [wanted.path]).get(wanted.path, WrittenBefore())
    file = SubtitleFile(
        uri=made.target.uri,
        path=wanted.path,
        format=ending_of(made.target.recording, wanted.kind),
        language=made.language,
        cues=made.cues,
        violations=len(made.violations),
        status="unchanged",
    )
    there = None
    try:
        found = sha256_at(wanted.path)
    except NotWritten as error:
        return _State(file, options_json, Rendered(replace(file, status="failed", reason=str(error))))
    if found is not None and found == before.newest and before.options_json == options_json:
        there = Rendered(file)
    elif found is not None and found not in before.all and not choices.force:
        there = Rendered(replace(file, status="kept", reason="not written by reelsheet, or edited since"))
    return _State(file, options_json, there)


def _copy(dataset: Dataset, run: RunInfo, name: str, wanted: _Wanted, choices: SubtitleChoices) -> Rendered:
    """Write one copy, unless it is there or somebody else's."""
    state = _state_of(dataset, wanted, choices)
    if state.there is not None:
        return state.there
    made, file = wanted.track, state.file
    try:
        staged = StagedFile(wanted.path)
        staged.temporary.parent.mkdir(parents=True, exist_ok=True)
        try:
            _make(wanted, staged.temporary, choices)
            sha256 = sha256_at(str(staged.temporary)) or ""
            of_file = {**file_columns(made, wanted.transcript, run.run_id), "path": wanted.path, "sha256": sha256}
            row = subtitle_row(made, of_file, choices) | {"format": file.format, "options_json": state.options_json}
            publish_rows(dataset, {"subtitles": [{**row, "written_at": datetime.now(UTC)}]}, run, name)
            staged.place()
        finally:
            staged.drop()
    except (NotWritten, OSError) as error:
        return Rendered(replace(file, status="failed", reason=str(error)))
    return Rendered(replace(file, status="written"))


def _make(wanted: _Wanted, target: Path, choices: SubtitleChoices) -> None:
    recording = wanted.track.target.recording
    with tempfile.TemporaryDirectory(prefix="reelsheet-track-") as folder:
        files = [Path(folder) / f"{number}.{one.format}" for number, one in enumerate(wanted.tracks)]
        for file, one in zip(files, wanted.tracks, strict=True):
            file.write_bytes(one.content)
        if wanted.kind == "burn":
            burn(recording, files[0], target, wanted.transcript.duration_ms)
            return
        letters = choices.catalog.three_letters
        languages = [letters.get(one.language.partition("-")[0], UNDETERMINED) for one in wanted.tracks]
        mux(recording, list(zip(files, languages, strict=True)), target, _tracks_in(recording))


def _tracks_in(recording: str) -> int:
    """Count the subtitle tracks that a recording has."""
    found = ffprobe(recording, _PROBE_S, f"looking into {Path(recording).name}", show_streams=None, select_streams="s")
    return len(json.loads(found.stdout or b"{}").get("streams", ()))
