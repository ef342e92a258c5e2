"""How the pieces of a streamed answer become one reply."""

from __future__ import annotations

import base64
import wave
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from tasks.errors import ConnectionLost, EmptyAnswer, ReelsheetError, Refused, ServiceBusy
from tasks.omni.stream import Reply, read, reply_error, tokens_from
from tasks.omni.voice import VoiceFile
from tasks.records import Tokens
from tests.support.odd_chunks import odd_chunks
from tests.support.service_specs import PROVIDER


def chunk(**fields: Any) -> ChatCompletionChunk:
    """A chunk as the client builds it: unchecked, so that any field may be absent or null."""
    return ChatCompletionChunk.construct(**fields)


def piece(delta: dict[str, Any] | None, finish_reason: str | None = None) -> ChatCompletionChunk:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return chunk(id="chatcmpl-1", model="m-2026-03-15", choices=[choice], usage=None)


def test_content_and_reasoning_are_collected_apart() -> None:
    reply = Reply()
    read(
        [
            piece({"role": "assistant", "content": None, "reasoning_content": ""}),
            piece({"content": None, "reasoning_content": "Let me "}),
            piece({"content": None, "reasoning_content": "see."}),
            piece({"content": "A ", "reasoning_content": None}),
            piece({"content": "dog."}),
            piece({"content": ""}, "stop"),
        ],
        reply,
        PROVIDER,
    )
    assert (reply.text, "".join(reply.reasoning), reply.finish_reason) == ("A dog.", "Let me see.", "stop")
    assert (reply.model, reply.request_id) == ("m-2026-03-15", "chatcmpl-1")


def spoken(**audio: Any) -> ChatCompletionChunk:
    return piece({"content": None, "audio": audio})


def test_what_is_spoken_is_written_as_it_comes(tmp_path: Path) -> None:
    sound = base64.b64encode(bytes(range(30))).decode()
    reply = Reply(voice=VoiceFile(tmp_path / "answer.wav", 24_000))
    assert reply.voice is not None
    read(
        [
            piece({"content": "A "}),
            spoken(id="audio_1", data=sound[:7], expires_at=1_780_000_000),
            piece({"content": "dog."}),
            spoken(data=sound[7:]),
            spoken(data=None),
            spoken(expires_at=1_780_000_000),
            piece({"content": ""}, "stop"),
        ],
        reply,
        PROVIDER,
    )
    reply.voice.keep()
    assert (reply.text, reply_error(reply, PROVIDER)) == ("A dog.", None)
    with wave.open(str(tmp_path / "answer.wav")) as file:
        assert (file.readframes(99), file.getframerate()) == (bytes(range(30)), 24_000)


def test_sound_that_nobody_wants_is_passed_over() -> None:
    reply = Reply()
    read([spoken(data="AAAA"), piece({"content": "A dog."}, "stop")], reply, PROVIDER)
    assert (reply.text, reply.voice) == ("A dog.", None)


def test_sound_that_is_no_base64_breaks_the_answer(tmp_path: Path) -> None:
    reply = Reply(voice=VoiceFile(tmp_path / "answer.wav", 24_000))
    with pytest.raises(ValueError, match="base64"):
        read([spoken(data="????")], reply, PROVIDER)


def test_words_that_come_beside_the_sound_are_the_answer_where_there_are_no_others() -> None:
    reply = Reply()
    read([spoken(transcript="A "), spoken(transcript="dog."), piece({"content": ""}, "stop")], reply, PROVIDER)
    assert (reply.text, reply_error(reply, PROVIDER)) == ("A dog.", None)
    read([piece({"content": "A cat."})], reply, PROVIDER)
    assert reply.text == "A cat."


def test_the_first_sound_counts_as_the_first_token() -> None:
    reply = Reply()
    read([piece({"content": ""})], reply, PROVIDER)
    assert reply.first_token_at is None
    read([spoken(data="AAAA")], reply, PROVIDER)
    assert reply.first_token_at is not None


def test_an_answer_of_sound_without_words_is_empty() -> None:
    reply = Reply()
    read([spoken(data="AAAA"), piece({}, "stop")], reply, PROVIDER)
    assert isinstance(reply_error(reply, PROVIDER), EmptyAnswer)


@pytest.mark.parametrize(
    ("pieces", "text"),
    [(["A \ud83c", "\udfac film."], "A 🎬 film."), (["A \ud83c", " film."], "A \ufffd film.")],
)
def test_a_sign_split_between_two_pieces_is_whole_again(pieces: list[str], text: str) -> None:
    reply = Reply()
    read([piece({"content": said}) for said in pieces], reply, PROVIDER)
    assert reply.text == text


def test_odd_frames_do_no_harm() -> None:
    reply = Reply()
    read(
        [chunk(), chunk(choices=None), chunk(choices=[]), piece(None), piece({}), piece(None, "stop")], reply, PROVIDER
    )
    assert (reply.text, reply.finish_reason, reply.tokens) == ("", "stop", None)


