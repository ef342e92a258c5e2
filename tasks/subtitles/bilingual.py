"""Make cues that hold two languages: what is said, and below it its translation.

Each utterance is divided into as many cues as the language needs that needs more; the other's words are divided between
them in the same proportions. Each language keeps to its own limits of lines, and a cue is shown as long as the slower
of the two takes to be read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.records import Span, Utterance
from tasks.subtitles.chunks import chunk_text
from tasks.subtitles.cue import Cue, CueLine, Layout, Speech, Track, Turn
from tasks.subtitles.drafts import Draft, split_speech
from tasks.subtitles.lines import Run
from tasks.subtitles.qc import Violation, check_cues, dropped_rows
from tasks.subtitles.second_track import shown_speech, translated
from tasks.subtitles.timing import time_cues
from tasks.subtitles.track import MadeTrack, Source
from tasks.subtitles.turns import lay_out, needed_ms

Layouts = tuple[Layout, Layout]  # of the language that is spoken, and of the translation
_OF_WORDS = ("line_length", "line_count", "reading_speed")  # rules that each language is checked by


@dataclass(frozen=True, slots=True)
class _Pair:
    """Hold the words of one cue in both languages."""

    spoken: Span
    original: Turn
    translation: Turn

    def lines(self, layouts: Layouts) -> tuple[tuple[CueLine, ...], tuple[CueLine, ...]]:
        return _lines(self.original, layouts[0]), _lines(self.translation, layouts[1])


def make_bilingual_track(
    utterances: Sequence[Utterance],
    lines: Mapping[int, str],
    source: Source,
    layouts: Layouts,
    invented_lines: Iterable[str] = (),
) -> MadeTrack:
    """Make the track of both languages, and check it.

    The times are checked once, the lines of each language by its own limits.

    Raises KeyError where a line is missing.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> said = [Utterance(0, 2000, "", "", "Good morning.", "model")]
    >>> both = plain_layout("en"), plain_layout("de")
    >>> make_bilingual_track(said, {0: "Guten Morgen."}, Source(Span(0, 9000)), both).track.cues[0].text
    'Good morning.\\nGuten Morgen.'
    """
    first, _ = layouts
    shown, dropped = shown_speech(utterances, source, invented_lines, sdh=first.sdh)
    both = [(speech, translated(speech, lines[number], sdh=first.sdh)) for number, speech in shown]
    pairs = _labelled([pair for one, other in both for pair in _pairs(one, other, layouts)], first)
    laid_out = [pair.lines(layouts) for pair in pairs]
    needs = [max(needed_ms(some, layout) for some, layout in zip(of, layouts, strict=True)) for of in laid_out]
    drafts = [Draft(pair.spoken, (pair.original,), of[0]) for pair, of in zip(pairs, laid_out, strict=True)]
    timed = time_cues(drafts, first, needs)
    translations = [
        replace(cue, turns=(pair.translation,), lines=of[1])
        for cue, pair, of in zip(timed, pairs, laid_out, strict=True)
    ]
    cues = tuple(replace(cue, lines=cue.lines + of[1]) for cue, of in zip(timed, laid_out, strict=True))
    speech = tuple(part for of in both for part in of)
    track = Track(first.language, speech, cues, source.title, first.labels)
    return MadeTrack(track, (*dropped_rows(dropped), *_violations(timed, translations, layouts)))


def _violations(originals: Sequence[Cue], translations: Sequence[Cue], layouts: Layouts) -> list[Violation]:
    of_words = [one for one in check_cues(translations, layouts[1]) if one.rule in _OF_WORDS]
    return sorted((*check_cues(originals, layouts[0]), *of_words), key=lambda one: one.cue or 0)


def _pairs(one: Speech, other: Speech, layouts: Layouts) -> list[_Pair]:
    """Divide an utterance and its translation into as many cues."""
    of_one, of_other = (split_speech(each, layout) for each, layout in zip((one, other), layouts, strict=True))
    leading = of_one if len(of_one) >= len(of_other) else of_other
    ends = [draft.spoken.end_ms for draft in leading]
    duration = max(1, one.end_ms - one.start_ms)
    shares = [(end - one.start_ms) / duration for end in ends]
    texts = [divide(each.text, shares, layout) for each, layout in zip((one, other), layouts, strict=True)]
    count = min(map(len, texts))  # a single word cannot be divided
    if count < len(shares):
        shares = [(number + 1) / count for number in range(count)]
        texts = [divide(each.text, shares, layout) for each, layout in zip((one, other), layouts, strict=True)]
    bounds = [one.start_ms, *(round(one.start_ms + share * duration) for share in shares)]
    return [
        _Pair(Span(bounds[number], bounds[number + 1]), Turn(one.speaker, words), Turn(one.speaker, translation))
        for number, (words, translation) in enumerate(zip(*texts, strict=True))
    ]


def divide(text: str, shares: Sequence[float], layout: Layout) -> list[str]:
    """Divide a text where it may be broken, nearest to these shares of its width.

    `shares` are the ends of the parts, the last one 1. There are fewer parts where it cannot be broken so often.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> divide("It was the best of times.", [0.5, 1.0], plain_layout("en"))
    ['It was the', 'best of times.']
    """
    run = Run.of(chunk_text(text, layout), layout.limits.counting)
    count = min(len(shares), len(run.chunks))
    stops: list[int] = []
    for number, share in enumerate(shares[: count - 1]):
        least, most = (stops[-1] if stops else 0) + 1, len(run.chunks) - (count - 1 - number)
        wanted = share * run.ends[-1]
        near = bisect_left(run.ends, wanted)
        nearest = min((near, near + 1), key=lambda stop: abs(run.ends[max(0, min(stop, len(run.ends)) - 1)] - wanted))
        stops.append(max(least, min(nearest, most)))
    stops.append(len(run.chunks))
    return [run.text(start, stop) for start, stop in zip([0, *stops], stops, strict=False)]


def _labelled(pairs: Iterable[_Pair], layout: Layout) -> list[_Pair]:
    """Put the pairs in order, with the speakers' names that the layout wants."""
    ordered = sorted(pairs, key=lambda pair: pair.spoken)
    named = layout.labels != "none" and len({pair.original.speaker for pair in ordered} - {""}) > 1
    labelled, last = [], ""
    for pair in ordered:
        speaker = pair.original.speaker
        shown = named and bool(speaker) and (layout.labels == "always" or speaker != last)
        labelled.append(replace(pair, original=replace(pair.original, label=shown)))
        last = speaker
    return labelled


def _lines(turn: Turn, layout: Layout) -> tuple[CueLine, ...]:
    return lay_out((turn,), layout) or (CueLine(turn.speaker, turn.text),)
