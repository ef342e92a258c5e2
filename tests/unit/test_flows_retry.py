"""Where a retry finds the recordings that it wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.pipeline.retry_inputs import locate
from tasks.inputs.file_cache import FileCache
from tasks.query.retry_selection import RetryGroup, RetryTarget
from tasks.store.dataset import Dataset

ONE, OTHER = "11" * 32, "22" * 32


@pytest.fixture
def file_cache(tmp_path: Path) -> Iterator[FileCache]:
    with FileCache(Dataset.open(tmp_path / "dataset")) as opened:
        yield opened


def wanted(folder: Path, *recordings: RetryTarget) -> RetryGroup:
    return RetryGroup({"cwd": str(folder)}, recordings)


def test_a_file_that_was_written_just_now_is_not_trusted_to_stay_as_it_is(
    file_cache: FileCache, tmp_path: Path
) -> None:
    (tmp_path / "a.wav").write_bytes(b"some sound")
    found = locate(wanted(tmp_path, RetryTarget("a.wav", ONE)), file_cache)
    file_cache.remember([(source, ONE) for source in found.items], found.looked_at)
    assert [source.path for source in found.items] == [str(tmp_path / "a.wav")]
    assert file_cache.media_ids(found.items) == {}


def test_two_recordings_of_one_name_are_looked_for_each(file_cache: FileCache, tmp_path: Path) -> None:
    again = wanted(tmp_path, RetryTarget("a.wav", ONE, "one"), RetryTarget("a.wav", OTHER, "other"))
    assert [problem.uri for problem in locate(again, file_cache).problems] == ["a.wav", "a.wav"]
    (tmp_path / "a.wav").write_bytes(b"some sound")
    assert [source.uri for source in locate(again, file_cache).items] == ["a.wav"]
