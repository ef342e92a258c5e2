"""The prompts for lyrics, timelines and dialects, and one's own, from the command to the rows."""

from __future__ import annotations

from pathlib import Path

from prompts.reader import read_prompt
from tests.support.asking import ask_values as ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio
from tests.support.service import FakeService, Say, instruction_of

Env = dict[str, str]
LYRICS = (
    "[00:00:00,200 --> 00:00:02,900] The tide goes out at four\n"
    "[00:00:02,900 --> 00:00:05,000] and no one shuts the door\n"
)
TIMELINE = "00:00.000 - 00:02.500\nA kettle hums.\n\n00:02.500 - 00:05.000\nSomebody pours water.\n"
DIALECTS = (
    "## Speakers and Transcript\nSpeaker profiles:\nSinger 1 - an old woman, by the doubled final particles\n\n"
    "00:00.200 - 00:02.900\nSpeaker: Singer 1\nDialect: Sichuan dialect\nVoice: low, rough\nMood: amused\n"
    "Content: “太阳出来啰喂”\n\n"
    "00:03.000 - 00:04.900\nSpeaker: Singer 2\nDialect: Cantonese\nVoice: clear\nMood: sad\nContent: “落雨大”\n"
)


def analyzed(env: Env, service: FakeService, dataset: Path, prompt: str | Path, answer: str) -> Ran:
    """Ask the prompt about five seconds of sound, to which the service gives that answer."""
    make_audio(dataset.parent, "song.wav", seconds=5)
    service.next(Say(answer))
    words = ("--settle", "0", "--prompt", prompt, "--json", dataset.parent / "song.wav")
    ran = reelsheet("analyze", "--dataset", dataset, *words, env=env)
    assert len(service.requests) == 1
    return ran


def test_lyrics_become_a_transcript(env: Env, service: FakeService, dataset: Path) -> None:
    ran = analyzed(env, service, dataset, "lyrics", LYRICS)
    assert (ran.status, ran.json["recordings"]["ok"]) == (0, 1)
    assert instruction_of(service.requests[0].body) == read_prompt("lyrics").text
    assert ask(dataset, "SELECT start_ms, end_ms, text, time_quality FROM current_transcript") == [
        (200, 2900, "The tide goes out at four", "model"),
        (2900, 5000, "and no one shuts the door", "model"),
    ]
    assert ask(dataset, "SELECT required_json, outcome, coverage FROM analyses") == [('["transcript"]', "ok", 1.0)]


def test_a_timeline_becomes_a_storyline(env: Env, service: FakeService, dataset: Path) -> None:
    assert analyzed(env, service, dataset, "timeline", TIMELINE).status == 0
    assert ask(dataset, "SELECT start_ms, end_ms, description FROM current_storyline") == [
        (0, 2500, "A kettle hums."),
        (2500, 5000, "Somebody pours water."),
    ]


def test_dialects_become_the_language_of_utterances(env: Env, service: FakeService, dataset: Path) -> None:
    assert analyzed(env, service, dataset, "dialects", DIALECTS).status == 0
    assert ask(dataset, "SELECT speaker, language, state, text FROM current_transcript") == [
        ("Singer 1", "Sichuan dialect", "low, rough\namused", "太阳出来啰喂"),
        ("Singer 2", "Cantonese", "clear\nsad", "落雨大"),
    ]


def test_what_was_required_is_required_when_answers_are_read_again(
    env: Env, service: FakeService, dataset: Path
) -> None:
    analyzed(env, service, dataset, "lyrics", LYRICS)
    assert reelsheet("reparse", "--dataset", dataset, "--json", env=env).json["changed"] == 0
    assert ask(dataset, "SELECT outcome FROM current_segments") == [("ok",)]


def test_a_prompt_that_asks_for_no_heading_is_kept_as_text(env: Env, service: FakeService, dataset: Path) -> None:
    prompt = dataset.parent / "who.md"
    prompt.write_text("Who sings, and what about?")
    ran = analyzed(env, service, dataset, prompt, "An old woman, about the sun.")
    assert (ran.status, ran.json["warnings"]) == (0, [read_prompt(str(prompt)).notice])
    assert ask(dataset, "SELECT heading, text FROM current_extra_sections") == [(None, "An old woman, about the sun.")]


def test_a_prompt_needs_the_sections_whose_headings_it_shows(env: Env, service: FakeService, dataset: Path) -> None:
    prompt = dataset.parent / "words.md"
    prompt.write_text("Write down all words.\n\n## Transcript\nmm:ss.mmm - mm:ss.mmm\nname: “words”")
    ran = analyzed(env, service, dataset, prompt, "## Transcript\n00:01.000 - 00:05.000\nAnn: “Hello.”\n")
    assert (ran.status, len(ran.json["warnings"])) == (0, 1)
    assert ask(dataset, "SELECT speaker, text FROM current_transcript") == [("Ann", "Hello.")]


def test_a_prompt_that_names_an_unknown_section_is_refused(env: Env, dataset: Path) -> None:
    prompt = dataset.parent / "odd.md"
    prompt.write_text("---\nsections: [weather]\n---\nWhat is the weather like?")
    ran = reelsheet("plan", "--prompt", prompt, make_audio(dataset.parent, "song.wav", seconds=1), env=env)
    known = "name some of storyline, visible_text, transcript, findings, or none"
    assert (ran.status, known in ran.complaint) == (2, True)
