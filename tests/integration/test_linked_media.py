"""Pictures, lists of frames, and groups of files at public addresses: passed through, or fetched where that fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.asking import ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import AMBIGUOUS, FakeService, HttpError
from tests.support.service_bodies import make_image

Env = dict[str, str]
SEGMENT = "SELECT transport, bytes_sent, outcome, video_sent, audio_sent FROM segments"


@pytest.fixture
def here(env: Env) -> Env:
    """The environment with addresses of this machine allowed."""
    return {**env, "REELSHEET_PRIVATE_URLS": "1"}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return tmp_path / "dataset"


def analysed(dataset: Path, env: Env, *words: object) -> Ran:
    ran = reelsheet("analyze", "--dataset", dataset, "--prompt", "quick", *words, env=env)
    assert ran.status == 0, ran.err
    return ran


def listed(folder: Path, addresses: Sequence[str]) -> str:
    """A manifest of addresses, as it is named."""
    path = folder / "list.txt"
    path.write_text("\n".join(addresses))
    return f"@{path}"


def test_an_image_is_passed_through_by_its_address(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    url = service.publish(make_image(tmp_path, 640, 480))
    analysed(dataset, here, url, "--prompt", "structured-image")

    [request] = service.requests
    [part, _] = request.body["messages"][0]["content"]
    assert (part["type"], part["image_url"]) == ("image_url", {"url": url})
    [seen] = request.seen
    assert (seen.transport, seen.width, request.media_bytes) == ("http", 640, 0)
    assert ask(dataset, "SELECT kind, id_basis, width, height FROM media") == [
        {"kind": "image", "id_basis": "url", "width": 640, "height": 480}
    ]
    assert ask(dataset, "SELECT transport, bytes_sent FROM segments") == [{"transport": "url", "bytes_sent": 0}]
    assert reelsheet("analyze", url, "--dataset", dataset, "--prompt", "structured-image", env=here).status == 0
    assert len(service.requests) == 1


def test_a_large_image_is_probed_by_its_beginning_and_fetched_once(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (900, 1200, 3), np.uint8)
    path = tmp_path / "noise.jpg"
    path.write_bytes(cv2.imencode(".jpg", noise)[1].tobytes())
    size = path.stat().st_size
    service.next(*[AMBIGUOUS["download failed"]] * 2)
    analysed(dataset, here, service.publish(path), "--prompt", "structured-image")

    assert service.requests[-1].seen[0].transport == "data"
    assert ask(dataset, "SELECT width, height, size_bytes FROM media") == [
        {"width": 1200, "height": 900, "size_bytes": size}
    ]
    assert size < service.files.bytes_sent < size + 400_000 < 2 * size


def test_an_image_that_the_service_does_not_read_is_fetched(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    tiff = tmp_path / "scan.tiff"
    tiff.write_bytes(cv2.imencode(".tiff", np.full((48, 64, 3), 128, np.uint8))[1].tobytes())
    analysed(dataset, here, service.publish(tiff), "--prompt", "structured-image")
    assert (service.requests[0].seen[0].transport, service.requests[0].seen[0].width) == ("data", 64)


def test_an_image_that_the_service_cannot_fetch_is_fetched_here(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    service.next(*[AMBIGUOUS["download failed"]] * 2)
    analysed(dataset, here, service.publish(make_image(tmp_path)), "--prompt", "structured-image")
    assert [r.seen[0].transport if r.seen else None for r in service.requests][-1] == "data"
    assert ask(dataset, "SELECT transport, outcome FROM segments") == [{"transport": "base64", "outcome": "ok"}]


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_group_of_addresses_is_one_request_of_links(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path, kind: str
) -> None:
    make = make_video if kind == "video" else make_audio
    ending = "mp4" if kind == "video" else "mp3"
    urls = [service.publish(make(tmp_path, f"{n}.{ending}", seconds=n + 2)) for n in range(3)]
    analysed(dataset, here, listed(tmp_path, urls), "--together")

    [request] = service.requests
    assert [(seen.modality, seen.transport) for seen in request.seen] == [(kind, "http")] * 3
    assert request.media_bytes == 0
    [segment] = ask(dataset, SEGMENT)
    assert (segment["transport"], segment["bytes_sent"], segment["audio_sent"]) == ("url", 0, "sent")
    [media] = ask(dataset, "SELECT id_basis, duration_ms FROM media")
    assert (media["id_basis"], round(media["duration_ms"], -3)) == ("group", 9000)


def test_a_group_of_addresses_that_cannot_be_fetched_is_sent_from_here(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    service.next(*[AMBIGUOUS["download failed"]] * 2)
    urls = [service.publish(make_audio(tmp_path, f"{n}.mp3", seconds=2)) for n in range(2)]
    analysed(dataset, here, listed(tmp_path, urls), "--together")
    assert [seen.transport for seen in service.requests[-1].seen] == ["data", "data"]


def test_a_group_may_hold_as_many_addresses_as_documented(here: Env, service: FakeService, tmp_path: Path) -> None:
    sound = make_audio(tmp_path, "a.mp3", seconds=1)
    urls = [service.publish(sound) for _ in range(3)]
    facts = tmp_path / "facts.toml"
    facts.write_text('[models."qwen3.5-omni-flash".audio]\nper_request_url = 2\nper_request_base64 = 1\n')
    words = ("--together", "--prompt", "quick", "--config", facts, "--json")

    three = reelsheet("plan", listed(tmp_path, urls), *words, env=here)
    two = reelsheet("plan", listed(tmp_path, urls[:2]), *words, env=here)

    assert (two.status, three.status) == (0, 1)
    assert "holds 3 audio files, but qwen3.5-omni-flash takes 2 in one request" in three.json["failures"][0]["message"]


def test_frames_at_addresses_are_one_list_of_links(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    urls = [service.publish(make_image(tmp_path, 320, 240, name=f"frame-{n}.png")) for n in range(6)]
    analysed(dataset, here, listed(tmp_path, urls), "--frames", "2")

    [request] = service.requests
    [part, _] = request.body["messages"][0]["content"]
    assert (part["type"], part["video"], part["fps"]) == ("video", urls, 2)
    [seen] = request.seen
    assert (seen.frames, seen.duration_ms, seen.transport, request.media_bytes) == (6, 3000, "http", 0)
    assert ask(dataset, SEGMENT.replace("outcome", "width, height"))[0]["transport"] == "url"
    fetched = [r for r in service.files.requests if r.method == "GET"]
    assert len(fetched) == 1, "the first alone is looked into"


def test_long_lists_of_frames_at_addresses_are_cut_by_the_model(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    image = make_image(tmp_path, 64, 48)
    urls = [service.publish(image) for _ in range(9)]
    facts = tmp_path / "facts.toml"
    facts.write_text('[models."qwen3.5-omni-flash"]\nmax_list_frames = 4\n')
    analysed(dataset, here, listed(tmp_path, urls), "--frames", "2", "--config", facts)
    assert sorted(len(r.body["messages"][0]["content"][0]["video"]) for r in service.requests) == [3, 3, 3]
    assert {r.seen[0].transport for r in service.requests} == {"http"}


def test_frames_at_addresses_that_cannot_be_fetched_are_sent_from_here(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    service.next(*[AMBIGUOUS["download failed"]] * 2)
    urls = [service.publish(make_image(tmp_path, 320, 240, name=f"frame-{n}.png")) for n in range(3)]
    analysed(dataset, here, listed(tmp_path, urls), "--frames", "2")
    [seen] = service.requests[-1].seen
    assert (seen.transport, seen.frames) == ("data", 3)


def test_an_address_that_is_not_there_is_a_failure_of_its_group(
    here: Env, service: FakeService, dataset: Path, tmp_path: Path
) -> None:
    urls = [service.publish(make_audio(tmp_path, "a.mp3", seconds=1)), f"{service.address}/files/99/none.mp3"]
    ran = reelsheet("analyze", listed(tmp_path, urls), "--together", "--dataset", dataset, "--json", env=here)
    assert (ran.status, service.requests) == (1, [])
    assert "none.mp3 cannot be read: its server answers HTTP 404" in ran.json["failures"][0]["message"]


def test_a_question_by_hand_takes_addresses(here: Env, service: FakeService, tmp_path: Path) -> None:
    service.files.next(HttpError(405, "", ""))  # a server without HEAD
    urls = [service.publish(make_image(tmp_path, name=f"{n}.png")) for n in range(2)]
    ran = reelsheet("ask", "Which is older?", *urls, env=here, cwd=tmp_path)
    assert ran.status == 0, ran.err
    assert [seen.transport for seen in service.requests[0].seen] == ["http", "http"]
