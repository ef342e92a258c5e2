"""What tests of the policy share: a service, and a desk for a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.pipeline.setup import resolve
from tasks.media.probing import probe_recording
from tasks.planning.rate import RateLimits
from tasks.run import client_pool
from tasks.run.request import AnalyzeRequest
from tasks.store.dataset import Dataset
from tests.support.desk import Desk
from tests.support.media import make_audio, make_video
from tests.support.service import FakeService
from tests.support.service_specs import KEY


@pytest.fixture
def desk_for(service: FakeService, tmp_path: Path) -> Iterator[Callable[[Path], Desk]]:
    def made(recording: Path) -> Desk:
        request = AnalyzeRequest(
            inputs=(str(recording),), dataset=str(tmp_path / "data"), provider="dashscope", base_url=service.base_url
        )
        job = replace(resolve(request).job, limits=RateLimits())
        (tmp_path / "work").mkdir(exist_ok=True)
        plan = job.plan(probe_recording(recording, recording.name))
        Dataset.open(job.dataset)
        return Desk(job, plan, tmp_path / "work", service)

    client_pool.use_keys(lambda provider: SecretStr(KEY))
    yield made
    client_pool.close_all()


@pytest.fixture
def desk(desk_for: Callable[[Path], Desk], media: Path) -> Desk:
    """Eight seconds of sound."""
    path = media / "call.wav"
    return desk_for(path if path.exists() else make_audio(media, "call.wav", seconds=8))


@pytest.fixture
def film(desk_for: Callable[[Path], Desk], media: Path) -> Desk:
    """Four seconds of picture and sound."""
    path = media / "film.mp4"
    return desk_for(path if path.exists() else make_video(media, "film.mp4", seconds=4))
