"""Make proxies and certificates fit for every HTTP client of a run."""

from __future__ import annotations

import os
from collections.abc import Iterable

from tasks.errors import UsageError
from tasks.system.network import network_problem, no_proxy_for


def prepare_network(urls: Iterable[str | None] = ()) -> None:
    """Let this machine's own addresses bypass any proxy, as the user's exceptions do.

    `urls` are those that will be spoken to. Raises UsageError for settings with which nothing can be reached.
    """
    problem = network_problem(os.environ)
    if problem:
        raise UsageError(problem)
    bypassed = no_proxy_for(os.environ, filter(None, (*urls, os.environ.get("PREFECT_API_URL"))))
    if bypassed is not None:
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = bypassed
