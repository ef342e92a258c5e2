"""What several unit tests share: datasets, and a disk that nobody waits for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.store.claims import Claims
from tasks.store.dataset import Dataset
from tests.support.dataset_rows import attempt_rows, run
from tests.support.publishing import publish_analysis


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_synced() -> Iterator[None]:
    """Wait for no disk: what is synced outlives a machine that loses its power, and no unit test takes that away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset.open(tmp_path)


@pytest.fixture
def claims(dataset: Dataset) -> Iterator[Claims]:
    with Claims(dataset) as claims:
        yield claims


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A dataset without rows, for tests that write none."""
    return Dataset.open(tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """One analysis, for tests that write none."""
    dataset = Dataset.open(tmp_path_factory.mktemp("filled"))
    publish_analysis(dataset, attempt_rows(), run())
    return dataset
