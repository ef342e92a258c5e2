from __future__ import annotations

from pathlib import Path

import pytest

from engine.prompting import read_prompt
from prompts.reader import read_prompt as shipped
from prompts.reader import several_files
from tests.support.cli import ROOT


@pytest.mark.parametrize("name", ["structured-video", "extract"])
def test_our_structured_video_prompts_ask_for_all_three_sections(name: str) -> None:
    wanted = read_prompt(shipped(name).text)
    assert (wanted.storyline, wanted.visible_text, wanted.speech) == (True, True, True)


def test_our_structured_audio_prompt_asks_for_two_sections_and_speaker_profiles() -> None:
    wanted = read_prompt(shipped("structured-audio").text)
    assert (wanted.storyline, wanted.visible_text, wanted.speech, wanted.profiles) == (True, False, True, True)


def test_our_quick_prompt_asks_for_plain_text() -> None:
    assert not read_prompt(shipped("quick").text).sections


@pytest.mark.parametrize("name", ["structured-video", "structured-audio", "quick", "extract"])
def test_no_prompt_of_ours_claims_english_speech_by_itself(name: str) -> None:
    assert not read_prompt(shipped(name).text).english


@pytest.mark.parametrize(
    "sentence",
    [
        "The speech in this recording is in English.",
        "The spoken language is English.",
        "Language: English",
        "All speakers speak British English.",
    ],
)
def test_a_sentence_about_english_speech_is_understood(sentence: str) -> None:
    assert read_prompt(f"Describe the clip.\n\n{sentence}").english


@pytest.mark.parametrize(
    "sentence",
    [
        "The speech in this recording is in German.",
        "Answer in English, whatever language is spoken.",
        "The speech is not in English.",
        "Translate the speech to English.",
        "An English garden is shown.",
        "Language: the language spoken, by its usual English name",
    ],
)
def test_other_sentences_do_not_make_the_speech_english(sentence: str) -> None:
    assert not read_prompt(sentence).english


def test_a_prompt_that_names_files_is_answered_file_by_file() -> None:
    assert read_prompt(f"What is this?\n\n{several_files(3)}").by_file
    assert not read_prompt("Is File 1 the first?").by_file


@pytest.mark.parametrize("path", sorted((ROOT / "prompts").glob("*.md")), ids=lambda path: path.stem)
def test_no_prompt_of_ours_says_by_itself_that_the_speech_is_english(path: Path) -> None:
    """Their words about the answer must not make the engine write fluent English over another language."""
    assert not read_prompt(shipped(path.stem).text).english
