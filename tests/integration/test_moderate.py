"""moderate on the command line: two passes, four outcomes, nothing asked twice, and no rows that look clean."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.asking import ask_values as ask
from tests.support.cli import Ran, Started, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.moderating import Bench, two_films
from tests.support.service import DOCUMENTED, Fault, HttpError, Received, Stall

REFUSED = DOCUMENTED["data_inspection_failed"]
BUSY = HttpError(500, "internal_error", "Out of order.", {"x-should-retry": "false"})  # given up at once, may pass
OUTCOMES = ["clear", "flagged", "indeterminate", "blocked"]


@pytest.fixture
def bench(session_env: dict[str, str], tmp_path: Path) -> Iterator[Bench]:
    """A film of 4 s that the quick pass flags, and one of 2 s in which there is nothing."""
    with two_films(session_env, tmp_path) as bench:
        yield bench


@pytest.fixture(scope="module")
def moderated(session_env: dict[str, str], media: Path) -> Iterator[tuple[Bench, Ran]]:
    """Both films after their moderation, to be looked at."""
    with two_films(session_env, media) as bench:
        yield bench, bench.moderate(".", "--json")


def counts(outcomes: dict[str, int]) -> list[int]:
    return [outcomes[name] for name in OUTCOMES]


def test_a_close_look_is_taken_only_at_what_a_cheap_one_flags(moderated: tuple[Bench, Ran]) -> None:
    bench, ran = moderated
    assert ran.status == 0, ran.err
    assert sorted(bench.passes) == ["fine", "quick", "quick"]
    assert counts(ran.json["outcomes"]) == [1, 1, 0, 0]
    [found] = ran.json["findings"]
    assert {name: found[name] for name in ("uri", "start_ms", "end_ms", "label", "severity", "confidence")} == {
        "uri": "./flagged.mp4",
        "start_ms": 1000,
        "end_ms": 2000,
        "label": "violence.graphic",
        "severity": 5,
        "confidence": 80,
    }
    assert (found["source"], found["action"]) == ("model", "review")
    assert ran.json["recordings"]["ok"] == 2
    assert [ran.json["passes"][name]["requests"] for name in ("quick", "fine")] == [2, 1]
    assert ran.json["fine_everywhere"]["requests"] == 2


def test_rows_tell_verdicts_findings_and_the_policy(moderated: tuple[Bench, Ran]) -> None:
    bench, _ = moderated
    assert ask(bench.dataset, "SELECT outcome, action, passes FROM verdicts WHERE segment_id IS NULL ORDER BY 1") == [
        ("clear", "allow", "both"),
        ("flagged", "review", "both"),
    ]
    held = ask(bench.dataset, "SELECT label, severity FROM held_findings")
    assert held == [("violence.graphic", 5)], "the quick pass's finding was judged again"
    assert ask(bench.dataset, "SELECT label, severity FROM findings ORDER BY 1") == [
        ("violence", None),
        ("violence.graphic", 5),
    ]
    [(config,)] = ask(bench.dataset, "SELECT config_json FROM runs")
    assert json.loads(config)["moderation"]["policy"]["labels"][0]["id"] == "violence"
    unseen = ask(bench.dataset, "SELECT reason FROM gaps WHERE lacking <> 'transcribed'")
    assert unseen == [], "a second pass leaves out what the first has no question about"


def test_a_second_run_asks_only_what_is_new(moderated: tuple[Bench, Ran], tmp_path: Path) -> None:
    bench = moderated[0].copy_in(tmp_path)
    make_video(bench.folder, "new.mp4", seconds=3, size="96x96")
    asked = len(bench.service.requests)
    ran = bench.moderate(".", "--json")
    assert len(bench.service.requests) - asked == 1
    assert counts(ran.json["outcomes"]) == [2, 1, 0, 0]
    assert ran.json["recordings"] | {"failed": 0} == ran.json["recordings"]
    assert (ran.json["recordings"]["new"], ran.json["recordings"]["skipped"]) == (1, 2)


def test_a_run_that_sees_nothing_warns(moderated: tuple[Bench, Ran], tmp_path: Path) -> None:
    """Also where earlier runs have judged something: a mount that is gone shows."""
    bench = moderated[0].copy_in(tmp_path)
    (bench.folder / "unmounted").mkdir()
    ran = bench.moderate("unmounted", "--pass", "quick", "--json")
    assert ran.status == 0
    assert "No recording was seen: is the input right, and mounted?" in ran.json["warnings"]


@pytest.mark.long
def test_a_quick_pass_alone_says_no_more_than_it_saw(bench: Bench) -> None:
    ran = bench.moderate("flagged.mp4", "--pass", "quick", "--json")
    [found] = ran.json["findings"]
    assert (found["label"], found["severity"], found["action"]) == ("violence", None, "review")
    both = bench.moderate("flagged.mp4", "--json")
    assert bench.passes == ["quick", "fine"], "the first pass is taken over"
    assert [found["severity"] for found in both.json["findings"]] == [5]


@pytest.mark.long
def test_findings_fail_a_run_only_where_that_is_wanted(bench: Bench) -> None:
    assert bench.moderate(".", "--fail-on", "review").status == 4
    assert bench.moderate(".", "--fail-on", "review").status == 4, "also where all of it is known"
    assert bench.moderate(".", "--fail-on", "reject").status == 0


def test_what_nobody_could_read_is_never_clear(bench: Bench) -> None:
    """Neither an answer, whether it has words or sections of another question, nor a file; what is clear stays so."""
    bench.moderator.quick = bench.moderator.fine = {2.0: "I could not make it out.", 3.0: "## Storyline\nNothing."}
    make_video(bench.folder, "other.mp4", seconds=3, size="96x96")
    (bench.folder / "broken.mp4").write_text("this is no film")
    ran = bench.moderate("clear.mp4", "other.mp4", "broken.mp4", "flagged.mp4", "--json")
    outcomes = ask(bench.dataset, "SELECT uri, outcome FROM current_verdicts ORDER BY uri")
    assert outcomes == [("clear.mp4", "indeterminate"), ("flagged.mp4", "clear"), ("other.mp4", "indeterminate")]
    assert (counts(ran.json["outcomes"]), ran.status) == ([1, 0, 3, 0], 1)


def test_a_refusal_is_confirmed_narrowed_down_and_goes_to_review(bench: Bench) -> None:
    make_audio(bench.folder, "hour.wav", seconds=240, rate=8000, channels=1)

    asked: list[int] = []

    def refuse(request: Received) -> Fault | None:
        """Of two halves the first is refused; the whole as often as it is asked about, silence never."""
        seconds = round(request.seen[0].duration_ms / 1000)
        asked.append(seconds)
        return REFUSED if seconds == 240 or (seconds > 2 and asked.count(seconds) == 1) else None

    bench.service.decide = refuse
    ran = bench.moderate("hour.wav", "--pass", "quick", "--json")
    assert counts(ran.json["outcomes"]) == [0, 0, 0, 1]
    [found] = ran.json["findings"]
    assert (found["source"], found["severity"], found["action"]) == ("provider_block", None, "review")
    assert (found["start_ms"], found["end_ms"]) == (0, 30_000)
    assert asked == [240, 240, 2, 120, 120, 60, 60, 30, 30]
    assert ask(bench.dataset, "SELECT start_ms, end_ms, cut_reason, outcome FROM segments ORDER BY 1") == [
        (0, 30_000, "refused", "refused"),
        (30_000, 60_000, "refused", "ok"),
        (60_000, 120_000, "refused", "ok"),
        (120_000, 240_000, "refused", "ok"),
    ]
    assert ask(bench.dataset, "SELECT count(*) FROM calls") == [(len(asked),)]


@pytest.mark.long
def test_no_question_about_a_refusal_is_lost_by_a_kill(bench: Bench) -> None:
    """The one about silence is none of a segment's, and yet it was paid for."""
    make_audio(bench.folder, "hour.wav", seconds=60, rate=8000, channels=1)
    stalled = threading.Event()

    def refuse(request: Received) -> Fault | None:
        seconds = round(request.seen[0].duration_ms / 1000)
        return REFUSED if seconds == 60 else Stall(0, stalled) if seconds == 30 else None

    bench.service.decide = refuse
    words = ("moderate", "hour.wav", "--pass", "quick", "--dataset", "dataset", "--settle", 0)
    killed = Started(*words, env=bench.env, folder=bench.folder, cwd=bench.folder)
    assert bench.service.wait_for_requests(4, within_s=60), "twice the whole, silence, and a half"
    killed.signal(signal.SIGKILL)
    killed.wait()
    stalled.set()
    bench.service.decide = None
    assert bench.moderate("hour.wav", "--pass", "quick").status == 0, "both halves answer now"
    assert ask(bench.dataset, "SELECT count(*) FROM calls") == [(len(bench.service.requests) - 1,)]


