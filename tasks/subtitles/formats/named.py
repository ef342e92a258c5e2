"""Put speakers' names before utterances, for formats that hold no cues."""

from __future__ import annotations

from tasks.subtitles.cue import Speech, Track
from tasks.subtitles.languages import speaker_label


def named_speech(track: Track) -> list[tuple[str, Speech]]:
    """Give each utterance and what stands before it: the speaker's name or nothing.

    With a single speaker there is nothing to tell apart.

    >>> said = (Speech(0, 1, "Ann", "So."), Speech(1, 2, "Ann", "Well."), Speech(2, 3, "Bob", "Yes."))
    >>> [name for name, _ in named_speech(Track("en", said, (), labels="change"))]
    ['Ann: ', '', 'Bob: ']
    """
    several = len({one.speaker for one in track.speech if one.speaker}) > 1
    named: list[tuple[str, Speech]] = []
    last = ""
    for one in track.speech:
        shown = (
            several and one.speaker and (track.labels == "always" or (track.labels == "change" and one.speaker != last))
        )
        named.append((speaker_label(one.speaker, track.language) if shown else "", one))
        last = one.speaker
    return named
