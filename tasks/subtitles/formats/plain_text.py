"""Write plain text (.txt): what was said, without times, a paragraph a turn."""

from __future__ import annotations

from tasks.subtitles.cue import Track
from tasks.subtitles.formats.named import named_speech
from tasks.subtitles.measure import join_texts

_PAUSE_MS = 4000  # after a pause as long, the same speaker's words are a paragraph of their own


def render_text(track: Track) -> str:
    """Write a paragraph for each turn of a speaker.

    >>> from tasks.subtitles.cue import Speech
    >>> said = (Speech(0, 1, "Ann", "So."), Speech(1, 2, "Ann", "Well."), Speech(2, 3, "Bob", "Yes."))
    >>> render_text(Track("en", said, (), labels="change"))
    'Ann: So. Well.\\n\\nBob: Yes.\\n'
    """
    paragraphs: list[str] = []
    last_speaker, reached = None, 0
    for name, one in named_speech(track):
        if paragraphs and not name and one.speaker == last_speaker and one.start_ms - reached < _PAUSE_MS:
            paragraphs[-1] = join_texts(paragraphs[-1], one.text)
        else:
            paragraphs.append(name + one.text)
        last_speaker, reached = one.speaker, one.end_ms
    return "".join(f"{paragraph}\n" for paragraph in "\n\n".join(paragraphs).split("\n")) if paragraphs else ""
