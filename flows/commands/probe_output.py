"""Print what `probe` found, for people and with `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from flows.output.console import print_table
from flows.output.failures import failure_object, print_failures
from tasks.records import Failure, Recording
from tasks.tables.rows import media_row
from tasks.timecode import format_ms


def probe_table(console: Console, recordings: Sequence[Recording], failed: Sequence[Failure]) -> None:
    """Print one row per recording; everything else is in `--json`."""
    if recordings:
        print_table(console, ("recording", "kind", "length", "picture", "sound"), [_probe_row(r) for r in recordings])
    for recording in recordings:
        for note in recording.notes:
            console.print(f"Note: {recording.name}: {note}", markup=False)
    print_failures(console, failed)


def _probe_row(recording: Recording) -> tuple[str, ...]:
    video, audio = recording.video, recording.audio
    picture = "none"
    if video:
        rate = f" {video.fps_num / video.fps_den:.4g}/s{' varying' if video.variable_fps else ''}"
        turned = f" turned {video.rotation}°" if video.rotation else ""
        picture = f"{video.codec} {video.width}x{video.height}{turned}{rate if recording.kind == 'video' else ''}"
    sound = f"{audio.codec} {audio.sample_rate / 1000:g} kHz x{audio.channels}" if audio else "none"
    return recording.name, recording.kind, format_ms(recording.duration_ms), picture, sound


def probe_json(recordings: Sequence[Recording], failed: Sequence[Failure]) -> dict[str, Any]:
    """Return what `probe --json` prints: rows as in the table `media`."""
    return {"recordings": [media_row(r) for r in recordings], "failures": [failure_object(f) for f in failed]}
