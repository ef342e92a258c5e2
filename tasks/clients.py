"""The clients of this process, one per address and model: tasks name them by their job, and never carry them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pydantic import SecretStr

from config.types import ProviderSpec
from tasks.errors import ReelsheetError, UsageError
from tasks.job import Job
from tasks.omni.client import OmniClient

KeySource = Callable[[ProviderSpec], SecretStr | None]

_lock = threading.Lock()
_clients: dict[tuple[str, str, str], OmniClient] = {}
_key_of: KeySource = lambda provider: None  # noqa: E731


def use_keys(source: KeySource) -> None:
    """Say where keys come from; the composition root does, since only the settings read the environment."""
    global _key_of  # noqa: PLW0603 - one process, one environment
    _key_of = source


def client_for(job: Job) -> OmniClient:
    """The client for a job's model. Raises UsageError where no address is known."""
    if job.base_url is None:
        raise UsageError("The embedded engine is not running; the flow starts it before the first question.")
    key = (job.provider.name, job.model.name, job.base_url)
    with _lock:
        if key not in _clients:
            _clients[key] = OmniClient(
                job.provider, job.model, job.base_url, _key_of(job.provider), concurrency=job.concurrency
            )
        return _clients[key]


def halt_all(error: ReelsheetError) -> None:
    """From now on nothing new is asked; what waits ends with `error`, what is under way may finish."""
    with _lock:
        for client in _clients.values():
            client.halt(error)


def close_all() -> None:
    """Forget all clients, at the end of a run."""
    with _lock:
        for client in _clients.values():
            client.close()
        _clients.clear()