@pytest.mark.parametrize(
    ("delta", "text", "reasoning"),
    [
        ({"content": [{"type": "text", "text": "A "}, {"type": "text", "text": "dog."}]}, "A dog.", ""),
        ({"content": ["A ", {"type": "output_text", "text": "dog."}]}, "A dog.", ""),
        ({"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "A dog."}]}, "A dog.", "Hm."),
        ({"content": {"text": "A dog."}}, "A dog.", ""),
        ({"text": "A dog."}, "A dog.", ""),
        ("A dog.", "A dog.", ""),
        ({"content": "A dog.", "reasoning": "It barks."}, "A dog.", "It barks."),
        ({"content": [7, None, {"type": "image_url"}]}, "", ""),
    ],
)
def test_words_are_read_whatever_form_they_come_in(delta: Any, text: str, reasoning: str) -> None:
    reply = Reply()
    read([{"choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]}], reply, PROVIDER)
    assert (reply.text, "".join(reply.reasoning), reply.finish_reason) == (text, reasoning, "stop")


@pytest.mark.parametrize(
    ("given", "read_as"),
    [("stop", "stop"), ("MAX_TOKENS", "length"), ({"type": "length"}, "length"), (7, "7"), ([], None), (True, None)],
)
def test_a_finish_reason_is_read_whatever_it_is(given: Any, read_as: str | None) -> None:
    reply = Reply()
    read([{"choices": [{"delta": {"content": "A dog."}, "finish_reason": given}]}], reply, PROVIDER)
    assert reply.finish_reason == read_as


def test_of_several_choices_the_first_is_the_answer() -> None:
    reply = Reply()
    read([{"choices": [{"index": n, "delta": {"content": f"Dog {n}."}} for n in (0, 1)]}], reply, PROVIDER)
    assert reply.text == "Dog 0."


def test_a_whole_message_behind_its_pieces_is_not_read_twice() -> None:
    reply, whole = Reply(), {"message": {"role": "assistant", "content": "A dog."}, "finish_reason": "stop"}
    read([piece({"content": "A dog."}), {"choices": [whole]}], reply, PROVIDER)
    assert (reply.text, reply.finish_reason) == ("A dog.", "stop")


@given(chunks=st.lists(odd_chunks, max_size=6))
def test_no_chunk_raises_an_error_of_python(chunks: list[Any]) -> None:
    reply = Reply()
    with suppress(ReelsheetError):
        read(chunks, reply, PROVIDER)
    error = reply_error(reply, PROVIDER)
    assert error is None or isinstance(error, ReelsheetError)
    for words in (reply.text, reply.model, reply.request_id, reply.finish_reason):
        assert words is None or words.encode("utf-8").decode("utf-8") == words
    assert reply.tokens is None or all(0 <= number < 2**60 for number in astuple(reply.tokens))


def test_a_request_id_from_the_header_is_kept() -> None:
    reply = Reply(request_id="from the header")
    read([piece({"content": "word"})], reply, PROVIDER)
    assert reply.request_id == "from the header"


def test_the_vendors_bare_error_frame_is_raised_with_its_meaning() -> None:
    frame = chunk(code="DataInspectionFailed", message="Output data may contain inappropriate content", request_id="r")
    reply = Reply()
    with pytest.raises(Refused):
        read([piece({"content": "A"}), frame], reply, PROVIDER)
    assert (reply.text, reply.request_id) == ("A", "r")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(content=["A dog."], finish_reason="stop"), None),
        (Reply(content=["A dog"], finish_reason="length"), None),
        (Reply(finish_reason="length"), None),
        (Reply(finish_reason="stop"), EmptyAnswer),
        (Reply(content=[" \n"], finish_reason="stop"), EmptyAnswer),
        (Reply(content=["A do"]), ConnectionLost),
        (Reply(), ConnectionLost),
        (Reply(content=["A"], finish_reason="content_filter"), Refused),
        (Reply(content=["A do"], finish_reason="abort"), ServiceBusy),
        (Reply(finish_reason="error"), ServiceBusy),
    ],
)
def test_an_answer_is_whole_once_it_has_words_and_a_finish_reason(reply: Reply, kind: type[Exception] | None) -> None:
    found = reply_error(reply, PROVIDER)
    assert (type(found) if found else None) is kind


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (
            {
                "prompt_tokens": 1130,
                "completion_tokens": 300,
                "prompt_tokens_details": {
                    "text_tokens": 100,
                    "audio_tokens": 30,
                    "video_tokens": 1000,
                    "cached_tokens": 64,
                },
                "completion_tokens_details": {"text_tokens": 300, "reasoning_tokens": 120},
            },
            Tokens(video=1000, audio=30, text=100, cached=64, output=300, reasoning=120),
        ),
        ({"prompt_tokens": 50, "completion_tokens": 7}, Tokens(text=50, output=7)),
        (
            {
                "prompt_tokens": 50,
                "completion_tokens": 7,
                "prompt_tokens_details": None,
                "completion_tokens_details": None,
            },
            Tokens(text=50, output=7),
        ),
        (
            {
                "prompt_tokens": 50,
                "completion_tokens": 7,
                "prompt_tokens_details": {"video_tokens": 40, "text_tokens": None},
            },
            Tokens(video=40, text=10, output=7),
        ),
        (
            {
                "prompt_tokens": 20,
                "completion_tokens": 90,
                "completion_tokens_details": {"text_tokens": 10, "audio_tokens": 80},
            },
            Tokens(text=20, output=10, output_audio=80),
        ),
        (
            {
                "prompt_tokens": None,
                "completion_tokens": None,
                "prompt_tokens_details": {"image_tokens": 5, "audio_tokens": -1},
            },
            Tokens(image=5),
        ),
        ({}, Tokens()),
    ],
)
def test_usage_becomes_tokens_by_modality(usage: dict[str, Any], tokens: Tokens) -> None:
    assert tokens_from(usage) == tokens
