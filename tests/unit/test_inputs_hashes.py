"""Files are told apart by their bytes before anything else is done with them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tasks.inputs.find import find_inputs
from tasks.inputs.hashes import identify
from tasks.inputs.scan import Source


def sources(*named: Path) -> tuple[Source, ...]:
    return find_inputs([str(path) for path in named], settle_s=0, now=0).items


def test_files_come_with_the_hash_of_their_bytes_in_order(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.wav").write_bytes(name.encode())
    found = sources(tmp_path)
    [group] = identify(found)
    assert group == [(s, hashlib.sha256(s.name[:1].encode()).hexdigest()) for s in found]


def test_many_files_come_in_groups_so_that_little_is_lost_with_a_killed_run(tmp_path: Path) -> None:
    for number in range(1001):
        (tmp_path / f"{number:04d}.wav").write_bytes(b"bytes")
    found = sources(tmp_path)
    groups = list(identify(found))
    assert [len(group) for group in groups] == [500, 500, 1]
    assert [source for group in groups for source, _ in group] == list(found)


def test_what_cannot_be_hashed_is_left_to_the_probe_to_explain(tmp_path: Path) -> None:
    good, touched, gone = (tmp_path / name for name in ("good.wav", "touched.wav", "gone.wav"))
    for path in (good, touched, gone):
        path.write_bytes(b"bytes")
    (tmp_path / "empty.wav").touch()
    (tmp_path / "link.wav").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.wav")
    found = sources(tmp_path)
    os.utime(touched, ns=(0, 0))
    gone.unlink()
    [group] = identify(found)
    assert [source.name for source, _ in group] == ["good.wav"]


def test_nothing_to_hash_is_no_group() -> None:
    assert list(identify([])) == []
