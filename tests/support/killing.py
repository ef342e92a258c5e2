"""Runs of the real command that are killed or stopped and started again, and a ledger of what was asked and lost.

Each run leads a process group of its own, which is killed as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGINT, SIGKILL, SIGSTOP
from subprocess import TimeoutExpired

from tasks.store.answers import AnswerStore
from tasks.store.dataset import Dataset
from tests.support.cli import Started, processes_with, wait_until
from tests.support.scene import Scene, analyze, key_of
from tests.support.tables import (
    Content,
    content_of,
    differences,
    doubled_rows,
    newest,
    orphans,
    rows_of,
    unrecorded_runs,
    wrong_files,
)

SENTENCE = "Interrupted: what was finished is saved, and the same command goes on from there."


def said(run: Started) -> list[str]:
    """The sentences that the command ended with: one, if it is tidy."""
    lines = run.err.splitlines()
    return [line.removeprefix("reelsheet: ") for line in lines if line.startswith("reelsheet: ")]


@dataclass(slots=True)
class Trial:
    """One dataset on which runs die, and which in the end must hold what an uninterrupted run makes of the scene.

    Each death is followed by a look at what it left.
    """

    scene: Scene
    folder: Path  # for words and clips
    dataset: Path
    deaths: int = 0
    stopped: bool = False  # whether some run could say its last word: then it has published what it had, with gaps
    lost: Counter[str] = field(default_factory=Counter)  # by segment: how often its answer was under way at a death
    _asked_before: int = 0  # requests before the run that is under way

    def __post_init__(self) -> None:
        self.scene.service.reset()
        self.scene.service.latency_s = 0.05

    @property
    def asked(self) -> int:
        """Requests of the newest run."""
        return len(self.scene.service.requests) - self._asked_before

    def start(self, inputs: Sequence[Path], *options: object, from_nothing: bool = False, **env: str) -> Started:
        self._asked_before = len(self.scene.service.requests)
        return analyze(
            inputs,
            self.dataset,
            {**self.env, **env},
            self.folder,
            *options,
            concurrency=self.scene.concurrency,
            job=self.scene.job,
            from_nothing=from_nothing,
        )

    @property
    def env(self) -> dict[str, str]:
        """The environment of every run, by which its processes are found."""
        return {**self.scene.env, "TRIAL": str(self.folder)}

    def hold_publishing(self, run: Started) -> None:
        """Halt the run in the middle of a commit; a signal then waits for it to go on."""
        while True:
            wait_until(lambda: self.commits() or run.ended)
            assert not run.ended, run.err
            run.signal(SIGSTOP)
            if self.commits():
                return
            run.signal(SIGCONT)

    # --- ways to end -------------------------------------------------------------------------------------------------

    def die_at(self, point: str, inputs: Sequence[Path]) -> None:
        """A run that comes to a fail point."""
        run = self.start(inputs, REELSHEET_FAILPOINTS=point)
        assert run.wait() == -SIGKILL, f"the run did not come by {point}: {run.err}"
        self.look_at_what_is_left()

    def die_at_random(self, inputs: Sequence[Path], random: Random) -> None:
        """A run that is killed at an instant drawn from all of it: as it starts, while it asks, while it publishes.

        One that was faster has ended well; then nobody has died.
        """
        service, asks_after_s = self.scene.service, self.scene.asks_after_s
        service.latency_s = random.uniform(0.0, 0.3)
        to_ask = len(self.scene.segments_of(inputs) - self.durable())
        stage, requests = random.choice(("start", "ask", "ask", "publish")), random.randint(1, max(1, to_ask))
        left = self.commits()
        run = self.start(inputs, from_nothing=True)
        if stage == "ask" and to_ask:
            wait_until(lambda: self.asked >= requests or run.ended)
            delay = random.uniform(0.0, 0.4)
        elif stage == "publish":
            wait_until(lambda: self.commits() != left or run.ended)
            delay = random.uniform(0.0, 0.02)
        else:
            delay = random.uniform(0.0, asks_after_s)
        with suppress(TimeoutExpired):
            run.wait(delay)
        self.kill(run)

    def kill(self, run: Started) -> None:
        run.signal(SIGKILL)
        if run.wait() == -SIGKILL:
            self.look_at_what_is_left()
        else:
            assert run.status == self.scene.status, run.err

    def interrupt(self, run: Started) -> None:
        """Ctrl-C: what was asked is waited for, one sentence is said, and nothing of the run is left."""
        run.signal(SIGINT)
        run.signal(SIGCONT)  # for one that was held
        assert run.wait() == 130, run.err
        assert said(run) == [SENTENCE]
        wait_until(lambda: not processes_with(str(self.folder)), every_s=0.05)
        self.stopped = True
        self.look_at_what_is_left()
        assert not self.lost, "an answer that was paid for is waited for"

    def stop(self, run: Started, because: str) -> None:
        """The run ends by itself, with one sentence on the disk; what could not be kept counts as under way."""
        assert run.wait() == 2, run.err
        [sentence] = said(run)
        assert because in sentence
        self.stopped = True
        self.look_at_what_is_left()

    def finish(self) -> None:
        """A last run, after which all is as if nobody had ever died."""
        run = self.start(self.scene.inputs)
        assert run.wait() == self.scene.status, run.err
        self.check_tables()
        once = Counter(self.scene.segments.values())
        assert Counter(self.segments_asked()) == once + self.lost, "asked again is what was under way at a death"
        left = [str(path) for path in (self.folder / "clips").rglob("*")]
        assert not left, f"the clips of the dead go with the next run: {left}"

    # --- what is there -----------------------------------------------------------------------------------------------

    def commits(self) -> set[str]:
        """The commits that are under way just now, or were left in the middle."""
        hidden = self.dataset / ".reelsheet"
        return {f"{stage}/{name}" for stage in ("staging", "commits") for name in _names(hidden / stage)}

    def durable(self) -> set[str]:
        """The segments whose raw answer is on the disk: kept, or published."""
        kept = AnswerStore(Dataset.at(self.dataset))
        published = {row["segment_id"] for row in rows_of(self.dataset, "segments") if row["raw_answer"]}
        return published | {name for name in self.scene.segments.values() if kept.get(name)}

    def look_at_what_is_left(self) -> None:
        """After a death: count what was under way, and see that readers see only what is finished."""
        assert self.scene.service.wait_until_quiet(), "what was sent before the death is heard of"
        self.deaths += 1
        durable = self.durable()
        under_way = Counter(name for name in self.segments_asked(self._asked_before) if name not in durable)
        assert under_way.total() <= self.scene.concurrency, "a place is free only once the answer is on the disk"
        self.lost += under_way
        if self.dataset.exists():
            assert self.stopped or differences(content_of(self.dataset), self.scene.content) == []
            assert (wrong_files(self.dataset), doubled_rows(self.dataset)) == ([], [])

    @property
    def unlike(self) -> list[str]:
        """The tables whose rows are not those that an uninterrupted run would have left."""
        found, wanted = self._compared()
        return [table for table, rows in wanted.items() if found[table] != rows]

    def _compared(self) -> tuple[Content, Content]:
        """The rows that are there, and those of an uninterrupted run, without what a stopped run leaves of itself."""
        found, wanted = content_of(self.dataset), self.scene.content
        return (newest(found), newest(wanted)) if self.stopped else (found, wanted)

    def check_tables(self) -> None:
        """The tables are those of an uninterrupted run, and nothing waits to be published."""
        found, wanted = self._compared()
        for table, rows in wanted.items():
            assert found[table] == rows, table
        assert (wrong_files(self.dataset), doubled_rows(self.dataset)) == ([], [])
        assert (orphans(self.dataset), unrecorded_runs(self.dataset)) == (set(), set())
        assert not self.commits()
        assert not any((self.dataset / ".reelsheet" / "answers").glob("*/*"))

    def segments_asked(self, since: int = 0) -> list[str]:
        """Of each request, from number `since` on, the segment that it was about."""
        return [self.scene.segments[key_of(request)] for request in self.scene.service.requests[since:]]


def _names(folder: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return [path.name for path in folder.iterdir()]
    return []
