"""Public addresses: probed without a download, passed through where nothing is cut, fetched once otherwise."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import MediaError, NotFound, NotReadable
from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import Source
from tasks.media import remote
from tasks.run.downloads import Downloads
from tasks.run.failures import failure
from tests.support.asking import ask
from tests.support.cli import Started, reelsheet, wait_until
from tests.support.media import make_audio, make_video
from tests.support.service import AMBIGUOUS, FakeService, HttpError, Wait


@pytest.fixture
def private() -> Iterator[None]:
    remote.allow_private(True)
    yield
    remote.allow_private(False)


@pytest.fixture
def here(env: dict[str, str]) -> dict[str, str]:
    """The environment with addresses of this machine allowed."""
    return {**env, "REELSHEET_PRIVATE_URLS": "1"}


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_video(tmp_path, "film.mp4", seconds=8)


def probed(url: str) -> Any:
    return probe_source(Source(url, url))


@pytest.mark.usefixtures("private")
def test_a_recording_is_probed_where_it_lies(service: FakeService, film: Path) -> None:
    found = probed(service.publish(film))
    assert (found.kind, found.id_basis, found.duration_ms) == ("video", "url", 8000)
    assert found.size_bytes == film.stat().st_size


@pytest.mark.usefixtures("private")
def test_the_identity_is_that_of_address_etag_and_length(service: FakeService, film: Path, tmp_path: Path) -> None:
    url = service.publish(film)
    first = probed(url).media_id
    assert probed(url).media_id == first
    assert probed(service.publish(film)).media_id != first
    film.write_bytes(make_video(tmp_path, "other.mp4", seconds=3).read_bytes())
    assert probed(url).media_id != first


@pytest.mark.usefixtures("private")
def test_a_server_without_head_is_asked_for_the_first_byte(service: FakeService, film: Path) -> None:
    found = remote.look(service.publish(film, head=False))
    assert found.length == film.stat().st_size


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/a.mp4", "https://10.1.2.3/a.mp4", "https://[::1]/a.mp4", "https://169.254.169.254/x"]
)
def test_private_addresses_are_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(NotReadable, match="in a private net, which is not read; set REELSHEET_PRIVATE_URLS=1"):
        remote.look(url)


def test_plain_http_is_refused(service: FakeService, film: Path) -> None:
    with pytest.raises(NotReadable, match="over https only"):
        remote.look(service.publish(film))
    assert service.files.requests == []


@pytest.mark.usefixtures("private")
def test_what_is_not_there_is_named(service: FakeService) -> None:
    with pytest.raises(NotFound, match="answers HTTP 404"):
        remote.look(f"{service.address}/files/9/none.mp4")


@pytest.mark.usefixtures("private")
def test_a_server_that_is_away_or_out_of_order_may_be_there_later(service: FakeService, film: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotReadable) as away:
        remote.look(f"http://127.0.0.1:{port}/film.mp4")
    url = service.publish(film)
    service.files.next(*[HttpError(503, "", "")] * 2)
    with pytest.raises(NotReadable, match="answers HTTP 503") as busy:
        remote.look(url)
    service.files.next(*[HttpError(403, "", "")] * 2)
    with pytest.raises(NotReadable, match="answers HTTP 403") as forbidden:
        remote.look(url)
    assert [failure(url, "probe", caught.value).retryable for caught in (away, busy, forbidden)] == [True, True, False]


@pytest.mark.usefixtures("private")
def test_redirects_are_followed_a_few_times_only(service: FakeService, film: Path) -> None:
    url = service.publish(film)
    moved = HttpError(302, "", "", headers={"location": url})
    service.files.next(moved)
    assert remote.look(url).length == film.stat().st_size
    service.files.next(*[moved] * 6)
    with pytest.raises(NotReadable, match="from one address to the next"):
        remote.look(url)


@pytest.mark.usefixtures("private")
def test_what_is_larger_than_the_model_takes_is_not_fetched_to_its_end(
    service: FakeService, film: Path, tmp_path: Path
) -> None:
    with pytest.raises(MediaError, match="larger than 5,000 bytes"):
        remote.fetch(service.publish(film), tmp_path, "x", 5_000)
    assert not (tmp_path / "fetched-x").exists()


@pytest.mark.usefixtures("private")
def test_what_is_fetched_stays_while_anybody_asks_about_it(service: FakeService, film: Path, tmp_path: Path) -> None:
    recording = probed(service.publish(film))
    fetch = Downloads(tmp_path)
    fetch.hold(recording, times=2)
    path = remote.fetch(recording.path, tmp_path, recording.media_id, 1 << 30)
    fetch.release(recording)
    assert path.read_bytes() == film.read_bytes()
    fetch.release(recording)
    assert not path.exists()


def test_what_needs_no_cut_is_passed_through(here: dict[str, str], service: FakeService, film: Path) -> None:
    dataset, url = film.parent / "dataset", service.publish(film)
    ran = reelsheet("analyze", "--dataset", dataset, url, env=here)
    assert ran.status == 0, ran.err
    [request] = service.requests
    assert (request.seen[0].transport, request.media_bytes) == ("http", 0)
    [segment] = ask(dataset, "SELECT transport, bytes_sent, outcome FROM segments")
    assert segment == {"transport": "url", "bytes_sent": 0, "outcome": "ok"}
    assert ask(dataset, "SELECT uri, id_basis FROM media") == [{"uri": url, "id_basis": "url"}]
    assert reelsheet("analyze", "--dataset", dataset, url, env=here).status == 0
    assert len(service.requests) == 1


def test_what_has_to_be_cut_is_fetched_once(here: dict[str, str], service: FakeService, tmp_path: Path) -> None:
    path = make_audio(tmp_path, "long.wav", seconds=150)
    dataset, url = tmp_path / "dataset", service.publish(path)
    ran = reelsheet("analyze", "--dataset", dataset, "--scenario", "fine", url, env=here)
    assert ran.status == 0, ran.err
    assert [row["transport"] for row in ask(dataset, "SELECT transport FROM segments")] == ["base64"] * 3
    whole = [request for request in service.files.requests if request.method == "GET"]
    assert service.files.bytes_sent < 2 * path.stat().st_size
    assert whole


def test_what_was_fetched_goes_once_its_last_segment_is_answered(
    here: dict[str, str], service: FakeService, tmp_path: Path
) -> None:
    first, second = (service.publish(make_audio(tmp_path, f"{s}.wav", seconds=s, rate=8000)) for s in (200, 70))
    clips, goes_on = tmp_path / "clips", threading.Event()
    clips.mkdir()
    service.next(*[Wait()] * 5, Wait(until=goes_on))  # four about the first, and two about the second
    words = ("--scenario", "fine", "--concurrency", 1, "--workdir", clips, "--dataset", tmp_path / "dataset")
    run = Started("analyze", first, second, *words, env=here, folder=tmp_path)
    try:
        assert service.wait_for_requests(6, within_s=60)
        wait_until(lambda: len(list(clips.glob("*/fetched-*"))) < 2, within_s=30)
    finally:
        goes_on.set()
    assert run.wait() == 0, run.err
    assert ask(tmp_path / "dataset", "SELECT count(*) AS n FROM segments WHERE outcome = 'ok'") == [{"n": 6}]


def test_what_the_service_cannot_fetch_is_fetched_here(here: dict[str, str], service: FakeService, film: Path) -> None:
    service.next(AMBIGUOUS["download failed"], AMBIGUOUS["download failed"])
    dataset = film.parent / "dataset"
    ran = reelsheet("analyze", "--dataset", dataset, service.publish(film), env=here)
    assert ran.status == 0, ran.err
    found = ask(dataset, "SELECT transport, outcome FROM segments")
    assert found == [{"transport": "base64", "outcome": "ok"}] * 2
