"""Write WebVTT files (.vtt), with the speakers as voices.

https://www.w3.org/TR/webvtt1/

Ours: pysubs2 writes neither voices nor escapes.
"""

from __future__ import annotations

from itertools import groupby

from tasks.subtitles.cue import Cue, Track
from tasks.subtitles.formats.clock import hours_ms


def render_webvtt(track: Track) -> str:
    """Write the cues, with who speaks in a voice tag.

    A page may style the tag, and a player need not show it.

    >>> from tasks.subtitles.cue import CueLine
    >>> print(render_webvtt(Track("en", (), (Cue(0, 1500, (), (CueLine("Ann", "A < B"),)),))), end="")
    WEBVTT
    <BLANKLINE>
    1
    00:00:00.000 --> 00:00:01.500
    <v Ann>A &lt; B</v>
    """
    blocks = [
        f"{number}\n{hours_ms(cue.start_ms, '.')} --> {hours_ms(cue.end_ms, '.')}\n{_payload(cue)}\n"
        for number, cue in enumerate(track.cues, 1)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _payload(cue: Cue) -> str:
    """Write the lines, those of one speaker in one voice."""
    voices = []
    for speaker, lines in groupby(cue.lines, key=lambda line: line.speaker):
        text = "\n".join(_escaped(line.text) for line in lines)
        voices.append(f"<v {_escaped(speaker)}>{text}</v>" if speaker else text)
    return "\n".join(voices)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
