"""What commands load before they work: what they have no use for would only keep people waiting."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cli import environment, reelsheet
from tests.support.loaded import Loaded, loaded_by
from tests.support.media import make_audio
from tests.support.moderating import Moderator
from tests.support.service import FakeService
from tests.support.service_specs import KEY

OF_TABLES = {"pyarrow", "numpy", "duckdb"}


@dataclass(frozen=True)
class Place:
    """A folder with a recording that is analysed and has subtitles, and where its commands run without a server."""

    folder: Path
    env: dict[str, str]

    def loaded_by(self, line: str) -> Loaded:
        return loaded_by(*shlex.split(line), env=self.env, cwd=self.folder)


@pytest.fixture(scope="module")
def place(session_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("start")
    recording = make_audio(folder, "talk.wav", seconds=2)
    os.utime(recording, (1_600_000_000, 1_600_000_000))  # a young file may still change, and is read again
    with FakeService(api_key=KEY, answer=Moderator()) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        for job in ("analyze", "subtitle", "moderate"):
            assert reelsheet(job, "talk.wav", env=env, cwd=folder).status == 0
    del env["PREFECT_API_URL"]
    return Place(folder, env)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "--help",
            "analyze --help",
            "retry -h",
            "--version",
            "models",
            "scenarios",
            "probe talk.wav",
            "plan talk.wav",
        ),
        "plan talk.wav --prompt subtitle --translate fr",
    ],
)
def test_command_loads_nothing_large(place: Place, line: str) -> None:
    done = place.loaded_by(line)
    assert (done.status or 0, done.libraries) == (0, ())


@pytest.mark.parametrize(
    "line",
    [
        *("query --list", "query 'FROM timeline'", "retry", "reparse", "compact", "forget talk.wav --dry-run"),
        *("review list", "review stats", "analyze talk.wav", "subtitle talk.wav --format vtt"),
        *("moderate talk.wav", "subtitle talk.wav --mux --out subtitles"),
        "subtitle --from-dataset --format ass",
    ],
)
def test_command_on_tables_loads_what_reads_them(place: Place, line: str) -> None:
    done = place.loaded_by(line)
    assert (done.status, set(done.libraries) - OF_TABLES) == (0, set())


def test_completing_loads_nothing_large(tmp_path: Path) -> None:
    words = {"_REELSHEET_COMPLETE": "complete_bash", "COMP_WORDS": "reelsheet analyze --prompt ", "COMP_CWORD": "3"}
    done = loaded_by(env=environment(HOME=str(tmp_path), **words))
    assert (done.libraries, "quick" in done.out.split()) == ((), True)
