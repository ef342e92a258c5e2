"""Fixtures that several test files share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tasks.system.child_server import ChildServer
from tests.support.cli import environment
from tests.support.service import FakeService
from tests.support.service_specs import KEY

# A loaded machine is no failure: no test is held against the clock.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def prefect_url(prefect_home: Path) -> Iterator[str]:
    """A real Prefect server, one for the whole session."""
    env = environment(PREFECT_HOME=str(prefect_home))
    with ChildServer("Prefect server", [sys.executable, "-m", "flows.runtime.prefect_server"], env, 180) as server:
        yield server.url


@pytest.fixture
def service() -> Iterator[FakeService]:
    """The model's service, on loopback."""
    with FakeService(api_key=KEY) as running:
        yield running


@pytest.fixture
def env(prefect_url: str, prefect_home: Path, service: FakeService) -> dict[str, str]:
    """An environment in which reelsheet asks the stand-in service and reports to the session's Prefect server."""
    return environment(
        PREFECT_HOME=str(prefect_home),
        PREFECT_API_URL=prefect_url,
        DASHSCOPE_API_KEY=KEY,
        DASHSCOPE_BASE_URL=service.base_url,
        NO_PROXY="127.0.0.1",
        HOME=os.environ.get("HOME", "/"),
    )
