"""The embedded engine as a real process, asked over real HTTP about real media."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from prompts.reader import read_prompt
from tasks.answer.parse import parse_answer
from tasks.records import Kind, ParsedAnswer, Span

moonshine_voice = pytest.importorskip("moonshine_voice", reason="the extra `engine` is not installed")

SERVE = [sys.executable, "-m", "engine", "serve", "--exit-with-stdin"]
ENGLISH = "\n\nThe speech in this recording is in English."
CAPTIONS = ("FERRY TO THE ISLAND", "TICKETS 12 EUROS")


@dataclass(frozen=True)
class Reply:
    """A whole answer: its text, the last chunk's usage, why it ended, and the events as they came."""

    text: str
    usage: dict[str, Any]
    finish_reason: str
    lines: list[str]

    def parsed(self, kind: Kind, duration_ms: int) -> ParsedAnswer:
        return parse_answer(self.text, kind, "sections", Span(0, duration_ms))


@dataclass(frozen=True)
class Server:
    url: str

    def post(self, *parts: dict[str, Any], prompt: str = "Describe it.", **changes: Any) -> httpx.Response:
        content = [*parts, {"type": "text", "text": prompt}]
        body = {
            "model": "embedded",
            "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [{"role": "user", "content": content}],
            **changes,
        }
        return httpx.post(f"{self.url}/chat/completions", json=body, timeout=300)

    def ask(self, *parts: dict[str, Any], prompt: str, **changes: Any) -> Reply:
        response = self.post(*parts, prompt=prompt, **changes)
        assert response.status_code == 200, response.text
        lines = [line for line in response.text.splitlines() if line.startswith("data: ")]
        chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
        choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
        return Reply(
            text="".join(choice["delta"].get("content", "") for choice in choices),
            usage=chunks[-1]["usage"],
            finish_reason=choices[-1]["finish_reason"],
            lines=lines,
        )


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with subprocess.Popen(
        SERVE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        yield Server(line.removeprefix("listening on ").strip())
        process.stdin.close()
        assert process.stdout.read() == "", "nothing but the one line belongs on standard output"
        assert process.stderr.read() == "", "the server's logs are quiet"


def data_uri(path: Path, kind: str = "") -> str:
    return f"data:{kind};base64," + base64.b64encode(path.read_bytes()).decode()


def video_part(url: str) -> dict[str, Any]:
    return {"type": "video_url", "video_url": {"url": url}, "fps": 2, "max_pixels": 921_600}


def audio_part(data: str) -> dict[str, Any]:
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}


def picture(caption: str, shade: int) -> np.ndarray[Any, Any]:
    frame = np.full((360, 640, 3), (shade, 90, 255 - shade), np.uint8)
    cv2.putText(frame, caption, (40, 200), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (255, 255, 255), 3)
    return frame


