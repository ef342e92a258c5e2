"""What tests share: the client of a service, and the scene of killed and stopped runs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tasks.omni.client import OmniClient
from tasks.omni.wire import Endpoint
from tests.support.cli import environment, processes_with
from tests.support.killing import Trial
from tests.support.s3 import S3Server, new_bucket
from tests.support.scene import Scene, answer, recordings, uninterrupted
from tests.support.service import FakeService
from tests.support.service_specs import AT_ONCE, KEY, MODEL, PROVIDER


@pytest.fixture
def client(service: FakeService) -> Iterator[OmniClient]:
    with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(KEY)), retries=AT_ONCE) as ready:
        yield ready


@pytest.fixture(scope="session")
def scene(prefect_url: str, prefect_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Recordings, a service of their own, and the tables that an uninterrupted run makes of them."""
    folder = tmp_path_factory.mktemp("scene")
    with FakeService(answer=answer) as service:
        env = environment(
            PREFECT_HOME=str(prefect_home),
            PREFECT_API_URL=prefect_url,
            DASHSCOPE_API_KEY="sk-test",
            DASHSCOPE_BASE_URL=service.base_url,
            NO_PROXY="127.0.0.1",
        )
        yield uninterrupted(recordings(folder, films=6), env, service, folder)


@pytest.fixture
def trial(scene: Scene, tmp_path: Path) -> Iterator[Trial]:
    """A fresh dataset on which runs may die. What a failed test leaves running is ended."""
    yield Trial(scene, tmp_path, tmp_path / "dataset")
    for process in processes_with(str(tmp_path)):
        os.kill(process, signal.SIGKILL)


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
