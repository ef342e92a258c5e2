"""The client against servers that say what no service documents: each question ends in an answer with its calls."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tasks.errors import RunStopped
from tasks.omni.client import OmniClient
from tasks.omni.retry import RetryPolicy
from tasks.omni.wire import Endpoint
from tasks.records import Answer, Clip
from tasks.tables.analysis import Attempt, analysis_rows
from tasks.tables.arrow import to_arrow
from tests.support.dataset_rows import START, plan, run
from tests.support.odd_chunks import any_json, odd_chunks
from tests.support.service import FakeService, Say
from tests.support.service_specs import KEY, MODEL, PROVIDER, SECTIONS, silent_clip

STREAM = "text/event-stream"


class OddServer(ThreadingHTTPServer):
    """A server that answers each request with the bytes it was last told, as HTTP 200."""

    body, content_type = b"", STREAM

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: OddServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", self.server.content_type)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def odd() -> Iterator[OddServer]:
    with OddServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return silent_clip(tmp_path_factory.mktemp("odd"))


def asked(server: OddServer, clip: Clip, body: bytes, content_type: str = STREAM) -> Answer | None:
    """What came of a question to a new client; None where the run was stopped in order."""
    server.body, server.content_type = body, content_type
    once = RetryPolicy(attempts=1, pause=lambda halted, seconds: None)
    with OmniClient(PROVIDER, MODEL, Endpoint(server.base_url, SecretStr(KEY)), retries=once) as client:
        try:
            return client.ask(clip, SECTIONS)
        except RunStopped:
            return None


def published(answer: Answer) -> dict[str, Any]:
    """The row of `segments`, after all rows of the answer went through their schemas."""
    [segment] = plan().segments
    rows = analysis_rows(Attempt(plan(), run(), 1, None, START), [replace(answer, segment=segment, clip=None)])
    for table, made in rows.items():
        to_arrow(table, made)
    assert len(rows["calls"]) == len(answer.calls)
    [row] = rows["segments"]
    return dict(row)


def frames(*chunks: Any) -> bytes:
    return b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks) + b"data: [DONE]\n\n"


def choice(content: Any, finish_reason: Any = None) -> dict[str, Any]:
    return {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}],
    }


@pytest.mark.parametrize("reason", ["abort", "error"])
def test_an_answer_that_the_server_gave_up_is_asked_for_again(
    client: OmniClient, service: FakeService, clip: Clip, reason: str
) -> None:
    service.next(Say("A do", finish_reason=reason))
    answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.finish_reason, answer.broken_text) == (None, "stop", "")
    assert [call.error_class for call in answer.calls] == ["ServiceBusy", None]


def test_what_came_of_an_answer_that_was_given_up_is_published(odd: OddServer, clip: Clip) -> None:
    answer = asked(odd, clip, frames(choice("## Storyline\n"), choice("00:00 - 00:01", "abort")))
    assert answer is not None
    assert (answer.outcome, answer.retryable, answer.text) == ("failed", True, "")
    row = published(answer)
    assert (row["outcome"], row["raw_answer"], row["finish_reason"]) == (
        "failed",
        "## Storyline\n00:00 - 00:01",
        "abort",
    )


def test_a_content_in_parts_is_read(odd: OddServer, clip: Clip) -> None:
    parts = [{"type": "text", "text": "A "}, {"type": "text", "text": "dog."}]
    answer = asked(odd, clip, frames(choice(parts), choice("", "stop")))
    assert answer is not None
    assert (answer.text, answer.outcome) == ("A dog.", None)


def test_a_whole_answer_of_a_server_that_does_not_stream_is_read(odd: OddServer, clip: Clip) -> None:
    message = {"role": "assistant", "content": "A dog."}
    usage = {"prompt_tokens": 9, "completion_tokens": 3}
    body = {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage,
    }
    answer = asked(odd, clip, json.dumps(body).encode(), "application/json")
    assert answer is not None
    assert (answer.text, answer.finish_reason, answer.model_snapshot) == ("A dog.", "stop", "m")
    assert answer.calls[0].tokens is not None
    assert answer.calls[0].tokens.output == 3


@pytest.mark.parametrize(
    "nonsense",
    [
        b"data: {\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
        b"data: \xff\xfe\n\n",
        b"\x00\x01\x02",
        b"data: 9" + b"9" * 5_000 + b"\n\n",
        b'data: {"choices": [{"delta": null}], "usage": {"prompt_tokens": Infinity}}\n\n',
        b'event: error\ndata: "gone"\n\n',
        b"",
    ],
)
def test_nonsense_behind_words_loses_neither_them_nor_the_call(odd: OddServer, clip: Clip, nonsense: bytes) -> None:
    words = f"data: {json.dumps(choice('A dog.'))}\n\n".encode()
    answer = asked(odd, clip, words + nonsense)
    assert answer is not None
    assert (answer.outcome, len(answer.calls), published(answer)["raw_answer"]) == ("failed", 1, "A dog.")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(chunks=st.lists(odd_chunks, max_size=4), whole=st.booleans(), more=any_json)
def test_whatever_a_server_says_there_is_an_answer_with_its_call(
    odd: OddServer, clip: Clip, chunks: list[Any], whole: bool, more: Any
) -> None:
    body = json.dumps(chunks[0] if chunks else more).encode() if whole else frames(*chunks)
    answer = asked(odd, clip, body, "application/json" if whole else STREAM)
    if answer is not None:
        assert len(answer.calls) == 1
        assert published(answer)["raw_answer"] == (answer.text or answer.broken_text or None)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=st.binary(max_size=200), content_type=st.sampled_from([STREAM, "application/json", "text/plain", "x"]))
def test_whatever_bytes_a_server_sends_there_is_an_answer_with_its_call(
    odd: OddServer, clip: Clip, body: bytes, content_type: str
) -> None:
    answer = asked(odd, clip, body, content_type)
    assert answer is None or len(answer.calls) == 1
