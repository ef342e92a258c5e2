"""A folder of pictures as one video: shown whole to the service as a list of frames, of one size, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from config.catalog import load_catalog
from tasks.errors import FfmpegFailed, NotMedia
from tasks.inputs.groups import find
from tasks.inputs.hashes import identify
from tasks.inputs.probe_input import probe_source
from tasks.query.sql import as_rows, run_sql
from tasks.records import Question, Recording, Span
from tasks.run.clips import make_clips
from tasks.run.job import Job
from tasks.store.dataset import Dataset
from tests.support.cli import reelsheet
from tests.support.dataset_rows import run
from tests.support.service import FakeService

CATALOG = load_catalog()
NOW = 4e9
JOB = Job(
    run=run(),
    dataset="",
    scenario=CATALOG.scenarios["standard"],
    model=CATALOG.models["qwen3.5-omni-plus"],
    provider=CATALOG.providers["dashscope"],
    base_url=None,
    price=None,
    questions={"video": Question("quick", "aa", "Say what happens.", "text", "auto")},
    concurrency=1,
)


def make_picture(folder: Path, name: str, grey: int, size: tuple[int, int] = (160, 96)) -> Path:
    """A picture of one grey; size is width and height."""
    folder.mkdir(exist_ok=True)
    assert cv2.imwrite(str(folder / name), np.full((size[1], size[0], 3), grey, np.uint8))
    return folder / name


def probed(folder: Path, fps: float = 2.0) -> Recording:
    [source] = find([str(folder)], 0.0, NOW, fps=fps).items
    recording = probe_source(source)
    assert [[(source, recording.media_id)]] == list(identify([source]))
    return recording


def shown(recording: Recording, workdir: Path) -> list[tuple[tuple[int, int], int, int]]:
    """The size (width, height) of each picture that would be sent, and its grey at the left and in the middle."""
    plan = JOB.plan(recording)
    [clip] = make_clips(JOB, plan, plan.segments[0], workdir)
    return [_seen(Path(part.path)) for part in clip.parts]


def _seen(path: Path) -> tuple[tuple[int, int], int, int]:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    height, width = picture.shape
    left, middle = (int(round(float(picture[height // 2, x]), -1)) for x in (4, width // 2))
    return (width, height), left, middle


def test_pictures_are_shown_in_order_at_one_size_whatever_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    make_picture(folder, "f1.png", 50)
    make_picture(folder, "f2.jpg", 100, (300, 300))
    make_picture(folder, "f10.webp", 150, (320, 192))
    film = probed(folder)
    assert (film.kind, film.id_basis, film.duration_ms, film.audio) == ("video", "frames", 1500, None)
    assert shown(film, tmp_path) == [((352, 224), 50, 50), ((352, 224), 0, 100), ((352, 224), 150, 150)]  # with bars


def test_what_is_too_large_for_a_request_is_halved_between_two_pictures(tmp_path: Path) -> None:
    for number in range(8):
        make_picture(tmp_path / "in", f"f{number}.png", 30 * number)
    film = probed(tmp_path / "in")
    plan = JOB.plan(film)
    [whole] = make_clips(JOB, plan, plan.segments[0], tmp_path)
    clips = make_clips(JOB, plan, plan.segments[0], tmp_path, whole.size_bytes * 2 // 3)
    assert [(clip.segment.span, clip.segment.cut_reason) for clip in clips] == [
        (Span(0, 2000), "size"),
        (Span(2000, 4000), "size"),
    ]
    greys = [_seen(Path(part.path))[2] for clip in clips for part in clip.parts]
    assert greys == [30 * number for number in range(8)]


def test_what_is_no_picture_is_refused_by_its_name(tmp_path: Path) -> None:
    make_picture(tmp_path / "in", "f1.png", 50)
    (tmp_path / "in" / "f2.png").write_text("no picture")
    with pytest.raises(NotMedia, match=r"f2\.png is no picture"):
        probed(tmp_path / "in")


def test_a_picture_that_is_broken_inside_fails_what_it_is_shown_in(tmp_path: Path) -> None:
    make_picture(tmp_path / "in", "f1.png", 50)
    broken = make_picture(tmp_path / "in", "f2.png", 50)
    broken.write_bytes(broken.read_bytes()[:40])
    film = probed(tmp_path / "in")
    with pytest.raises(FfmpegFailed):
        shown(film, tmp_path)


def test_a_folder_of_frames_is_asked_about_as_a_video(
    env: dict[str, str], service: FakeService, tmp_path: Path
) -> None:
    for number in range(6):
        make_picture(tmp_path / "stills", f"{number}.png", 40 * number)
    words = ("--frames", 4, "--settle", 0, "--dataset", "dataset", "stills")

    done = reelsheet("analyze", "--json", *words, env=env, cwd=tmp_path)

    assert done.status == 0, done.err
    [request] = service.requests
    [seen] = request.seen
    assert (seen.type, seen.modality, seen.frames, seen.duration_ms) == ("video", "video", 6, 1500)
    assert seen.video_tokens == done.json["tokens"]["video"] == done.json["estimate"]["tokens"]["video"]
    dataset = Dataset.existing(tmp_path / "dataset")

    def ask(sql: str) -> list[dict[str, Any]]:
        return as_rows(run_sql(dataset, sql))

    assert ask("SELECT start_ms, end_ms, fps, transport, video_sent, audio_sent, outcome FROM segments") == [
        {"start_ms": 0, "end_ms": 1500, "fps": 4.0, "transport": "frames"}
        | {"video_sent": "sent", "audio_sent": "absent", "outcome": "ok"}
    ]
    assert ask("SELECT id_basis, kind, duration_ms, fps_num, uri FROM media") == [
        {"id_basis": "frames", "kind": "video", "duration_ms": 1500, "fps_num": 4, "uri": "stills"}
    ]
