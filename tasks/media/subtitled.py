"""Make copies of videos that hold their subtitles: as a track, or in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import ffmpeg

from tasks.media.ffmpeg import file_url, media_input, run

CopyKind = Literal["mux", "burn"]
"""How a copy holds subtitles; mux: as a track that can be turned off, burn: in the picture."""

_MP4 = frozenset(("mp4", "m4v", "mov"))
_LIMIT_S = 600  # a copy may take this long, and as long again as four times its recording
_CRF = 18  # looks like the source


def ending_of(recording: str, kind: CopyKind) -> str:
    """Return the ending of a recording's copy.

    >>> ending_of("a/talk.MOV", "mux"), ending_of("a/talk.webm", "mux"), ending_of("a/talk.webm", "burn")
    ('mp4', 'mkv', 'mp4')
    """
    return "mp4" if kind == "burn" or Path(recording).suffix.lower().lstrip(".") in _MP4 else "mkv"


def mux(recording: str, tracks: Sequence[tuple[Path, str]], target: Path, tracks_before: int) -> None:
    """Copy a video with SRT files as further tracks, all other streams as they are.

    `tracks` are (file, language in three letters). Raises FfmpegFailed.
    """
    source = media_input(recording)
    is_mp4 = ending_of(recording, "mux") == "mp4"
    options: dict[str, Any] = {"c": "copy"}
    for number, (_, language) in enumerate(tracks, tracks_before):
        options[f"c:s:{number}"] = "mov_text" if is_mp4 else "srt"
        options[f"metadata:s:s:{number}"] = f"language={language}"
    options["map_metadata"] = "0"
    options["fflags"] = "+bitexact"  # so that the same copy has the same bytes
    subtitles = [ffmpeg.input(file_url(file), f="srt", protocol_whitelist="file")["0"] for file, _ in tracks]
    streams = (source["v"], source["a?"], source["s?"], *subtitles)
    command = ffmpeg.output(*streams, file_url(target), format="mp4" if is_mp4 else "matroska", **options)
    run(command.overwrite_output(), _LIMIT_S, f"adding subtitles to {Path(recording).name}")


def burn(recording: str, track: Path, target: Path, duration_ms: int) -> None:
    """Copy a video with an ASS file drawn into the picture, the sound as it is.

    Raises FfmpegFailed.
    """
    source = media_input(recording)
    picture = source["v:0"].filter("ass", str(track))
    options = {"c:v": "libx264", "crf": _CRF, "preset": "veryfast", "pix_fmt": "yuv420p", "c:a": "copy"}
    command = ffmpeg.output(
        picture, source["a?"], file_url(target), format="mp4", movflags="+faststart", fflags="+bitexact", **options
    )
    limit_s = _LIMIT_S + 4 * duration_ms / 1000
    run(command.overwrite_output(), limit_s, f"drawing subtitles into {Path(recording).name}")
