"""Images: probed by content, upright, shrunk where they must be, and counted as the service counts them."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from config.catalog import load_catalog
from config.types import ModelSpec
from tasks.errors import NotMedia, TooLarge
from tasks.media.probing import probe_recording
from tasks.omni.client import OmniClient
from tasks.omni.wire import Endpoint
from tasks.records import Clip, Kind, Question, Recording
from tasks.run.clips import make_clips
from tasks.run.job import Job
from tests.support.dataset_rows import run
from tests.support.media import make_video
from tests.support.service import FakeService
from tests.support.service_specs import AT_ONCE

CATALOG = load_catalog()
QUESTION = Question("structured-image", "aa", "## Storyline and ## Visible Text", "sections", "auto")


def make_picture(folder: Path, name: str, width: int = 300, height: int = 200, *, noise: bool = False) -> Path:
    """Left half dark, right half bright; or noise, which no encoder makes small."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, width // 2 :] = 220
    if noise:
        picture = np.random.default_rng(1).integers(0, 255, (height, width, 3)).astype(np.uint8)
    path = folder / name
    assert cv2.imwrite(str(path), picture)
    return path


def turned(path: Path, orientation: int) -> Path:
    """The JPEG with an orientation as cameras write it."""
    exif = b"Exif\0\0II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0)
    jpeg = path.read_bytes()
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])
    return path


def job_for(model: ModelSpec, scenario: str = "standard") -> Job:
    provider = CATALOG.providers["dashscope"]
    questions: dict[Kind, Question] = {"video": QUESTION, "audio": QUESTION, "image": QUESTION}
    return Job(
        run("r", datetime(2026, 1, 1, tzinfo=UTC)),
        "",
        CATALOG.scenarios[scenario],
        model,
        provider,
        None,
        None,
        questions,
        1,
    )


PLUS = CATALOG.models["qwen3.5-omni-plus"]


def ready(recording: Recording, folder: Path, job: Job | None = None) -> Clip:
    job = job or job_for(PLUS)
    plan = job.plan(recording)
    [clip] = make_clips(job, plan, plan.segments[0], folder)
    return clip


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "tiff"])
def test_an_image_is_known_by_its_content(tmp_path: Path, ending: str) -> None:
    path = make_picture(tmp_path, f"a.{ending}").rename(tmp_path / "named.mp4")
    found = probe_recording(path, "named.mp4")
    assert found.video is not None
    assert (found.kind, found.duration_ms, found.video.width, found.video.height) == ("image", 0, 300, 200)


def test_a_name_that_looks_like_a_sequence_is_one_image(tmp_path: Path) -> None:
    for number in range(3):
        make_picture(tmp_path, f"x{number}.jpg")
    path = make_picture(tmp_path, "x%d.png", 64, 48)
    found = probe_recording(path, path.name)
    assert found.video is not None
    assert (found.video.width, found.video.height) == (64, 48)


