"""The temporary upload, against a service as strict as the documented one, and what is done where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.catalog import load_catalog
from tasks.errors import BadKey, UnknownModel
from tasks.omni.client import OmniClient
from tasks.omni.wire import Endpoint
from tasks.records import Clip, Picture
from tests.support.media import make_video
from tests.support.service import AMBIGUOUS, DOCUMENTED, Drop, FakeService, HttpError
from tests.support.service_specs import AT_ONCE, KEY, clip_of

PROVIDER = load_catalog().providers["dashscope"]
MODEL = load_catalog().models["qwen3.5-omni-plus"]
PICTURE = Picture(width=64, height=64, fps=2.0, frames=8, max_pixels=230_400)


@pytest.fixture
def client(service: FakeService) -> Iterator[OmniClient]:
    with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(KEY)), retries=AT_ONCE) as asking:
        yield asking


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """4 s with sound, to be uploaded."""
    film = make_video(tmp_path, seconds=4, fps=2, size="64x64")
    return replace(clip_of(film, picture=PICTURE, seconds=4), transport="upload")


def steps(service: FakeService) -> list[str]:
    """The requests for uploads, in order."""
    return ["policy" if request.method == "GET" else "file" for request in service.uploads.requests]


def test_a_clip_is_uploaded_and_its_address_asked_about(service: FakeService, client: OmniClient, clip: Clip) -> None:
    answer = client.ask(clip, "What is this?")
    assert answer.outcome is None
    assert answer.clip is not None
    assert answer.clip.transport == "upload"
    assert steps(service) == ["policy", "file"]
    [seen] = service.requests[0].seen
    assert (seen.transport, seen.frames, service.requests[0].media_bytes) == ("oss", 8, 0)


def test_a_clip_that_is_asked_about_again_is_not_uploaded_again(
    service: FakeService, client: OmniClient, clip: Clip
) -> None:
    assert client.ask(clip, "What is this?").text
    assert client.ask(clip, "And what else?").text
    assert steps(service) == ["policy", "file"]


def test_one_policy_serves_for_many_clips(service: FakeService, client: OmniClient, clip: Clip, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(Path(clip.path).read_bytes())
    assert client.ask(clip, "What is this?").text
    assert client.ask(replace(clip, path=str(other)), "What is this?").text
    assert steps(service) == ["policy", "file", "file"]


def test_an_address_that_has_expired_is_renewed(service: FakeService, client: OmniClient, clip: Clip) -> None:
    assert client.ask(clip, "What is this?").text
    service.store.expire_files()
    answer = client.ask(clip, "And what else?")
    assert answer.text
    assert [call.http_status for call in answer.calls] == [400, 200]
    assert steps(service) == ["policy", "file", "file"]


def test_a_policy_that_has_expired_is_asked_for_again(service: FakeService, client: OmniClient, clip: Clip) -> None:
    service.store.policy_life_s = 0.0
    try:
        answer = client.ask(clip, "What is this?")
    finally:
        service.store.policy_life_s = 300.0
    assert steps(service) == ["policy", "file", "policy", "file"]
    assert answer.clip is not None
    assert (answer.text != "", answer.clip.transport) == (True, "base64")


def test_what_the_service_cannot_download_twice_travels_in_base64(
    service: FakeService, client: OmniClient, clip: Clip
) -> None:
    service.next(AMBIGUOUS["download failed"], AMBIGUOUS["download failed"])
    answer = client.ask(clip, "What is this?")
    assert answer.text
    assert answer.clip is not None
    assert answer.clip.transport == "base64"
    assert [request.seen[0].transport for request in service.requests if request.seen] == ["data"]
    assert steps(service) == ["policy", "file", "file"]


def test_what_is_too_large_for_base64_then_is_found_too_large(service: FakeService, clip: Clip) -> None:
    small = PROVIDER.model_copy(update={"max_data_uri_bytes": 1000})
    service.next(AMBIGUOUS["download failed"], AMBIGUOUS["download failed"])
    with OmniClient(small, MODEL, Endpoint(service.base_url, SecretStr(KEY)), retries=AT_ONCE) as client:
        answer = client.ask(clip, "What is this?")
    assert (answer.outcome, answer.error_class) == ("failed", "TooLarge")


def test_a_server_without_uploads_gets_base64(clip: Clip) -> None:
    with (
        FakeService(dialect="vllm") as gateway,
        OmniClient(
            PROVIDER, MODEL.model_copy(update={"name": gateway.models[0]}), Endpoint(gateway.base_url)
        ) as client,
    ):
        answer = client.ask(clip, "What is this?")
        assert answer.clip is not None
        assert (answer.text != "", answer.clip.transport) == (True, "base64")


@pytest.mark.parametrize("fault", [Drop(), HttpError(503, "ServiceUnavailable", "Please try again later.")])
def test_an_upload_that_breaks_off_is_made_again(
    service: FakeService, client: OmniClient, clip: Clip, fault: Drop | HttpError
) -> None:
    service.next_upload(fault)
    answer = client.ask(clip, "What is this?")
    assert answer.text
    assert answer.clip is not None
    assert answer.clip.transport == "upload"


def test_a_refused_key_stops_the_run_and_is_not_repeated(service: FakeService, clip: Clip) -> None:
    with (
        OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr("sk-wrong")), retries=AT_ONCE) as client,
        pytest.raises(BadKey) as caught,
    ):
        client.ask(clip, "What is this?")
    assert "sk-wrong" not in f"{caught.value!r} {vars(caught.value)}"
    assert service.requests == []


def test_a_model_that_is_unknown_to_the_upload_stops_the_run(
    service: FakeService, client: OmniClient, clip: Clip
) -> None:
    service.next_upload(DOCUMENTED["ModelNotFound"])
    with pytest.raises(UnknownModel):
        client.ask(clip, "What is this?")
