"""`reelsheet subtitle --translate`: a second track, each line in its own place, asked for once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.asking import ask_values as ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import FakeService
from tests.support.service_specs import KEY
from tests.support.subtitling import statuses, subtitled
from tests.support.translating import (
    SHORTEST_S,
    SPOILED,
    Interpreter,
    SpoilsEach,
    honest,
    is_translation,
    merges_two,
    says_sorry,
)

Env = dict[str, str]


@pytest.fixture
def interpreter() -> Interpreter:
    return Interpreter()


@pytest.fixture
def service(interpreter: Interpreter) -> Iterator[FakeService]:
    with FakeService(api_key=KEY, answer=interpreter) as running:
        yield running


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    """A folder with a film of eight seconds, in which two sentences are said."""
    (tmp_path / "talks").mkdir()
    make_video(tmp_path / "talks", "film.mp4", seconds=8, size="96x96")
    return tmp_path / "talks"


def translations_asked(service: FakeService) -> int:
    return sum(is_translation(instruction(one.body)) for one in service.requests)


def instruction(body: Mapping[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else str(content[-1]["text"])


def cues(path: Path) -> list[tuple[str, str]]:
    """The times of an SRT file, each with its text on one line."""
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [(block.split("\n")[1], " ".join(block.split("\n")[2:])) for block in blocks]


FRENCH = [
    ("00:00:00,000 --> 00:00:01,942", "Bob: «THIS IS SAID AT 0 SECONDS.»"),  # it takes longer to read than in English
    ("00:00:04,000 --> 00:00:05,942", "Ann: «THIS IS SAID AT 4 SECONDS.»"),
]


def test_a_translation_is_a_file_of_its_own(env: Env, service: FakeService, talks: Path) -> None:
    ran = subtitled(env, talks, "--translate", "fr", "--translate", "German")
    assert (ran.status, statuses(ran)) == (0, dict.fromkeys(("film.en.srt", "film.fr.srt", "film.de.srt"), "written"))
    assert cues(talks / "film.fr.srt") == FRENCH
    assert [file["language"] for file in ran.json["files"]] == ["en", "fr", "de"]
    assert (ran.json["requests"], translations_asked(service)) == (3, 2)


@dataclass(frozen=True)
class Translated:
    """A film with French subtitles; tests that share it write into folders of their own."""

    talks: Path
    env: Env
    ran: Ran
    asked: int


@pytest.fixture(scope="module")
def translated(session_env: Env, media: Path) -> Iterator[Translated]:
    (media / "talks").mkdir()
    make_video(media / "talks", "film.mp4", seconds=8, size="96x96")
    with FakeService(api_key=KEY, answer=Interpreter()) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        ran = subtitled(env, media / "talks", "--translate", "fr")
        yield Translated(media / "talks", env, ran, len(service.requests))


def test_a_translation_is_in_the_tables_with_its_requests(translated: Translated) -> None:
    dataset = translated.talks.parent / "dataset"
    said = ask(
        dataset, "SELECT t.text, l.text FROM transcript t JOIN translations l USING (analysis_id, seq) ORDER BY seq"
    )
    assert said[1] == ("This is said at 4 seconds.", "«THIS IS SAID AT 4 SECONDS.»")
    run_id = translated.ran.json["run_id"]
    asked = f"""
        SELECT count(*), sum(cost_nano)::BIGINT, (SELECT cost_nano FROM runs WHERE run_id = '{run_id}') FROM calls
    """
    cost = round(translated.ran.json["cost"] * 1e9)
    assert ask(dataset, asked) == [(2, cost, cost)]
    assert ask(dataset, "SELECT count(*) FROM turns WHERE question LIKE '%French%' AND answer LIKE '1. «THIS%'") == [
        (1,)
    ]
    written = f"SELECT language FROM subtitles WHERE path LIKE '{translated.talks}/%' ORDER BY language"
    assert ask(dataset, written) == [("en",), ("fr",)]


def test_the_estimate_counts_translations(translated: Translated) -> None:
    assert (translated.ran.json["estimate"]["requests"], translated.asked) == (2, 2)


def test_a_second_run_asks_nothing(translated: Translated, tmp_path: Path) -> None:
    again = ("--speakers", "none", "--format", "srt,vtt", "--out", tmp_path)
    ran = subtitled(translated.env, translated.talks, "--translate", "fr", *again)
    assert (ran.status, statuses(ran)["film.fr.vtt"]) == (0, "written")
    assert cues(tmp_path / "film.fr.srt")[0][1] == "«THIS IS SAID AT 0 SECONDS.»"
    assert (ran.json["requests"], ran.json["estimate"]["requests"]) == (0, 0)


def test_both_languages_may_share_their_cues(translated: Translated, tmp_path: Path) -> None:
    ran = subtitled(translated.env, translated.talks, "--translate", "fr", "--bilingual", "--out", tmp_path)
    assert (ran.status, statuses(ran)) == (0, {"film.en.srt": "written", "film.en-fr.srt": "written"})
    assert (tmp_path / "film.en-fr.srt").read_text().split("\n")[1:4] == [
        *("00:00:00,000 --> 00:00:01,648", "Bob: This is said at 0 seconds.", "«THIS IS SAID AT 0 SECONDS.»")
    ]


def test_a_plan_counts_translations(env: Env, talks: Path) -> None:
    where = ("--settle", "0", "--prompt", "subtitle", "--translate", "fr", "--translate", "de")
    ran = reelsheet("plan", talks, *where, "--json", env=env)
    assert (ran.status, ran.json["translations"]["requests"]) == (0, 2)
    assert "To translate into French, German: about 2 requests," in reelsheet("plan", talks, *where, env=env).out


def test_known_words_are_translated_without_hearing_them_again(env: Env, service: FakeService, talks: Path) -> None:
    where = ("--settle", "0", "--dataset", talks.parent / "dataset")
    assert reelsheet("analyze", talks, "--prompt", "subtitle", *where, env=env).status == 0
    ran = subtitled(env, talks, "--from-dataset", "--translate", "fr")
    assert (ran.status, statuses(ran)) == (0, {"film.en.srt": "written", "film.fr.srt": "written"})
    assert (ran.json["requests"], translations_asked(service)) == (1, 1)


@pytest.mark.parametrize("always", [False, True], ids=["once", "always"])
def test_no_line_is_ever_moved(session_env: Env, tmp_path: Path, always: bool) -> None:
    talks = tmp_path / "talks"
    for more_s, spoiled in enumerate(SPOILED):
        make_audio(talks, f"{spoiled.__name__}.wav", seconds=SHORTEST_S + more_s, rate=8000, channels=1)
    with FakeService(api_key=KEY, answer=(service := SpoilsEach(always))) as running:
        env = {**session_env, "DASHSCOPE_BASE_URL": running.base_url}
        ran = subtitled(env, talks, "--translate", "fr", "--speakers", "none", "--scenario", "fine")
    assert (ran.status, service.done) == (0, set(SPOILED))
    for spoiled in SPOILED:
        original, french = (cues(talks / f"{spoiled.__name__}.{language}.srt") for language in ("en", "fr"))
        expected = [(time[:12], f"«{text.upper()}»") for time, text in original]
        assert [(time[:12], text) for time, text in french] == expected, spoiled.__name__


def test_a_glossary_reaches_the_model(env: Env, service: FakeService, talks: Path) -> None:
    (talks.parent / "terms.txt").write_text("seconds = secondes\nquay = quai\n")
    assert subtitled(env, talks, "--translate", "fr", "--glossary", talks.parent / "terms.txt").status == 0
    [question] = [text for one in service.requests if is_translation(text := instruction(one.body))]
    assert "\nFixed terms:\nseconds = secondes\n\n" in question


def test_what_is_in_that_language_is_not_translated(translated: Translated, tmp_path: Path) -> None:
    ran = subtitled(translated.env, translated.talks, "--translate", "en", "--out", tmp_path)
    assert (ran.status, statuses(ran), ran.json["requests"]) == (0, {"film.en.srt": "written"}, 0)


def test_a_translation_that_fails_is_one_failure(env: Env, interpreter: Interpreter, talks: Path) -> None:
    interpreter.answers = [says_sorry]
    ran = subtitled(env, talks, "--translate", "fr")
    assert (ran.status, statuses(ran)) == (1, {"film.en.srt": "written", "film.fr.srt": "failed"})
    [failed] = ran.json["failures"]
    assert (failed["stage"], failed["error"]) == ("translate", "NotTranslated")
    assert re.search("not translated into French: line 1 of 2 did not come back", failed["message"])
    interpreter.answers = [honest]
    again = subtitled(env, talks, "--translate", "fr")
    assert (again.status, statuses(again)["film.fr.srt"], again.json["requests"]) == (0, "written", 1)


def test_retry_asks_for_a_translation_that_failed(
    env: Env, interpreter: Interpreter, service: FakeService, talks: Path
) -> None:
    make_audio(talks, "tea.mp3", seconds=3)
    interpreter.answers = [says_sorry]
    out = ("--out", talks.parent / "subs", "--format", "vtt", "--speakers", "always")
    assert subtitled(env, talks, "--translate", "fr", *out).status == 1
    interpreter.answers = [honest]
    asked = len(service.requests)
    again = reelsheet("retry", "--dataset", talks.parent / "dataset", "--json", env=env)
    assert again.status == 0
    written = {Path(file["path"]).name: file["status"] for run in again.json["runs"] for file in run["files"]}
    assert written == {
        **dict.fromkeys(("film.en.vtt", "tea.en.vtt"), "unchanged"),
        **dict.fromkeys(("film.fr.vtt", "tea.fr.vtt"), "written"),
    }
    assert len(service.requests) - asked == 2
    assert reelsheet("retry", "--dataset", talks.parent / "dataset", "--json", env=env).json == {"runs": []}


def test_a_translation_stops_at_the_budget(translated: Translated, tmp_path: Path) -> None:
    cheap = ("--max-cost", "0.000001", "--out", tmp_path)
    ran = subtitled(translated.env, translated.talks, "--translate", "de", *cheap)
    assert (ran.status, statuses(ran)["film.de.srt"], ran.json["requests"]) == (1, "failed", 0)


def test_the_embedded_engine_translates_nothing(env: Env, talks: Path) -> None:
    ran = subtitled(env, talks, "--translate", "fr", "--provider", "local")
    assert ran.status == 2
    assert "only listens and cannot translate: choose another provider" in ran.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--translate", "Klingon"), 'There is no language "Klingon"'),
        (("--bilingual",), "name its language with --translate"),
        (("--translate", "fr", "--glossary", "nowhere.txt"), "The glossary nowhere.txt cannot be read"),
    ],
)
def test_a_wrong_translation_is_one_sentence(env: Env, talks: Path, options: tuple[str, ...], words: str) -> None:
    ran = subtitled(env, talks, *options)
    assert (ran.status, words in ran.err) == (2, True)


@pytest.mark.long
def test_killed_at_each_answer_nothing_is_asked_twice(
    env: Env, interpreter: Interpreter, service: FakeService, talks: Path
) -> None:
    (talks / "film.mp4").unlink()
    make_audio(talks, "tea.mp3", seconds=14)  # one recording, so that nothing else is under way at a kill
    interpreter.answers = [merges_two]
    assert subtitled(env, talks, "--translate", "fr").status == 0
    baseline, asked = written(talks), len(service.requests)
    assert asked > 3
    shutil.rmtree(talks.parent / "dataset")
    for name in baseline:
        (talks / name).unlink()
    service.reset()
    points = ("translation.answered", "commit.moved.translations", "")
    for point in points:
        while (ran := subtitled({**env, "REELSHEET_FAILPOINTS": point}, talks, "--translate", "fr")).status == -9:
            if point != "translation.answered":
                break
    assert (ran.status, written(talks), len(service.requests)) == (0, baseline, asked)
    lines = "SELECT count(*), count(DISTINCT (translation_id, seq)), (SELECT count(DISTINCT call_id) FROM calls) FROM"
    assert ask(talks.parent / "dataset", f"{lines} translations")[0] == (4, 4, asked)


def written(talks: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in talks.glob("*.srt")}
