"""Both storages keep what `Storage` promises: a folder of this machine, and an object store (here in memory)."""

from __future__ import annotations

import ast
import errno
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.dataset as pads
import pytest
from upath import UPath

from tasks.errors import DatasetNotWritable, Refused
from tasks.store.commit import parquet
from tasks.store.layout import COMMITS, RESERVE, STAGING
from tasks.store.local_cache_dir import use_caches
from tasks.store.local_storage import LocalStorage
from tasks.store.object_storage import ObjectStorage
from tasks.store.storage import Storage, explained
from tests.support.dataset_rows import row

ROOT = Path(__file__).parents[2]
MANIFEST = b'{"moves": {"0.parquet": "turns/month=2026-10/x.parquet"}, "forget": []}'
MOVES = {"0.parquet": "turns/month=2026-10/x.parquet"}


@pytest.fixture(params=["folder", "objects"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "folder":
        yield LocalStorage(tmp_path)
        return
    use_caches(tmp_path / "caches")
    root = UPath(f"memory://{tmp_path.name}", use_listings_cache=False)
    yield ObjectStorage(root)
    if root.exists():
        root.fs.rm(root.path, recursive=True)


def staged(storage: Storage, commit: str = "c") -> None:
    for folder in (STAGING, COMMITS, f"{STAGING}/{commit}"):
        storage.make_folder(folder)
    storage.stage(f"{STAGING}/{commit}/0.parquet", b"rows")
    storage.seal(commit, MANIFEST)


# --- files by their names ------------------------------------------------------------------------------------------


def test_a_file_is_there_with_its_folders_once_it_is_written(storage: Storage) -> None:
    storage.write("a/b/c.json", b"1")
    storage.write("a/b/c.json", b"22")
    assert (storage.exists("a/b/c.json"), storage.read("a/b/c.json")) == (True, b"22")


def test_a_file_that_was_never_written_is_missing(storage: Storage) -> None:
    assert not storage.exists("a/b.json")
    with pytest.raises(FileNotFoundError):
        storage.read("a/b.json")


def test_a_visible_file_is_all_that_readers_of_the_root_see(storage: Storage) -> None:
    storage.make_folder(".reelsheet")
    storage.write_visible("views.sql", b"SELECT 1;")
    assert set(storage.names("", large=True)) - {".reelsheet", "caches"} == {"views.sql"}


def test_a_moved_file_has_only_its_new_name(storage: Storage) -> None:
    storage.write("a/old", b"new rows")
    storage.write("b/new", b"old rows")
    storage.move("a/old", "b/new")
    assert (storage.exists("a/old"), storage.read("b/new")) == (False, b"new rows")


def test_a_file_can_be_removed_twice(storage: Storage) -> None:
    storage.write("a/b", b"")
    storage.remove("a/b")
    storage.remove("a/b")
    assert not storage.exists("a/b")


@pytest.mark.parametrize("large", [True, False])
def test_names_are_those_of_one_level(storage: Storage, large: bool) -> None:
    storage.write("a/b/c", b"")
    storage.write("a/d", b"")
    assert sorted(storage.names("a", large=large)) == ["b", "d"]
    assert storage.names("nowhere", large=large) == []


def test_a_folder_goes_with_all_that_is_in_it(storage: Storage) -> None:
    storage.write("a/b/c", b"")
    assert storage.folders("a") == ["b"]
    assert [storage.remove_folder("a"), storage.remove_folder("a")] == [True, False]
    assert not storage.exists("a/b/c")


def test_each_thing_is_done_and_its_result_is_in_its_place(storage: Storage) -> None:
    assert storage.each(lambda number: number * number, range(40)) == [number * number for number in range(40)]


def test_an_error_of_the_storage_is_explained_and_no_other(storage: Storage) -> None:
    with (
        pytest.raises(DatasetNotWritable, match=r"Input/output error.* Nothing is lost\.$") as raised,
        explained(storage, "Nothing is lost."),
    ):
        raise OSError(errno.EIO, "Input/output error")
    assert raised.value.message.startswith(f"The dataset {storage.root} cannot be ")
    for ours in (Refused("no"), ValueError("a mistake")):
        with pytest.raises(type(ours)), explained(storage):
            raise ours


# --- the tables ----------------------------------------------------------------------------------------------------


def test_only_parquet_files_of_months_are_a_tables_files(storage: Storage) -> None:
    for name in ("turns/month=2026-10/a.parquet", "turns/month=2026-10/a.txt", "turns/other/a.parquet", "turns/README"):
        storage.write(name, b"")
    storage.write("calls/month=2026-10/notes.txt", b"")
    assert list(storage.table_files("turns")) == ["turns/month=2026-10/a.parquet"]
    assert "turns" in storage.filled_tables()
    assert list(storage.table_files("media")) == []


def test_arrow_reads_the_files(storage: Storage) -> None:
    storage.write("inputs/month=2026-10/a.parquet", parquet("inputs", [row("inputs", uri="x.mp4", status="new")]))
    found = storage.arrow_files(["inputs/month=2026-10/a.parquet"])
    assert pads.dataset(found.paths, filesystem=found.filesystem).to_table()["uri"].to_pylist() == ["x.mp4"]


# --- writers -------------------------------------------------------------------------------------------------------


def test_trying_to_write_leaves_at_most_the_reserve(storage: Storage) -> None:
    storage.make_folder(".reelsheet")
    storage.check_writable()
    storage.check_writable()
    storage.free_reserve()
    storage.free_reserve()
    assert not storage.exists(RESERVE)
    assert storage.names(".reelsheet") == []


def test_a_file_of_the_work_folder_is_taken_in(storage: Storage) -> None:
    written = storage.work_dir / "voices" / "a.wav"
    written.parent.mkdir(parents=True)
    written.write_bytes(b"RIFF")
    storage.take_in("voices/a.wav")
    assert storage.read("voices/a.wav") == b"RIFF"
    assert written.exists() is (storage.folder is not None)


# --- the steps of a commit -----------------------------------------------------------------------------------------


def test_a_commit_is_undone_until_it_is_decided(storage: Storage) -> None:
    staged(storage)
    assert (storage.folders(STAGING), storage.folders(COMMITS)) == (["c"], [])


def test_a_decided_commit_has_its_manifest_and_its_files(storage: Storage) -> None:
    staged(storage)
    storage.decide("c", MANIFEST)
    assert storage.folders(COMMITS) == ["c"]
    assert json.loads(storage.read(f"{COMMITS}/c/commit.json"))["moves"] == MOVES
    assert storage.read(f"{storage.decided_files('c')}/0.parquet") == b"rows"
    assert storage.is_whole("c", MOVES)


def test_a_commit_stays_whole_while_its_files_move(storage: Storage) -> None:
    staged(storage)
    storage.decide("c", MANIFEST)
    storage.make_folder("turns/month=2026-10")
    storage.move(f"{storage.decided_files('c')}/0.parquet", MOVES["0.parquet"])
    assert storage.is_whole("c", MOVES)
    with pytest.raises(FileNotFoundError):
        storage.move(f"{storage.decided_files('c')}/0.parquet", MOVES["0.parquet"])


# --- who asks ------------------------------------------------------------------------------------------------------


def test_nobody_else_asks_what_kind_of_path_it_is() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("tasks", "flows/commands")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "isinstance"
        and any(name in ast.unparse(node.args[1]) for name in ("Path", "LocalStorage", "ObjectStorage"))
    ]
    assert found == []
