"""Repetition loops: what is one, what only looks like one, and what is left of it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tasks.answer import loops
from tasks.answer.loops import BLOCK_TIMES, LONGEST_UNIT, TIMED_ENTRIES, Loop, find_loops, without_loops
from tasks.answer.parse import parse_answer
from tasks.records import ParsedAnswer, Span
from tasks.timecode import format_ms

SPAN = Span(0, 120_000)


def stamp(second: float) -> str:
    return format_ms(round(second * 1000))


def utterances(words: list[str], seconds: float = 2.0) -> str:
    return "".join(
        f"{stamp(n * seconds)} - {stamp((n + 1) * seconds)}\nSpeaker: Ann\nState: calm\nContent: “{said}”\n\n"
        for n, said in enumerate(words)
    )


def subtitles(words: list[str]) -> str:
    return "".join(
        f"{n + 1}\n00:{n // 60:02d}:{n % 60:02d},000 --> 00:{(n + 1) // 60:02d}:{(n + 1) % 60:02d},000\n{said}\n\n"
        for n, said in enumerate(words)
    )


def events(described: list[str]) -> str:
    return "".join(f"{stamp(5 * n)} - {stamp(5 * (n + 1))}\n{text}\n\n" for n, text in enumerate(described))


def only(text: str) -> Loop:
    (loop,) = find_loops(text)
    return loop


# --- loops -------------------------------------------------------------------------------------------------------

LOOPS = {
    "a phrase": ("She says " + "I don't know, " * 200, "I don't know", 200),
    "a phrase in Chinese": ("开头是一段音乐。" + "我不知道。" * 80, "我不知道。", 80),
    "a phrase in Japanese, cut off": ("最初に" + "ありがとう。" * 50 + "ありが", "ありがとう。", 50),
    "a word": ("and " * 300, "and", 300),
    "a sign with a meaning": ("哈" * 500, "哈", 500),
    "a line": ("It rains.\n" + "And then it rains once more.\n" * 40, "And then it rains once more.", 40),
    "lyrics with growing times": (
        "\n".join(f"[00:01:{n:02d},000 --> 00:01:{n:02d},900] La la" for n in range(60)), "La la", 60
    ),
    "subtitles with counters": (subtitles(["Thank you."] * 150), "Thank you.", 150),
    "subtitles in Chinese": (subtitles(["请不吝点赞 订阅"] * 60), "请不吝点赞 订阅", 60),
    "utterances": (utterances(["Yes."] * 70), "Speaker: Ann State: calm Content: “Yes.”", 70),
    "two events in turn": (
        events(["He turns left.", "He turns right."] * 50), "He turns left. He turns right.", 50
    ),
    "a numbered list": ("".join(f"{n}. A man walks by.\n" for n in range(1, 200)), "A man walks by.", 199),
    "a block with the same time each time": (
        "00:01.000 - 00:02.000\nA long pan over the harbour, with gulls in the air.\n\n" * 35,
        "A long pan over the harbour, with gulls in the air.", 35,
    ),
    "a paragraph": ("The camera pans across a wide valley while the narrator falls silent. " * 10,
                    "The camera pans across a wide valley while the narrator falls silent.", 10),
    "dots to the end": ("And so on" + "." * 3000, "", 3000),
}  # fmt: skip


@pytest.mark.parametrize(("text", "unit", "times"), LOOPS.values(), ids=LOOPS.keys())
def test_what_a_model_says_without_end_is_a_loop(text: str, unit: str, times: int) -> None:
    loop = only(text)
    assert loop.unit == unit
    assert loop.times == pytest.approx(times, abs=1)


@pytest.mark.parametrize(("text", "unit", "times"), LOOPS.values(), ids=LOOPS.keys())
def test_of_a_loop_the_first_time_is_left(text: str, unit: str, times: int) -> None:
    left, _ = without_loops(text)
    assert text.startswith(left)
    assert all(word in left for word in unit.split())
    assert find_loops(left) == ()


def test_what_comes_before_and_behind_a_loop_stays() -> None:
    left, _ = without_loops("## Storyline\nA dog.\n" + "It barks at the gate.\n" * 50 + "## Visible Text\nNone\n")
    assert left == "## Storyline\nA dog.\nIt barks at the gate.\n## Visible Text\nNone\n"


def test_an_entry_is_cut_whole_even_if_the_one_before_it_ends_alike() -> None:
    text = utterances(["Hello there.", *["Oh there."] * 60])
    left, _ = without_loops(text)
    assert left == utterances(["Hello there.", "Oh there."])


def test_two_loops_are_cut_each() -> None:
    text = "It begins.\n" + "The bell rings again and again.\n" * 30 + "A pause.\n" + "不要停下来。" * 60
    left, loops = without_loops(text)
    assert left == "It begins.\nThe bell rings again and again.\nA pause.\n不要停下来。"
    assert [loop.times for loop in loops] == [30, 60]


def test_the_sentence_quotes_what_is_repeated_briefly() -> None:
    assert only("I don't know, " * 200).sentence == "repeated 200 times in a row: “I don't know”"
    assert len(only(("a very long line indeed, " * 9 + "\n") * 40).sentence) < 120
    assert only("-" * 5000).sentence == "repeated 5000 times in a row: the same signs"


# --- what people say ---------------------------------------------------------------------------------------------

CHORUS = ["We all live in a yellow house,", "a yellow house, a yellow house."]
TIMETABLE = "".join(f"“{h:02d}:{m:02d} Platform {h % 7}”: yellow digits\n" for h in range(24) for m in (5, 20, 35, 50))

HUMAN = {
    "a chorus sung four times": utterances([*["Verse one goes like this."], *CHORUS * 4, "The end."]),
    "a coda of eighteen lines": utterances(["Na na na nananana, hey Jude."] * 18),
    "untimed lyrics": ("Clap your hands and stamp your feet\n" * 6 + "And turn around\n") * 4,
    "laughter": "She laughs: " + "ha " * 40,
    "laughter in Chinese": "他笑了:" + "哈" * 40,
    "no, no, no": "Content: “" + "No, " * 12 + "no!”",
    "a chant in the stadium": utterances(["Olé, olé, olé, olé!"] * 20),
    "a camera before which nothing happens": events(["The corridor is empty."] * 24),
    "a stutter": "I-I-I-I-I-I don't, don't, don't know.",
    "a rule and a table": "-" * 120 + "\n" + "| a | b |\n" * 5 + "=" * 200,
    "a countdown": utterances([str(n) for n in range(60, 0, -1)]),
    "a timetable on a screen": "## Visible Text\n00:00.000 - 00:10.000\n" + TIMETABLE,
    "two speakers with the same manner": utterances([f"Sentence number {n} is another one." for n in range(60)]),
    "a meeting": utterances(["Yes.", "No.", "Maybe.", "I think so.", "Okay."] * 5),
}


@pytest.mark.parametrize("text", HUMAN.values(), ids=HUMAN.keys())
def test_what_people_repeat_is_no_loop(text: str) -> None:
    assert find_loops(text) == ()
    assert without_loops(text) == (text, ())


# --- any text ----------------------------------------------------------------------------------------------------

prose = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
phrases = st.text(st.sampled_from("abcde fgh我你他。,!\n"), min_size=4, max_size=120).filter(
    lambda phrase: any(sign.isalpha() for sign in phrase)
)


@given(text=st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    left, loops = without_loops(text)
    assert len(left) == len(text) - sum(loop.end - loop.start for loop in loops)


@given(before=prose, phrase=phrases, behind=prose, times=st.integers(210, 400))
def test_a_phrase_said_hundreds_of_times_is_found_wherever_it_stands(
    before: str, phrase: str, behind: str, times: int
) -> None:
    text = f"{before}\n{phrase * times}\n{behind}"
    loop = max(find_loops(text), key=lambda found: found.end - found.start)
    assert loop.end - loop.start >= len(phrase) * (times - 2)
    assert loop.start >= len(before)
    assert loop.end <= len(before) + len(phrase) * times + len(phrase) + len(behind) + 2


@given(phrase=st.text(st.sampled_from("abcdefgh 我你他。\n"), min_size=60, max_size=400), times=st.integers(2, 7))
def test_fewer_times_than_the_threshold_are_no_loop(phrase: str, times: int) -> None:
    assume(times < BLOCK_TIMES)
    assume(find_loops(phrase * 2) == ())  # nor has the phrase one in itself
    assert find_loops(phrase * times) == ()


@given(words=st.lists(st.sampled_from(["Yes.", "No.", "我知道", "La la"]), max_size=TIMED_ENTRIES - 1))
def test_fewer_timed_entries_than_the_threshold_are_no_loop(words: list[str]) -> None:
    assert find_loops(utterances(words)) == ()


@given(phrase=phrases, times=st.integers(100, 200), tail=prose)
def test_cutting_leaves_nothing_to_cut(phrase: str, times: int, tail: str) -> None:
    left, loops = without_loops(phrase * times + "\n" + tail)
    assume(len(loops) == 1)
    assert find_loops(left) == ()


def test_a_unit_longer_than_any_block_is_left_alone() -> None:
    unit = "".join(f"{n}ab" for n in range(LONGEST_UNIT))[: LONGEST_UNIT + 500]
    assert find_loops(unit * 10) == ()


# --- what the tables get -----------------------------------------------------------------------------------------


def read(text: str, finish_reason: str = "stop", form: str = "sections") -> ParsedAnswer:
    return parse_answer(text, "audio", form, SPAN, finish_reason)  # type: ignore[arg-type]


STORY = "## Storyline\n00:00.000 - 02:00.000\nRain.\n\n"
SPEECH = "## Speakers and Transcript\nSpeaker profiles:\nAnn - calm\n\n"


def test_the_rows_of_a_loop_are_published_once() -> None:
    parsed = read(STORY + SPEECH + utterances(["Hello.", *["Thank you."] * 200, "Goodbye."], seconds=0.5))
    assert [utterance.text for utterance in parsed.transcript or ()] == ["Hello.", "Thank you.", "Goodbye."]
    assert (parsed.outcome, parsed.reason) == (
        "partial",
        "repeated 200 times in a row: “Speaker: Ann State: calm Content: “Thank you.””",
    )


def test_a_loop_that_ran_into_the_token_limit_is_partial_and_not_truncated() -> None:
    parsed = read(STORY + SPEECH + utterances(["Thank you."] * 400) + "13:20.000 - 13", "length")
    assert parsed.outcome == "partial"
    assert len(parsed.transcript or ()) == 1


def test_what_a_loop_has_swallowed_is_named_too() -> None:
    parsed = read(STORY + "It rains and rains on the roof.\n" * 90)
    assert parsed.outcome == "partial"
    assert parsed.reason.endswith("; missing: speakers and transcript")


def test_a_loop_without_any_section_stays_malformed() -> None:
    parsed = read("I see the same thing over and over.\n" * 90)
    assert (parsed.outcome, parsed.reason.endswith("; no required section found")) == ("malformed", True)


def test_a_loop_in_plain_text_is_partial() -> None:
    parsed = read("No findings. " * 90, form="text")
    assert (parsed.outcome, [extra.text for extra in parsed.extras]) == ("partial", ["No findings."])


# --- at a glance -------------------------------------------------------------------------------------------------


UNITS = st.sampled_from(
    [
        "Yes. ",
        "00:01.000 - 00:02.000\n",
        "1. ",
        "\n",
        "Speaker: Ann\n",
        "0:05 la ",
        "哈",
        "a long pan over the harbour, ",
        "7s ",
        "[0:59] la\n[61s] la\n",
        "It rains. And 2 more come? ",
        "下雨了，",
        "0.5s la. 1s la. ",
    ]
)


@given(st.lists(st.tuples(UNITS | st.text(max_size=8), st.integers(1, 40)), max_size=6), st.integers(1, 12))
def test_no_loop_is_overlooked_at_a_glance(parts: list[tuple[str, int]], times: int) -> None:
    text = "".join(unit * count for unit, count in parts) * times
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "_may_hold_loop", lambda _: True)
        expected = find_loops(text)
    assert find_loops(text) == expected
