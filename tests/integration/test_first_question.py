"""The first segment is asked about before its recording is cut to the end, whatever kind it is of.

Each ffmpeg that begins amid the recording waits until the service has been asked something. Were all cut before the
first question, they would wait in vain for a minute, which they note. Segments are cut by threads, so one of these may
come to it before the one that begins at the start: it goes on after three seconds.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.asking import ask_values
from tests.support.cli import reelsheet
from tests.support.media import ffmpeg, make_audio, make_video
from tests.support.service import Asked, FakeService, answer_to

Env = dict[str, str]
SECONDS = 34
LONGEST_S = 12  # of a segment; pictures of ten seconds and more may be thinned on their way
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=3:keyint=100")
WAITING = """#!/bin/sh
case " $* " in
*" -ss "*)
    waited=0
    until [ -e "$TRIAL_ASKED" ]; do
        waited=$((waited + 1))
        [ $waited -lt 60 ] || [ -e "$TRIAL_BEGUN" ] || break
        [ $waited -lt 1200 ] || { touch "$TRIAL_ASKED-too-late"; break; }
        sleep 0.05
    done
    ;;
*)
    touch "$TRIAL_BEGUN"
    ;;
esac
exec FFMPEG "$@"
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ffmpeg that waits."""
    folder, real = tmp_path_factory.mktemp("tools"), shutil.which("ffmpeg")
    assert real is not None
    (folder / "ffmpeg").write_text(WAITING.replace("FFMPEG", real))
    (folder / "ffmpeg").chmod(0o755)
    return folder


@pytest.fixture
def noticing(tmp_path: Path) -> Iterator[FakeService]:
    """A service that notes in a file that it was asked."""

    def answer(asked: Asked) -> str:
        (tmp_path / "asked").touch()
        return answer_to(asked)

    with FakeService(answer=answer) as service:
        yield service


def recording(folder: Path, name: str) -> Path:
    if name == "hevc.mp4":
        moving = ("-f", "lavfi", "-i", f"testsrc2=s=96x96:r=25:d={SECONDS}", "-f", "lavfi", "-i", f"sine=d={SECONDS}")
        return ffmpeg(folder / name, [*moving, *HEVC, "-c:a", "aac"])
    if name.startswith("sound"):
        return make_audio(folder, name, seconds=SECONDS, rate=16_000, channels=1)
    return make_video(folder, name, seconds=SECONDS, size="96x96")


@pytest.mark.parametrize(
    "name", ["vp9.webm", "hevc.mp4", "h264.ts", "h264.mkv", "sound.mp3", "sound.m4a", "sound.flac"]
)
def test_the_first_segment_is_asked_before_the_last_is_cut(
    session_env: Env, noticing: FakeService, tools: Path, tmp_path: Path, name: str
) -> None:
    path, config = recording(tmp_path, name), tmp_path / "brief.toml"
    limits = "".join(f"[scenarios.brief.{kind}]\nmax_length_ms = {LONGEST_S * 1000}\n" for kind in ("video", "audio"))
    config.write_text(f'[scenarios.brief]\nlike = "quick"\n{limits}')
    env = {
        **session_env,
        "DASHSCOPE_BASE_URL": noticing.base_url,
        "PATH": f"{tools}:{session_env['PATH']}",
        "TRIAL_ASKED": str(tmp_path / "asked"),
        "TRIAL_BEGUN": str(tmp_path / "begun"),
    }
    words = ("--dataset", tmp_path / "dataset", "--settle", "0", "--config", config, "--scenario", "brief")
    ran = reelsheet("analyze", path, *words, env=env)
    assert ran.status == 0, ran.err
    assert sorted(each.name for each in tmp_path.glob("asked*")) == ["asked"]
    found = ask_values(tmp_path / "dataset", "SELECT outcome FROM segments")
    assert found == [("ok",)] * 3
