"""Write SubRip files (.srt).

Ours, and not pysubs2's writer, which takes text in braces for markup and drops it, turns `\\n` and `\\h` that are part
of a text into breaks and blanks, and leaves `-->` in it, which readers take for a line of times (tried with 1.8.1).
"""

from __future__ import annotations

import re

from tasks.subtitles.cue import Track
from tasks.subtitles.formats.clock import hours_ms

_TAG = re.compile(r"<(/?[A-Za-z][^<>]*)>")


def render_srt(track: Track) -> str:
    """Write the cues with their numbers and times.

    SRT cannot escape anything: what players would take for an arrow or a tag is written with signs that look alike.

    >>> from tasks.subtitles.cue import Cue, CueLine
    >>> render_srt(Track("en", (), (Cue(0, 1500, (), (CueLine("", "From A --> B"),)),)))
    '1\\n00:00:00,000 --> 00:00:01,500\\nFrom A → B\\n\\n'
    """
    blocks = [
        f"{number}\n{hours_ms(cue.start_ms, ',')} --> {hours_ms(cue.end_ms, ',')}\n{_plain(cue.text)}\n\n"
        for number, cue in enumerate(track.cues, 1)
    ]
    return "".join(blocks)


def _plain(text: str) -> str:
    return _TAG.sub(r"‹\1›", text.replace("-->", "→"))
