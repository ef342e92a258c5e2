"""Make a recording's subtitles out of its utterances in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tasks.records import Span, Utterance
from tasks.subtitles.cue import Layout, Track
from tasks.subtitles.cues import make_cues
from tasks.subtitles.invented import drop_invented
from tasks.subtitles.qc import Violation, check_cues, dropped_rows
from tasks.subtitles.silences import fit_to_silences
from tasks.subtitles.speech import to_speech


@dataclass(frozen=True, slots=True)
class Source:
    """Hold what is known of the recording next to its words."""

    span: Span  # all of it
    silences: Sequence[Span] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class MadeTrack:
    """Hold the subtitles, and the rows of their check.

    First what was dropped, then every violation of the style.
    """

    track: Track
    violations: tuple[Violation, ...]


def make_track(
    utterances: Sequence[Utterance], source: Source, layout: Layout, invented_lines: Iterable[str] = ()
) -> MadeTrack:
    """Make the track of a layout, and check it.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> said = [Utterance(0, 2000, "", "", "Hello there.", "model")]
    >>> made = make_track(said, Source(Span(0, 9000)), plain_layout("en"))
    >>> made.track.cues[0].text, made.violations
    ('Hello there.', ())
    """
    kept = drop_invented(to_speech(utterances, source.span, layout), source.silences, invented_lines)
    speech = fit_to_silences(kept.speech, source.silences)
    cues = make_cues(speech, layout)
    track = Track(layout.language, speech, cues, source.title, layout.labels)
    return MadeTrack(track, (*dropped_rows(kept.dropped), *check_cues(cues, layout)))
