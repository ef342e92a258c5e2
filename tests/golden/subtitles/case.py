"""What is expected of an answer's words as subtitles: before, a cue an utterance, and after, in Netflix's style."""

from __future__ import annotations

from pathlib import Path

from config.subtitles import load_subtitle_catalog
from tasks.answer.parse import parse_answer
from tasks.records import Span
from tasks.subtitles.cue import Cue, CueLine, Layout, Track, Turn
from tasks.subtitles.formats.registry import render_track
from tasks.subtitles.languages import found_language
from tasks.subtitles.layouts import LayoutChoices, make_layout
from tasks.subtitles.qc import Violation, check_cues
from tasks.subtitles.track import Source, make_track

CATALOG = load_subtitle_catalog()
SPAN = Span(0, 60_000)
SILENCES = (Span(57_800, 60_000),)


def expected(source: Path) -> str:
    """Both as SRT, each under a heading that counts what the style forbids, and the violations that stay."""
    answer = parse_answer(source.read_text(encoding="utf-8"), "audio", "sections", SPAN)
    utterances = answer.transcript or ()
    language = found_language("auto", (utterance.text for utterance in utterances))
    language = "en" if language == "und" else language
    choices = LayoutChoices(end_ms=SPAN.end_ms, labels="change")
    layout = make_layout(CATALOG.styles["netflix"], CATALOG, language, choices)
    made = make_track(utterances, Source(SPAN, SILENCES), layout, CATALOG.invented_lines)
    before = tuple(
        Cue(one.start_ms or 0, one.end_ms or 0, (Turn("", one.text),), (CueLine("", one.text),)) for one in utterances
    )
    return "".join(
        [
            _part("before", Track(language, (), before), check_cues(before, layout), layout),
            _part("after", made.track, made.violations, layout),
            *(f"{_row(one)}\n" for one in made.violations),
        ]
    )


def _part(title: str, track: Track, violations: tuple[Violation, ...], layout: Layout) -> str:
    text = render_track(track, "srt").decode()
    return f"=== {title} ({layout.language}): {len(track.cues)} cues, {len(violations)} violations\n\n{text}"


def _row(one: Violation) -> str:
    mended = "could be mended" if one.mendable else "stays"
    return f"{one.cue or '-'} {one.rule}: {one.value:g}, limit {one.limit:g}, {mended}"
