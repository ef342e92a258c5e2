"""Layouts for tests: real styles by name, read once."""

from __future__ import annotations

from functools import cache

from config.subtitles import load_subtitle_catalog
from config.types import SubtitleCatalog
from tasks.subtitles.cue import Layout, SpeakerLabels
from tasks.subtitles.layouts import LayoutChoices, make_layout


@cache
def subtitle_catalog() -> SubtitleCatalog:
    return load_subtitle_catalog()


def layout_of(
    language: str = "en", style: str = "netflix", labels: SpeakerLabels = "none", sdh: bool = False
) -> Layout:
    """A style's layout for a language, for a picture of 24 frames a second."""
    catalog = subtitle_catalog()
    return make_layout(catalog.styles[style], catalog, language, LayoutChoices(labels=labels, sdh=sdh))
