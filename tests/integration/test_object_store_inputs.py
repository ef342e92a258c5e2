"""Recordings in an object store: what an address means, what is known again, and whole runs from there to there."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import fsspec
import numpy as np
import pytest

from tasks.errors import FileChanged, NotFound, UsageError
from tasks.inputs.find import find_inputs
from tasks.inputs.hashes import identify
from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import InputScan
from tasks.media import stored
from tasks.query.sql import connect
from tasks.store.dataset import Dataset
from tasks.system.object_store import stored as place
from tasks.system.workdir import remove_abandoned
from tests.support.asking import ask
from tests.support.cli import ROOT, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.s3 import KEY, SECRET, S3Server
from tests.support.service import FakeService

PROBE = """
import sys
from pathlib import Path
from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import Source
from tasks.system.workdir import use_workdir
use_workdir(Path(sys.argv[1]))
probe_source(Source(sys.argv[2], sys.argv[2]))
"""


def put(url: str, content: bytes) -> str:
    place(url).write_bytes(content)
    return url


def found(*arguments: str, settle_s: float = 0.0) -> InputScan:
    return find_inputs(arguments, settle_s, time.time())


def make_still(path: Path) -> Path:
    cv2.imwrite(str(path), np.full((48, 64, 3), 99, np.uint8))
    return path


def names(result: InputScan) -> list[str]:
    return [source.uri.rpartition("/")[2] for source in result.items]


@pytest.fixture
def prefix(bucket: str) -> str:
    for name in ("b.mp4", "a.wav", "deep/er/c.mp3", ".hidden/d.mp4", "deep/.e.mp4", "notes.txt"):
        put(f"{bucket}/in/{name}", name.encode())
    put(f"{bucket}/inside.mp4", b"beside")
    fsspec.filesystem("s3").pipe_file(f"{bucket}/in/empty/", b"")  # as some tools make a folder
    return f"{bucket}/in"


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_prefix_is_read_as_a_folder(prefix: str, ending: str) -> None:
    result = found(prefix + ending)
    assert names(result) == ["a.wav", "b.mp4", "c.mp3"]
    assert result.left_out == {"hidden": 2, "with another ending": 1}
    assert [source.size_bytes for source in result.items] == [5, 5, 13]


def test_what_was_put_just_now_waits_for_the_next_run_unless_it_is_named(prefix: str) -> None:
    assert names(found(prefix, settle_s=60)) == []
    assert names(found(f"{prefix}/b.mp4", f"{prefix}/notes.txt", settle_s=60)) == ["b.mp4", "notes.txt"]


def test_a_pattern_finds_as_a_folder_does(prefix: str) -> None:
    assert names(found(f"{prefix}/*")) == ["a.wav", "b.mp4"]
    assert names(found(f"{prefix}/**/*.mp3")) == ["c.mp3"]
    assert names(found(f"{prefix}/a.wav", prefix, f"{prefix}/*.wav")) == ["a.wav", "b.mp4", "c.mp3"]


def test_what_is_not_there_is_a_problem_of_its_own(bucket: str) -> None:
    result = found(f"{bucket}/none.mp4", "s3://no-such-bucket-here/x/")
    assert [type(problem.error) for problem in result.problems] == [NotFound, NotFound]


def test_an_address_with_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="without a password") as refused:
        found(f"s3://{KEY}:{SECRET}@bucket/film.mp4")
    assert SECRET not in str(refused.value)


def test_the_same_bytes_elsewhere_are_the_same_recording(bucket: str, tmp_path: Path) -> None:
    film = make_video(tmp_path, "film.mp4", seconds=2)
    url = put(f"{bucket}/film.mp4", film.read_bytes())
    [there, here] = [found(name).items[0] for name in (url, str(film))]
    [group] = identify([there, here])
    assert {media_id for _, media_id in group} == {hashlib.sha256(film.read_bytes()).hexdigest()}
    probed = probe_source(there, group[0][1])
    assert (probed.uri, probed.path, probed.id_basis, probed.duration_ms) == (url, url, "bytes", 2000)


def test_an_object_that_is_replaced_while_a_run_is_at_it_is_left_for_the_next(bucket: str, tmp_path: Path) -> None:
    url = put(f"{bucket}/film.mp4", b"first")
    before = stored.look(url)
    assert before is not None
    put(url, b"longer than before")
    with pytest.raises(FileChanged, match="was changed while the run was at it"):
        stored.fetch(url, tmp_path, before.stamp)
    assert list(tmp_path.iterdir()) == []


def test_an_object_is_fetched_once_until_it_is_discarded(bucket: str, tmp_path: Path) -> None:
    url = put(f"{bucket}/talk.wav", b"some sound")
    path = stored.fetch(url, tmp_path, None)
    place(url).unlink()
    assert stored.fetch(url, tmp_path, None).read_bytes() == b"some sound"
    stored.discard(url, tmp_path)
    assert not path.exists()


def test_the_copy_that_is_probed_lies_under_the_workdir_and_goes_with_the_run_after_one_that_was_killed(
    bucket: str, tmp_path: Path
) -> None:
    url, work, programs = put(f"{bucket}/talk.wav", b"some sound"), tmp_path / "work", tmp_path / "programs"
    work.mkdir()
    programs.mkdir()
    (programs / "ffprobe").write_text("#!/bin/sh\nkill -9 $PPID\n")
    (programs / "ffprobe").chmod(0o755)
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    killed = subprocess.run([sys.executable, "-c", PROBE, str(work), url], cwd=ROOT, env=env, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [path.read_bytes() for path in work.glob("*/fetched-*")] == [b"some sound"]
    remove_abandoned(work)
    assert list(work.iterdir()) == []


def test_duckdb_reads_objects_without_an_extension_of_the_network(bucket: str) -> None:
    with connect(Dataset.open(bucket)) as connection:
        loaded = connection.sql("SELECT extension_name FROM duckdb_extensions() WHERE loaded").fetchall()
    assert not {name for (name,) in loaded} & {"httpfs", "aws", "azure"}


@pytest.mark.long
def test_from_a_bucket_to_a_bucket_killed_amid_a_commit_and_gone_on_with_on_another_machine(
    bucket: str, s3: S3Server, env: dict[str, str], service: FakeService, tmp_path: Path
) -> None:
    media = (
        make_audio(tmp_path, "a.wav", seconds=4),
        make_video(tmp_path, "b.mp4", seconds=3),
        make_still(tmp_path / "c.png"),
    )
    for path in media:
        put(f"{bucket}/in/{path.name}", path.read_bytes())
    words = ("analyze", f"{bucket}/in/", "--settle", "0", "--dataset", f"{bucket}/out", "--json")
    env = {**env, **s3.env}
    here = {"XDG_CACHE_HOME": str(tmp_path / "here"), "REELSHEET_FAILPOINTS": "commit.moved.storyline"}
    killed = reelsheet(*words, env=env | here)
    assert (killed.status, len(service.requests)) == (-signal.SIGKILL, 3)
    again = reelsheet(*words, env={**env, "XDG_CACHE_HOME": str(tmp_path / "elsewhere")})
    assert (again.status, again.json["recordings"]["skipped"], again.json["requests"]) == (0, 3, 0)
    assert len(service.requests) == 3
    sql = "SELECT uri, id_basis, outcome, segments FROM coverage JOIN media USING (uri) ORDER BY uri"
    rows = ask(f"{bucket}/out", sql)
    expected = {"id_basis": "bytes", "outcome": "ok", "segments": 1}
    assert rows == [{"uri": f"{bucket}/in/{path.name}", **expected} for path in media]
    _check_no_secret(bucket, killed.out + killed.err + again.out + again.err, tmp_path)


def _check_no_secret(bucket: str, said: str, folder: Path) -> None:
    files = fsspec.filesystem("s3", use_listings_cache=False)
    told = [said.encode(), *(files.cat_file(name) for name in files.find(bucket))]
    told += [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not [text for text in told if SECRET.encode() in text or KEY.encode() in text]
    rows = ask(f"{bucket}/out", "SELECT config_json FROM runs")
    assert SECRET not in str(rows)
    assert KEY not in str(rows)
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == SECRET
