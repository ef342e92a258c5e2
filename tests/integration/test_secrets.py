"""The key is nowhere: not in Prefect's database or API, the dataset, the work folder, nor on the terminal."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio
from tests.support.service import ErrorFrame, FakeService, Fault, HttpError, Received, Say

Env = dict[str, str]
KEY = "sk-MustNeverBeSeen-7d81f0c3"
KINDS = ("flow_runs", "task_runs", "logs", "artifacts", "deployments", "variables")


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService(api_key=KEY) as running:
        yield running


@pytest.fixture
def keyed(env: Env, service: FakeService) -> Env:
    """The key in both variables, and every library told to say all it knows."""
    loud = {"OPENAI_LOG": "debug", "PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_LOGGING_EXTRA_LOGGERS": "openai,httpx"}
    return {**env, **loud, "DASHSCOPE_API_KEY": KEY, "REELSHEET_API_KEY": KEY}


def forms(key: str) -> list[bytes]:
    """The key as it is, and inside base64 at each of the three places where it may begin."""
    inside = [b64encode(b"\0" * shift + key.encode())[4 : len(key)] for shift in range(3)]
    return [key.encode(), *inside]


def files_with_key(*folders: Path) -> list[Path]:
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert found, "something is there to be looked at"
    return [path for path in found if any(form in path.read_bytes() for form in forms(KEY))]


def told_by_prefect(url: str) -> str:
    """All that the API says of runs, their parameters, logs and artifacts."""
    said = ""
    for kind in KINDS:
        for offset in range(0, 100_000, 200):
            page = httpx.post(f"{url}/{kind}/filter", json={"limit": 200, "offset": offset}).raise_for_status().json()
            said += json.dumps(page)
            if len(page) < 200:
                break
    return said


def repeating(request: Received) -> Fault | None:
    """A server that repeats the key in each of its ways to fail."""
    seconds = round(request.seen[0].duration_ms / 1000)
    bearer = f"Authorization: Bearer {KEY}"
    faults: dict[int, Fault] = {
        3: HttpError(400, "invalid_parameter_error", f"Wrong header: {bearer}"),
        4: ErrorFrame("data_inspection_failed", f"Output refused for {KEY}."),
        5: HttpError(400, "data_inspection_failed", f"Input refused ({bearer})."),
        6: Say("Nothing of the asked form."),
        7: HttpError(400, "teapot", "?", body=f"<html>{bearer}</html>"),
    }
    return faults.get(seconds)


def test_the_key_is_nowhere_after_runs_that_fail_in_every_way(
    keyed: Env, service: FakeService, prefect_url: str, prefect_home: Path, tmp_path: Path
) -> None:
    folder, work, dataset = tmp_path / "in", tmp_path / "work", tmp_path / "dataset"
    folder.mkdir()
    work.mkdir()
    for seconds in range(2, 8):
        make_audio(folder, f"{seconds}.wav", seconds=seconds)
    (folder / "broken.mp4").write_bytes(b"no film")
    words = ("--dataset", dataset, "--workdir", work, "--settle", "0")
    told: list[Ran] = []

    def analyze(*more: object, **changed: str) -> int:
        told.append(reelsheet("analyze", folder, *words, *more, env={**keyed, **changed}))
        return told[-1].status

    assert analyze("--max-cost", "0") == 1
    service.next(HttpError(401, "invalid_api_key", f"Incorrect API key provided: {KEY}."))
    assert analyze("--concurrency", "1") == 3
    assert analyze(DASHSCOPE_BASE_URL="http://127.0.0.1:9/v1") == 3
    service.decide = repeating
    assert analyze("--voice", "Tina", REELSHEET_FAILPOINTS="answer.kept") == -9
    assert analyze("--json", "--voice", "Tina", "-vv", "--log-file", tmp_path / "log", "--log-format", "json") == 1
    told.append(reelsheet("doctor", "--dataset", dataset, env=keyed))
    told.append(reelsheet("plan", folder, env=keyed))

    terminal = "".join(ran.out + ran.err for ran in told)
    assert KEY not in terminal
    assert "***" in terminal, "what the server repeated is blotted out"
    assert files_with_key(dataset, prefect_home, tmp_path) == []
    assert KEY not in (known := told_by_prefect(prefect_url))
    assert "analyze" in known


def test_a_key_given_as_a_setting_is_refused_without_repeating_it(keyed: Env, tmp_path: Path) -> None:
    for words in (("--voice", KEY), ("--base-url", f"http://127.0.0.1/v1?key={KEY}")):
        ran = reelsheet("analyze", tmp_path, "--dataset", tmp_path / "dataset", *words, env=keyed)
        assert ran.status == 2
        assert KEY not in ran.out + ran.err
        assert words[0] in ran.complaint
