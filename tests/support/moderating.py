"""A made-up model that moderates, and the command run against it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.cli import Ran, reelsheet
from tests.support.media import make_video
from tests.support.service import Asked, FakeService, answer_to
from tests.support.service_specs import KEY

NOTHING = "## Findings\nNo findings."
QUICK = "## Findings\n00:01.000 - 00:02.000\nLabel: violence"
FINE = (
    "## Findings\n00:01.000 - 00:02.000\nLabel: violence.graphic\nSeverity: 5\nConfidence: 80\nModality: picture\n"
    "Evidence: “a wound”\nRationale: it is shown in detail"
)


def is_fine(asked: Asked) -> bool:
    return "Severity:" in asked.instruction


@dataclass
class Moderator:
    """Answers by the seconds that a clip lasts: the words of `quick` and `fine`, or that there is nothing."""

    quick: Mapping[float, str] = field(default_factory=dict)
    fine: Mapping[float, str] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> str:
        if not re.search(r"^Labels:", asked.instruction, re.MULTILINE):
            return answer_to(asked)
        return (self.fine if is_fine(asked) else self.quick).get(round(asked.duration_ms / 1000, 1), NOTHING)


@dataclass(frozen=True)
class Bench:
    """A folder whose recordings are moderated into its `dataset`."""

    folder: Path
    service: FakeService
    moderator: Moderator
    env: Mapping[str, str]

    @property
    def dataset(self) -> Path:
        return self.folder / "dataset"

    def moderate(self, *words: object) -> Ran:
        words = words or (".",)
        return reelsheet("moderate", "--dataset", "dataset", "--settle", 0, *words, env=self.env, cwd=self.folder)

    def review(self, *words: object) -> Ran:
        return reelsheet("review", *words, "--dataset", "dataset", env=self.env, cwd=self.folder)

    def copy_in(self, folder: Path) -> Bench:
        """The same with a folder of its own, in which all is as it has come to be here."""
        return replace(self, folder=Path(shutil.copytree(self.folder, folder, dirs_exist_ok=True)))

    @property
    def passes(self) -> list[str]:
        """Each request that was answered or refused, as the pass that it belongs to."""
        return ["fine" if "Severity:" in str(request.body) else "quick" for request in self.service.requests]


@contextmanager
def two_films(env: Mapping[str, str], folder: Path) -> Iterator[Bench]:
    """A film of 4 s that both passes flag, and one of 2 s in which there is nothing."""
    moderator = Moderator({4.0: QUICK}, {4.0: FINE})
    with FakeService(api_key=KEY, answer=moderator) as service:
        make_video(folder, "flagged.mp4", seconds=4, size="96x96")
        make_video(folder, "clear.mp4", seconds=2, size="96x96")
        yield Bench(folder, service, moderator, {**env, "DASHSCOPE_BASE_URL": service.base_url})