def frame_list(*captions: str) -> dict[str, Any]:
    urls = []
    for number, caption in enumerate(captions):
        _, data = cv2.imencode(".jpg", picture(caption, 40 + 120 * (number // 4 % 2)))
        urls.append("data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode())
    return {"type": "video", "video": urls, "fps": 2}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds: two captioned shots, 2 frames per second, silent sound."""
    folder = tmp_path_factory.mktemp("clip")
    for number in range(12):
        cv2.imwrite(str(folder / f"{number:02d}.png"), picture(CAPTIONS[number // 6], 30 + 180 * (number // 6)))
    target = folder / "clip.mp4"
    inputs = ["-framerate", "2", "-i", str(folder / "%02d.png"), "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono"]
    codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", "-t", "6"]
    subprocess.run(["ffmpeg", "-v", "error", *inputs, *codecs, str(target)], check=True)
    return target


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two and a half seconds of a real English voice, with a second of silence before them."""
    source = Path(moonshine_voice.get_assets_path()) / "two_cities.wav"
    target = tmp_path_factory.mktemp("voice") / "voice.wav"
    sound = ["-ss", "1", "-t", "2.5", "-i", str(source), "-af", "adelay=1000:all=1", "-ac", "1", "-ar", "16000"]
    subprocess.run(["ffmpeg", "-v", "error", *sound, str(target)], check=True)
    return target


def test_it_is_healthy_and_names_its_model(server: Server) -> None:
    assert httpx.get(server.url.removesuffix("/v1") + "/healthz").json() == {"status": "ok"}
    assert [each["id"] for each in httpx.get(f"{server.url}/models").json()["data"]] == ["embedded"]


def test_a_video_gets_shots_and_texts_with_their_times(server: Server, clip: Path) -> None:
    reply = server.ask(video_part(data_uri(clip)), prompt=read_prompt("structured-video").text)
    parsed = reply.parsed("video", 6_000)
    assert parsed.outcome == "ok"
    assert [each.start_ms for each in parsed.storyline or ()] == [0, 3_000]
    assert [(each.start_ms, each.text) for each in parsed.visible_text or ()] == [
        (0, CAPTIONS[0]),
        (3_000, CAPTIONS[1]),
    ]
    assert "No speech appears." in reply.text


def test_the_stream_ends_with_reason_usage_and_done(server: Server, clip: Path) -> None:
    reply = server.ask(video_part(data_uri(clip, "video/mp4")), prompt="What is shown?")
    assert reply.finish_reason == "stop"
    assert reply.lines[-1] == "data: [DONE]"
    assert len(reply.lines) > 4
    details = reply.usage["prompt_tokens_details"]
    assert set(details) == {"text_tokens", "video_tokens", "audio_tokens"}
    # 12 frames of 640x360, seen at 640x352: 6 rows of 20 x 11 squares and 2 markers; sound at 7 tokens per second.
    assert details["video_tokens"] == 6 * 20 * 11 + 2
    assert 42 <= details["audio_tokens"] <= 43


def test_a_file_on_this_machine_is_taken_by_its_path(server: Server, clip: Path) -> None:
    reply = server.ask(video_part(clip.as_uri()), prompt="## Visible Text")
    assert CAPTIONS[0] in reply.text


def test_a_frame_list_is_read_like_a_silent_video(server: Server) -> None:
    reply = server.ask(frame_list(*["MARKET SQUARE"] * 4, *["OLD TOWN HALL"] * 4), prompt="## Visible Text")
    parsed = reply.parsed("video", 4_000)
    assert [(each.start_ms, each.text) for each in parsed.visible_text or ()] == [
        (0, "MARKET SQUARE"),
        (2_000, "OLD TOWN HALL"),
    ]


def test_english_speech_is_transcribed_with_its_time(server: Server, voice: Path) -> None:
    prompt = read_prompt("structured-audio").text + ENGLISH
    reply = server.ask(audio_part(data_uri(voice)), prompt=prompt)
    [utterance] = reply.parsed("audio", 3_500).transcript or ()
    assert "best of times" in utterance.text
    assert utterance.speaker == "Speaker 1"
    assert abs((utterance.start_ms or 0) - 1_150) <= 200


def test_raw_base64_is_taken_for_sound(server: Server, voice: Path) -> None:
    raw = base64.b64encode(voice.read_bytes()).decode()
    assert "best of times" in server.ask(audio_part(raw), prompt=f"## Speakers and Transcript{ENGLISH}").text


def test_speech_that_may_not_be_english_is_only_detected(server: Server, voice: Path) -> None:
    text = server.ask(audio_part(data_uri(voice)), prompt=read_prompt("structured-audio").text).text
    assert "Speech was detected but not transcribed" in text
    assert "times" not in text.split("## Speakers")[1].split("##")[0]


def test_the_status_tells_how_far_an_analysis_is(server: Server, clip: Path) -> None:
    assert httpx.get(f"{server.url}/status").json() == {"analyses": [], "waiting": 0}
    seen = []
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(server.ask, video_part(data_uri(clip)), prompt=f"## Visible Text{ENGLISH}")
        while not asked.done():
            seen += httpx.get(f"{server.url}/status").json()["analyses"]
            time.sleep(0.02)
    shares = [one["share"] for one in seen]
    assert shares == sorted(shares)
    assert {one["duration_ms"] for one in seen} == {6_000}
    assert httpx.get(f"{server.url}/status").json()["analyses"] == []


def test_an_answer_longer_than_allowed_ends_by_length(server: Server, clip: Path) -> None:
    assert server.ask(video_part(data_uri(clip)), prompt="## Storyline", max_tokens=10).finish_reason == "length"


def test_several_requests_at_once_are_answered_as_one_by_one(server: Server, clip: Path, voice: Path) -> None:
    questions = [
        (video_part(data_uri(clip)), "## Visible Text"),
        (audio_part(data_uri(voice)), f"## Storyline{ENGLISH}"),
    ]
    alone = [server.ask(part, prompt=prompt).text for part, prompt in questions]
    with ThreadPoolExecutor(4) as pool:
        together = [pool.submit(server.ask, part, prompt=prompt) for part, prompt in questions * 2]
        assert [each.result().text for each in together] == alone * 2


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (video_part("https://example.com/a.mp4"), "does not download"),
        (video_part("data:;base64,!!!!"), "not valid base64"),
        (video_part("data:;base64,"), "empty"),
        (video_part("file:///no/such/file.mp4"), "No readable file"),
        (
            video_part("data:;base64," + base64.b64encode(b"just some words\n" * 50).decode()),
            "neither picture nor sound",
        ),
        (audio_part(base64.b64encode(bytes(range(256)) * 40).decode()), "neither picture nor sound"),
        (audio_part("A" * 10_485_764), "Exceeded limit on max bytes per data-uri item"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, "could not be decoded"),
    ],
)
def test_bad_media_is_a_400_that_says_why(server: Server, part: dict[str, Any], words: str) -> None:
    response = server.post(part)
    assert response.status_code == 400
    assert words in response.json()["error"]["message"]
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_a_playlist_cannot_make_it_read_other_files(server: Server, clip: Path, tmp_path: Path) -> None:
    playlist = tmp_path / "list.txt"
    playlist.write_text(f"ffconcat version 1.0\nfile '{clip}'\n")
    assert server.post(video_part(playlist.as_uri())).status_code == 400


def test_another_model_is_a_404(server: Server, clip: Path) -> None:
    response = server.post(video_part(clip.as_uri()), model="qwen3.5-omni-plus")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")


def test_only_streams_are_answered(server: Server, clip: Path) -> None:
    assert server.post(video_part(clip.as_uri()), stream=False).status_code == 400


def test_it_ends_when_its_standard_input_ends() -> None:
    with subprocess.Popen(SERVE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_it_leaves_no_temporary_files_when_it_is_told_to_stop(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(SERVE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("hide", "option", "words"),
    [
        ("rapidocr", ["--port", "0"], "pip install '.[engine]'"),
        ("", ["--host", "0.0.0.0"], "loopback"),
        ("", ["--host", "127.0.0.1", "--port", "99999"], "--port"),
    ],
)
def test_what_keeps_it_from_serving_is_one_sentence_and_status_2(hide: str, option: list[str], words: str) -> None:
    program = f"import sys; sys.modules[{hide!r}] = None; from engine.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", *option], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
