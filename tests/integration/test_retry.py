"""retry on the command line: what failed is asked again, what was answered is kept, and the old attempt stays."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.asking import ask_values as ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio
from tests.support.service import DOCUMENTED, FakeService, HttpError, Wait

Env = dict[str, str]

BUSY = HttpError(500, "internal_error", "Out of order.", {"x-should-retry": "false"})  # given up at once, may pass
REFUSED = (DOCUMENTED["data_inspection_failed"],) * 2  # a refusal is asked about twice
NOTHING = "There is nothing to ask again.\n"


def analyze(env: Env, folder: Path, *words: object) -> Ran:
    """Run in a folder, whose dataset is named relative to it, as everything else may be."""
    return reelsheet("analyze", "--dataset", "dataset", "--settle", 0, *words, env=env, cwd=folder)


def retry(env: Env, dataset: Path, *words: object, cwd: Path | None = None) -> Ran:
    return reelsheet("retry", "--dataset", dataset, *words, env=env, cwd=cwd)


def test_retry_asks_what_failed_and_keeps_what_was_answered(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    make_audio(tmp_path, "long.wav", seconds=150, rate=8000, channels=1)
    (tmp_path / "mine.md").write_text("---\nanswer: text\n---\nWhat is heard?\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    service.next(BUSY)
    assert analyze(env, tmp_path, "long.wav", "--scenario", "fine", "--prompt", "mine.md").status == 1
    [(before,)] = ask(dataset, "SELECT list(segment_id) FROM segments WHERE outcome = 'failed'")
    assert len(service.requests) == 3

    service.next(BUSY)
    again = retry(env, dataset, "--json", cwd=elsewhere)

    assert again.status == 1, again.err
    [told] = again.json["runs"]
    assert (told["requests"], told["segments"]["asked"], told["segments"]["failed"]) == (1, 1, 1)
    assert [failed["stage"] for failed in told["failures"]] == ["ask"]

    mended = retry(env, dataset, cwd=elsewhere)

    assert mended.status == 0, mended.err
    assert len(service.requests) == 5
    attempts = "SELECT a.attempt, a.outcome, round(coverage, 2), list(s.outcome ORDER BY s.outcome) FROM analyses AS a "
    assert ask(dataset, attempts + "JOIN segments AS s USING (analysis_id, attempt) GROUP BY ALL ORDER BY ALL") == [
        (1, "partial", 0.67, ["failed", "ok", "ok"]),
        (2, "partial", 0.67, ["failed", "ok", "ok"]),
        (3, "ok", 1.0, ["ok", "ok", "ok"]),
    ]
    assert ask(
        dataset, "SELECT DISTINCT attempt, analyses.prompt FROM current_segments JOIN analyses USING (attempt)"
    ) == [(3, "mine")]
    assert ask(dataset, "SELECT list(segment_id) FROM segments WHERE attempt = 3 AND attempts = 1") == [(before,)]
    assert ask(dataset, "SELECT attempt, count(*) FROM calls GROUP BY ALL ORDER BY ALL") == [(1, 3), (2, 1), (3, 1)]
    assert ask(dataset, "SELECT * FROM open_failures") == []
    assert ask(dataset, "SELECT DISTINCT uri FROM inputs") == [("long.wav",)]
    nothing = retry(env, dataset)
    assert (nothing.status, nothing.out) == (0, NOTHING)


@pytest.mark.long
def test_what_could_not_be_cut_is_cut_again_by_whoever_comes_next(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    make_audio(tmp_path, "long.wav", seconds=290, rate=8000, channels=1)
    (tmp_path / "work").mkdir()
    removed = threading.Event()
    service.next(Wait(until=removed))
    words = ("long.wav", "--scenario", "fine", "--concurrency", 1)
    with ThreadPoolExecutor(1) as thread:
        run = thread.submit(analyze, env, tmp_path, *words, "--workdir", "work")
        assert service.wait_for_requests(1, within_s=120)
        shutil.rmtree(tmp_path / "work")
        removed.set()
    assert run.result().status == 1
    outcomes = "SELECT list(outcome ORDER BY seq), bool_and(retryable) FILTER (outcome = 'failed') FROM segments "
    [(before, may_pass)] = ask(dataset, outcomes)
    assert ({*before}, before[-1], may_pass) == ({"ok", "failed"}, "failed", True)
    asked = len(service.requests)

    again = analyze(env, tmp_path, *words)

    assert again.status == 0, again.err
    assert len(service.requests) - asked == before.count("failed")
    assert ask(dataset, outcomes + "WHERE attempt = 2") == [(["ok"] * len(before), None)]


def test_what_is_not_ok_is_reported_until_it_is_accepted(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    make_audio(tmp_path, "call.wav", seconds=3)
    service.next(*REFUSED)
    first = analyze(env, tmp_path, "call.wav")
    command = f"reelsheet retry --outcome refused --dataset {dataset}"
    assert f"Ask again with `{command}`" in first.out
    assert ask(dataset, "SELECT outcome, count(*) FROM failures GROUP BY ALL") == [("refused", 1)]

    later = analyze(env, tmp_path, "call.wav", "--json")
    assert (later.status, later.json["requests"], later.json["retry"]) == (1, 0, command)
    [still] = later.json["open"]
    assert analyze(env, tmp_path, "call.wav", "--ignore-known").status == 0
    assert ask(dataset, "SELECT count(*) FROM failures") == [(1,)], "a row per attempt, not per run"

    words = ("accept", still["segment_id"], "--reason", "a film about surgery", "--dataset", dataset)
    assert reelsheet(*words, env=env).out == "1 failure accepted: a film about surgery\n"
    assert analyze(env, tmp_path, "call.wav").status == 0
    assert ask(dataset, "SELECT uri FROM open_failures") == []


@pytest.mark.long
def test_what_was_refused_is_asked_again_when_told_and_found_where_it_was_moved(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    make_audio(tmp_path, "call.wav", seconds=3)
    service.next(*REFUSED)
    assert analyze(env, tmp_path, "call.wav").status == 1
    (tmp_path / "moved").mkdir()
    (tmp_path / "call.wav").rename(tmp_path / "moved" / "call-1.wav")
    analyze(env, tmp_path, "moved")
    asked = len(service.requests)
    for words in ((), ("--outcome", "malformed"), ("--outcome", "refused", "--since", "2999-01-01")):
        nothing = retry(env, dataset, *words)
        assert (nothing.status, nothing.out) == (0, NOTHING)

    again = retry(env, dataset, "--outcome", "refused", "--since", "12h")

    assert again.status == 0, again.err
    assert len(service.requests) == asked + 1
    assert ask(dataset, "SELECT attempt, outcome FROM analyses ORDER BY attempt") == [(1, "refused"), (2, "ok")]
    assert ask(dataset, "SELECT count(*) FROM timeline WHERE attempt = 2")[0][0] > 0


@pytest.mark.long
def test_a_file_that_could_not_be_read_and_is_whole_now_is_tried_again_when_told(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    (tmp_path / "call.wav").write_text("half an upload")
    (tmp_path / "still.wav").write_text("half an upload, too")
    assert analyze(env, tmp_path, "call.wav", "still.wav").status == 1
    make_audio(tmp_path, "call.wav", seconds=3)
    assert retry(env, dataset).out == NOTHING  # it was not expected to mend itself

    again = retry(env, dataset, "--outcome", "failed", "--stage", "probe", "--json")

    assert again.status == 1, again.err
    [told] = again.json["runs"]
    assert [(failed["uri"], failed["stage"]) for failed in told["failures"]] == [("still.wav", "probe")]
    assert (told["recordings"]["ok"], told["recordings"]["failed"]) == (1, 1)
    assert ask(dataset, "SELECT uri, stage FROM open_failures") == [("still.wav", "probe")]
    assert ask(dataset, "SELECT uri, attempt, outcome FROM coverage") == [("call.wav", 1, "ok")]


@pytest.mark.long
def test_a_file_that_is_gone_or_another_one_now_is_a_failure_with_its_reason(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    for name, scenario in (("gone.wav", "fine"), ("other.wav", "standard")):
        make_audio(tmp_path, name, seconds=3)
        service.next(BUSY)
        analyze(env, tmp_path, name, "--scenario", scenario)
    (tmp_path / "gone.wav").unlink()
    make_audio(tmp_path, "longer.wav", seconds=4).replace(tmp_path / "other.wav")
    asked = len(service.requests)

    again = retry(env, dataset, "--json")

    assert again.status == 1, again.err
    gone, other = (run["failures"] for run in again.json["runs"])
    assert [(failed["uri"], failed["stage"], failed["error"]) for failed in gone] == [("gone.wav", "input", "NotFound")]
    assert gone[0]["message"].startswith("gone.wav is neither where it was nor where a later run saw it")
    assert [failed["uri"] for failed in other] == ["other.wav"]
    assert "is not what it was when it failed" in other[0]["message"]
    assert len(service.requests) == asked
    assert ask(dataset, "SELECT max(attempt) FROM analyses") == [(1,)]


@pytest.mark.long
def test_of_two_recordings_that_failed_under_one_name_the_one_that_is_not_there_any_more_stays_open(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    ids = []
    for seconds in (3, 4):
        service.next(BUSY)
        ids.append(sha256(make_audio(tmp_path, "a.wav", seconds=seconds).read_bytes()).hexdigest())
        analyze(env, tmp_path, "a.wav")
        (tmp_path / "a.wav").rename(tmp_path / f"{seconds}.wav")
    gone, there = ids
    (tmp_path / "4.wav").rename(tmp_path / "a.wav")

    again = retry(env, dataset, "--json")

    assert again.status == 1, again.err
    [told] = again.json["runs"]
    assert (told["recordings"]["ok"], told["recordings"]["failed"]) == (1, 1)
    assert [failed["uri"] for failed in told["failures"]] == ["a.wav"]
    assert "is not what it was when it failed" in told["failures"][0]["message"]
    assert ask(dataset, "SELECT DISTINCT media_id FROM open_failures") == [(gone,)]
    statuses = "SELECT media_id, status FROM inputs SEMI JOIN (SELECT max(run_id) AS run_id FROM runs) USING (run_id)"
    assert sorted(ask(dataset, statuses)) == sorted([(gone, "failed"), (there, "new")])


def test_a_wrong_word_is_answered_with_the_known_ones(session_env: Env, dataset: Path) -> None:
    ran = retry(session_env, dataset, "--outcome", "refusd")
    assert ran.status == 2
    assert ran.complaint == (
        'There is no outcome "refusd"; did you mean refused? '
        "Known: failed, malformed, partial, refused, skipped, truncated."
    )


def test_where_no_dataset_is_there_is_one_sentence(session_env: Env, dataset: Path) -> None:
    ran = retry(session_env, dataset, "--json")
    assert ran.status == 2
    assert ran.json == {"error": ran.complaint}
    assert not dataset.exists()


@pytest.mark.long
def test_a_run_whose_prompt_is_gone_does_not_keep_the_others_from_being_retried(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    for seconds, words in ((2, ()), (3, ("--prompt", "mine.md"))):
        make_audio(tmp_path, f"{seconds}.wav", seconds=seconds)
        (tmp_path / "mine.md").write_text("---\nanswer: text\n---\nWhat is heard?\n")
        service.next(BUSY)
        analyze(env, tmp_path, f"{seconds}.wav", *words)
    (tmp_path / "mine.md").unlink()

    again = retry(env, dataset, "--json")

    assert again.status == 2
    told = {run["error"] is None: run for run in again.json["runs"]}
    assert told[True]["recordings"]["ok"] == 1
    assert "mine.md" in told[False]["error"]


@pytest.mark.long
def test_a_file_that_goes_away_during_a_run_is_asked_about_once_it_is_back(
    env: Env, service: FakeService, tmp_path: Path, dataset: Path
) -> None:
    for seconds in (2, 3, 4):
        make_audio(tmp_path, f"{seconds}.wav", seconds=seconds)
    answered = threading.Event()
    service.next(Wait(until=answered))
    with ThreadPoolExecutor() as pool:
        run = pool.submit(analyze, env, tmp_path, "2.wav", "3.wav", "4.wav", "--concurrency", "1", "--json")
        assert service.wait_for_requests(1, within_s=120)
        (tmp_path / "4.wav").rename(tmp_path / "away")  # two are cut ahead of the question, no more
        answered.set()
        first = run.result()
    assert first.status == 1
    assert "bring it back" in first.json["failures"][0]["message"]
    (tmp_path / "away").rename(tmp_path / "4.wav")

    assert retry(env, dataset).status == 0
    assert ask(dataset, "SELECT DISTINCT outcome FROM current_segments") == [("ok",)]
    assert len(service.requests) == 3