@pytest.mark.parametrize(("orientation", "rotation"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_width_and_height_are_those_of_the_upright_image(tmp_path: Path, orientation: int, rotation: int) -> None:
    found = probe_recording(turned(make_picture(tmp_path, "a.jpg"), orientation), "a.jpg")
    assert found.video is not None
    upright = (200, 300) if rotation in (90, 270) else (300, 200)
    assert (found.video.rotation, found.video.width, found.video.height) == (rotation, *upright)


@pytest.mark.parametrize(("orientation", "bright"), [(3, "left"), (6, "bottom"), (8, "top"), (2, "left")])
def test_what_is_sent_stands_upright(tmp_path: Path, orientation: int, bright: str) -> None:
    (tmp_path / "work").mkdir()
    clip = ready(probe_recording(turned(make_picture(tmp_path, "a.jpg"), orientation), "a.jpg"), tmp_path / "work")
    sent = cv2.imread(clip.parts[0].path, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    assert sent is not None
    height, width = sent.shape
    spots = {"left": (height // 2, 8), "top": (8, width // 2), "bottom": (height - 8, width // 2)}
    assert sent[spots[bright]] > 200


def test_an_image_that_can_be_sent_as_it_is_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    path = make_picture(tmp_path, "a.png")
    clip = ready(probe_recording(path, "a.png"), tmp_path / "work")
    assert Path(clip.parts[0].path).read_bytes() == path.read_bytes()
    assert clip.parts[0].path != str(path)


def test_an_image_above_the_limit_is_shrunk_as_jpeg(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    found = probe_recording(make_picture(tmp_path, "a.bmp", 2400, 1800, noise=True), "a.bmp")
    clip = ready(found, tmp_path / "work")
    assert clip.parts[0].media_format == "jpg"
    assert clip.size_bytes < 7_400_000 < found.size_bytes
    assert clip.segment.picture is not None
    sent = cv2.imread(clip.parts[0].path)
    assert sent is not None
    assert sent.shape[1::-1] == (clip.segment.picture.width, clip.segment.picture.height)


def test_an_image_that_cannot_be_made_small_enough_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    job = job_for(PLUS.model_copy(update={"image": PLUS.image.model_copy(update={"max_bytes": 2000})}))
    found = probe_recording(make_picture(tmp_path, "a.png", 600, 600, noise=True), "a.png")
    with pytest.raises(TooLarge, match=r"a\.png cannot be made small enough"):
        ready(found, tmp_path / "work", job)
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("model", ["qwen3.5-omni-plus", "qwen3-omni-flash", "qwen-omni-turbo"])
@pytest.mark.parametrize("scenario", ["quick", "standard", "fine"])
def test_the_service_counts_the_tokens_that_were_planned(tmp_path: Path, model: str, scenario: str) -> None:
    (tmp_path / "work").mkdir()
    job = job_for(CATALOG.models[model], scenario)
    clip = ready(probe_recording(make_picture(tmp_path, "a.jpg", 1701, 999), "a.jpg"), tmp_path / "work", job)
    with (
        FakeService() as service,
        OmniClient(job.provider, job.model, Endpoint(service.base_url), retries=AT_ONCE) as client,
    ):
        answer = client.ask(clip, QUESTION.instruction)
        assert answer.text, answer.reason
        assert answer.calls[0].tokens is not None
        assert answer.calls[0].tokens.image == clip.segment.tokens.image


def test_a_gif_of_one_picture_is_an_image_and_one_that_moves_a_video(tmp_path: Path) -> None:
    still, moving = tmp_path / "still.gif", tmp_path / "moving.gif"
    make_video(tmp_path, "clip.mp4", seconds=1, fps=10)
    for path, frames in ((still, 1), (moving, 10)):
        source = tmp_path / "clip.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-frames:v", str(frames), path], check=True)
    assert [probe_recording(path, path.name).kind for path in (still, moving)] == ["image", "video"]


def test_broken_images_and_unknown_kinds_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 60)
    with pytest.raises(NotMedia, match=r"broken\.png is a broken image"):
        probe_recording(broken, "broken.png")
    heic = tmp_path / "a.heic"
    heic.write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 60)
    with pytest.raises(NotMedia, match=r"a\.heic is an image in HEIC or AVIF"):
        probe_recording(heic, "a.heic")


def test_several_images_make_one_clip(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    members = tuple(
        probe_recording(make_picture(tmp_path, f"{width}.jpg", width, 400), f"{width}.jpg") for width in (300, 2000)
    )
    group = replace(members[0], members=members, id_basis="group", size_bytes=sum(m.size_bytes for m in members))
    job = job_for(PLUS)
    clip = ready(group, tmp_path / "work", job)
    with (
        FakeService() as service,
        OmniClient(job.provider, PLUS, Endpoint(service.base_url), retries=AT_ONCE) as client,
    ):
        answer = client.ask(clip, QUESTION.instruction)
        assert answer.text, answer.reason
        assert [seen.modality for seen in service.requests[0].seen] == ["image", "image"]
        assert answer.calls[0].tokens is not None
        assert answer.calls[0].tokens.image == clip.segment.tokens.image
