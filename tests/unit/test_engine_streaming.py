from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.streaming import DELTA_LENGTH, Chunks, pieces
from engine.usage import shortened, text_tokens, usage_block


@given(st.text(alphabet="ab \n“港", max_size=1_000))
def test_the_pieces_make_up_the_text(text: str) -> None:
    parts = list(pieces(text))
    assert "".join(parts) == text
    assert all(0 < len(part) <= DELTA_LENGTH for part in parts)


def test_chunks_have_the_documented_form() -> None:
    chunks = Chunks("chatcmpl-1", 1_700_000_000)
    [content] = [json.loads(each.removeprefix("data: ")) for each in chunks.content("hello")]
    assert content["id"] == "chatcmpl-1"
    assert content["model"].startswith("embedded-")
    assert content["usage"] is None
    assert content["choices"][0] == {
        "index": 0,
        "delta": {"role": "assistant", "content": "hello"},
        "finish_reason": None,
    }
    assert json.loads(chunks.finish("stop").removeprefix("data: "))["choices"][0]["finish_reason"] == "stop"
    assert json.loads(chunks.usage({"total_tokens": 3}).removeprefix("data: "))["choices"] == []


def test_usage_adds_up_and_leaves_out_what_was_not_sent() -> None:
    usage = usage_block({"text": 10, "video": 100, "audio": 7}, "four")
    assert usage["prompt_tokens"] == 117
    assert usage["prompt_tokens_details"] == {"text_tokens": 10, "video_tokens": 100, "audio_tokens": 7}
    assert usage["total_tokens"] == 117 + text_tokens("four")


@given(st.text(max_size=200), st.integers(1, 60))
def test_an_answer_is_cut_to_the_tokens_asked_for(text: str, most: int) -> None:
    kept, cut = shortened(text, most)
    assert text_tokens(kept) <= most
    assert text.startswith(kept)
    assert cut == (kept != text)
