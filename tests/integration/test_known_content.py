"""Copies of a known picture match, other pictures do not: real frames, real hashes, real encoders."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.errors import UsageError
from tasks.media.probing import probe_recording
from tasks.moderation.frame_hashes import hash_picture, recording_hashes
from tasks.moderation.known import KnownList, KnownPicture, find_known

pytest.importorskip("pdqhash", reason="the extra `known` is not installed: it needs a compiler")

Picture = NDArray[Any]
SAMPLES = Path(__file__).parents[2] / "samples"
EVERY_S = 3


def frames(name: str) -> list[Picture]:
    """A frame every few seconds of a sample."""
    film = cv2.VideoCapture(str(SAMPLES / name))
    found, rate = [], film.get(cv2.CAP_PROP_FPS)
    for number in range(int(film.get(cv2.CAP_PROP_FRAME_COUNT))):
        if film.grab() and number % round(rate * EVERY_S) == 0:
            found.append(cv2.cvtColor(film.retrieve()[1], cv2.COLOR_BGR2RGB))
    return found


@pytest.fixture(scope="module")
def harbour() -> list[Picture]:
    return frames("harbour-day.mp4")


@pytest.fixture(scope="module")
def known(harbour: list[Picture]) -> KnownList:
    """The frames of a sample as a list: each by the hash that others would give it, of the picture as it is."""
    hashes = [hash_picture(picture) for picture in harbour]
    return KnownList(tuple(KnownPicture(h.variants[0], "other", str(n), None) for n, h in enumerate(hashes)))


def saved(picture: Picture, quality: int) -> Picture:
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def resized(picture: Picture, factor: float) -> Picture:
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def cropped(picture: Picture, share: float) -> Picture:
    height, width = picture.shape[:2]
    top, left = int(height * share), int(width * share)
    return np.ascontiguousarray(picture[top : height - top, left : width - left])


@pytest.mark.parametrize(
    "copy",
    [
        lambda picture: saved(picture, 30),
        lambda picture: resized(picture, 0.4),
        lambda picture: resized(picture, 1.5),
        lambda picture: saved(resized(picture, 0.5), 50),
        lambda picture: cropped(picture, 0.01),
        lambda picture: cropped(picture, 0.025),
        lambda picture: saved(resized(cropped(picture, 0.02), 0.4), 60),
        lambda picture: cv2.convertScaleAbs(picture, alpha=1.1, beta=10),
    ],
    ids=["jpeg", "smaller", "larger", "smaller-jpeg", "cropped-1%", "cropped-2.5%", "all-of-it", "brighter"],
)
def test_a_copy_matches(copy: Callable[[Picture], Picture], harbour: list[Picture], known: KnownList) -> None:
    matched = [list(find_known([hash_picture(copy(picture))], known)) for picture in harbour]
    assert [bool(found) for found in matched] == [True] * len(harbour)


def test_frames_of_another_recording_do_not_match(known: KnownList) -> None:
    others = [hash_picture(picture) for picture in frames("phone-ferry.mp4")]
    assert list(find_known(others, known)) == []


def test_a_video_is_hashed_frame_by_frame(known: KnownList) -> None:
    recording = probe_recording(SAMPLES / "harbour-day.mp4", "harbour-day.mp4")
    hashes = list(recording_hashes(recording, every_ms=1000 * EVERY_S))
    assert [found.at_ms for found in hashes] == [1000 * EVERY_S * number for number in range(len(hashes))]
    assert len({match.frame.at_ms for match in find_known(hashes, known)}) == len(hashes)


def test_an_image_is_hashed_once(tmp_path: Path, harbour: list[Picture], known: KnownList) -> None:
    path = tmp_path / "copy.png"
    cv2.imwrite(str(path), cv2.cvtColor(cropped(harbour[2], 0.02), cv2.COLOR_RGB2BGR))
    [match] = find_known(recording_hashes(probe_recording(path, "copy.png")), known)
    assert (match.frame.at_ms, match.picture.name) == (None, "2")


def test_a_sound_has_no_pictures() -> None:
    assert list(recording_hashes(probe_recording(SAMPLES / "two-readers.m4a", "two-readers.m4a"))) == []


def test_without_the_package_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pdqhash", None)
    with pytest.raises(UsageError, match=r'type pip install "reelsheet\[known\]" .* or leave out --known'):
        hash_picture(np.zeros((64, 64, 3), np.uint8))
