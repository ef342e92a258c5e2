"""Write Advanced SubStation Alpha files (.ass).

With pysubs2, which keeps speakers in this format alone.
"""

from __future__ import annotations

import pysubs2

from tasks.subtitles.cue import Cue, Track

_WIDTH, _HEIGHT = 1920, 1080  # the picture that sizes are given for; players scale them
_STYLE = pysubs2.SSAStyle(
    fontname="Arial",
    fontsize=58,
    outline=3,
    shadow=0,
    marginl=190,
    marginr=190,
    marginv=54,
    alignment=pysubs2.Alignment.BOTTOM_CENTER,
)
_WORD_JOINER = "\u2060"


def render_ass(track: Track) -> str:
    """Write the cues in a readable style, with the speakers in the Name field.

    Braces, which begin markup there, become round brackets.

    >>> from tasks.subtitles.cue import CueLine
    >>> text = render_ass(Track("en", (), (Cue(0, 1500, (), (CueLine("Ann", "{Hi}"),)),)))
    >>> text.splitlines()[-1]
    'Dialogue: 0,0:00:00.00,0:00:01.50,Default,Ann,0,0,0,,(Hi)'
    """
    file = pysubs2.SSAFile()
    file.styles["Default"] = _STYLE
    file.info.update(
        Title=" ".join(track.title.split()),
        WrapStyle="0",
        ScaledBorderAndShadow="yes",
        PlayResX=str(_WIDTH),
        PlayResY=str(_HEIGHT),
    )
    file.events = [_event(cue) for cue in track.cues]
    return file.to_string("ass", header_notice="")


def _event(cue: Cue) -> pysubs2.SSAEvent:
    speakers = dict.fromkeys(line.speaker for line in cue.lines if line.speaker)
    name = " / ".join(speakers).replace(",", " ").replace("\n", " ")
    return pysubs2.SSAEvent(cue.start_ms, cue.end_ms, text=_plain(cue.text), name=name)


def _plain(text: str) -> str:
    """Keep signs of a text from being read as markup."""
    text = text.replace("\\", f"\\{_WORD_JOINER}").replace("{", "(").replace("}", ")")
    return text.replace("\n", r"\N")
