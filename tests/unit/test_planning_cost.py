"""Costs: exact integers, and unknown where a needed price is unknown."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from config.catalog import load_catalog
from config.types import Price
from tasks.planning.cost import cost_nano
from tasks.records import Tokens

PRICES = {(price.model, price.region): price for price in load_catalog().prices}
PLUS = PRICES["qwen3.5-omni-plus", "beijing"]
FLASH3 = PRICES["qwen3-omni-flash", "beijing"]
COUNTS = st.integers(0, 10_000_000)


def test_each_modality_has_its_price() -> None:
    tokens = Tokens(video=172_802, audio=1_680, text=500, output=4_300)
    # 173,302 x 7,000 + 1,680 x 53,000 + 4,300 x 40,000
    assert cost_nano(tokens, PLUS) == 1_213_114_000 + 89_040_000 + 172_000_000


def test_prices_with_a_fraction_stay_exact() -> None:
    assert cost_nano(Tokens(audio=3), PRICES["qwen3-omni-flash", "singapore"]) == 83_886
    price = Price(model="m", region="r", currency="EUR", as_of=date(2026, 1, 1), text_in=0.1)
    assert cost_nano(Tokens(text=3), price) == 300


def test_with_spoken_output_only_the_sound_is_billed_as_output() -> None:
    assert cost_nano(Tokens(output=1_000, output_audio=10), PLUS) == 10 * 213_000


def test_reasoning_is_billed_with_the_answer_that_it_leads_to() -> None:
    assert cost_nano(Tokens(output=1_000, reasoning=900), PLUS) == 1_000 * 40_000


def test_what_a_web_search_costs_is_not_known() -> None:
    assert cost_nano(Tokens(text=5, output=5), PLUS, search=True) is None
    assert cost_nano(Tokens(), PRICES["embedded", "local"], search=True) is None


def test_an_answer_to_text_alone_may_have_its_own_price() -> None:
    assert cost_nano(Tokens(text=1, output=1), FLASH3, text_only_input=True) == 1_800 + 6_900
    assert cost_nano(Tokens(text=1, output=1), FLASH3) == 1_800 + 12_700
    assert cost_nano(Tokens(output=1), PLUS, text_only_input=True) == 40_000


def test_a_missing_price_makes_the_cost_unknown_only_where_it_is_needed() -> None:
    price = Price(model="m", region="r", currency="EUR", as_of=date(2026, 1, 1), text_in=2.0)
    assert cost_nano(Tokens(text=5), price) == 10_000
    assert cost_nano(Tokens(text=5, audio=1), price) is None
    assert cost_nano(Tokens(text=5), None) is None


def test_the_embedded_engine_costs_nothing_and_says_so() -> None:
    assert cost_nano(Tokens(video=10, audio=10, text=10, output=10), PRICES["embedded", "local"]) == 0


@given(output=COUNTS, spoken=st.integers(1, 10_000_000), reasoning=COUNTS)
def test_however_much_is_written_beside_it_spoken_output_costs_its_sound(
    output: int, spoken: int, reasoning: int
) -> None:
    assert cost_nano(Tokens(output=output, output_audio=spoken, reasoning=reasoning), PLUS) == spoken * 213_000


@given(video=COUNTS, audio=COUNTS, more=COUNTS)
def test_costs_add_up(video: int, audio: int, more: int) -> None:
    first, second = Tokens(video=video, audio=audio), Tokens(video=more, output=more)
    parts = [cost_nano(first, PLUS), cost_nano(second, PLUS)]
    assert cost_nano(first + second, PLUS) == sum(part for part in parts if part is not None)


def test_cached_input_has_its_price_where_that_is_known() -> None:
    newest = PRICES["qwen3.8-omni-flash", "singapore"]
    # 1,000 x 150 in all, of which 400 were cached at 16 in place of 150
    assert cost_nano(Tokens(text=100, audio=900, cached=400), newest) == 600 * 150 + 400 * 16
    assert cost_nano(Tokens(text=100, cached=100), PLUS) == 100 * 7_000
