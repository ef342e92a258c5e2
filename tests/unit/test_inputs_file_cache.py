"""What is remembered of files from one run to the next, and what is never trusted."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.inputs.file_cache import FileCache, KnownPath
from tasks.inputs.scan import Source
from tasks.store.dataset import Dataset
from tests.support.cli import ROOT, environment

NOW = 1_800_000_000.0
OLD_NS = int((NOW - 3600) * 1e9)
ONE, OTHER = "11" * 32, "22" * 32


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset.open(tmp_path / "dataset")


@pytest.fixture
def file_cache(dataset: Dataset) -> Iterator[FileCache]:
    with FileCache(dataset) as opened:
        yield opened


@pytest.fixture
def file(dataset: Dataset) -> Path:
    return dataset.hidden / "memory.sqlite"


def source(path: str = "/in/a.wav", size: int = 5000, mtime_ns: int = OLD_NS) -> Source:
    return Source(path.removeprefix("/"), path, size, mtime_ns)


# --- what files are ----------------------------------------------------------------------------------------------


def test_a_fresh_memory_knows_nothing(file_cache: FileCache) -> None:
    assert file_cache.media_ids([source()]) == {}
    assert file_cache.paths_of([ONE]) == {}
    assert file_cache.analyses("f", [ONE]) == {}


def test_a_file_is_known_by_path_size_and_time_in_any_later_run(dataset: Dataset) -> None:
    with FileCache(dataset) as first:
        first.remember([(source(), ONE), (source("/in/b.wav"), OTHER)], NOW)
    with FileCache(dataset) as later:
        assert later.media_ids([source(), source("/in/b.wav")]) == {"/in/a.wav": ONE, "/in/b.wav": OTHER}


@pytest.mark.parametrize("other", [source(size=5001), source(mtime_ns=OLD_NS + 1), source("/in/A.wav")])
def test_another_size_time_or_path_is_another_file(file_cache: FileCache, other: Source) -> None:
    file_cache.remember([(source(), ONE)], NOW)
    assert file_cache.media_ids([other]) == {}


def test_thousands_are_looked_up_at_once(file_cache: FileCache) -> None:
    read = [(source(f"/in/{number}.wav"), f"{number:064x}") for number in range(2345)]
    file_cache.remember(read, NOW)
    assert file_cache.media_ids(s for s, _ in read) == {s.path: media_id for s, media_id in read}


def test_any_name_that_a_file_system_allows_is_remembered(dataset: Dataset) -> None:
    odd = [
        source(f"/in/{os.fsdecode(name)}") for name in (b"caf\xe9", "día 🎬".encode(), b"a\nb", b"'; DROP TABLE files")
    ]
    with FileCache(dataset) as file_cache:
        file_cache.remember([(s, ONE) for s in odd], NOW)
        assert file_cache.media_ids(odd) == {s.path: ONE for s in odd}
    with FileCache(dataset) as later:
        assert {place.path for place in later.paths_of([ONE])[ONE]} == {s.path for s in odd}


def test_new_bytes_under_the_same_name_size_and_time_replace_the_old(file_cache: FileCache) -> None:
    file_cache.remember([(source(), ONE)], NOW)
    file_cache.remember([(source(), OTHER)], NOW)
    assert file_cache.media_ids([source()]) == {"/in/a.wav": OTHER}


@pytest.mark.parametrize("age_s", [0.0, 1.9, -0.5, -3600])
def test_a_file_that_was_young_when_it_was_hashed_is_hashed_again(file_cache: FileCache, age_s: float) -> None:
    young = source(mtime_ns=int((NOW - age_s) * 1e9))
    file_cache.remember([(young, ONE)], NOW)
    assert file_cache.media_ids([young]) == {}


@pytest.mark.parametrize("age_s", [2.1, -7 * 86_400])
def test_a_time_far_in_the_future_is_a_wrong_clock_and_trusted_like_an_old_one(
    file_cache: FileCache, age_s: float
) -> None:
    settled = source(mtime_ns=int((NOW - age_s) * 1e9))
    file_cache.remember([(settled, ONE)], NOW)
    assert file_cache.media_ids([settled]) == {"/in/a.wav": ONE}


def test_a_file_without_a_size_is_not_remembered(file_cache: FileCache) -> None:
    broken_link = Source("in/a.wav", "/in/a.wav")
    file_cache.remember([(broken_link, ONE)], NOW)
    assert file_cache.media_ids([broken_link]) == {}


# --- where recordings were -----------------------------------------------------------------------------------------


def test_the_places_of_a_recording_are_those_of_earlier_runs(dataset: Dataset) -> None:
    with FileCache(dataset) as first:
        first.remember([(source(), ONE), (source("/in/b.wav"), ONE)], NOW)
        assert first.paths_of([ONE]) == {}
    with FileCache(dataset) as later:
        later.remember([(source("/in/c.wav"), ONE), (source("/in/b.wav"), ONE)], NOW)
        [places] = later.paths_of([ONE, OTHER]).values()
    assert sorted(place.path for place in places) == ["/in/a.wav", "/in/b.wav"]


def test_a_place_that_got_other_bytes_stays_a_place_and_holds_them_no_more(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"bytes")
    os.utime(path, ns=(OLD_NS, OLD_NS))
    with FileCache(dataset) as first:
        first.remember([(source(str(path), 5), ONE)], NOW)
    with FileCache(dataset) as second:
        [place] = second.paths_of([ONE])[ONE]
        assert place.holds_still()
        second.remember([(source(str(path), 5), OTHER)], NOW)
        [place] = second.paths_of([ONE])[ONE]
        assert place.path == str(path)
        assert not place.holds_still()


def test_a_place_holds_still_what_has_the_same_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"bytes")
    os.utime(path, ns=(OLD_NS, OLD_NS))
    assert KnownPath(str(path), 5, OLD_NS).holds_still()
    assert KnownPath(str(path), 5, None).holds_still()
    assert not KnownPath(str(path), 6, OLD_NS).holds_still()
    assert not KnownPath(str(path), 5, OLD_NS + 1).holds_still()
    assert not KnownPath(str(tmp_path / "gone.wav"), 5, OLD_NS).holds_still()


# --- what was planned ----------------------------------------------------------------------------------------------


def test_analyses_are_remembered_by_fingerprint(dataset: Dataset) -> None:
    with FileCache(dataset) as first:
        first.remember_analyses("english", {ONE: "a1", OTHER: "a2"})
        first.remember_analyses("german", {ONE: "b1"})
    with FileCache(dataset) as later:
        assert later.analyses("english", [ONE, OTHER, ONE]) == {ONE: "a1", OTHER: "a2"}
        assert later.analyses("german", [ONE, OTHER]) == {ONE: "b1"}
        assert later.analyses("french", [ONE]) == {}


# --- only a cache --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("junk", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_memory_starts_empty_and_works(dataset: Dataset, file: Path, junk: bytes) -> None:
    file.write_bytes(junk)
    with FileCache(dataset) as file_cache:
        assert file_cache.media_ids([source()]) == {}
        file_cache.remember([(source(), ONE)], NOW)
    with FileCache(dataset) as later:
        assert later.media_ids([source()]) == {"/in/a.wav": ONE}


def test_damage_that_shows_only_while_it_is_read_starts_it_anew(dataset: Dataset, file: Path) -> None:
    with FileCache(dataset) as first:
        first.remember([(source(f"/in/{number}.wav"), f"{number:064x}") for number in range(1000)], NOW)
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with FileCache(dataset) as file_cache:
        assert file_cache.media_ids([source("/in/7.wav")]) == {}
        file_cache.remember([(source(), ONE)], NOW)
        assert file_cache.media_ids([source()]) == {"/in/a.wav": ONE}


def test_a_memory_of_another_version_starts_empty(dataset: Dataset, file: Path) -> None:
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE files (inode INTEGER)")
    other.close()
    with FileCache(dataset) as file_cache:
        file_cache.remember([(source(), ONE)], NOW)
        assert file_cache.media_ids([source()]) == {"/in/a.wav": ONE}


def test_a_memory_that_cannot_be_kept_lasts_as_long_as_it_is_open(dataset: Dataset, file: Path) -> None:
    file.mkdir()
    with FileCache(dataset) as file_cache:
        file_cache.remember([(source(), ONE)], NOW)
        assert file_cache.media_ids([source()]) == {"/in/a.wav": ONE}
    with FileCache(dataset) as later:
        assert later.media_ids([source()]) == {}


def test_processes_that_begin_and_remember_at_the_same_moment_disturb_nobody(dataset: Dataset) -> None:
    script = (
        "import sys; from tasks.inputs.scan import Source; from tasks.store.dataset import Dataset\n"
        "from tasks.inputs.file_cache import FileCache\n"
        "dataset, who = Dataset.existing(sys.argv[1]), sys.argv[2]\n"
        "sys.stdin.readline()\n"
        "with FileCache(dataset) as memory:\n"
        "    for n in range(50):\n"
        "        memory.remember([(Source('x', f'/{who}/{n}', 1, 1), f'{who}{n}')], 1e9)\n"
    )
    command = [sys.executable, "-c", script, str(dataset.root)]
    running = [
        subprocess.Popen([*command, str(who)], stdin=subprocess.PIPE, cwd=ROOT, env=environment()) for who in range(3)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.close()
    assert [process.wait() for process in running] == [0, 0, 0]
    wanted = {f"/{who}/{n}": f"{who}{n}" for who in range(3) for n in range(50)}
    with FileCache(dataset) as file_cache:
        assert file_cache.media_ids(Source("x", path, 1, 1) for path in wanted) == wanted
