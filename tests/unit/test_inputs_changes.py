"""Which inputs are new, and what became of them: new, known, moved, duplicate, ignored or failed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import load_catalog
from config.types import Frozen
from tasks.inputs.changes import CHANGED, NOT_REACHED, InputFacts, InputRow, judge_inputs, unfinished
from tasks.inputs.file_cache import KnownPath
from tasks.inputs.overrides import AS_THE_RUN
from tasks.inputs.scan import HIDDEN, InputScan, Source
from tasks.records import InputStatus, Question
from tasks.run.fingerprint import fingerprint_of
from tasks.run.job import Job
from tests.support.dataset_rows import recording, run

CATALOG = load_catalog()
OLD_NS = 1_700_000_000_000_000_000
M, N = "11" * 32, "22" * 32
T = TypeVar("T", bound=Frozen)


# --- what decides whether a file must be probed --------------------------------------------------------------------


def source(name: str) -> Source:
    return Source(name, f"/in/{name}", 5, OLD_NS)


def test_a_file_whose_analysis_is_done_is_not_probed() -> None:
    files = [source("a"), source("b")]
    left = unfinished(files, {"/in/a": M, "/in/b": N}, {M: "a1", N: "a2"}, {"a1"})
    assert left == [source("b")]


def test_a_file_nobody_knows_or_whose_plan_nobody_remembers_is_probed() -> None:
    files = [source("a"), source("b")]
    assert unfinished(files, {"/in/b": N}, {M: "a1"}, {"a1"}) == files


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("xyz")),
    st.dictionaries(st.sampled_from("xyz"), st.sampled_from("123")),
    st.sets(st.sampled_from("123")),
)
def test_exactly_those_are_probed_that_no_finished_analysis_is_known_of(
    names: list[str], known: dict[str, str], planned: dict[str, str], done: set[str]
) -> None:
    media_ids = {f"/in/{name}": media_id for name, media_id in known.items()}
    left = unfinished([source(name) for name in names], media_ids, planned, done)
    assert [s.uri for s in left] == [name for name in names if planned.get(known.get(name, "")) not in done]


# --- what a plan depends on ----------------------------------------------------------------------------------------


def job(language: str = "auto", text: str = "Describe.") -> Job:
    question = Question("standard", f"sha of {text}", f"{text} {language}", "sections", language)
    return Job(
        run=run(),
        dataset="/data",
        scenario=CATALOG.scenarios["standard"],
        model=CATALOG.models["qwen3.5-omni-plus"],
        provider=CATALOG.providers["dashscope"],
        base_url="https://one.example/v1",
        price=None,
        questions={"video": question, "audio": question},
        concurrency=4,
    )


def changed(spec: T, **fields: object) -> T:
    return spec.model_copy(update=fields)


STANDARD = job()
SHORTER = changed(STANDARD.scenario.audio, max_length_ms=60_000)
BRIEF = changed(STANDARD.model.audio, max_duration_ms=60_000)
FILM, CALL = recording(), recording(kind="audio", video=None, duration_ms=3_600_000)
ASKING_OTHERWISE: dict[str, Job] = {
    "prompt": job(text="Describe it well."),
    "language": job(language="de"),
    "prompt of one kind": replace(STANDARD, questions={**STANDARD.questions, "audio": job("fr").questions["audio"]}),
    "no prompt for a kind": replace(STANDARD, questions={"video": STANDARD.questions["video"]}),
    "scenario": replace(STANDARD, scenario=CATALOG.scenarios["fine"]),
    "length of a segment": replace(STANDARD, scenario=changed(STANDARD.scenario, audio=SHORTER)),
    "model": replace(STANDARD, model=CATALOG.models["qwen3.5-omni-flash"]),
    "limit of a model": replace(STANDARD, model=changed(STANDARD.model, audio=BRIEF)),
    "provider": replace(STANDARD, provider=CATALOG.providers["local"]),
    "limit of a provider": replace(STANDARD, provider=changed(STANDARD.provider, max_data_uri_bytes=10_000_000)),
    "version": replace(STANDARD, run=replace(STANDARD.run, code_version="9.9")),
}


@pytest.mark.parametrize("other", ASKING_OTHERWISE.values(), ids=list(ASKING_OTHERWISE))
def test_what_may_change_a_plan_changes_the_fingerprint(other: Job) -> None:
    assert fingerprint_of(other) != fingerprint_of(STANDARD)


@pytest.mark.parametrize(
    "other",
    [
        replace(STANDARD, base_url="http://127.0.0.1:1/v1"),
        replace(STANDARD, provider=changed(STANDARD.provider, base_url="https://two.example", api_key_env="OTHER")),
        replace(STANDARD, concurrency=1),
        replace(STANDARD, dataset="/elsewhere"),
        replace(STANDARD, price=CATALOG.prices[0]),
        replace(STANDARD, run=run("another run")),
    ],
    ids=["base URL", "address and key of the provider", "concurrency", "dataset", "price", "run"],
)
def test_where_and_how_it_is_asked_changes_neither_plan_nor_fingerprint(other: Job) -> None:
    assert fingerprint_of(other) == fingerprint_of(STANDARD)
    for film in (FILM, CALL):
        assert other.plan(film).analysis_id == STANDARD.plan(film).analysis_id


# --- what became of the inputs -------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


Put = Callable[[str], Source]


@pytest.fixture
def put(folder: Path) -> Put:
    """Put a file of five bytes in the folder; it is the source of that name, too."""

    def file(name: str) -> Source:
        path = folder / name
        path.write_bytes(b"bytes")
        os.utime(path, ns=(OLD_NS, OLD_NS))
        return Source(name, str(path), 5, OLD_NS)

    return file


def was(folder: Path, *names: str) -> list[KnownPath]:
    """Places where a recording was seen in earlier runs."""
    return [KnownPath(str(folder / name), 5, OLD_NS) for name in names]


def statuses(
    files: dict[Source, str],
    places: dict[str, list[KnownPath]] | None = None,
    *,
    asked: tuple[str, ...] = (),
    remembered: tuple[Source, ...] = (),
    first_seen: dict[str, str] | None = None,
) -> list[InputStatus]:
    """What is said of files, given by what they are now."""
    media_ids = {file.path: media_id for file, media_id in files.items()}
    intake = InputFacts(
        media_ids, {file.path for file in remembered}, {(m, AS_THE_RUN): f"analysis of {m}" for m in asked}
    )
    seen = judge_inputs(InputScan(tuple(files)), intake, places or {}, first_seen or {})
    assert [s.uri for s in seen] == [file.uri for file in files]
    return [s.status for s in seen]


def test_what_the_run_asks_about_is_new(put: Put) -> None:
    assert statuses({put("a"): M}, asked=(M,)) == ["new"]


def test_what_is_remembered_and_done_is_known(put: Put) -> None:
    a = put("a")
    assert statuses({a: M}, remembered=(a,)) == ["known"]


def test_two_names_of_the_same_new_bytes_are_new_once(put: Put) -> None:
    assert statuses({put("a"): M, put("b"): N, put("c"): M}, asked=(M, N)) == ["new", "new", "duplicate"]


def test_a_renamed_file_is_moved(put: Put, folder: Path) -> None:
    assert statuses({put("b"): M}, {M: was(folder, "a")}) == ["moved"]


def test_a_copy_beside_its_original_is_known(put: Put, folder: Path) -> None:
    a = put("a")
    assert statuses({a: M, put("b"): M}, {M: was(folder, "a")}, remembered=(a,)) == ["known", "known"]


def test_a_copy_is_known_though_its_original_is_no_input_of_this_run(put: Put, folder: Path) -> None:
    put("a")
    assert statuses({put("b"): M}, {M: was(folder, "a")}) == ["known"]


def test_a_hard_link_is_a_copy(put: Put, folder: Path) -> None:
    (folder / "b").hardlink_to(put("a").path)
    assert statuses({Source("b", str(folder / "b"), 5, OLD_NS): M}, {M: was(folder, "a")}) == ["known"]


def test_moved_twice_is_moved_again(put: Put, folder: Path) -> None:
    assert statuses({put("c"): M}, {M: was(folder, "a", "b")}) == ["moved"]


def test_moved_back_to_where_it_was_known_is_known(put: Put, folder: Path) -> None:
    assert statuses({put("a"): M}, {M: was(folder, "a", "b")}) == ["known"]


def test_moved_and_copied_at_once_is_moved_once(put: Put, folder: Path) -> None:
    assert statuses({put("b"): M, put("c"): M}, {M: was(folder, "a")}) == ["moved", "known"]


def test_moved_and_asked_about_in_another_way_is_new(put: Put, folder: Path) -> None:
    assert statuses({put("b"): M}, {M: was(folder, "a")}, asked=(M,)) == ["new"]


def test_known_and_asked_about_in_another_way_is_new(put: Put) -> None:
    a = put("a")
    assert statuses({a: M}, remembered=(a,), asked=(M,)) == ["new"]


def test_another_file_under_the_old_name_is_new_and_the_first_one_moved(put: Put, folder: Path) -> None:
    places = {M: was(folder, "a")}
    assert statuses({put("a"): N, put("b"): M}, places, asked=(N,)) == ["new", "moved"]


def test_an_original_that_was_only_touched_still_holds_its_bytes(put: Put, folder: Path) -> None:
    a = replace(put("a"), mtime_ns=OLD_NS + 1)
    os.utime(a.path, ns=(OLD_NS + 1, OLD_NS + 1))
    assert statuses({a: M, put("b"): M}, {M: was(folder, "a")}) == ["known", "known"]


def test_an_original_that_looks_otherwise_and_was_not_read_counts_as_gone(put: Put, folder: Path) -> None:
    os.utime(put("a").path, ns=(OLD_NS + 1, OLD_NS + 1))
    assert statuses({put("b"): M}, {M: was(folder, "a")}) == ["moved"]


@pytest.mark.parametrize("uri", ["in/a", "./in/a", "../in/a", "{folder}/in/a"])
def test_without_a_memory_the_place_where_it_was_first_seen_is_known(put: Put, folder: Path, uri: str) -> None:
    (folder / "in").mkdir()
    first = {M: uri.format(folder=folder)}
    assert statuses({put("in/a"): M}, first_seen=first) == ["known"]


def test_without_a_memory_another_name_is_moved_where_the_first_is_gone(put: Put) -> None:
    assert statuses({put("b"): M}, first_seen={M: "a"}) == ["moved"]


def test_without_a_memory_another_name_is_a_copy_where_the_first_is_there(put: Put) -> None:
    put("a")
    assert statuses({put("b"): M}, first_seen={M: "a"}) == ["known"]


def test_what_another_run_published_meanwhile_is_known(put: Put) -> None:
    assert statuses({put("a"): M}) == ["known"]


def test_the_rest_has_a_row_too(put: Put) -> None:
    a, growing, broken = put("a"), put("growing"), put("broken")
    scan = InputScan(
        (a, growing, broken), duplicates=(("link", a), ("broken link", broken)), ignored=((".hidden", HIDDEN),)
    )
    media_ids = {a.path: M, broken.path: N}
    failed = {
        ("gone", AS_THE_RUN): InputRow("gone", None, "failed"),
        ("broken", AS_THE_RUN): InputRow("broken", N, "failed"),
    }
    intake = InputFacts(media_ids, asked={(M, AS_THE_RUN): "a"}, failed=failed, changed=("growing",))
    assert set(judge_inputs(scan, intake, {}, {})) == {
        InputRow("a", M, "new"),
        InputRow("link", M, "duplicate"),
        InputRow("broken link", N, "duplicate"),
        InputRow("gone", None, "failed"),
        InputRow("broken", N, "failed"),
        InputRow("growing", None, "ignored", CHANGED),
        InputRow(".hidden", None, "ignored", HIDDEN),
    }


def test_an_input_that_a_stopped_run_did_not_get_to_says_so(put: Put) -> None:
    seen = judge_inputs(InputScan((put("a"),)), InputFacts({}), {}, {})
    assert seen == [InputRow("a", None, "ignored", NOT_REACHED)]


def test_places_are_wanted_of_recordings_that_are_new_here_and_not_asked_about(put: Put) -> None:
    known, moved, asked, unread = put("known"), put("moved"), put("asked"), put("unread")
    media_ids = {known.path: "k", moved.path: "m", asked.path: "a"}
    intake = InputFacts(media_ids, {known.path}, {("a", AS_THE_RUN): "analysis"})
    assert intake.unasked(InputScan((known, moved, asked, unread))) == ["m"]
