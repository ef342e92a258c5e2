"""Times: the contract's form out, every form seen in answers in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.answer.times import bracketed_range, leading_time, parse_range, parse_stamp
from tasks.timecode import format_ms


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "00:00.000"),
        (12_680, "00:12.680"),
        (59_999, "00:59.999"),
        (4_503_250, "75:03.250"),
        (-1500, "-00:01.500"),
    ],
)
def test_milliseconds_are_written_in_the_contracts_form(ms: int, text: str) -> None:
    assert format_ms(ms) == text


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("00:12.680", 12_680),
        ("0:05", 5_000),
        ("75:03.250", 4_503_250),
        ("00:12.68", 12_680),
        ("00:12.5", 12_500),
        ("00:12.123456", 12_123),
        ("01:02:03", 3_723_000),
        ("00:00:12,680", 12_680),
        ("00:00:12.680", 12_680),
        ("00:00:12:680", 12_680),
        ("00:12:680", 12_680),
        ("12.3s", 12_300),
        ("12 seconds", 12_000),
        ("1m 5s", 65_000),
        ("1h2m3.5s", 3_723_500),
        ("1分5秒", 65_000),
        ("[00:12.680]", 12_680),
        ("**00:12**", 12_000),
        ("00：12", 12_000),
        ("٠٠:١٢", 12_000),
    ],
)
def test_a_time_stamp_is_read_in_every_form_seen(text: str, ms: int) -> None:
    assert parse_stamp(text) == ms


@pytest.mark.parametrize(
    "text", ["", "soon", "12", "12.3", "3:2", "1:2:3:4:5", "5 seconds later", "12:30pm", "00:00:123:4", "9" * 5000]
)
def test_what_is_no_time_stamp_gives_none(text: str) -> None:
    assert parse_stamp(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "00:12.680 - 00:16.960",
        "00:12.680 – 00:16.960",
        "00:12.680 — 00:16.960",
        "00:12.680-00:16.960",
        "00:12.680 ~ 00:16.960",
        "00:12.680 to 00:16.960",
        "00:12.680 → 00:16.960",
        "00:12.680至00:16.960",
        "**00:12.680 – 00:16.960**",
        "`00:12.680 - 00:16.960`",
        "[00:00:12,680 --> 00:00:16,960]",
        "[00:00:12,680 --> 00:00:16,960] :",
        "[00:12.680] - [00:16.960]",
        "00:00:12:680 - 00:00:16:960",
        "(12.68s - 16.96s)",
        "12.68s-16.96s",
        "12.68 - 16.96 s",
        "12.68 - 16.96",
        "[12.68 - 16.96]",
        "- 00:12.680 - 00:16.960",
        "* **00:12.680 - 00:16.960**:",
        "3. 00:12.680 - 00:16.960",
        "### 00:12.680 - 00:16.960",
        "Time: 00:12.680 - 00:16.960",
        "**Time:** 00:12.680 - 00:16.960",
        "时间：00:12.680 - 00:16.960",
        "From 00:12.680 to 00:16.960",
        "【00:12.680～00:16.960】",
    ],
)
def test_a_range_is_read_in_every_form_seen(text: str) -> None:
    assert parse_range(text) == (12_680, 16_960)


def test_a_range_written_backwards_is_returned_as_written() -> None:
    assert parse_range("00:09 - 00:02") == (9_000, 2_000)


@pytest.mark.parametrize("text", ["1 - 2", "3:2 - 4:2", "1.5 - 2.5 million people", "2024-2025", "a - b", "00:05"])
def test_numbers_that_are_no_times_make_no_range(text: str) -> None:
    assert parse_range(text) is None


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("00:00 - 00:05 A man walks.", "A man walks."),
        ("**00:00 – 00:05**: A man walks.", "A man walks."),
        ("**00:00 – 00:05:** A man walks.", "A man walks."),
        ("**00:00 – 00:05: A man walks.**", "A man walks."),
        ("[00:00:00,000 --> 00:00:05,000] : A man walks.", "A man walks."),
        ("[00:00 - 00:05] – A man walks.", "A man walks."),
        ("00:00 - 00:05 | A man walks.", "A man walks."),
        ("00:00 - 00:05 *laughs*", "*laughs*"),
        ("00:00 - 00:05 (laughs)", "(laughs)"),
        ("00:00 - 00:05 - one", "one"),
        ("00:00 - 00:05 -10 degrees", "-10 degrees"),
        ("[00:00 - 00:05] market stalls open.", "market stalls open."),
    ],
)
def test_the_rest_of_the_line_follows_the_range(line: str, rest: str) -> None:
    mark = leading_time(line)
    assert mark is not None
    assert (mark.start_ms, mark.end_ms, mark.rest) == (0, 5_000, rest)


@pytest.mark.parametrize(
    ("line", "enclosed"), [("[00:12] Hello", True), ("**00:12** Hello", True), ("00:12", True), ("00:12 Hello", False)]
)
def test_a_single_stamp_is_a_point_and_says_how_sure_it_is(line: str, enclosed: bool) -> None:
    mark = leading_time(line)
    assert mark is not None
    assert (mark.start_ms, mark.end_ms, mark.is_range, mark.enclosed) == (12_000, 12_000, False, enclosed)


def test_a_range_in_brackets_is_found_inside_a_line() -> None:
    mark = bracketed_range("“EXIT” (00:01 - 00:05): green sign (lit)")
    assert mark is not None
    assert (mark.start_ms, mark.end_ms, mark.rest) == (1_000, 5_000, "“EXIT”: green sign (lit)")


@settings(deadline=None)
@given(st.integers(0, 9999 * 60_000 - 1))
def test_reading_inverts_writing(ms: int) -> None:
    assert parse_stamp(format_ms(ms)) == ms


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("0123456789:.,- >[]()*smh秒分～\n٣x"), max_size=60) | st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    stamp, span = parse_stamp(text), parse_range(text)
    assert stamp is None or stamp >= 0
    assert span is None or min(span) >= 0
    bracketed_range(text)
