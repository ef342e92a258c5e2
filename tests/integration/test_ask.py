"""`reelsheet ask`: one question, streamed; and `doctor --ask`, which tries a key with one."""

from __future__ import annotations

import os
import pty
import select
import time
import wave
from pathlib import Path

import pytest

from tests.support.asking import ask
from tests.support.cli import ROOT, Ran, command, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import DOCUMENTED, CutStream, FakeService, Say
from tests.support.service_bodies import make_image

Env = dict[str, str]
NEWEST = ("--model", "qwen3.8-omni-flash")
WITHIN_S = 60


def asked(env: Env, here: Path, *words: object) -> Ran:
    return reelsheet("ask", *words, env=env, cwd=here)


def typed(env: Env, here: Path, words: tuple[str, ...], lines: tuple[str, ...]) -> str:
    """Run a command on a terminal; a line is typed whenever it asks for one. What the terminal showed."""
    process, terminal = pty.fork()
    if not process:  # the child
        os.chdir(here)
        argv = command(*words)
        os.execve(argv[0], argv, {**env, "PYTHONPATH": str(ROOT)})
    shown, answered, end = "", 0, time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # it has ended
                break
            shown += piece.decode(errors="replace")
        if shown.count("nothing to end: ") > answered < len(lines):
            os.write(terminal, f"{lines[answered]}\n".encode())
            answered += 1
    os.waitpid(process, 0)
    os.close(terminal)
    return shown.replace("\r\n", "\n")


def test_a_question_without_media_is_answered_and_written_nowhere(
    env: Env, service: FakeService, tmp_path: Path
) -> None:
    ran = asked(env, tmp_path, "Who are you?")

    assert (ran.status, ran.out) == (0, "Nothing was shown. The question was: “Who are you?”\n")
    assert "qwen3.5-omni-flash at dashscope" in ran.err
    assert "1 request: 3 tokens in, 12 out, " in ran.err
    [request] = service.requests
    assert request.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Who are you?"}]}]
    assert [*tmp_path.iterdir()] == []


def test_a_question_about_a_recording_has_follow_ups(env: Env, service: FakeService, tmp_path: Path) -> None:
    film = make_video(tmp_path, seconds=4)
    ran = asked(env, tmp_path, "What happens?", film, "--follow-up", "And then?")

    assert (ran.status, ran.out.splitlines()) == (
        0,
        [
            "A recording of 4.000 seconds. Nothing in it calls for attention.",
            "About these 4.000 seconds, to “And then?”: nothing more can be said.",
        ],
    )
    assert [len(request.body["messages"]) for request in service.requests] == [1, 3]


def test_several_pictures_are_one_question(env: Env, service: FakeService, tmp_path: Path) -> None:
    first, second = make_image(tmp_path, name="a.png"), make_image(tmp_path, name="b.png", width=90)
    assert asked(env, tmp_path, "Which is older?", first, second).status == 0
    assert [seen.modality for seen in service.requests[0].seen] == ["image", "image"]


def test_thinking_stands_dimmed_before_the_answer_and_the_terminal_asks_on(
    env: Env, service: FakeService, tmp_path: Path
) -> None:
    shown = typed(env, tmp_path, ("ask", "Who are you?", *NEWEST), ("And why?", ""))

    thought = "\x1b[2mIt lasts 0 ms, so two parts will do.\x1b[0m\n\n"
    assert f"{thought}Nothing was shown. The question was: “Who are you?”\n" in shown
    assert f"{thought}Nothing was shown. The question was: “And why?”\n" in shown
    assert [len(request.body["messages"]) for request in service.requests] == [1, 3]


def test_only_the_answer_is_piped_on(env: Env, service: FakeService, tmp_path: Path) -> None:
    service.next(Say("It is\x1b[31m red.", reasoning="Hm."))
    ran = asked(env, tmp_path, "Which colour?", *NEWEST)

    assert ran.out == "It is[31m red.\n"
    assert "Hm.\n" in ran.err


def test_an_answer_that_breaks_off_is_asked_again_and_says_so(env: Env, service: FakeService, tmp_path: Path) -> None:
    service.next(CutStream(after=20))
    ran = asked(env, tmp_path, "Who are you?")

    assert (ran.status, len(service.requests)) == (0, 2)
    assert ran.out.endswith("Nothing was shown. The question was: “Who are you?”\n")
    assert "The answer broke off; it is asked again." in ran.err