def test_a_question_that_is_refused_itself_stops_the_run(bench: Bench) -> None:
    bench.service.decide = lambda request: REFUSED
    ran = bench.moderate("clear.mp4")
    assert ran.status == 3
    assert "refuses the question itself" in ran.complaint
    assert len(bench.service.requests) == 3, "the question, its confirmation, and the one about silence"
    assert ask(bench.dataset, "SELECT count(*) FROM calls") == [(3,)]


def test_a_model_that_cannot_judge_finds_listed_words_only(env: dict[str, str], tmp_path: Path) -> None:
    make_video(tmp_path, "film.mp4", seconds=2, size="320x240")
    (tmp_path / "words.txt").write_text("[hate]\nnobody says this\n")
    words = ("moderate", "film.mp4", "--provider", "local", "--dataset", "dataset", "--words", "words.txt", "--json")
    ran = reelsheet(*words, env=env, cwd=tmp_path)
    assert counts(ran.json["outcomes"]) == [0, 0, 1, 0]
    assert "cannot judge" in ran.json["warnings"][-1]


@pytest.mark.long
def test_listed_words_are_found_in_transcripts_that_are_there(bench: Bench) -> None:
    (bench.folder / "words.txt").write_text("[hate.slur]\nthis lasts\n")
    assert bench.moderate("clear.mp4", "--words", "words.txt", "--json").json["warnings"][-1].startswith("Listed words")
    words = ("analyze", "flagged.mp4", "--dataset", "dataset")
    assert reelsheet(*words, env=bench.env, cwd=bench.folder).status == 0
    ran = bench.moderate("flagged.mp4", "--words", "words.txt", "--json")
    assert [(one["label"], one["source"]) for one in ran.json["findings"]] == [
        ("violence.graphic", "model"),
        ("hate.slur", "word_list"),
    ]


