"""Keep the clients of this process, one per address and model.

Tasks name them by their job, and never carry them.
"""

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
class _PooledClient:
    client: OmniClient
    slots: threading.BoundedSemaphore  # questions under way at once
    waiting: int = 0  # questions that wait for their answer


_lock = threading.Lock()
_clients: dict[tuple[str, str, str], _PooledClient] = {}


def _no_key(provider: ProviderSpec) -> None:
    """Return no key, where no source of keys was set."""
    del provider


_key_of: KeySource = _no_key


def use_keys(source: KeySource) -> None:
    """Set the source of keys.

    The composition root does, since only the settings read the environment.
    """
    global _key_of  # noqa: PLW0603 - one process, one environment
    _key_of = source


@contextmanager
def slot(job: Job) -> Iterator[OmniClient]:
    """Take one of the job's slots, and give its client.

    There are as many slots as questions may be under way at once. Keep the slot until the answer is on the disk: what
    is under way when a run is killed is then all that is lost.
    """
    pooled = _pooled(job)
    with pooled.slots:
        _count(pooled, 1)
        try:
            yield pooled.client
        finally:
            _count(pooled, -1)


def _count(pooled: _PooledClient, change: int) -> None:
    with _lock:
        pooled.waiting += change


def halted(job: Job) -> ReelsheetError | None:
    """Return what stopped the job's model from being asked any more, if anything did."""
    return _pooled(job).client.halted


def check(job: Job) -> None:
    """Raise what stopped the job's model from being asked any more, if anything did."""
    stopped = halted(job)
    if stopped is not None:
        raise stopped


@contextmanager
def stopping_at_a_full_disk() -> Iterator[None]:
    """Halt all clients where an answer or a table cannot be written.

    It would be paid for and lost.
    """
    try:
        yield
    except DatasetNotWritable as error:
        halt_all(error)
        raise


def keep(answers: AnswerStore, answer: Answer) -> None:
    """Keep an answer on the disk.

    Once the reserve is used for that, what is under way still fits, and nothing new.
    """
    with stopping_at_a_full_disk():
        last_room = answers.put(answer)
    if last_room is not None:
        halt_all(last_room)


def halt_all(error: ReelsheetError) -> None:
    """Ask nothing new from now on.

    What waits ends with `error`, what is under way may finish.
    """
    with _lock:
        for pooled in _clients.values():
            pooled.client.halt(error)


def under_way() -> bool:
    """Return whether some question waits for its answer."""
    with _lock:
        return any(pooled.waiting for pooled in _clients.values())


def close_all() -> None:
    """Forget all clients, at the end of a run."""
    with _lock:
        for pooled in _clients.values():
            pooled.client.close()
        _clients.clear()


def _pooled(job: Job) -> _PooledClient:
    if job.base_url is None:
        raise UsageError("The embedded engine is not running; the flow starts it before the first question.")
    key = (job.provider.name, job.model.name, job.base_url)
    with _lock:
        if key not in _clients:
            client = OmniClient(
                job.provider,
                job.model,
                Endpoint(job.base_url, _key_of(job.provider), kept=job.concurrency),
                limiter=Limiter(job.limits),
                budget=BudgetGuard(job.max_cost_nano, job.price),
            )
            _clients[key] = _PooledClient(client, threading.BoundedSemaphore(job.concurrency))
            if cancellation.requested():
                client.halt(Interrupted(cancellation.SENTENCE))
        return _clients[key]
