"""What the tests of the stand-in service share: one service for each file, as good as new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.service import FakeService
from tests.support.service_specs import KEY


@pytest.fixture(scope="module")
def running() -> Iterator[FakeService]:
    with FakeService(api_key=KEY) as service:
        yield service


@pytest.fixture
def service(running: FakeService) -> FakeService:
    running.reset()
    return running
