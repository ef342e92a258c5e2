"""What manifests and options make of files: ways of asking, groups, and frames of a video."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks.inputs.groups import find
from tasks.inputs.overrides import InputOptions
from tasks.inputs.scan import InputScan

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"bytes")
        os.utime(name, (NOW - 3600, NOW - 3600))


def listed(*rows: str, name: str = "talks.csv") -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text("uri,scenario,tags,group\n" + "".join(f"{row}\n" for row in rows))
    return name


def look(*arguments: str, together: bool = False, fps: float | None = None) -> InputScan:
    return find(arguments, 30, NOW, together=together, fps=fps)


def members(found: InputScan) -> dict[str, list[str]]:
    return {source.uri: [member.name for member in source.members] for source in found.items}


# --- rows ----------------------------------------------------------------------------------------------------------


def test_a_table_is_a_manifest_with_and_without_the_sign_and_its_paths_count_from_its_folder(folder: Path) -> None:
    make("lists/in/a.mp4")
    listed("in/a.mp4,fine,,", name="lists/talks.csv")
    for argument in ("lists/talks.csv", "@lists/talks.csv"):
        [source] = look(argument).items
        assert (source.uri, source.path) == ("lists/in/a.mp4", str(folder / "lists/in/a.mp4"))
        assert (source.options, source.where) == (InputOptions(scenario="fine"), "lists/talks.csv, line 2")


def test_a_folder_that_ends_as_a_table_does_is_a_folder() -> None:
    make("old.csv/a.mp4")
    assert [source.uri for source in look("old.csv").items] == ["old.csv/a.mp4"]


def test_what_a_row_says_holds_for_all_files_of_its_folder() -> None:
    make("in/a.mp4", "in/b.mp4")
    found = look(listed('in,fine,"{""x"": 1}",'))
    assert [(source.name, source.options.scenario, source.tags_json) for source in found.items] == [
        ("a.mp4", "fine", '{"x":1}'),
        ("b.mp4", "fine", '{"x":1}'),
    ]


def test_a_file_that_is_wanted_in_two_ways_is_there_twice_and_in_one_way_a_duplicate() -> None:
    make("a.mp4")
    Path("link.mp4").symlink_to("a.mp4")
    found = look(listed("a.mp4,fine,,", "a.mp4,,,", "link.mp4,fine,,"), "a.mp4")
    assert [source.options.scenario for source in found.items] == ["fine", None]
    assert [(uri, first.options.scenario) for uri, first in found.duplicates] == [("link.mp4", "fine"), ("a.mp4", None)]


def test_a_bad_row_is_a_problem_that_names_its_line_and_keeps_what_it_wanted() -> None:
    make("a.mp4")
    found = look(listed("gone.mp4,fine,,", "a.mp4,,[],", ",fine,,", "a.mp4,,,"))
    assert [source.where for source in found.items] == ["talks.csv, line 5"]
    problems = {problem.uri: problem for problem in found.problems}
    assert list(problems) == ["gone.mp4", "a.mp4", "talks.csv, line 4"]
    assert problems["gone.mp4"].error.message.startswith("talks.csv, line 2: gone.mp4 does not exist")
    assert problems["gone.mp4"].options == InputOptions(scenario="fine")


def test_a_manifest_without_a_row_is_a_warning() -> None:
    assert look(listed()).warnings == ("The manifest talks.csv names no recording.",)


# --- groups --------------------------------------------------------------------------------------------------------


def test_rows_of_a_group_are_one_recording_in_their_order_and_the_others_stay_alone() -> None:
    make("a.mp4", "b.mp4", "c.mp4")
    found = look(listed('c.mp4,fine,"{""x"": 1}",g', "b.mp4,,,", 'a.mp4,,"{""x"": 2, ""y"": 3}",g', "c.mp4,,,g"))
    assert members(found) == {"talks.csv#g": ["c.mp4", "a.mp4", "c.mp4"], "b.mp4": []}
    group = found.items[0]
    assert (group.options, group.tags_json) == (InputOptions(scenario="fine"), '{"x":1,"y":3}')
    assert found.duplicates == ()


def test_a_group_changes_its_stamp_with_its_order() -> None:
    make("a.mp4", "b.mp4")
    forwards, backwards = (look(listed(*rows)) for rows in (("a.mp4,,,g", "b.mp4,,,g"), ("b.mp4,,,g", "a.mp4,,,g")))
    assert forwards.items[0].stamp != backwards.items[0].stamp


def test_a_group_that_lacks_a_file_is_left_out_and_says_why() -> None:
    make("a.mp4", "b.mp4")
    found = look(listed("a.mp4,,,g", "gone.mp4,,,g", "b.mp4,,,h"))
    assert members(found) == {"talks.csv#h": ["b.mp4"]}
    assert [problem.uri for problem in found.problems] == ["gone.mp4", "talks.csv#g"]
    assert (
        "talks.csv#g is one recording and left out, since a row of it cannot be used: talks.csv, line 3"
        in found.problems[1].error.message
    )


def test_rows_of_a_group_that_want_different_things_are_a_problem() -> None:
    make("a.mp4", "b.mp4")
    found = look(listed("a.mp4,fine,,g", "b.mp4,quick,,g"))
    assert found.items == ()
    assert "scenario is fine in one row and quick in another" in found.problems[0].error.message


def test_together_the_rows_without_a_group_are_one_recording_beside_the_groups() -> None:
    make("a.mp4", "b.mp4", "c.mp4", "d.mp4")
    found = look(listed("a.mp4,,,", "b.mp4,,,g", "c.mp4,,,g", "d.mp4,,,"), together=True)
    assert members(found) == {"talks.csv": ["a.mp4", "d.mp4"], "talks.csv#g": ["b.mp4", "c.mp4"]}


def test_together_a_manifest_with_a_bad_row_and_a_folder_that_is_being_filled_are_left_out() -> None:
    make("a.mp4", "b.mp4", "in/a.png", "in/b.png", "c.mp4")
    os.utime("in/b.png", (NOW - 1, NOW - 1))
    found = look(listed("a.mp4,,,", "gone.mp4,,,", "b.mp4,,,g"), "in", "c.mp4", together=True)
    assert members(found) == {"talks.csv#g": ["b.mp4"], "c.mp4": []}
    assert [problem.uri for problem in found.problems] == ["gone.mp4", "talks.csv"]
    assert found.warnings == ("in is left for the next run, since files of it are still changing.",)


# --- frames --------------------------------------------------------------------------------------------------------


def test_frames_of_a_folder_are_in_the_order_of_their_numbers() -> None:
    make("in/f10.png", "in/f9.png", "in/f1.png")
    [film] = look("in", fps=2).items
    assert [member.name for member in film.members] == ["f1.png", "f9.png", "f10.png"]
    assert film.fps == 2


def test_frames_of_a_manifest_are_in_its_order() -> None:
    make("f1.png", "f2.png")
    [film] = look(listed("f2.png,,,", "f1.png,,,"), fps=2).items
    assert [member.name for member in film.members] == ["f2.png", "f1.png"]
    [group] = look(listed("f2.png,,,g", "f1.png,,,g"), fps=2).items
    assert (group.uri, group.fps) == ("talks.csv#g", 2)


def test_the_same_pictures_at_another_rate_have_another_stamp() -> None:
    make("in/a.png", "in/b.png")
    assert len({look("in", fps=fps, together=True).items[0].stamp for fps in (None, 1.0, 2.0)}) == 3
