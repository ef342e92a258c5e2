"""Several files as one recording: found, identified, planned, asked about in one request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.inputs.groups import find
from tasks.inputs.hashes import identify
from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import Source
from tests.support.asking import ask
from tests.support.cli import reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import FakeService
from tests.support.service_bodies import make_image
from tests.support.service_request import instruction_of

NOW = 4e9


def found(*arguments: Path | str) -> list[Source]:
    return list(find([str(argument) for argument in arguments], 0.0, NOW, together=True).items)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "takes").mkdir()
    return tmp_path / "takes"


def test_the_files_of_a_folder_and_of_a_manifest_are_one_recording_each(folder: Path, tmp_path: Path) -> None:
    for name in ("b.wav", "a.wav"):
        make_audio(folder, name, seconds=1)
    (tmp_path / "list.txt").write_text("takes/b.wav\ntakes/a.wav\n")
    by_folder, by_list = found(folder, f"@{tmp_path / 'list.txt'}")
    assert [member.name for member in by_folder.members] == ["a.wav", "b.wav"]
    assert [member.name for member in by_list.members] == ["b.wav", "a.wav"]


def test_a_file_named_by_itself_stays_a_recording_of_its_own(folder: Path) -> None:
    [source] = found(make_audio(folder, "a.wav", seconds=1))
    assert source.members == ()


def test_the_identity_is_that_of_the_bytes_in_their_order(folder: Path, tmp_path: Path) -> None:
    make_audio(folder, "a.wav", seconds=1)
    make_audio(folder, "b.wav", seconds=2)
    (tmp_path / "list.txt").write_text("takes/b.wav\ntakes/a.wav\n")
    forwards, backwards = (probe_source(source) for source in found(folder, f"@{tmp_path / 'list.txt'}"))
    assert forwards.media_id != backwards.media_id
    (folder / "a.wav").rename(folder / "0.wav")
    assert probe_source(found(folder)[0]).media_id == forwards.media_id
    [group] = identify(found(folder))
    assert group[0][1] == forwards.media_id
    assert (forwards.id_basis, forwards.duration_ms) == ("group", 3000)
    members = json.loads(forwards.probe_json)["members"]
    assert [member["duration_ms"] for member in members] == [1000, 2000]


def test_a_group_is_asked_about_in_one_request(env: dict[str, str], service: FakeService, folder: Path) -> None:
    for number in range(3):
        make_video(folder, f"{number}.mp4", seconds=2 + number, size="128x96")
    dataset = folder.parent / "dataset"
    words = ("--dataset", dataset, "--settle", "0", "--together", folder)
    ran = reelsheet("analyze", *words, env=env)
    assert ran.status == 0, ran.err
    [request] = service.requests
    assert [seen.modality for seen in request.seen] == ["video"] * 3
    [segment] = ask(dataset, "SELECT start_ms, end_ms, transport, outcome FROM segments")
    assert segment == {"start_ms": 0, "end_ms": 9000, "transport": "base64", "outcome": "ok"}
    assert "This message holds 3 files. Their names are File 1 to File 3" in instruction_of(request.body)
    lengths = [(1, 2000), (2, 3000), (3, 4000)]
    for table in ("storyline", "visible_text", "transcript"):
        rows = ask(dataset, f"SELECT member_seq, start_ms, end_ms FROM {table} ORDER BY seq")
        assert [tuple(row.values()) for row in rows] == [(number, 0, end) for number, end in lengths]
    assert ask(dataset, "SELECT id_basis, kind, duration_ms FROM media") == [
        {"id_basis": "group", "kind": "video", "duration_ms": 9000}
    ]
    assert reelsheet("analyze", *words, env=env).status == 0
    assert len(service.requests) == 1
    assert reelsheet("reparse", "--dataset", dataset, "--json", env=env).json["changed"] == 0


def test_mixed_and_too_many_files_are_refused_before_anything_is_asked(
    env: dict[str, str], service: FakeService, folder: Path
) -> None:
    make_audio(folder, "a.wav", seconds=1)
    make_image(folder)
    mixed = reelsheet("plan", "--settle", "0", "--together", "--json", folder, env=env)
    assert "audio and image files" in mixed.json["failures"][0]["message"]
    for path in folder.glob("*.*"):
        path.unlink()
    for name in ("a.wav", "b.wav"):
        make_audio(folder, name, seconds=1)
    words = ("--together", "--model", "qwen3-omni-flash", "--json", folder)
    many = reelsheet("plan", "--settle", "0", *words, env=env)
    assert "takes 1 in one request" in many.json["failures"][0]["message"]
    assert service.requests == []
