"""What tests share: the client of a service, and the scene of killed and stopped runs."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tasks.media import probing
from tasks.media.ffmpeg import ffprobe
from tasks.omni.client import OmniClient
from tasks.omni.wire import Endpoint
from tests.support.cli import processes_with
from tests.support.disks import mounted
from tests.support.killing import Trial
from tests.support.s3 import S3Server, new_bucket
from tests.support.scene import Scene, answer, recordings, uninterrupted
from tests.support.service import FakeService
from tests.support.service_specs import AT_ONCE, KEY, MODEL, PROVIDER
from tests.support.shared import made_once


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Where a run puts its tables."""
    return tmp_path / "dataset"


@pytest.fixture
def client(service: FakeService) -> Iterator[OmniClient]:
    with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(KEY)), retries=AT_ONCE) as ready:
        yield ready


@pytest.fixture(scope="session")
def scene(session_env: dict[str, str], shared_folder: Path) -> Iterator[Scene]:
    """Recordings, the tables that an uninterrupted run makes of them, both shared, and a service of one's own."""
    with FakeService(answer=answer) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}

        def make(folder: Path) -> None:
            found = uninterrupted(recordings(shared_folder / "recordings", films=6), env, service, folder)
            (folder / "baseline.pickle").write_bytes(pickle.dumps(found))

        baseline = pickle.loads((made_once(shared_folder / "scene", make) / "baseline.pickle").read_bytes())
        yield Scene(**vars(baseline), env=env, service=service)


@pytest.fixture
def trial(scene: Scene, tmp_path: Path) -> Iterator[Trial]:
    """A fresh dataset on which runs may die. What a failed test leaves running is ended."""
    yield Trial(scene, tmp_path, tmp_path / "dataset")
    for process in processes_with(str(tmp_path)):
        os.kill(process, signal.SIGKILL)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the recordings that the tests of a file share."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that ffprobe itself is asked about."""
    names: list[str] = []

    def noted(path: Path, *words: Any, **options: Any) -> Any:
        names.append(path.name)
        return ffprobe(path, *words, **options)

    monkeypatch.setattr(probing, "ffprobe", noted)
    return names


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    with mounted(tmp_path / "disk", megabytes=4) as disk:
        yield disk


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An object store on loopback, for the whole session."""
    with S3Server() as server:
        yield server


@pytest.fixture
def bucket(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket, which this process's environment leads to."""
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    return new_bucket()