@pytest.mark.long
def test_retry_asks_again_what_failed_and_judges_anew(bench: Bench) -> None:
    bench.service.decide = lambda request: BUSY if "Severity:" in str(request.body) else None
    assert counts(bench.moderate("flagged.mp4", "--json").json["outcomes"]) == [0, 1, 0, 0], "by the first pass alone"
    bench.service.decide = None
    again = reelsheet("retry", "--dataset", bench.dataset, "--json", env=bench.env)
    [run] = again.json["runs"]
    assert (again.status, bench.passes[-1]) == (0, "fine")
    assert [(one["label"], one["severity"]) for one in run["findings"]] == [("violence.graphic", 5)]
    assert ask(bench.dataset, "SELECT outcome, action FROM current_verdicts") == [("flagged", "review")]


@pytest.mark.long
def test_retry_asks_again_about_the_refused_part_alone(bench: Bench) -> None:
    make_audio(bench.folder, "hour.wav", seconds=120, rate=8000, channels=1)
    refused: list[int] = []

    def refuse(request: Received) -> Fault | None:
        """The whole, and the first of two halves each time."""
        seconds = round(request.seen[0].duration_ms / 1000)
        refused.append(seconds)
        return REFUSED if seconds == 120 or (seconds > 2 and refused.count(seconds) == 1) else None

    bench.service.decide = refuse
    assert bench.moderate("hour.wav", "--pass", "quick").status == 1
    assert ask(bench.dataset, "SELECT outcome FROM current_verdicts") == [("blocked",)]
    bench.service.decide, asked = None, len(bench.service.requests)
    again = reelsheet("retry", "--outcome", "refused", "--dataset", bench.dataset, env=bench.env)
    assert (again.status, len(bench.service.requests) - asked) == (0, 1)
    assert ask(bench.dataset, "SELECT outcome FROM current_verdicts") == [("clear",)]
