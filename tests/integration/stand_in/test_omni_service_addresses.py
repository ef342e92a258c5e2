"""Media that is not in the request: the stand-in's temporary uploads and its public addresses."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.service import AMBIGUOUS, DOCUMENTED, Drop, FakeService, HttpError
from tests.support.service_bodies import (
    FLASH,
    audio,
    frames,
    image,
    make_image,
    make_silence,
    post,
    refusal,
    request,
    said,
    text,
    web,
)
from tests.support.service_specs import KEY, MODEL, closed_port

RESOLVE = {"X_DashScope_OssResourceResolve": "enable"}
DOWNLOAD_FAILED = (400, "invalid_parameter_error")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_silence(tmp_path_factory.mktemp("media"), seconds=2)


def get_policy(
    service: FakeService, model: str = MODEL.name, key: str = KEY, action: str = "getPolicy"
) -> httpx2.Response:
    with web() as client:
        return client.get(
            f"{service.address}/api/v1/uploads",
            params={"action": action, "model": model},
            headers={"Authorization": f"Bearer {key}"},
        )


def policy(service: FakeService) -> dict[str, Any]:
    data: dict[str, Any] = get_policy(service).json()["data"]
    return data


def form(policy: dict[str, Any], name: str = "sound.wav") -> dict[str, str]:
    """The form's fields before the file."""
    return {
        "OSSAccessKeyId": policy["oss_access_key_id"],
        "Signature": policy["signature"],
        "policy": policy["policy"],
        "x-oss-object-acl": policy["x_oss_object_acl"],
        "x-oss-forbid-overwrite": policy["x_oss_forbid_overwrite"],
        "key": f"{policy['upload_dir']}/{name}",
        "success_action_status": "200",
    }


def upload(policy: dict[str, Any], fields: dict[str, str], path: Path) -> httpx2.Response:
    with web() as client, path.open("rb") as file:
        return client.post(policy["upload_host"], data=fields, files={"file": (path.name, file)})


def stored(service: FakeService, path: Path) -> str:
    """The address of a file that was uploaded properly."""
    granted = policy(service)
    fields = form(granted)
    assert upload(granted, fields, path).status_code == 200
    return f"oss://{fields['key']}"


# --- the policy ------------------------------------------------------------------------------------------------


def test_a_policy_has_the_documented_fields(service: FakeService) -> None:
    granted = policy(service)
    assert {
        "policy", "signature", "upload_dir", "upload_host", "expire_in_seconds", "max_file_size_mb",
        "oss_access_key_id", "x_oss_object_acl", "x_oss_forbid_overwrite",
    } <= set(granted)  # fmt: skip
    assert "expiration" in json.loads(base64.b64decode(granted["policy"]))


def test_each_policy_has_a_folder_of_its_own(service: FakeService) -> None:
    assert policy(service)["upload_dir"] != policy(service)["upload_dir"]


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"key": "sk-other"}, 401, "InvalidApiKey"),
        ({"model": "gpt"}, 404, "ModelNotFound"),
        ({"action": "getFile"}, 400, "InvalidParameter"),
    ],
)
def test_policies_that_are_not_given(service: FakeService, how: dict[str, str], status: int, code: str) -> None:
    answer = get_policy(service, **how)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message", "request_id"}


# --- the upload ------------------------------------------------------------------------------------------------


def test_a_file_is_uploaded_and_read_by_the_model(service: FakeService, sound: Path) -> None:
    address = stored(service, sound)
    answer = post(service, request(audio(address), text("What is it?")), **RESOLVE)
    assert said(answer).startswith("A recording of 2.000 seconds.")
    assert service.requests[0].seen[0].transport == "oss"
    assert service.requests[0].media_bytes == 0
    assert [request.status for request in service.uploads.requests] == [200, 200]
    assert service.store.stored[address].size_bytes == sound.stat().st_size


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"OSSAccessKeyId": "LTAI-other"}, "InvalidAccessKeyId"),
        ({"Signature": "bm8="}, "SignatureDoesNotMatch"),
        ({"policy": "e30="}, "SignatureDoesNotMatch"),
        ({"key": "elsewhere/sound.wav"}, "AccessDenied"),
        ({"x-oss-object-acl": "public-read"}, "AccessDenied"),
        ({"x-oss-forbid-overwrite": "false"}, "AccessDenied"),
    ],
)
def test_forms_that_differ_from_the_policy(
    service: FakeService, sound: Path, changed: dict[str, str], code: str
) -> None:
    granted = policy(service)
    answer = upload(granted, {**form(granted), **changed}, sound)
    assert answer.status_code == 403
    assert f"<Code>{code}</Code>" in answer.text


def test_a_form_without_one_of_its_fields(service: FakeService, sound: Path) -> None:
    granted = policy(service)
    fields = form(granted)
    del fields["policy"]
    assert "<Code>InvalidArgument</Code>" in upload(granted, fields, sound).text


