"""A deployment's dataset never lies among the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.pipeline.deployed import placed
from tasks.errors import UsageError
from tasks.run.request import AnalyzeRequest, CompactRequest, RetryRequest


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REELSHEET_DATASET", "REELSHEET_DATASET_ROOT"):
        monkeypatch.delenv(name, raising=False)


def a_request(dataset: str | None) -> AnalyzeRequest:
    return AnalyzeRequest(inputs=("x",), dataset=dataset)


@pytest.mark.parametrize("dataset", ["/data/talks", "s3://tables/talks"])
def test_an_absolute_dataset_stays(dataset: str) -> None:
    assert placed(a_request(dataset), deployed=True).dataset == dataset


@pytest.mark.parametrize("dataset", ["talks", None])
def test_a_relative_dataset_is_refused(dataset: str | None) -> None:
    with pytest.raises(UsageError, match="An absolute dataset is expected of a deployment"):
        placed(a_request(dataset), deployed=True)


@pytest.mark.parametrize(
    "request_", [a_request("talks"), RetryRequest(dataset="talks"), CompactRequest(dataset="talks")]
)
def test_a_relative_dataset_counts_from_the_root(
    request_: AnalyzeRequest | RetryRequest | CompactRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSHEET_DATASET_ROOT", "/data")
    assert placed(request_, deployed=True).dataset == "/data/talks"


def test_the_root_may_stand_in_a_file_of_settings(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('[settings]\ndataset_root = "/data"\n', encoding="utf-8")
    request = AnalyzeRequest(inputs=("x",), config_file=file)
    assert placed(request, deployed=True).dataset == "/data/dataset"


def test_a_relative_root_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELSHEET_DATASET_ROOT", "data")
    with pytest.raises(UsageError, match="REELSHEET_DATASET_ROOT: expected an absolute path, found 'data'"):
        placed(a_request("talks"), deployed=True)


def test_without_a_deployment_a_relative_dataset_stays() -> None:
    assert placed(a_request("talks")).dataset == "talks"
