"""The styles of subtitles load whole, and a style of the user's own is told what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.subtitles import load_subtitle_catalog, pick_style, read_style

CATALOG = load_subtitle_catalog()
STYLE = """
title = "Ours"
as_of = 2026-11-28
source = "ours"
[limits]
characters_per_line = 40
max_lines = 2
characters_per_second = 18
min_duration_ms = 1000
max_duration_ms = 7000
min_gap_frames = 0
close_gaps_below_ms = 0
max_lead_ms = 0
max_delay_ms = 0
dash = "-"
"""


def style_file(folder: Path, text: str) -> Path:
    path = folder / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_catalog_has_three_styles() -> None:
    assert set(CATALOG.styles) == {"netflix", "bbc", "youtube"}


@pytest.mark.parametrize(
    ("language", "characters", "speed"),
    [("en", 42, 20), ("de", 42, 17), ("zh", 16, 9), ("ko", 16, 12), ("ja", 13, 4), ("th", 35, 17), ("ar", 42, 20)],
)
def test_netflix_has_the_published_limits(language: str, characters: float, speed: float) -> None:
    limits = CATALOG.styles["netflix"].limits_for(language)
    assert (limits.characters_per_line, limits.characters_per_second) == (characters, speed)


def test_limits_for_falls_back_to_the_first_part_of_a_tag() -> None:
    style = CATALOG.styles["netflix"]
    assert style.limits_for("zh-TW") == style.limits_for("zh")
    assert style.limits_for("sw") == style.limits


def test_language_like_another_has_its_limits() -> None:
    style = CATALOG.styles["netflix"]
    assert style.limits_for("yue-HK") == style.limits_for("zh")


def test_pick_style_reads_a_file_by_its_path(tmp_path: Path) -> None:
    style = pick_style(str(style_file(tmp_path, STYLE)), CATALOG)
    assert (style.name, style.limits.characters_per_line) == ("ours", 40)


def test_pick_style_names_the_nearest_known_style() -> None:
    with pytest.raises(ConfigError, match=r"no style \"netflex\"; did you mean netflix\? Known: bbc, netflix, youtube"):
        pick_style("netflex", CATALOG)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("max_lines = 2", "max_lines = 0"), "limits.max_lines: expected a number greater than 0, found 0"),
        (("dash", "hyphen"), "limits.dash: expected a value, found none"),
        (("[limits]", "[limit]"), "limits: expected a value, found none"),
        (("min_duration_ms = 1000", "min_duration_ms = 8000"), "expected min_duration_ms not above max_duration_ms"),
        (("title =", "title"), "is not valid TOML"),
    ],
)
def test_read_style_says_what_is_wrong(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_style(style_file(tmp_path, STYLE.replace(*change)))


def test_read_style_refuses_a_chain_of_likes(tmp_path: Path) -> None:
    chain = STYLE + '[languages.a]\nlike = "b"\n[languages.b]\nlike = "a"\n'
    with pytest.raises(
        ConfigError, match=r"\[languages.a\] like: expected a language with a table of its own, found b"
    ):
        read_style(style_file(tmp_path, chain))