def test_a_form_whose_file_is_not_last(service: FakeService) -> None:
    granted = policy(service)
    fields = [*form(granted).items()]
    parts = [*fields[:-1], ("file", "RIFF"), fields[-1]]
    lines = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts]
    with web() as client:
        answer = client.post(
            granted["upload_host"],
            content="".join([*lines, "--b--\r\n"]),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
    assert answer.status_code == 400
    assert "must be the last one" in answer.text


def test_a_key_that_is_taken(service: FakeService, sound: Path) -> None:
    granted = policy(service)
    assert [upload(granted, form(granted), sound).status_code for _ in range(2)] == [200, 409]


def test_a_policy_that_has_expired(service: FakeService, sound: Path) -> None:
    granted = policy(service)
    service.store.expire_policies()
    answer = upload(granted, form(granted), sound)
    assert (answer.status_code, "Policy expired" in answer.text) == (403, True)


def test_a_file_above_the_largest_size(service: FakeService, sound: Path) -> None:
    granted = policy(service)
    service.store.largest_mb = 0
    answer = upload(granted, form(granted), sound)
    service.store.largest_mb = granted["max_file_size_mb"]
    assert "<Code>EntityTooLarge</Code>" in answer.text


def test_both_steps_fail_on_demand(service: FakeService, sound: Path) -> None:
    granted = policy(service)
    service.next_upload(DOCUMENTED["internal_error"], HttpError(503, "ServiceUnavailable", "Busy."), Drop())
    assert get_policy(service).json()["code"] == "internal_error"
    assert "<Code>ServiceUnavailable</Code>" in upload(granted, form(granted), sound).text
    with pytest.raises(httpx2.TransportError):
        get_policy(service)


# --- its address -----------------------------------------------------------------------------------------------


def test_an_uploaded_file_needs_the_header(service: FakeService, sound: Path) -> None:
    answer = post(service, request(audio(stored(service, sound)), text()))
    assert refusal(answer)[:2] == (400, "InvalidParameter.DataInspection")


def test_an_uploaded_file_is_bound_to_the_model(service: FakeService, sound: Path) -> None:
    answer = post(service, request(audio(stored(service, sound)), text(), model=FLASH), **RESOLVE)
    assert refusal(answer) == (*DOWNLOAD_FAILED, AMBIGUOUS["download failed"].message)


def test_an_uploaded_file_that_has_expired(service: FakeService, sound: Path) -> None:
    address = stored(service, sound)
    service.store.expire_files()
    assert refusal(post(service, request(audio(address), text()), **RESOLVE))[:2] == DOWNLOAD_FAILED


def test_an_address_where_nothing_was_uploaded(service: FakeService) -> None:
    answer = post(service, request(audio("oss://dashscope-instant/none.wav"), text()), **RESOLVE)
    assert refusal(answer)[:2] == DOWNLOAD_FAILED


# --- public addresses ------------------------------------------------------------------------------------------


def test_a_public_file_is_downloaded_and_decoded(service: FakeService, sound: Path) -> None:
    bare = {"type": "input_audio", "input_audio": {"data": service.publish(sound)}}
    assert said(post(service, request(bare, text("What is it?")))).startswith("A recording of 2.000 seconds.")
    assert service.requests[0].seen[0].transport == "http"
    assert (service.files.own_downloads, service.files.requests) == (1, [])


def test_pictures_and_frames_may_be_addresses(service: FakeService, tmp_path: Path) -> None:
    address = service.publish(make_image(tmp_path))
    assert post(service, request(image(address), text())).status_code == 200
    listed = {**frames(), "video": [address, address]}
    assert post(service, request(listed, text())).status_code == 200


@pytest.mark.parametrize("why", ["no such file", "forbidden", "nobody there", "another machine"])
def test_addresses_that_cannot_be_downloaded(service: FakeService, sound: Path, why: str) -> None:
    address = {
        "no such file": f"{service.address}/files/none.wav",
        "forbidden": service.publish(sound),
        "nobody there": f"http://127.0.0.1:{closed_port()}/a.wav",
        "another machine": "https://media.example/a.wav",
    }[why]
    if why == "forbidden":
        service.files.next(HttpError(403, "", "Forbidden"))
    status, code, message = refusal(post(service, request(audio(address), text())))
    assert (status, code) == DOWNLOAD_FAILED
    assert "Failed to download multimodal content" in message


def test_a_public_file_states_its_etag_and_length_and_gives_parts(service: FakeService, sound: Path) -> None:
    address, size = service.publish(sound), sound.stat().st_size
    with web() as client:
        head = client.head(address)
        part = client.get(address, headers={"Range": "bytes=0-9"})
    assert (head.headers["content-length"], head.headers["etag"]) == (str(size), part.headers["etag"])
    assert (part.status_code, part.content, part.headers["content-range"]) == (
        206, sound.read_bytes()[:10], f"bytes 0-9/{size}",
    )  # fmt: skip
    assert service.files.bytes_sent == 10
    assert [request.method for request in service.files.requests] == ["HEAD", "GET"]


def test_a_poorer_server_states_nothing_and_gives_everything(service: FakeService, sound: Path) -> None:
    address = service.publish(sound, etag=False, ranges=False, head=False, length=False)
    with web() as client:
        head = client.head(address)
        whole = client.get(address, headers={"Range": "bytes=0-9"})
    assert head.status_code == 405
    assert (whole.status_code, whole.content) == (200, sound.read_bytes())
    assert {"etag", "content-length", "accept-ranges"}.isdisjoint(whole.headers)
