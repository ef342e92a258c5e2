"""Running ffmpeg: time limits, words of failure, interruption."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.errors import FfmpegFailed, FfmpegMissing, Interrupted
from tasks.media import ffmpeg

ENDLESS = ["ffmpeg", "-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    ffmpeg.reset()


def test_the_standard_output_and_the_log_come_back() -> None:
    done = ffmpeg.run(["ffmpeg", "-v", "level+info", "-version"], 30, "asking for the version")
    assert done.stdout.startswith(b"ffmpeg version")
    assert done.status == 0


def test_a_failure_carries_the_tail_of_ffmpegs_words() -> None:
    with pytest.raises(FfmpegFailed, match=r"ffmpeg failed while trying; it said: .*No such file") as caught:
        ffmpeg.run(["ffmpeg", "-v", "level+error", "-i", "file:/gone.mp4", "-f", "null", "-"], 30, "trying")
    assert "No such file" in caught.value.tail


def test_a_run_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(FfmpegFailed, match=r"longer than 0 s while waiting"):
        ffmpeg.run(ENDLESS, 0.3, "waiting")


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM], ids=lambda by: by.name)
@pytest.mark.parametrize("program", ["ffmpeg", "ffprobe"])
def test_being_killed_is_no_fault_of_the_recording(tmp_path: Path, program: str, by: signal.Signals) -> None:
    os.mkfifo(tmp_path / "endless.wav")
    work = {
        "ffmpeg": lambda: ffmpeg.run(ENDLESS, 60, "waiting", check=False),
        "ffprobe": lambda: ffmpeg.ffprobe(tmp_path / "endless.wav", 60, "waiting"),
    }
    with ThreadPoolExecutor(1) as thread:
        ran = thread.submit(work[program])
        while not (running := list(ffmpeg._children._running)):
            time.sleep(0.01)
        running[0].send_signal(by)
        with pytest.raises(FfmpegFailed, match=f"{program} was killed by somebody else .{by.name}. while") as caught:
            ran.result(30)
    assert caught.value.retryable


@pytest.mark.parametrize("place", ["/dev/full", "/proc/self/mem"], ids=["no room", "a disk that fails"])
def test_a_clip_that_cannot_be_written_is_no_fault_of_the_recording(place: str) -> None:
    argv = ["ffmpeg", "-y", "-v", "level+error", "-f", "lavfi", "-i", "sine=d=1", "-f", "mp4", f"file:{place}"]
    with pytest.raises(FfmpegFailed) as caught:
        ffmpeg.run(argv, 30, "trying")
    assert caught.value.retryable


def test_a_machine_without_memory_is_no_fault_of_the_recording() -> None:
    with pytest.raises(FfmpegFailed) as caught:
        ffmpeg.run(["sh", "-c", "ulimit -v 90000; exec ffmpeg -version"], 30, "trying")
    assert caught.value.retryable


def test_broken_data_stays_broken(tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"RIFF" + bytes(1000))
    with pytest.raises(FfmpegFailed) as caught:
        ffmpeg.run(["ffmpeg", "-v", "level+error", "-i", str(tmp_path / "noise.wav"), "-f", "null", "-"], 30, "trying")
    assert not caught.value.retryable


def test_no_shell_ever_reads_a_name(tmp_path: Path) -> None:
    with pytest.raises(FfmpegFailed):
        ffmpeg.run(["ffmpeg", "-i", f"file:$(touch {tmp_path}/made)", "-f", "null", "-"], 30, "trying")
    assert not list(tmp_path.iterdir())


def test_a_million_complaints_leave_only_a_tail() -> None:
    noisy = ["ffmpeg", "-v", "level+debug", "-f", "lavfi", "-i", "testsrc2=d=60:s=32x32", "-f", "null", "-"]
    assert len(ffmpeg.run(noisy, 60, "talking").log) <= ffmpeg.LOG_LINES


def test_stopping_all_ends_what_runs_and_refuses_what_comes() -> None:
    ends: list[BaseException] = []

    def work() -> None:
        try:
            ffmpeg.run(ENDLESS, 60, "waiting")
        except Interrupted as error:
            ends.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    while len(ffmpeg._children._running) < 2:
        time.sleep(0.01)
    ffmpeg.stop_all()
    for worker in workers:
        worker.join(30)
    assert len(ends) == 2
    with pytest.raises(Interrupted):
        ffmpeg.run(["ffmpeg", "-version"], 30, "asking")


def test_without_ffmpeg_one_sentence_says_what_to_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FfmpegMissing, match=r"sudo apt install ffmpeg.*brew install ffmpeg"):
        ffmpeg.require_ffmpeg()
    with pytest.raises(FfmpegMissing):
        ffmpeg.run(["ffmpeg", "-version"], 30, "asking")


def test_with_ffmpeg_nothing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    ffmpeg.require_ffmpeg()
    assert capfd.readouterr() == ("", "")
