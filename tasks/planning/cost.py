"""Compute what tokens cost, in billionths of the currency, as exact integers."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from config.types import Price
from tasks.records import Tokens

_NANO_PER_MILLION = 1000  # a price per million tokens, in billionths per token


def cost_nano(
    tokens: Tokens, price: Price | None, text_only_input: bool = False, *, search: bool = False
) -> int | None:
    """Return the cost of `tokens` in billionths; None where a price is unknown.

    With audio output only the audio tokens are billed as output, as documented. `output` includes the reasoning.
    Cached tokens cost what others do where no price for them is known; nor is the extra fee of a web `search`.

    >>> from config.catalog import find_price, load_catalog
    >>> cost_nano(Tokens(text=1000), find_price(load_catalog(), "qwen3.5-omni-flash", "beijing"))
    2200000
    """
    if price is None or search:
        return None
    text_out = price.text_out
    if text_only_input and price.text_out_text_only is not None:
        text_out = price.text_out_text_only
    bill = [
        (tokens.text, price.text_in),
        (tokens.image + tokens.video, price.image_video_in),
        (tokens.audio, price.audio_in),
        (tokens.output_audio, price.audio_out) if tokens.output_audio else (tokens.output, text_out),
    ]
    if price.cached_in is not None:
        bill[0] = (tokens.text - tokens.cached, price.text_in)  # all input costs the same, whatever was cached
        bill.append((tokens.cached, price.cached_in))
    total = Decimal(0)
    for count, per_million in bill:
        if count == 0:
            continue
        if per_million is None:
            return None
        total += count * Decimal(str(per_million)) * _NANO_PER_MILLION
    return int(total.to_integral_value(ROUND_HALF_EVEN))
