"""Make a layout out of a style, a language and what the user chose."""

from __future__ import annotations

from dataclasses import dataclass

from config.types import LineBreakWords, SubtitleCatalog, SubtitleLimits, SubtitleStyle
from tasks.subtitles.cue import Layout, SpeakerLabels


@dataclass(frozen=True, slots=True)
class LayoutChoices:
    """Hold what does not come from the style."""

    frame_rate: float = 24.0  # of the picture; 24 for sound alone
    end_ms: int | None = None  # of the recording
    labels: SpeakerLabels = "none"
    sdh: bool = False


def make_layout(style: SubtitleStyle, catalog: SubtitleCatalog, language: str, choices: LayoutChoices) -> Layout:
    """Make the layout of a language's cues.

    A tag that is not known has the limits of its first part, or of the style.

    >>> limits = plain_layout("en").limits
    >>> style = SubtitleStyle(name="a", title="A", as_of="2026-11-28", source="ours", limits=limits)
    >>> catalog = SubtitleCatalog(styles={"a": style}, line_breaks={}, invented_lines=())
    >>> make_layout(style, catalog, "sw", LayoutChoices(frame_rate=25)).gap_ms
    80
    """
    words = catalog.line_breaks.get(language.partition("-")[0], LineBreakWords())
    return Layout(
        limits=style.limits_for(language),
        words=words,
        language=language,
        frame_rate=choices.frame_rate if choices.frame_rate > 0 else LayoutChoices().frame_rate,
        end_ms=choices.end_ms,
        labels=choices.labels,
        sdh=choices.sdh,
    )


def plain_layout(language: str, width: float = 42, speed: float = 20) -> Layout:
    """Make a layout of two lines without words or catalog, for examples.

    >>> plain_layout("en").gap_ms
    84
    """
    limits = SubtitleLimits(
        characters_per_line=width,
        max_lines=2,
        characters_per_second=speed,
        min_duration_ms=834,
        max_duration_ms=7000,
        min_gap_frames=2,
        close_gaps_below_ms=500,
        max_lead_ms=125,
        max_delay_ms=250,
        dash="-",
    )
    return Layout(limits, LineBreakWords(), language)
