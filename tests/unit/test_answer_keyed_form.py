"""Lines of keys and values."""

from __future__ import annotations

from tasks.answer.keyed_form import _key_and_value, key_and_value


def test_key_and_value_keeps_no_long_line() -> None:
    """A thousand lines of hostile answers would stay in memory."""
    kept = _key_and_value.cache_info().currsize
    assert key_and_value("Text: " + "a" * 5000) == ("Text", "a" * 5000)
    assert _key_and_value.cache_info().currsize == kept
