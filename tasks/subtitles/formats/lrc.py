"""Write LRC files (.lrc) for songs and sound: each line behind its time.

Ours: pysubs2 has no LRC. Lines are utterances and not cues, since players of sound have room for whole sentences.
"""

from __future__ import annotations

from tasks.subtitles.cue import Speech, Track
from tasks.subtitles.formats.clock import minutes_cs
from tasks.subtitles.formats.named import named_speech

_CLEARED_MS = 4000  # before a pause as long, an empty line takes the last one off the screen


def render_lrc(track: Track) -> str:
    """Write each utterance behind its time.

    With the times of its words (enhanced LRC) where all of them are known.

    >>> render_lrc(Track("en", (Speech(1000, 3000, "", "One line."),), ()))
    '[00:01.00]One line.\\n[00:03.00]\\n'
    """
    named = named_speech(track)
    following = [*(one.start_ms for _, one in named[1:]), None]
    lines = [f"[ti:{track.title}]"] if track.title else []
    for (name, one), next_ms in zip(named, following, strict=True):
        lines.append(f"[{minutes_cs(one.start_ms)}]{_clear(name)}{_words(one)}")
        if next_ms is None or next_ms - one.end_ms >= _CLEARED_MS:
            lines.append(f"[{minutes_cs(one.end_ms)}]")
    return "".join(f"{line}\n" for line in lines)


def _words(one: Speech) -> str:
    if not one.words or "".join(word.text for word in one.words) != "".join(one.text.split()):
        return _clear(one.text)
    timed = " ".join(f"<{minutes_cs(word.start_ms)}> {word.text}" for word in one.words)
    return f"{timed} <{minutes_cs(one.words[-1].end_ms)}>"


def _clear(text: str) -> str:
    """Keep a bracket at the beginning of a text from being read as one more tag."""
    return f" {text}" if text.startswith("[") else text
