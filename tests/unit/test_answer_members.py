"""Answers about several files in one message: which file a row is of, and that its times are that file's."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.answer.lines import read_lines
from tasks.answer.member_lines import name_lines
from tasks.answer.member_times import by_restart
from tasks.answer.parse import parse_answer
from tasks.answer.rows import written_time
from tasks.records import Event, ParsedAnswer, Span

LENGTHS = (5_000, 4_000, 3_000)


def read(text: str, lengths: tuple[int, ...] = LENGTHS, *needed: str) -> ParsedAnswer:
    span = Span(0, sum(lengths))
    return parse_answer(text, "video", "sections", span, "stop", needed or ("storyline",), lengths)


def events(parsed: ParsedAnswer) -> list[tuple[int | None, int | None, int | None]]:
    return [(event.member_seq, event.start_ms, event.end_ms) for event in parsed.storyline or ()]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "### File {n}",
            "# File {n}",
            "**File {n}:**",
            "File {n}",
            "--- File {n} ---",
            "[File {n}]",
            "### Video {n}:",
        ),
        *(
            "File {n} (a long walk.mp4):",
            "## File #{n} - at night",
            "第{n}个视频：",
            "视频{n}",
            "**Clip {n}**",
            "Datei {n}:",
        ),
        *("ファイル{n}", "Файл {n}", "Archivo {n}", "file_{n}", "الملف {n}", "파일 {n}", "Image No. {n}"),
    ],
)
def test_a_name_on_a_line_of_its_own_holds_for_the_lines_below(name: str) -> None:
    parts = [f"{name.format(n=n)}\n{written_time(0, length)}\nEvent {n}." for n, length in enumerate(LENGTHS, 1)]
    parsed = read("## Storyline\n" + "\n".join(parts))
    assert (parsed.outcome, parsed.reason) == ("ok", "")
    assert events(parsed) == [(1, 0, 5000), (2, 0, 4000), (3, 0, 3000)]


@pytest.mark.parametrize(
    "line",
    [
        *("File {n}, {t}: Event.", "[File {n}] {t} Event.", "[File {n}, {t}] Event.", "**File {n} | {t}** Event."),
        *("{t} (File {n}) Event.", "{t} [File {n}]: Event.", "{t} | File {n} | Event.", "- File {n} @ {t}: Event."),
        *("File {n}: {t} - Event.", "(Video {n}) {t} Event.", "视频{n}，{t}：Event."),
    ],
)
def test_a_name_beside_a_time_is_that_of_its_row(line: str) -> None:
    lines = [line.format(n=n, t=written_time(0, length)) for n, length in enumerate(LENGTHS, 1)]
    parsed = read("## Storyline\n" + "\n".join(lines))
    assert (parsed.outcome, parsed.reason) == ("ok", "")
    assert [event.description for event in parsed.storyline or ()] == ["Event."] * 3
    assert events(parsed) == [(1, 0, 5000), (2, 0, 4000), (3, 0, 3000)]


@pytest.mark.parametrize(
    "sentence",
    [
        "File 2 shows a man.",
        "A sign reads “File 2”.",
        "He opens file 2: it is empty.",
        "File 9:",
        "Video 12 of the tape",
    ],
)
def test_a_sentence_with_a_name_in_it_names_no_file(sentence: str) -> None:
    parsed = read(f"## Storyline\n### File 1\n{written_time(0, 5000)}\n{sentence}\n")
    assert events(parsed) == [(1, 0, 5000)]
    assert (parsed.storyline or ())[0].description == sentence


def test_profiles_before_the_first_name_are_those_of_every_file() -> None:
    text = (
        "## Speakers and Transcript\nSpeaker profiles:\nde Vries - hoarse\n### File 1\n00:00 - 00:02\nde Vries: Ahoy.\n"
        "### File 2\n00:00 - 00:02\nde Vries: Again.\n"
    )
    parsed = read(text, LENGTHS, "transcript")
    assert [(u.member_seq, u.speaker, u.text) for u in parsed.transcript or ()] == [
        (1, "de Vries", "Ahoy."),
        (2, "de Vries", "Again."),
    ]
    assert [profile.speaker for profile in parsed.speakers or ()] == ["de Vries"]


def test_a_recording_that_is_one_file_has_no_members() -> None:
    parsed = read("## Storyline\n### File 1\n00:00 - 00:05\nA fire.\n### File 2\n00:05 - 00:12\nSmoke.\n", ())
    assert [event.member_seq for event in parsed.storyline or ()] == [None, None]


def test_rows_of_no_known_file_are_never_ok() -> None:
    parsed = read("## Storyline\n00:00 - 00:05 Rain.\n00:00 - 00:03 Snow.\n")
    assert (parsed.outcome, parsed.reason) == ("partial", "which file is not said: storyline")
    assert [event.member_seq for event in parsed.storyline or ()] == [None, None]


def test_a_heading_ends_what_a_name_below_another_holds_for() -> None:
    text = "## Storyline\n### File 2\nRain.\n## Mood\nCalm.\n"
    assert [line.member for line in name_lines(parsed_lines(text), 2).lines if line.text] == [None, 2, None, None]


def parsed_lines(text: str) -> list:  # type: ignore[type-arg]

    return read_lines(text)


lengths_of_files = st.lists(st.integers(2_000, 60_000), min_size=2, max_size=6).map(tuple)


@given(lengths_of_files, st.data())
def test_every_row_of_a_named_file_is_given_it(lengths: tuple[int, ...], data: st.DataObject) -> None:
    cuts = [data.draw(st.integers(500, length - 500)) for length in lengths]
    text = "## Storyline\n" + "".join(
        f"### File {n}\n{written_time(0, cut)}\nFirst.\n{written_time(cut, length)}\nSecond.\n"
        for n, (cut, length) in enumerate(zip(cuts, lengths, strict=True), 1)
    )
    expected = [
        row for n, (cut, end) in enumerate(zip(cuts, lengths, strict=True), 1) for row in ((n, 0, cut), (n, cut, end))
    ]
    parsed = read(text, lengths)
    assert (parsed.outcome, events(parsed)) == ("ok", expected)


@given(lengths_of_files)
def test_times_that_start_again_tell_the_files_apart(lengths: tuple[int, ...]) -> None:
    rows = [Event(0, length, "", "model") for length in lengths]
    placed = by_restart(rows, lengths) or ()
    assert [(row.member_seq, row.end_ms) for row in placed] == list(enumerate(lengths, 1))


@given(lengths_of_files)
def test_times_that_go_on_over_the_files_become_each_files_own(lengths: tuple[int, ...]) -> None:
    ends = list(accumulate(lengths))
    rows = [Event(end - length, end, "", "model") for end, length in zip(ends, lengths, strict=True)]
    placed = by_restart(rows, lengths) or ()
    assert [(row.member_seq, row.start_ms, row.end_ms) for row in placed] == [
        (n, 0, length) for n, length in enumerate(lengths, 1)
    ]


def test_texts_that_show_together_are_of_one_file() -> None:
    rows = [Event(0, 2_000, "", "model"), Event(0, 2_000, "", "model"), Event(0, 1_000, "", "model")]
    placed = by_restart(rows, (3_000, 3_000), shared=True) or ()
    assert [row.member_seq for row in placed] == [1, 1, 2]


@given(st.text(max_size=300), lengths_of_files)
def test_no_time_lies_outside_of_its_file(text: str, lengths: tuple[int, ...]) -> None:
    story = f"## Storyline\n### File 2\n0:00 - 9:59\n{text}\n{text}\n1:00 - 2:00 (File 1) {text}\n"
    for event in read(story, lengths).storyline or ():
        if event.start_ms is not None and event.end_ms is not None:
            longest = max(lengths) if event.member_seq is None else lengths[event.member_seq - 1]
            assert 0 <= event.start_ms <= event.end_ms <= longest
