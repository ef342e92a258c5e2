"""Write copies of videos that hold their subtitles, and their rows.

A copy is made anew where its track is another than it was, or where it is gone. Its hash tells whose it is.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tasks.errors import NotWritten
from tasks.media.ffmpeg import ffprobe
from tasks.media.subtitled import CopyKind, burn, ending_of, mux
from tasks.run.subtitle_files import (
    MadeFile,
    SubtitleChoices,
    SubtitleTarget,
    file_columns,
    make_files,
    subtitle_row,
)
from tasks.run.subtitle_sources import Transcript, WrittenBefore, read_transcripts, written_before
from tasks.run.subtitle_writing import Rendered
from tasks.sidecars.files import StagedFile, sha256_at
from tasks.sidecars.ownership import SubtitleFile
from tasks.store.commit import publish_files
from tasks.store.dataset import Dataset
from tasks.tables.rows import RunInfo

_TRACKS: dict[CopyKind, str] = {"mux": "srt", "burn": "ass"}
_PROBE_S = 60


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A wanted copy has its kind, its track, and where the track comes from."""

    kind: CopyKind
    track: MadeFile
    transcript: Transcript

    @property
    def path(self) -> str:
        recording, stem = self.track.target.recording, self.track.target.stem
        middle = "subtitled" if self.kind == "mux" else f"{self.track.language}.burned"
        return f"{stem}.{middle}.{ending_of(recording, self.kind)}"


def write_copies(
    dataset: Dataset, run: RunInfo, name: str, target: SubtitleTarget, choices: SubtitleChoices
) -> tuple[Rendered, ...]:
    """Write the copies of a recording that are wanted; none of one without a picture.

    Raises FfmpegFailed, DatasetNotWritable.
    """
    transcript = read_transcripts(dataset, [target.analysis_id]).get(target.analysis_id)
    if transcript is None or transcript.outcome not in ("ok", "partial") or transcript.frame_rate is None:
        return ()
    copies = []
    for kind in choices.copies:
        chosen = replace(choices, formats=(_TRACKS[kind],))
        [track] = make_files(transcript, target, chosen)
        copies.append(_copy(dataset, run, f"{name}-{kind}", _Wanted(kind, track, transcript), chosen))
    return tuple(copies)


def _copy(dataset: Dataset, run: RunInfo, name: str, wanted: _Wanted, choices: SubtitleChoices) -> Rendered:
    """Write one copy, unless it is there or somebody else's."""
    made = wanted.track
    options_json = json.dumps({"copy": wanted.kind, "track": made.sha256}, separators=(",", ":"))
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
    try:
        found = sha256_at(wanted.path)
        if found is not None and found == before.newest and before.options_json == options_json:
            return Rendered(file)
        if found is not None and found not in before.all and not choices.force:
            return Rendered(replace(file, status="kept", reason="not written by reelsheet, or edited since"))
        staged = StagedFile(wanted.path)
        staged.temporary.parent.mkdir(parents=True, exist_ok=True)
        try:
            _make(wanted, staged.temporary, choices)
            sha256 = sha256_at(str(staged.temporary)) or ""
            of_file = {**file_columns(made, wanted.transcript, run.run_id), "path": wanted.path, "sha256": sha256}
            row = subtitle_row(made, of_file, choices) | {"format": file.format, "options_json": options_json}
            publish_files(dataset, {"subtitles": [{**row, "written_at": datetime.now(UTC)}]}, run, name)
            staged.place()
        finally:
            staged.drop()
    except (NotWritten, OSError) as error:
        return Rendered(replace(file, status="failed", reason=str(error)))
    return Rendered(replace(file, status="written"))


def _make(wanted: _Wanted, target: Path, choices: SubtitleChoices) -> None:
    made = wanted.track
    with tempfile.TemporaryDirectory(prefix="reelsheet-track-") as folder:
        track = Path(folder) / f"track.{made.format}"
        track.write_bytes(made.content)
        if wanted.kind == "burn":
            burn(made.target.recording, track, target, wanted.transcript.duration_ms)
        else:
            three_letters = choices.catalog.three_letters.get(made.language.partition("-")[0], "und")
            mux(made.target.recording, track, target, three_letters, _tracks_in(made.target.recording))


def _tracks_in(recording: str) -> int:
    """Count the subtitle tracks that a recording has."""
    found = ffprobe(recording, _PROBE_S, f"looking into {Path(recording).name}", show_streams=None, select_streams="s")
    return len(json.loads(found.stdout or b"{}").get("streams", ()))
