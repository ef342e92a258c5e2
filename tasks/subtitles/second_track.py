"""Make subtitles in a second language, with the times of the first.

Each line of the translation stands for one utterance, under its position in the transcript.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tasks.records import Utterance
from tasks.subtitles.cue import Layout, Speech, Track
from tasks.subtitles.cues import make_cues
from tasks.subtitles.invented import Dropped, drop_invented
from tasks.subtitles.qc import check_cues, dropped_rows
from tasks.subtitles.silences import fit_to_silences
from tasks.subtitles.speech import clean, numbered_speech, with_sounds
from tasks.subtitles.track import MadeTrack, Source

Numbered = tuple[tuple[int, Speech], ...]


def lines_to_translate(
    utterances: Sequence[Utterance], source: Source, invented_lines: Iterable[str] = ()
) -> dict[int, str]:
    """Give what is to be translated, by position.

    That is all that is shown, be it with sounds or without.

    >>> from tasks.records import Span
    >>> said = [Utterance(0, 900, "", "", "[door]", "model"), Utterance(0, 900, "", "", "Oh.\\nWell.", "model")]
    >>> lines_to_translate(said, Source(Span(0, 1000)))
    {0: '[door]', 1: 'Oh. Well.'}
    """
    invented = tuple(invented_lines)
    shown = {number for sdh in (True, False) for number, _ in shown_speech(utterances, source, invented, sdh=sdh)[0]}
    return {number: with_sounds(clean(utterances[number].text), sdh=True) for number in sorted(shown)}


def shown_speech(
    utterances: Sequence[Utterance], source: Source, invented_lines: Iterable[str], *, sdh: bool
) -> tuple[Numbered, tuple[Dropped, ...]]:
    """Give the speech that is shown, by position, and what nobody said.

    >>> from tasks.records import Span
    >>> said = [Utterance(0, 900, "", "", "[door]", "model"), Utterance(0, 900, "", "", "Oh.", "model")]
    >>> [number for number, _ in shown_speech(said, Source(Span(0, 1000)), (), sdh=False)[0]]
    [1]
    """
    numbered = numbered_speech(utterances, source.span, sdh=sdh)
    kept = drop_invented([speech for _, speech in numbered], source.silences, invented_lines)
    same = {id(speech) for speech in kept.speech}
    shown = [one for one in numbered if id(one[1]) in same]
    fitted = fit_to_silences([speech for _, speech in shown], source.silences)
    return tuple((number, speech) for (number, _), speech in zip(shown, fitted, strict=True)), kept.dropped


def translated(speech: Speech, line: str, *, sdh: bool) -> Speech:
    """Give speech in other words, with or without its sounds.

    >>> translated(Speech(0, 900, "Ann", "Oh."), "[soupir] Ah.", sdh=False).text
    'Ah.'
    """
    text = with_sounds(clean(line), sdh=sdh) or clean(line)
    return replace(speech, text=text, words=())


def make_second_track(
    utterances: Sequence[Utterance],
    lines: Mapping[int, str],
    source: Source,
    layout: Layout,
    invented_lines: Iterable[str] = (),
) -> MadeTrack:
    """Make the track of a translation, and check it.

    The layout is that of its language.

    Raises KeyError where a line is missing.

    >>> from tasks.records import Span
    >>> from tasks.subtitles.layouts import plain_layout
    >>> said = [Utterance(0, 2000, "", "", "Good morning.", "model")]
    >>> made = make_second_track(said, {0: "Guten Morgen."}, Source(Span(0, 9000)), plain_layout("de"))
    >>> [(cue.start_ms, cue.text) for cue in made.track.cues]
    [(0, 'Guten Morgen.')]
    """
    shown, dropped = shown_speech(utterances, source, invented_lines, sdh=layout.sdh)
    speech = tuple(translated(one, lines[number], sdh=layout.sdh) for number, one in shown)
    cues = make_cues(speech, layout)
    track = Track(layout.language, speech, cues, source.title, layout.labels)
    return MadeTrack(track, (*dropped_rows(dropped), *check_cues(cues, layout)))
