"""Speech that was heard and not written down, told from words, from music, and from the word that nobody speaks."""

from __future__ import annotations

import pytest

from engine.answer import NOT_TRANSCRIBED as ENGINE_SENTENCE
from tasks.answer.parse import parse_answer
from tasks.records import NOT_TRANSCRIBED, ParsedAnswer, Span

PARTIAL = ("partial", NOT_TRANSCRIBED)


def heard(speech: str) -> ParsedAnswer:
    text = f"## Storyline\n00:00 - 00:10\nA talk.\n\n## Speakers and Transcript\n{speech}\n"
    return parse_answer(text, "audio", "sections", Span(0, 10_000))


@pytest.mark.parametrize(
    "sentence",
    [
        ENGINE_SENTENCE,
        "Speech in a language that is not supported, not transcribed.",
        "Inaudible dialogue that could not be transcribed.",
        "There is spoken dialogue, but the words cannot be made out.",
        "People talk in the background; their conversation is unintelligible.",
        "A woman speaks in a foreign language.",
        "Speech was detected but I am unable to transcribe it.",
        "[inaudible]",
        "存在语音，但无法转写。",
        "有人说话，但语言不受支持，未转写。",
        "音频中有对话，但听不清，无法转录。",
        "有人在說話，但無法辨識內容。",
        "発話がありますが、聞き取れません。",
        "대화가 있지만 알아들을 수 없음.",
        "Hay voces, pero no se entienden.",
        "Es wird gesprochen, die Stimmen sind unverständlich.",
        "Слышна речь, слова неразборчивы.",
        "On entend des voix inintelligibles.",
    ],
)
def test_speech_without_its_words_is_partial_and_kept(sentence: str) -> None:
    answer = heard(sentence)
    assert (answer.outcome, answer.reason) == PARTIAL
    assert answer.transcript == ()
    assert [extra.text for extra in answer.extras] == [sentence]


@pytest.mark.parametrize(
    "lines",
    [
        "00:00 - 00:10\nSpeech in a foreign language, not transcribed.",
        "00:00 - 00:10\nSpeaker: Speaker 1\nContent: [inaudible]",
        "00:00 - 00:10\nSpeaker: Speaker 1\nContent: “(unintelligible)”",
        "00:00 - 00:10\n(speaking Spanish)",
        "00:00 - 00:10\nSpeaker: 1\nContent: （听不清）",
        "00:00 - 00:05\nSpeaker: Ann\nContent: “Hi.”\n\n00:05 - 00:10\nSpeaker: Bo\nContent: [indistinct]",
        "00:00 - 00:05\nSpeaker: Ann\nContent: “Hi.”\n\nThe rest of the dialogue could not be transcribed.",
    ],
)
def test_a_mark_in_place_of_words_is_partial(lines: str) -> None:
    answer = heard(lines)
    assert (answer.outcome, answer.reason) == PARTIAL


@pytest.mark.parametrize(
    "lines",
    [
        "No speech appears.",
        "Nobody speaks.",
        "Only instrumental music plays.",
        "只有背景音乐。",
        "00:00 - 00:10\nSpeaker: Ann\nContent: “I could not make out a word of the dialogue.”",
        "00:00 - 00:10\nSpeaker: Ann\nContent: I could not make out his words.",
        "00:00 - 00:10\nSpeaker: Ann\nContent: “Inaudible.”",
        "00:00 - 00:10\nSpeaker: Ann\nContent: “(softly) Hello.”",
        "00:00 - 00:09\nSpeaker: Ann\nContent: “A long speech.”\n\n00:09 - 00:10\nSpeaker: Bo\nContent: [inaudible]",
    ],
)
def test_words_music_and_a_word_unheard_are_ok(lines: str) -> None:
    answer = heard(lines)
    assert (answer.outcome, answer.reason) == ("ok", "")


def test_a_sentence_of_neither_kind_is_partial() -> None:
    answer = heard("A dog barks.")
    assert (answer.outcome, answer.reason) == ("partial", "no words under speakers and transcript")
