"""The clients of this process, one per address and model: tasks name them by their job, and never carry them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from config.types import ProviderSpec
from tasks.errors import DatasetNotWritable, Interrupted, ReelsheetError, UsageError
from tasks.omni.budget_guard import BudgetGuard
from tasks.omni.client import OmniClient
from tasks.omni.limiter import Limiter
from tasks.omni.wire import Endpoint
from tasks.records import Answer
from tasks.run.job import Job
from tasks.store.answers import AnswerStore
from tasks.system import cancellation

KeySource = Callable[[ProviderSpec], SecretStr | None]


@dataclass(slots=True)
class _Desk:
    client: OmniClient
    slots: threading.BoundedSemaphore  # questions under way at once
    waiting: int = 0  # questions that wait for their answer


_lock = threading.Lock()
_desks: dict[tuple[str, str, str], _Desk] = {}


def _no_key(provider: ProviderSpec) -> None:
    """Nobody has said where keys come from, so there are none."""
    del provider


_key_of: KeySource = _no_key


def use_keys(source: KeySource) -> None:
    """Say where keys come from; the composition root does, since only the settings read the environment."""
    global _key_of  # noqa: PLW0603 - one process, one environment
    _key_of = source


@contextmanager
def slot(job: Job) -> Iterator[OmniClient]:
    """The job's client, while one of the job's places is ours: so many questions are under way at once, no more.

    Keep the place until the answer is on the disk: what is under way when a run is killed is then all that is lost.
    """
    desk = _desk(job)
    with desk.slots:
        _count(desk, 1)
        try:
            yield desk.client
        finally:
            _count(desk, -1)


def _count(desk: _Desk, change: int) -> None:
    with _lock:
        desk.waiting += change


def halted(job: Job) -> ReelsheetError | None:
    """What stopped the job's model from being asked any more, if anything did."""
    return _desk(job).client.halted


def check(job: Job) -> None:
    """Raise what stopped the job's model from being asked any more, if anything did."""
    stopped = halted(job)
    if stopped is not None:
        raise stopped


@contextmanager
def stopping_at_a_full_disk() -> Iterator[None]:
    """Where an answer or a table cannot be written, nothing more is asked: it would be paid for and lost."""
    try:
        yield
    except DatasetNotWritable as error:
        halt_all(error)
        raise


def keep(answers: AnswerStore, answer: Answer) -> None:
    """Keep an answer on the disk. Once the reserve is used for that, what is under way still fits, and nothing new."""
    with stopping_at_a_full_disk():
        last_room = answers.put(answer)
    if last_room is not None:
        halt_all(last_room)


def halt_all(error: ReelsheetError) -> None:
    """From now on nothing new is asked; what waits ends with `error`, what is under way may finish."""
    with _lock:
        for desk in _desks.values():
            desk.client.halt(error)


def under_way() -> bool:
    """Whether some question waits for its answer."""
    with _lock:
        return any(desk.waiting for desk in _desks.values())


def close_all() -> None:
    """Forget all clients, at the end of a run."""
    with _lock:
        for desk in _desks.values():
            desk.client.close()
        _desks.clear()


def _desk(job: Job) -> _Desk:
    if job.base_url is None:
        raise UsageError("The embedded engine is not running; the flow starts it before the first question.")
    key = (job.provider.name, job.model.name, job.base_url)
    with _lock:
        if key not in _desks:
            client = OmniClient(
                job.provider,
                job.model,
                Endpoint(job.base_url, _key_of(job.provider), kept=job.concurrency),
                limiter=Limiter(job.limits),
                budget=BudgetGuard(job.max_cost_nano, job.price),
            )
            _desks[key] = _Desk(client, threading.BoundedSemaphore(job.concurrency))
            if cancellation.wished():
                client.halt(Interrupted(cancellation.SENTENCE))
        return _desks[key]
