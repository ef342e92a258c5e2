"""Frames' hashes as they are kept: nothing is lost on the way, and what was made otherwise counts as absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.moderation.records import FrameHash
from tasks.store.dataset import Dataset
from tasks.store.frame_hashes import FrameHashStore, file_of

MEDIA = "ab" * 32
FRAMES = (FrameHash(0, 100, (bytes(32), bytes(range(32)))), FrameHash(1000, 7, (bytes([255] * 32),)))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset.open(tmp_path / "data")


@pytest.mark.parametrize("frames", [FRAMES, (FrameHash(None, 50, (bytes(32),)),), ()], ids=["video", "image", "sound"])
def test_hashes_come_back_as_they_were_kept(dataset: Dataset, frames: tuple[FrameHash, ...]) -> None:
    FrameHashStore(dataset, "PDQ").put(MEDIA, frames)
    assert FrameHashStore(dataset, "PDQ").get(MEDIA) == frames


def test_hashes_that_were_made_otherwise_count_as_absent(dataset: Dataset) -> None:
    FrameHashStore(dataset, "PDQ every 1000 ms").put(MEDIA, FRAMES)
    assert FrameHashStore(dataset, "PDQ every 500 ms").get(MEDIA) is None


def test_hashes_that_were_never_made_are_not_known(dataset: Dataset) -> None:
    assert FrameHashStore(dataset, "PDQ").get(MEDIA) is None


def test_hashes_that_are_cut_short_count_as_absent(dataset: Dataset, tmp_path: Path) -> None:
    FrameHashStore(dataset, "PDQ").put(MEDIA, FRAMES)
    file = tmp_path / "data" / file_of(MEDIA)
    file.write_bytes(file.read_bytes()[:-5])
    assert FrameHashStore(dataset, "PDQ").get(MEDIA) is None
