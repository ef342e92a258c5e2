"""What `models` and `scenarios` print is readable on a narrow terminal and a wide one, and leaves nothing out."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

from config.catalog import load_catalog
from config.types import Catalog
from flows.commands import catalog_output

CATALOG = load_catalog()


def printed(shown: Callable[[Console, Catalog, bool], None], width: int) -> str:
    out = StringIO()
    shown(Console(file=out, width=width, highlight=False, soft_wrap=True), CATALOG, False)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("shown", [catalog_output.models, catalog_output.scenarios])
def test_no_line_is_longer_than_the_terminal_is_wide(
    shown: Callable[[Console, Catalog, bool], None], width: int
) -> None:
    assert max(map(len, printed(shown, width).splitlines())) <= width


@pytest.mark.parametrize("width", [80, 200])
def test_every_name_is_there_unbroken(width: int) -> None:
    text = printed(catalog_output.models, width)
    names = [
        *CATALOG.models,
        *CATALOG.providers,
        *(name for spec in CATALOG.models.values() for name in spec.snapshots),
    ]
    assert [name for name in names if name not in text] == []


def test_limits_abilities_prices_and_dialects_are_told() -> None:
    words = " ".join(printed(catalog_output.models, 200).split())
    for fact in (
        "files of 256 MB and 2 min 30 s, 1 a request; up to 786,432 pixels a frame, 128 frames",
        "files of 2 GB and 180 min, 2,048 by address or 250 in base64 a request",
        "a list of 4 to 80 as a video, 0.1 to 10 a second",
        "49,152 in, 16,384 out, 65,536 together",
        "60 requests and 100,000 tokens",
        "written, with thinking (not advised on sound and video), spoken by 17 to 49 voices (Cherry, Ethan, Nofish,",
        "Peter, Rocky, Kiki, Eric …) in 19 languages and dialects",
        "files, frames, token formulae, rate limits: those of qwen3.5-omni-plus",
        "with thinking (none, low, medium, high, max; low unless --reasoning-effort says more)",
        "audio 0.15, cached 0.016; answers text 0.47",
        "spoken by 55 voices (Tina …) in 36 languages and dialects, loudness, speed and emotion as the prompt says",
        "singapore, CNY a million tokens: text 3.156, picture 5.725, audio 27.962; answers text 22.458 "
        "(12.183 where nothing is shown), audio 110.896 (2026-07-01, seen)",
        "vLLM: rate and pixels at the top of the request, sound as bare base64, a list of frames as images, "
        "the sound of a video beside it, fetches https, http",
    ):
        assert fact in words


def test_a_price_that_nobody_told_us_is_said_to_be_unknown() -> None:
    price = CATALOG.prices[1].model_copy(update={"audio_out": None})
    out = StringIO()
    catalog_output.models(Console(file=out, width=200), CATALOG.model_copy(update={"prices": (price,)}), False)
    assert "audio unknown (2026-07-01, seen)" in out.getvalue()


def test_each_scenario_is_told_for_video_and_for_audio() -> None:
    lines = [line.split() for line in printed(catalog_output.scenarios, 200).splitlines()]
    assert lines[7][:6] == ["fine", "video", "2", "min", "2,073,600", "structured-video"]
    assert lines[8] == ["fine", "audio", "1", "min", "structured-audio"]


def test_machines_get_the_facts_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    catalog_output.models(Console(), CATALOG, True)
    told = json.loads(capsys.readouterr().out)
    assert told["qwen3-omni-flash"]["speech"]["most_voices"] == 49
    assert set(told) == set(CATALOG.models)
