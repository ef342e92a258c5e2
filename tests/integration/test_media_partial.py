"""A recording that is only partly readable never looks clean: not in the tables, the views, the summary."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support import media_zoo as zoo
from tests.support.asking import ask, ask_values
from tests.support.cli import Ran, reelsheet

MAKERS: dict[str, Callable[[Path], Path]] = {
    "cut.mp4": zoo.cut_off,
    "cut.wav": zoo.cut_off,
    "cut.wmv": zoo.cut_off,
    "cut.avi": zoo.cut_off,
    "mute.mkv": partial(zoo.ends_early, what="audio"),
    "hole.mkv": zoo.with_hole,
    "hole.mp4": zoo.with_hole,
    "bad.ts": zoo.damaged,
    "unknown.mp4": zoo.undecodable,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("partial")
    for name, make in MAKERS.items():
        make(made / name)
    return made


def analyze(env: dict[str, str], dataset: Path, *words: object) -> Ran:
    return reelsheet("analyze", "--dataset", dataset, "--settle", "0", "--json", *words, env=env)


def test_what_cannot_be_read_is_in_every_place(env: dict[str, str], folder: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    ran = analyze(env, dataset, *(folder / name for name in MAKERS))

    assert (ran.status, ran.json["recordings"]["partial"]) == (1, len(MAKERS))
    assert {Path(one["uri"]).name for one in ran.json["failures"]} == set(MAKERS)
    assert all(any(name in warning for warning in ran.json["warnings"]) for name in MAKERS)
    rows = ask(dataset, "SELECT uri, a.reason, a.outcome, coverage FROM analyses AS a JOIN media USING (media_id)")
    found = {Path(row["uri"]).name: row for row in rows}
    assert {row["outcome"] for row in rows} == {"partial"}
    assert {name: row["reason"].split(", ")[0] for name, row in found.items()} == {
        **dict.fromkeys(["cut.mp4", "cut.wav", "cut.wmv", "cut.avi"], "cut_short"),
        "mute.mkv": "ends_early",
        **dict.fromkeys(["hole.mkv", "hole.mp4"], "hole"),
        "bad.ts": "damaged_packets",
        "unknown.mp4": "undecodable",
    }
    covered = {"cut.mp4": 0.6, "cut.wav": 0.6, "cut.wmv": 0.6, "cut.avi": 0.6, "mute.mkv": 6 / 16, "hole.mkv": 0.75}
    assert {name: found[name]["coverage"] for name in covered} == pytest.approx(covered, abs=0.08)
    failures = ask_values(dataset, "SELECT DISTINCT stage, error_class, retryable FROM failures")
    assert failures == [("probe", "PartlyReadable", False)]
    assert len(ask(dataset, "FROM open_failures")) == len(MAKERS)
    gaps = "SELECT start_ms, end_ms FROM gaps WHERE reason = 'cut short'"
    [lost] = ask_values(dataset, f"{gaps} AND uri LIKE '%/cut.wav' AND lacking = 'heard'")
    assert lost == pytest.approx((12_000, 20_000), abs=30)
    [declared] = ask_values(dataset, "SELECT declared_duration_ms FROM media WHERE uri LIKE '%/cut.wmv'")
    assert declared[0] == pytest.approx(20_000, abs=100)

    sent = "SELECT video_sent, audio_sent FROM segments JOIN media USING (media_id) WHERE uri LIKE '%/unknown.mp4'"
    assert ask_values(dataset, sent) == [("unreadable", "sent")]

    again = analyze(env, dataset, *(folder / name for name in MAKERS))
    assert (again.status, again.json["failures"], again.json["requests"]) == (0, [], 0)
    assert len(ask(dataset, "FROM failures")) == len(MAKERS)
    assert len(ask(dataset, "FROM open_failures")) == len(MAKERS)


def test_a_file_that_was_brought_whole_closes_the_failure(env: dict[str, str], tmp_path: Path) -> None:
    path, dataset = tmp_path / "talk.wav", tmp_path / "dataset"
    zoo.cut_off(path)
    assert analyze(env, dataset, path).status == 1
    path.write_bytes((tmp_path / "whole-talk.wav").read_bytes())

    assert analyze(env, dataset, path).status == 0
    assert ask(dataset, "FROM open_failures") == []
