"""What is cut for each way of travelling, and that servers of every dialect take it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.catalog import load_catalog
from tasks.errors import TooLarge
from tasks.media.cutting import Delivery, cut_segment
from tasks.media.probing import probe_recording
from tasks.omni.client import OmniClient
from tasks.omni.wire import Endpoint
from tasks.planning.plan import AnalysisSpec, plan_analysis
from tasks.planning.request_limits import hears_soundtrack
from tasks.planning.transport import TransportChoice, clip_budget
from tasks.records import AnalysisPlan, Clip, Question
from tests.support import measuring, media
from tests.support.service import FakeService

pytestmark = pytest.mark.usefixtures("asked_once")

CATALOG = load_catalog()
QUESTION = Question("quick", "aa", "Say what happens.", "text", "auto")
OPEN_WEIGHTS = "Qwen/Qwen3-Omni-30B-A3B-Instruct"
BUDGET = clip_budget(CATALOG.providers["vllm"])


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6 s with sound."""
    return media.make_video(tmp_path_factory.mktemp("ways"), seconds=6)


def planned(film: Path, provider: str, model: str, transport: TransportChoice = "auto") -> AnalysisPlan:
    spec = AnalysisSpec(
        CATALOG.scenarios["quick"], CATALOG.models[model], CATALOG.providers[provider], QUESTION, transport
    )
    return plan_analysis(probe_recording(film, film.name), spec)


def cut(plan: AnalysisPlan, folder: Path, way: Delivery, budget: int = BUDGET) -> Clip:
    [clip] = cut_segment(plan, plan.segments[0], folder, budget, way)
    return clip


@pytest.mark.parametrize("dialect", ["vllm", "sglang"])
def test_servers_that_do_not_hear_a_soundtrack_get_it_beside_the_video(
    film: Path, tmp_path: Path, dialect: str
) -> None:
    plan, provider = planned(film, dialect, OPEN_WEIGHTS), CATALOG.providers[dialect]
    clip = cut(plan, tmp_path, Delivery(separate_sound=not hears_soundtrack(provider)))
    assert clip.soundtrack is not None
    assert probe_recording(Path(clip.path), "clip").audio is None
    assert measuring.beep_times(Path(clip.soundtrack.path)) == pytest.approx([0, 1000, 2000, 3000, 4000, 5000], abs=30)
    assert clip.size_bytes == sum(Path(name).stat().st_size for name in clip.files)
    name = dialect if dialect == "sglang" else "vllm"
    with (
        FakeService(dialect=name) as service,  # type: ignore[arg-type]
        OmniClient(provider, CATALOG.models[OPEN_WEIGHTS], Endpoint(service.base_url)) as client,
    ):
        answer = client.ask(clip, "What is this?")
        assert answer.text, answer.reason
        assert [seen.modality for seen in service.requests[0].seen] == ["video", "audio"]


def test_a_list_of_frames_holds_the_planned_frames(film: Path, tmp_path: Path) -> None:
    plan = planned(film, "dashscope", "qwen3.5-omni-plus", "frames")
    clip = cut(plan, tmp_path, Delivery("frames"))
    picture = plan.segments[0].picture
    assert picture is not None
    assert (clip.transport, len(clip.parts), clip.audio_sent) == ("frames", picture.frames, "absent")
    numbers = [measuring.picture_number(Path(part.path)) for part in clip.parts]
    assert numbers == [second * 25 // 2 for second in range(12)]


@pytest.mark.parametrize(
    ("dialect", "model"),
    [("dashscope", "qwen3.5-omni-plus"), ("dashscope", "qwen3-omni-flash"), ("dashscope", "qwen-omni-turbo"),
     ("vllm", OPEN_WEIGHTS)],
)  # fmt: skip
def test_every_family_takes_its_list_of_frames(film: Path, tmp_path: Path, dialect: str, model: str) -> None:
    plan, provider = planned(film, dialect, model, "frames"), CATALOG.providers[dialect]
    clip = cut(plan, tmp_path, Delivery("frames"))
    assert (clip.soundtrack is not None) == (dialect == "vllm")
    with (
        FakeService(dialect=dialect) as service,  # type: ignore[arg-type]
        OmniClient(provider, CATALOG.models[model], Endpoint(service.base_url)) as client,
    ):
        answer = client.ask(clip, "What is this?")
        assert answer.text, answer.reason
        if dialect == "dashscope":
            [call] = answer.calls
            assert call.tokens is not None
            assert call.tokens.video == plan.segments[0].tokens.video


def test_a_folder_with_a_percent_sign_holds_frames_too(film: Path, tmp_path: Path) -> None:
    folder = tmp_path / "100%d"
    folder.mkdir()
    clip = cut(planned(film, "dashscope", "qwen3.5-omni-plus", "frames"), folder, Delivery("frames"))
    assert len(clip.parts) == 12


def test_a_second_that_fits_in_no_other_way_goes_as_frames_without_its_sound(film: Path, tmp_path: Path) -> None:
    plan = planned(film, "dashscope", "qwen3.5-omni-plus")
    segment = replace(plan.segments[0], span=replace(plan.segments[0].span, end_ms=1000))
    assert segment.picture is not None
    segment = replace(segment, picture=replace(segment.picture, frames=2, width=320, height=256))
    for budget in range(1000, 12_000, 500):
        try:
            [clip] = cut_segment(plan, segment, tmp_path, budget)
        except TooLarge:
            continue
        break
    assert clip.size_bytes <= budget
    if clip.transport == "frames":
        assert clip.audio_sent == "absent"
        assert any("sound was not sent" in note for note in clip.notes)


def test_an_uploaded_clip_is_not_squeezed_into_the_limit_of_base64(tmp_path: Path) -> None:
    noise = "testsrc2=size=320x240:rate=25,noise=alls=60:allf=t"
    noisy = media.ffmpeg(tmp_path / "noise.mp4", ["-f", "lavfi", "-t", "6", "-i", noise, "-preset", "ultrafast"])
    plan = planned(noisy, "dashscope", "qwen3.5-omni-plus", "upload")
    limit = 400_000
    clip = cut(plan, tmp_path, Delivery("upload"), 50_000_000)
    assert (clip.transport, clip.size_bytes > limit) == ("upload", True)
    squeezed = cut(plan, tmp_path, Delivery(), limit)
    assert (squeezed.transport, squeezed.size_bytes <= limit) == ("base64", True)


def test_the_files_of_a_clip_are_all_that_lies_in_the_work_folder(film: Path, tmp_path: Path) -> None:
    plan = planned(film, "vllm", OPEN_WEIGHTS, "frames")
    clip = cut(plan, tmp_path, Delivery("frames", separate_sound=True))
    assert sorted(clip.files) == sorted(str(path) for path in tmp_path.iterdir())