def test_a_spoken_answer_is_a_file(env: Env, service: FakeService, tmp_path: Path) -> None:
    ran = asked(env, tmp_path, "Say hello.", "--voice", "hello.wav", "--follow-up", "Again.")

    assert (ran.status, service.requests[0].body["audio"]) == (0, {"voice": "Tina", "format": "wav"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hello-2.wav", "hello.wav"]
    with wave.open(str(tmp_path / "hello.wav")) as voice:
        assert (voice.getframerate(), voice.getnframes() > 0) == (24_000, True)


def test_json_holds_turns_tokens_and_cost(env: Env, tmp_path: Path) -> None:
    found = asked(env, tmp_path, "Who are you?", *NEWEST, "--json").json

    [turn] = found["turns"]
    assert (turn["answer"], turn["reasoning"]) == (
        "Nothing was shown. The question was: “Who are you?”",
        "It lasts 0 ms, so two parts will do.",
    )
    assert (found["requests"], found["tokens"]["reasoning"], found["currency"]) == (1, 9, "USD")


def test_with_a_dataset_the_answer_is_in_its_tables_and_asked_once(
    env: Env, service: FakeService, tmp_path: Path
) -> None:
    sound, dataset = make_audio(tmp_path, "call.wav", seconds=4), tmp_path / "dataset"
    own = {**env, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ran = asked(own, tmp_path, "Who calls?", sound, "--follow-up", "Why?", "--dataset", dataset)

    assert (ran.status, len(service.requests)) == (0, 2)
    [row] = ask(
        dataset,
        "SELECT a.prompt, a.scenario, s.outcome, s.raw_answer FROM analyses a JOIN segments s USING (analysis_id)",
    )
    assert row == {
        "prompt": "ask",
        "scenario": "quick",
        "outcome": "ok",
        "raw_answer": "A recording of 4.000 seconds. Nothing in it calls for attention.",
    }
    assert ask(dataset, "SELECT question FROM turns") == [{"question": "Why?"}]
    assert ask(dataset, "SELECT count(*) AS n FROM calls") == [{"n": 2}]


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (
            ("hi", "--voice", "Tina"),
            2,
            "--voice: expected a file that ends in .wav, found Tina; a voice's name goes with",
        ),
        (("hi", "--dataset", "d"), 2, "--dataset keeps the answer about one recording: name one, or leave out"),
        ((" ",), 2, "A question has words, and none were given."),
        (("hi", "nowhere.mp4"), 1, "nowhere.mp4"),
        (("hi", "--provider", "local"), 2, "the embedded engine, on this machine answers only about recordings"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(
    env: Env, service: FakeService, tmp_path: Path, words: tuple[str, ...], status: int, complaint: str
) -> None:
    ran = asked(env, tmp_path, *words)
    assert (ran.status, service.requests) == (status, [])
    assert complaint in ran.complaint


def test_a_key_that_is_refused_ends_with_3(env: Env, service: FakeService, tmp_path: Path) -> None:
    ran = asked({**env, "DASHSCOPE_API_KEY": "sk-another"}, tmp_path, "Who are you?")
    assert ran.status == 3
    assert "DASHSCOPE_API_KEY" in ran.complaint


def test_a_refused_question_ends_with_1(env: Env, service: FakeService, tmp_path: Path) -> None:
    service.next(DOCUMENTED["data_inspection_failed"])
    ran = asked(env, tmp_path, "Who are you?")
    assert (ran.status, ran.out) == (1, "")


def test_the_doctor_tries_the_key_with_a_question(env: Env, service: FakeService, tmp_path: Path) -> None:
    well = reelsheet("doctor", "--ask", env=env, cwd=tmp_path)
    ill = reelsheet("doctor", "--ask", env={**env, "DASHSCOPE_API_KEY": "sk-another"}, cwd=tmp_path)

    assert (well.status, ill.status) == (0, 2)
    assert "ok    question: qwen3.5-omni-flash at dashscope answers “Nothing was shown." in well.out
    assert "MEND  question: " in ill.out
    assert len(service.requests) == 2
