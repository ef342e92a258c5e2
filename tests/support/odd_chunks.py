"""Chunks as no service documents them: the documented keys, with any JSON below them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

_texts = st.text(alphabet=st.characters(), max_size=12) | st.sampled_from(
    ["stop", "length", "abort", "error", "A dog.", "\ud83c", "\x00", "## Storyline\n00:00 - 00:01\nRain.\n"]
)
_numbers = st.integers() | st.floats() | st.sampled_from([0, 1, -1, 10**400])
_leaves = st.none() | st.booleans() | _numbers | _texts
any_json: SearchStrategy[Any] = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


def _object(*keys: str, of: SearchStrategy[Any] = any_json, **known: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """An object with some of the keys, and now and then something else in its place."""
    return st.fixed_dictionaries({}, optional={**dict.fromkeys(keys, of), **known}) | any_json


_parts = st.lists(_object("type", "text", "content", "thinking"), max_size=3)
_delta = _object("role", "reasoning_content", "reasoning", "text", "audio", "tool_calls", content=_texts | _parts)
_choice = _object("index", "finish_reason", "text", "message", delta=_delta)
_usage = _object("prompt_tokens", "completion_tokens", "prompt_tokens_details", "completion_tokens_details")
odd_chunks: SearchStrategy[Any] = _object(
    *("id", "model", "error", "code", "message", "request_id"),
    choices=st.lists(_choice, max_size=3) | any_json,
    usage=_usage,
)
