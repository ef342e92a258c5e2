"""The identity of a recording."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from tasks.errors import FileChanged, NotReadable
from tasks.media.hashing import Stamp, require_same, require_unchanged, sha256_of
from tests.support.dataset_rows import recording


def test_it_is_the_sha256_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x" * 3_000_000)
    assert sha256_of(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_a_file_that_grows_while_it_is_read_has_no_identity_yet(tmp_path: Path) -> None:
    path = tmp_path / "growing.mp4"
    os.mkfifo(tmp_path / "tap")
    path.symlink_to("tap")  # the reader waits at the pipe; meanwhile the link comes to mean another file

    def exchange() -> None:
        with (tmp_path / "tap").open("wb") as tap:
            tap.write(b"begin")
            (tmp_path / "new").write_bytes(b"other")
            (tmp_path / "link").symlink_to("new")
            (tmp_path / "link").replace(path)

    writer = threading.Thread(target=exchange)
    writer.start()
    with pytest.raises(FileChanged, match="changed while it was read"):
        sha256_of(path)
    writer.join()


def test_a_file_that_nobody_touched_is_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"bytes")
    before = path.stat()
    require_unchanged(path, before)
    assert Stamp.of(before) == Stamp(5, before.st_mtime_ns)


def test_another_size_time_or_file_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"bytes")
    before = path.stat()
    os.utime(path, ns=(0, before.st_mtime_ns + 1))
    with pytest.raises(FileChanged, match=r"a\.mp4 was changed while it was read"):
        require_unchanged(path, before)
    (tmp_path / "b.mp4").write_bytes(b"BYTES")
    os.utime(tmp_path / "b.mp4", ns=(0, before.st_mtime_ns))
    (tmp_path / "b.mp4").replace(path)
    with pytest.raises(FileChanged):
        require_unchanged(path, before)
    path.unlink()
    with pytest.raises(NotReadable):
        require_unchanged(path, before)


def test_a_missing_file_is_not_readable(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match=r"gone\.mp4"):
        sha256_of(tmp_path / "gone.mp4")


def test_a_changed_file_is_worth_another_try() -> None:
    assert FileChanged.retryable


def test_a_recording_is_the_same_while_its_file_is_as_it_was_probed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x" * 100)
    probed = recording(path=str(path), size_bytes=100, mtime_ns=path.stat().st_mtime_ns)
    require_same(probed)
    os.utime(path, ns=(1, 1))
    with pytest.raises(FileChanged, match=r"was changed while the run was at it"):
        require_same(probed)
    path.unlink()
    with pytest.raises(FileChanged, match=r"cannot be read any more") as gone:
        require_same(probed)
    assert gone.value.retryable, "a disk may come back"
