"""List the formats of subtitle files.

A new one is one file next to this one, and one row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tasks.subtitles.cue import Track
from tasks.subtitles.formats.ass import render_ass
from tasks.subtitles.formats.cue_json import render_json
from tasks.subtitles.formats.lrc import render_lrc
from tasks.subtitles.formats.plain_text import render_text
from tasks.subtitles.formats.srt import render_srt
from tasks.subtitles.formats.ttml import render_ttml
from tasks.subtitles.formats.webvtt import render_webvtt


@dataclass(frozen=True, slots=True)
class SubtitleFormat:
    """Describe a format: its name, which is the file's ending, and its writer.

    `names`: where speakers' names stand. In "lines" the cues must be laid out with them (`Layout.labels`); with
    "speech" the writer sets them; a "field" holds them apart from the text, which is then laid out without.
    """

    name: str
    title: str
    names: Literal["lines", "speech", "field"]
    render: Callable[[Track], str]


FORMATS = {
    row.name: row
    for row in (
        SubtitleFormat("srt", "SubRip", "lines", render_srt),
        SubtitleFormat("vtt", "WebVTT", "field", render_webvtt),
        SubtitleFormat("ass", "Advanced SubStation Alpha", "field", render_ass),
        SubtitleFormat("ttml", "TTML, text profile of IMSC 1.1", "field", render_ttml),
        SubtitleFormat("lrc", "LRC lyrics", "speech", render_lrc),
        SubtitleFormat("txt", "plain text", "speech", render_text),
        SubtitleFormat("json", "JSON", "field", render_json),
    )
}


@dataclass(frozen=True, slots=True)
class FileForm:
    """Say how text becomes bytes: always UTF-8."""

    crlf: bool = False  # lines end as on Windows
    bom: bool = False  # a byte order mark, for old players


def render_track(track: Track, name: str, form: FileForm | None = None) -> bytes:
    """Write a track in a format of the registry.

    Raises KeyError for a name that is not in it.

    >>> render_track(Track("en", (), ()), "vtt", FileForm(crlf=True))
    b'WEBVTT\\r\\n'
    """
    form = form or FileForm()
    text = FORMATS[name].render(track)
    return ("\ufeff" if form.bom else "").encode() + (text.replace("\n", "\r\n") if form.crlf else text).encode()
