"""The ready views: what they show of several attempts, runs and recordings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tasks.errors import UsageError
from tasks.maintenance.decisions import accept
from tasks.store.commit import publish_run
from tasks.store.dataset import Dataset
from tasks.tables.views import VIEWS, View
from tests.support.asking import ask, ask_each
from tests.support.dataset_rows import MEDIA, START, attempt_rows, row, run, segment_id
from tests.support.publishing import publish_analysis

# --- ready views -------------------------------------------------------------------------------------------------


def test_current_rows_are_those_of_the_newest_attempt(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", 1, text="old"), run())
    publish_analysis(dataset, attempt_rows("aa", 2, text="new", completed_at=START + timedelta(hours=1)), run())
    assert ask(dataset, "SELECT DISTINCT text FROM current_transcript") == [{"text": "new"}]
    assert ask(dataset, "SELECT count(*) AS n FROM transcript") == [{"n": 4}]


def test_of_two_attempts_the_number_counts_also_where_the_clock_was_set_back(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", 1, text="old"), run())
    publish_analysis(dataset, attempt_rows("aa", 2, text="new", completed_at=START - timedelta(hours=1)), run())
    assert ask(dataset, "SELECT DISTINCT text FROM current_transcript") == [{"text": "new"}]


@pytest.mark.parametrize(("outcomes", "outcome"), [(("ok", "skipped"), "partial"), (("failed", "failed"), "failed")])
def test_an_attempt_with_gaps_does_not_hide_a_complete_one(
    dataset: Dataset, outcomes: tuple[str, ...], outcome: str
) -> None:
    publish_analysis(dataset, attempt_rows("aa"), run())
    later = attempt_rows("bb", outcomes=outcomes, outcome=outcome, completed_at=START + timedelta(days=1))
    publish_analysis(dataset, later, run())
    assert ask(dataset, "SELECT analysis_id FROM current_analyses") == [{"analysis_id": "aa"}]


def test_an_attempt_with_gaps_counts_where_there_is_no_other(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", outcomes=("failed",), outcome="failed"), run())
    publish_analysis(dataset, attempt_rows("bb", outcomes=("ok", "skipped"), outcome="partial"), run())
    assert ask(dataset, "SELECT analysis_id FROM current_analyses") == [{"analysis_id": "bb"}]


def test_each_scenario_and_each_recording_has_its_own_current_rows(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", scenario="quick"), run())
    publish_analysis(dataset, attempt_rows("bb", scenario="fine"), run())
    publish_analysis(dataset, attempt_rows("cc", media_id="cd" * 32), run())
    answer = ask(dataset, "SELECT DISTINCT analysis_id FROM current_storyline ORDER BY 1")
    assert [r["analysis_id"] for r in answer] == ["aa", "bb", "cc"]


def test_the_timeline_tells_what_happens_in_order(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", text="hi"), run())
    answer = ask(dataset, "SELECT start_ms, kind, speaker, text FROM timeline")
    assert [tuple(r.values()) for r in answer] == [
        (0, "event", None, "hi 0"),
        (0, "text", None, "EXIT"),
        (0, "utterance", "Ann", "hi"),
        (60_000, "event", None, "hi 1"),
        (60_000, "text", None, "EXIT"),
        (60_000, "utterance", "Ann", "hi"),
    ]


def test_coverage_counts_the_segments_of_each_recording(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", outcomes=("ok", "refused", "skipped"), outcome="partial"), run())
    answer = ask(dataset, "SELECT uri, outcome, segments, segments_ok, segments_unanswered, duration_ms FROM coverage")
    assert [tuple(r.values()) for r in answer] == [("abab.mp4", "partial", 3, 1, 1, 120_000)]


def test_cost_by_day_adds_up_every_attempt_and_counts_what_has_no_price(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", 1), run())
    second = attempt_rows("aa", 2)
    second["calls"][0]["cost_nano"] = None
    publish_analysis(dataset, second, run())
    assert ask(dataset, "SELECT * FROM cost_by_day") == [
        {
            "day": "2026-11-22",
            "provider": "local",
            "model": "m",
            "currency": "CNY",
            "requests": 4,
            "input_tokens": 468,
            "output_tokens": 80,
            "cost": 0.0045,
            "requests_without_cost": 1,
        }
    ]


def test_a_failed_segment_is_open_until_a_later_attempt_answers_it(dataset: Dataset) -> None:
    failure = row("failures", uri="x.mp4", media_id=MEDIA, segment_id=segment_id("aa", 1), stage="ask")
    publish_analysis(dataset, attempt_rows("aa", 1, ("ok", "failed")) | {"failures": [failure]}, run())
    assert [r["stage"] for r in ask(dataset, "SELECT * FROM open_failures")] == ["ask"]
    publish_analysis(dataset, attempt_rows("aa", 2), run())
    assert ask(dataset, "SELECT * FROM open_failures") == []


@pytest.mark.parametrize("outcome", ["malformed", "refused", "truncated", "partial", "failed", "skipped"])
def test_every_segment_that_is_not_ok_is_open(dataset: Dataset, outcome: str) -> None:
    publish_analysis(dataset, attempt_rows("aa", 1, ("ok", outcome), outcome="partial"), run())
    found = ask(dataset, "SELECT uri, segment_id, analysis_id, start_ms, outcome FROM open_failures")
    assert [tuple(r.values()) for r in found] == [("abab.mp4", segment_id("aa", 1), "aa", 60_000, outcome)]
    publish_analysis(dataset, attempt_rows("aa", 2), run())
    assert ask(dataset, "FROM open_failures") == []


def test_an_open_segment_is_mended_by_a_whole_analysis_of_its_line(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", 1, ("malformed",), outcome="failed"), run())
    publish_analysis(dataset, attempt_rows("bb", model="another"), run())
    assert len(ask(dataset, "FROM open_failures")) == 1
    publish_analysis(dataset, attempt_rows("cc"), run())
    assert ask(dataset, "FROM open_failures") == []


def test_what_is_accepted_is_open_no_longer_until_it_fails_anew(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", 1, ("refused", "malformed"), outcome="failed"), run())
    later = START + timedelta(hours=1)
    done = accept(dataset, "abab" * 2, "nobody can read it", run("d", later))
    assert [(d["segment_id"], d["reason"]) for d in done] == [
        (segment_id("aa", seq), "nobody can read it") for seq in (0, 1)
    ]
    assert ask(dataset, "FROM open_failures") == []
    again = later + timedelta(hours=1)
    publish_analysis(dataset, attempt_rows("aa", 2, ("refused", "ok"), outcome="partial", completed_at=again), run())
    assert len(ask(dataset, "FROM open_failures")) == 1


@pytest.mark.parametrize("name", ["zzzzzzzz", "ab"])
def test_accept_wants_something_that_is_open(dataset: Dataset, name: str) -> None:
    publish_analysis(dataset, attempt_rows("aa", 1, ("refused",), outcome="refused"), run())
    with pytest.raises(UsageError, match="FROM open_failures"):
        accept(dataset, name, "why", run())


@pytest.mark.parametrize("ends", [("ok", "ok"), ("ok", "failed")])
def test_a_failed_segment_that_was_halved_since_is_open_only_as_its_failed_half(
    dataset: Dataset, ends: tuple[str, str]
) -> None:
    whole = row("failures", uri="x.mp4", media_id=MEDIA, segment_id="whole", stage="ask")
    first = attempt_rows("aa", 1, ("failed",), outcome="failed") | {"failures": [whole]}
    first["segments"][0]["segment_id"] = "whole"
    publish_analysis(dataset, first, run())
    second = attempt_rows("aa", 2, ends, outcome="partial")
    second["failures"] = [
        row("failures", uri="x.mp4", media_id=MEDIA, segment_id=half["segment_id"], stage="ask")
        for half in second["segments"]
        if half["outcome"] == "failed"
    ]
    publish_analysis(dataset, second, run())
    found = ask(dataset, "SELECT segment_id FROM open_failures")
    assert found == [{"segment_id": f["segment_id"]} for f in second["failures"]]


Answers = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def around_an_instant(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answers, Answers]:
    """What each view shows before two attempts are published, and when all of them is there but their analyses."""
    dataset = Dataset.open(tmp_path_factory.mktemp("instant"))
    failure = row("failures", uri="x.mp4", media_id=MEDIA, segment_id=segment_id("aa", 1), stage="ask")
    publish_analysis(
        dataset, attempt_rows("aa", 1, ("ok", "failed"), outcome="partial") | {"failures": [failure]}, run()
    )
    calls = [view.call for view in VIEWS]
    before = ask_each(dataset, calls)
    other = row("failures", uri="y.mp4", media_id="cd" * 32, segment_id=segment_id("bb", 1), stage="ask")
    publish_analysis(dataset, attempt_rows("aa", 2), run())
    second = attempt_rows("bb", 1, ("ok", "failed"), outcome="partial", media_id="cd" * 32) | {"failures": [other]}
    publish_analysis(dataset, second, run())
    for file in dataset.files("analyses"):
        if file.stem != "aa-1":
            file.unlink()  # as in the instant before a commit's last file is there
    return before, ask_each(dataset, calls)


@pytest.mark.parametrize("view", [view for view in VIEWS if view.name != "cost_by_day"], ids=lambda view: view.name)
def test_views_show_no_attempt_before_its_analysis(around_an_instant: tuple[Answers, Answers], view: View) -> None:
    before, after = around_an_instant
    assert after[view.call] == before[view.call]


def test_talk_time_adds_up_what_each_speaker_says(dataset: Dataset) -> None:
    rows = attempt_rows("aa", outcomes=("ok",) * 4)
    said = (("Ann", 0, 3000), ("Bo", 3000, 4000), ("Ann", 5000, 6000), ("", None, None))
    for utterance, (speaker, start, end) in zip(rows["transcript"], said, strict=True):
        utterance.update(speaker=speaker, start_ms=start, end_ms=end)
    publish_analysis(dataset, rows, run())
    answer = ask(dataset, "SELECT uri, speaker, talk_ms, share, utterances, first_ms, last_ms FROM talk_time")
    assert [tuple(r.values()) for r in answer] == [
        ("abab.mp4", "Ann", 4000, 0.8, 2, 0, 6000),
        ("abab.mp4", "Bo", 1000, 0.2, 1, 3000, 4000),
        ("abab.mp4", "", 0, 0.0, 1, None, None),
    ]


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("I want a refund today", "'refund', 2", [("want a ", "refund", " today")]),
        ("I want a refund today", "'refund', n := 0", [("", "refund", "")]),
        ("Refunds, please: no refund.", "'REFUND', 1", [("", "Refunds", ", please:"), ("no ", "refund", ".")]),
        ("we say (so): 100% C++!", "'c++'", [("we say (so): 100% ", "C++", "!")]),
        ("我想要退款，谢谢", "'退款', 2", [("想要", "退款", "，谢谢")]),
        ("nothing", "''", []),
    ],
)
def test_around_shows_the_words_before_and_after_a_match(
    dataset: Dataset, text: str, asked: str, found: list[tuple[str, str, str]]
) -> None:
    publish_analysis(dataset, attempt_rows("aa", outcomes=("ok",), text=text), run())
    sql = f"SELECT uri, start_ms, speaker, before, hit, after FROM around({asked}) WHERE kind = 'utterance'"
    answer = ask(dataset, sql)
    assert [tuple(r.values()) for r in answer] == [("abab.mp4", 0, "Ann", *parts) for parts in found]


def test_around_says_where_a_word_was_found(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", outcomes=("ok",), text="the exit"), run())
    found = ask(dataset, "SELECT kind, before, hit, after FROM around('exit')")
    assert [tuple(r.values()) for r in found] == [
        ("event", "the ", "exit", " 0"),
        ("text", "", "EXIT", ""),
        ("utterance", "the ", "exit", ""),
    ]


def test_gaps_say_what_was_not_seen_heard_or_transcribed_and_why(dataset: Dataset) -> None:
    rows = attempt_rows("aa", outcomes=("ok", "refused", "partial", "ok"), outcome="partial")
    rows["media"][0].update(duration_ms=300_000, audio_codec="aac")
    for segment, sound in zip(rows["segments"], ("sent", "sent", "sent", "silent"), strict=True):
        segment.update(video_sent="sent", audio_sent=sound)
    rows["segments"][2]["reason"] = "speech_not_transcribed"
    lost = {segment_id("aa", seq) for seq in (1, 2, 3)}
    rows["transcript"] = [said for said in rows["transcript"] if said["segment_id"] not in lost]
    publish_analysis(dataset, rows, run())
    found = ask(dataset, "SELECT start_ms // 60000 AS minute, lacking, reason FROM gaps")
    assert [tuple(r.values()) for r in found] == [
        *((1, lacking, "refused") for lacking in ("heard", "seen", "transcribed")),
        (2, "transcribed", "partial: speech_not_transcribed"),
        (3, "heard", "sound silent"),
        (3, "transcribed", "sound silent"),
        *((4, lacking, "no segment covers it") for lacking in ("heard", "seen", "transcribed")),
    ]


def test_gaps_say_where_only_a_part_of_the_speech_has_words(dataset: Dataset) -> None:
    rows = attempt_rows("aa", outcomes=("partial",), outcome="partial")
    rows["media"][0].update(duration_ms=60_000, audio_codec="aac")
    rows["segments"][0].update(video_sent="sent", audio_sent="sent", reason="speech_not_transcribed")
    publish_analysis(dataset, rows, run())
    assert ask(dataset, "SELECT lacking, reason FROM gaps") == [
        {"lacking": "transcribed", "reason": "partial: speech_not_transcribed"}
    ]


@pytest.mark.parametrize(("reason", "left"), [("speech_not_transcribed", 0), ("missing: storyline", 1)])
def test_speech_is_mended_by_an_analysis_that_names_its_language(dataset: Dataset, reason: str, left: int) -> None:
    rows = attempt_rows("aa", outcomes=("partial",), outcome="partial", language="auto")
    rows["segments"][0]["reason"] = reason
    publish_analysis(dataset, rows, run())
    assert len(ask(dataset, "FROM open_failures")) == 1
    publish_analysis(dataset, attempt_rows("bb", outcomes=("ok",), language="en"), run("run-2"))
    assert len(ask(dataset, "FROM open_failures")) == left


def test_media_tags_are_as_the_newest_manifest_says(dataset: Dataset) -> None:
    rows = attempt_rows("aa")
    rows["media"][0]["tags_json"] = '{"title":"Old","artist":"Ann"}'
    publish_analysis(dataset, rows, run())
    for number, tags in enumerate(('{"title":"New"}', '{"title":"Newer","a \\"b\\"":[1,2]}')):
        told = row("inputs", run_id=f"r{number}", media_id=MEDIA, status="known", options_json=f'{{"tags":{tags}}}')
        began = START + timedelta(days=number)
        runs = [row("runs", run_id=f"r{number}", started_at=began)]
        publish_run(dataset, {"runs": runs, "inputs": [told]}, run(f"r{number}", began))
    found = ask(dataset, "SELECT uri, tag, value FROM media_tags")
    assert [tuple(r.values()) for r in found] == [
        ("abab.mp4", 'a "b"', "[1,2]"),
        ("abab.mp4", "artist", "Ann"),
        ("abab.mp4", "title", "Newer"),
    ]


def test_an_unreadable_input_is_open_until_a_later_run_takes_it(dataset: Dataset) -> None:
    for number, status in enumerate(("failed", "failed", "new")):
        began = START + timedelta(days=number)
        rows: dict[str, Any] = {
            "runs": [row("runs", run_id=f"r{number}", started_at=began)],
            "inputs": [row("inputs", run_id=f"r{number}", uri="x.mp4", status=status)],
        }
        if status == "failed":
            later = began + timedelta(minutes=1)
            rows["failures"] = [row("failures", uri="x.mp4", stage="probe", occurred_at=later, attempts=number)]
        publish_run(dataset, rows, run(f"r{number}", began))
        newest = [r["attempts"] for r in ask(dataset, "SELECT * FROM open_failures")]
        assert newest == ([number] if status == "failed" else [])
