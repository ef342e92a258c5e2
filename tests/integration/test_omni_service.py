"""The stand-in service itself: it refuses what the documented service refuses, so that tests can trust it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tasks.omni.messages import Upload, upload
from tests.support.service import LONGEST_DATA_URI, FakeService
from tests.support.service_specs import KEY, MODEL, PROVIDER, silent_clip


@pytest.fixture(scope="module")
def service() -> Iterator[FakeService]:
    with FakeService(api_key=KEY) as running:
        yield running


@pytest.fixture
def request_for_sound(tmp_path: Path) -> Upload:
    return upload(PROVIDER, MODEL.name, silent_clip(tmp_path), "Write ## Storyline.")


@pytest.fixture
def body(request_for_sound: Upload) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(b"".join(request_for_sound.pieces()))
    return made


def post(service: FakeService, body: dict[str, Any], key: str = KEY) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(trust_env=False) as client:
        return client.post(f"{service.base_url}/chat/completions", json=body, headers=headers)


def refusal(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_a_good_request_is_streamed_with_the_finish_reason_then_usage_then_done(
    service: FakeService, body: dict[str, Any]
) -> None:
    lines = [line.removeprefix("data: ") for line in post(service, body).text.splitlines() if line]
    *chunks, last, done = lines
    assert done == "[DONE]"
    assert json.loads(chunks[-1])["choices"][0]["finish_reason"] == "stop"
    assert json.loads(last)["choices"] == []
    assert json.loads(last)["usage"]["prompt_tokens_details"]["audio_tokens"] == 7


def test_a_request_that_is_not_streamed_is_refused(service: FakeService, body: dict[str, Any]) -> None:
    assert refusal(post(service, {**body, "stream": False})) == (400, "invalid_parameter_error")


def test_another_model_is_unknown(service: FakeService, body: dict[str, Any]) -> None:
    assert refusal(post(service, {**body, "model": "gpt"})) == (404, "model_not_found")


def test_another_key_is_refused(service: FakeService, body: dict[str, Any]) -> None:
    assert refusal(post(service, body, key="sk-other")) == (401, "invalid_api_key")


def test_two_media_in_one_message_are_refused(service: FakeService, body: dict[str, Any]) -> None:
    content = body["messages"][0]["content"]
    content.insert(0, copy.deepcopy(content[0]))
    assert refusal(post(service, body)) == (400, "invalid_parameter_error")


def test_parameters_inside_the_media_key_are_refused(service: FakeService, body: dict[str, Any]) -> None:
    body["messages"][0]["content"][0]["input_audio"]["fps"] = 2
    assert refusal(post(service, body)) == (400, "invalid_parameter_error")


def test_a_data_uri_above_ten_mebibytes_is_refused(service: FakeService, body: dict[str, Any]) -> None:
    audio = body["messages"][0]["content"][0]["input_audio"]
    audio["data"] = audio["data"].ljust(LONGEST_DATA_URI + 1, "A")
    response = post(service, body)
    assert refusal(response) == (400, "invalid_parameter_error")
    assert "Exceeded limit on max bytes per data-uri item : 10485760" in response.text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("UklGRg==", "invalid_parameter_error"),
        ("data:audio/wav;base64,###", "invalid_parameter_error"),
        ("data:audio/wav;base64,bm90IG1lZGlh", "InvalidParameter.DataInspection"),
    ],
)
def test_media_that_cannot_be_read_is_refused(service: FakeService, body: dict[str, Any], data: str, code: str) -> None:
    body["messages"][0]["content"][0]["input_audio"]["data"] = data
    assert refusal(post(service, body)) == (400, code)


def test_requests_are_remembered_without_media_and_key(service: FakeService, body: dict[str, Any]) -> None:
    service.reset()
    post(service, body)
    (request,) = service.requests
    assert (request.method, request.path) == ("POST", "/compatible-mode/v1/chat/completions")
    assert len(repr(request)) < 2000
    assert KEY not in repr(request)
    assert request.media_bytes == pytest.approx(32_044, abs=2)


def test_it_runs_alone_as_a_command(body: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "tests.support.service", "--latency", "0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as alone:
        assert alone.stdout is not None
        word, _, base_url = alone.stdout.readline().strip().rpartition(" ")
        with httpx2.Client(trust_env=False) as client:
            answer = client.post(f"{base_url}/chat/completions", json=body)
        alone.terminate()
    assert word == "listening on"
    assert answer.text.endswith("data: [DONE]\n\n")
