"""Fixtures that several test files share."""

from __future__ import annotations

import gc
import os
import shutil
import ssl
import sys
from collections.abc import Generator, Iterator
from importlib.metadata import version
from pathlib import Path

import certifi
import pytest
from hypothesis import settings

from tasks.system.child_server import ChildServer
from tests.support import media
from tests.support.cli import environment
from tests.support.service import FakeService
from tests.support.service_specs import KEY
from tests.support.shared import made_once

# A loaded machine is no failure: no test is held against the clock.
settings.register_profile("suite", deadline=None, max_examples=30)
settings.register_profile("torture", deadline=None, max_examples=300)  # `make torture`
settings.load_profile("suite")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without looking for garbage: that takes a third of the time, and what is collected stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()  # nor is it looked through again while tests run
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _kept_media(pytestconfig: pytest.Config) -> None:
    media.keep_in(_cache(pytestconfig, "media"))


@pytest.fixture(scope="session", autouse=True)
def _one_authority(pytestconfig: pytest.Config) -> None:
    """Trust a single authority: no test speaks TLS, and each client of each run reads all that are trusted."""
    os.environ["SSL_CERT_FILE"] = str(made_once(_cache(pytestconfig, "trusted") / "one", _trust_one) / "one.pem")


def _trust_one(folder: Path) -> None:
    [first, *_] = ssl.create_default_context(cafile=certifi.where()).get_ca_certs(binary_form=True)
    (folder / "one.pem").write_text(ssl.DER_cert_to_PEM_cert(first))


def _cache(config: pytest.Config, name: str) -> Path:
    """A folder that outlives the session."""
    assert config.cache is not None
    return config.cache.mkdir(name)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all test processes of this session."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def prefect_home(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for Prefect, with a copy of its empty database: making the tables anew takes 7 s of a processor."""
    made = made_once(_cache(pytestconfig, "prefect") / version("prefect"), _serve_once)
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("prefect") / "home"))


def _serve_once(home: Path) -> None:
    with _prefect_server(home):
        pass


_SERVICES = ("FOREMAN", "SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "REPOSSESSOR")
_FRUGAL = {
    "PYTHONWARNINGS": "ignore",  # nobody reads them, and a fifth of its work is to write them
    # What looks for late, paused, cancelled and lost runs every few seconds: no test waits for it.
    **{f"PREFECT_SERVER_SERVICES_{name}_LOOP_SECONDS": "3600" for name in _SERVICES},
}


def _prefect_server(home: Path) -> ChildServer:
    argv = [sys.executable, "-m", "flows.runtime.prefect_server"]
    return ChildServer("Prefect server", argv, environment(PREFECT_HOME=str(home), **_FRUGAL), 180)


@pytest.fixture(scope="session")
def prefect_url(prefect_home: Path) -> Iterator[str]:
    """A real Prefect server, one for each test process: what a test finds there is its own."""
    with _prefect_server(prefect_home) as server:
        yield server.url


@pytest.fixture
def service() -> Iterator[FakeService]:
    """The model's service, on loopback."""
    with FakeService(api_key=KEY) as running:
        yield running


@pytest.fixture(scope="session")
def session_env(prefect_url: str, prefect_home: Path) -> dict[str, str]:
    """An environment in which reelsheet reports to the session's Prefect server, and has a key."""
    return environment(
        PREFECT_HOME=str(prefect_home),
        PREFECT_API_URL=prefect_url,
        DASHSCOPE_API_KEY=KEY,
        NO_PROXY="127.0.0.1",
        HOME=os.environ.get("HOME", "/"),
    )


@pytest.fixture
def env(session_env: dict[str, str], service: FakeService) -> dict[str, str]:
    """The same, asking the stand-in service."""
    return {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
