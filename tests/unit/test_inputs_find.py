"""Which files the words on the command line mean."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import NotFound, NotReadable, UsageError
from tasks.inputs.find import find_inputs
from tasks.inputs.input_kinds.registry import KINDS
from tasks.inputs.scan import HIDDEN, MOST_LISTED, OTHER_ENDING, UNSETTLED, InputScan, printable
from tasks.inputs.search import InputKind, Search

NOW = 1_800_000_000.0
OLD = NOW - 3600


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str, changed: float = OLD) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"bytes")
        os.utime(path, (changed, changed))


def find(*arguments: str) -> InputScan:
    return find_inputs(arguments, settle_s=30, now=NOW)


def uris(found: InputScan) -> list[str]:
    return [source.uri for source in found.items]


def test_a_folder_is_searched_to_its_depths_in_the_order_of_names() -> None:
    make("in/b.mp4", "in/a/z.WAV", "in/a/deep/er/y.mkv", "in/c.mp3")
    assert uris(find("in")) == ["in/a/deep/er/y.mkv", "in/a/z.WAV", "in/b.mp4", "in/c.mp3"]


def test_paths_are_absolute_and_uris_as_named(folder: Path) -> None:
    make("in/a.mp4")
    (source,) = find("./in/a.mp4").items
    assert (source.uri, source.path, source.name) == ("./in/a.mp4", str(folder / "in/a.mp4"), "a.mp4")


def test_size_and_time_of_change_are_told(folder: Path) -> None:
    make("in/a.mp4", "b.wav", "c.wav")
    Path("in/d.mp4").symlink_to("../c.wav")
    for source in find("in", "b.wav").items:
        there = Path(source.path).stat()
        assert (source.size_bytes, source.mtime_ns) == (there.st_size, there.st_mtime_ns) == (5, int(OLD * 1e9))


def test_dot_files_and_apple_doubles_are_left_out_and_counted() -> None:
    make("in/.hidden.mp4", "in/._a.mp4", "in/.git/x.mp4", "in/a.mp4")
    found = find("in")
    assert uris(found) == ["in/a.mp4"]
    assert found.left_out == {HIDDEN: 3}
    assert found.notes == ("Files left out: 3 hidden.",)


def test_other_endings_are_counted_and_not_failed() -> None:
    make("in/a.mp4", "in/a.srt", "in/notes.txt", "in/README")
    found = find("in")
    assert uris(found) == ["in/a.mp4"]
    assert found.ignored == tuple((f"in/{name}", OTHER_ENDING) for name in ("README", "a.srt", "notes.txt"))
    assert found.left_out == {OTHER_ENDING: 3}
    assert found.problems == ()


def test_of_very_many_files_left_out_the_first_are_listed_and_the_rest_counted() -> None:
    Path("in").mkdir()
    for number in range(MOST_LISTED + 1):
        Path(f"in/{number:05d}.txt").touch()
    found = find("in")
    assert len(found.ignored) == MOST_LISTED
    assert found.notes[-1] == (
        f"Files left out: {MOST_LISTED + 1} with another ending; the table inputs lists the first {MOST_LISTED}."
    )


def test_files_that_may_still_be_written_are_left_for_the_next_run() -> None:
    make("in/young.mp4", changed=NOW - 5)
    make("in/old.mp4")
    found = find("in")
    assert uris(found) == ["in/old.mp4"]
    assert found.ignored == (("in/young.mp4", UNSETTLED),)


def test_a_time_far_in_the_future_is_a_wrong_clock_and_not_a_change() -> None:
    make("in/a.mp4", changed=NOW + 86_400)
    assert uris(find("in")) == ["in/a.mp4"]


def test_a_named_file_is_tried_whatever_its_ending_age_or_dot() -> None:
    make("tape.dat", ".hidden.mp4")
    make("young.mp4", changed=NOW)
    assert uris(find("tape.dat", ".hidden.mp4", "young.mp4")) == ["tape.dat", ".hidden.mp4", "young.mp4"]


def test_an_empty_folder_is_a_warning() -> None:
    Path("empty").mkdir()
    found = find("empty")
    assert (found.items, found.problems) == ((), ())
    assert found.warnings == ("The folder empty holds no file.",)


def test_a_folder_without_anything_ready_is_a_warning() -> None:
    make("in/notes.txt")
    assert find("in").warnings == ("The folder in holds no recording that is ready to be analysed.",)


def test_a_missing_path_is_a_problem_of_that_input_alone() -> None:
    make("a.mp4")
    found = find("gone.mp4", "a.mp4")
    assert uris(found) == ["a.mp4"]
    [problem] = found.problems
    assert (problem.uri, type(problem.error)) == ("gone.mp4", NotFound)
    assert "gone.mp4 does not exist" in problem.error.message


def test_the_same_file_is_taken_once_however_it_is_named() -> None:
    make("in/a.mp4")
    Path("in/link.mp4").symlink_to("a.mp4")
    found = find("in/a.mp4", "in", "./in/a.mp4")
    assert uris(found) == ["in/a.mp4"]
    assert found.duplicates == tuple((uri, found.items[0]) for uri in ("in/a.mp4", "in/link.mp4", "./in/a.mp4"))
    assert found.notes == ("Files left out: 3 named twice.",)


def test_a_file_in_a_linked_folder_is_taken_once() -> None:
    make("store/sub/a.mp4")
    Path("in").mkdir()
    Path("in/first").symlink_to("../store", target_is_directory=True)
    found = find("in", "store", "in/first/sub/a.mp4")
    assert uris(found) == ["in/first/sub/a.mp4"]
    assert [uri for uri, _ in found.duplicates] == ["store/sub/a.mp4", "in/first/sub/a.mp4"]


def test_a_hard_link_is_a_file_of_its_own() -> None:
    make("in/a.mp4")
    Path("in/b.mp4").hardlink_to("in/a.mp4")
    assert uris(find("in")) == ["in/a.mp4", "in/b.mp4"]


def test_upwards_from_a_linked_folder_is_where_the_link_leads(folder: Path) -> None:
    make("store/a.mp4", "store/sub/b.mp4")
    Path("link").symlink_to("store/sub", target_is_directory=True)
    (source,) = find("link/../a.mp4").items
    assert (source.uri, source.path) == ("link/../a.mp4", str(folder / "store/a.mp4"))


def test_a_loop_of_links_to_folders_ends() -> None:
    make("in/sub/a.mp4")
    Path("in/sub/up").symlink_to("..", target_is_directory=True)
    assert uris(find("in")) == ["in/sub/a.mp4"]


def test_links_that_lead_nowhere_are_tried_so_that_someone_says_so() -> None:
    Path("in").mkdir()
    Path("in/broken.mp4").symlink_to("gone")
    Path("in/loop.mp4").symlink_to("loop.mp4")
    assert uris(find("in")) == ["in/broken.mp4", "in/loop.mp4"]
    (source,) = find("in/loop.mp4").items
    assert (source.uri, source.size_bytes, source.stamp) == ("in/loop.mp4", None, None)


def test_a_folder_with_the_ending_of_a_video_is_a_folder() -> None:
    make("in/x.mp4/real.mp4")
    assert uris(find("in")) == ["in/x.mp4/real.mp4"]


def test_a_glob_finds_files_as_a_folder_does() -> None:
    make("in/a.mp4", "in/b.mp4", "in/c.txt", "in/.d.mp4")
    make("in/young.mp4", changed=NOW)
    found = find("in/*")
    assert uris(found) == ["in/a.mp4", "in/b.mp4"]
    assert found.ignored == (("in/c.txt", OTHER_ENDING), ("in/young.mp4", UNSETTLED))


def test_a_glob_with_two_stars_reaches_all_depths_once() -> None:
    make("in/a.mp4", "in/sub/b.mp4")
    found = find("in/**")
    assert uris(found) == ["in/a.mp4", "in/sub/b.mp4"]
    assert found.ignored == ()


def test_a_glob_without_matches_is_a_problem() -> None:
    [problem] = find("in/*.mp4").problems
    assert problem.uri == "in/*.mp4"
    assert isinstance(problem.error, NotFound)


def test_a_file_whose_name_looks_like_a_glob_is_a_file() -> None:
    make("take[1].mp4", "take1.mp4")
    assert uris(find("take[1].mp4")) == ["take[1].mp4"]


def test_a_manifest_names_one_path_a_line_from_its_own_folder(folder: Path) -> None:
    make("lists/a.mp4", "lists/more/b.dat", "c.wav")
    lines = ["# made by hand", "a.mp4", "", "more/b.dat", str(folder / "c.wav"), "gone.mp4"]
    Path("lists/all.txt").write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    found = find("@lists/all.txt")
    assert uris(found) == ["lists/a.mp4", "lists/more/b.dat", str(folder / "c.wav")]
    assert [problem.uri for problem in found.problems] == ["lists/gone.mp4"]


def test_a_missing_manifest_is_a_problem() -> None:
    [problem] = find("@gone.txt").problems
    assert (problem.uri, type(problem.error)) == ("gone.txt", NotFound)


def test_a_manifest_of_another_kind_is_wrong_usage_that_names_the_supported_one() -> None:
    with pytest.raises(UsageError, match=r"@list\.txt"):
        find("@list.xlsx")


def test_an_address_is_taken_as_it_is_named_and_once() -> None:
    url = "https://example.org/a.mp4?part=1"
    found = find(url, url)
    assert [(source.uri, source.path) for source in found.items] == [(url, url)]
    assert [uri for uri, _ in found.duplicates] == [url]


def test_an_address_of_another_kind_is_a_problem_that_says_to_download_first() -> None:
    [problem] = find("ftp://host/a.mp4").problems
    assert problem.uri == "ftp://host/a.mp4"
    assert "Download it" in problem.error.message


@pytest.mark.parametrize("name", ["-dash.mp4", 'it\'s "so".mp4', "🎬 día.mp4", "$(x);&|.mp4", "视频.mp4"])
def test_odd_names_stay_as_they_are(name: str) -> None:
    make(name)
    assert uris(find(name)) == [name]


def test_a_line_break_in_a_name_is_shown_escaped_and_opens_the_file() -> None:
    make("in/a\nb.mp4")
    (source,) = find("in").items
    assert source.uri == "in/a\\nb.mp4"
    assert Path(source.path).read_bytes() == b"bytes"


def test_a_name_that_is_no_utf8_is_printable_and_opens_the_file(folder: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.mp4")
    try:
        make(f"in/{odd}")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (source,) = find("in").items
    assert source.uri == "in/caf\\xe9.mp4"
    assert source.uri.encode("utf-8")
    assert Path(source.path).read_bytes() == b"bytes"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_a_problem() -> None:
    make("in/a.mp4")
    Path("in").chmod(0)
    [problem] = find("in").problems
    assert (problem.uri, type(problem.error)) == ("in", NotReadable)


@given(st.text())
def test_printable_names_hold_nothing_that_breaks_a_line_or_utf8(name: str) -> None:
    shown = printable(name)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert printable(shown) == shown


def test_search_knows_a_kind_of_argument_by_its_row() -> None:
    make("a.mp4", "b.mp4")
    both = InputKind(lambda argument: "+" in argument.word, lambda search, argument: list_all(search, argument.word))

    def list_all(search: Search, word: str) -> None:
        for part in word.split("+"):
            search.add(part)

    search = Search((both, *KINDS), 30, NOW, tags_from_columns=False)
    search.add("a.mp4+b.mp4")
    assert uris(search.result()) == ["a.mp4", "b.mp4"]
