"""Guesses: what comes back, and what a conversation takes."""

from __future__ import annotations

from dataclasses import replace

from config.catalog import load_catalog
from tasks.planning.expected import expected_output, plan_tokens, requests, segment_tokens
from tasks.planning.modes import TEXT, Modes
from tasks.records import Tokens
from tests.support.dataset_rows import plan, planned

FLASH = load_catalog().models["qwen3.5-omni-flash"]
SEGMENT = replace(planned(), tokens=Tokens(video=1000, audio=70, text=50, output=300))


def asked(*follow_up: str) -> Tokens:
    return segment_tokens(SEGMENT, replace(plan(SEGMENT).question, follow_up=follow_up))


def test_without_modes_the_answer_is_all_that_is_written() -> None:
    assert expected_output(300, FLASH, TEXT) == Tokens(output=300)


def test_thoughts_are_written_too_and_never_more_than_the_model_writes() -> None:
    assert expected_output(300, FLASH, Modes(thinking=True)) == Tokens(output=600, reasoning=300)
    most = expected_output(10**6, FLASH, Modes(thinking=True))
    assert most.output == most.reasoning == FLASH.max_output_tokens


def test_a_voice_takes_its_time() -> None:
    assert expected_output(400, FLASH, Modes(voice="Tina")).output_audio == 1250, "100 s at 12.5 a second"


def test_each_follow_up_shows_the_media_again_and_all_that_was_said() -> None:
    assert asked() == SEGMENT.tokens
    one, two = asked("Why?"), asked("Why?", "When?")
    assert (one.video, two.video, two.audio) == (2000, 3000, 210)
    assert two.text - one.text > one.text - SEGMENT.tokens.text
    assert one.output_audio == 0, "follow-ups are written, also where the answer is spoken"


def test_a_plan_counts_every_question_of_every_segment() -> None:
    two = replace(plan(SEGMENT, SEGMENT), question=replace(plan(SEGMENT).question, follow_up=("Why?",)))
    assert requests(two) == 4
    assert plan_tokens([two, two]) == asked("Why?") + asked("Why?") + asked("Why?") + asked("Why?")
