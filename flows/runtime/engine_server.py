"""Start the embedded engine for a run, and stop it with the run.

It listens on a free port, where no other address is given.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flows.runtime import signals
from flows.runtime.engine_status import shown_status
from flows.runtime.prefect_server import with_our_modules
from tasks.errors import EngineMissing
from tasks.run.job import Job
from tasks.system.child_server import ChildServer, ChildServerFailed

_STARTS_WITHIN_S = 60.0


@contextmanager
def with_engine(job: Job) -> Iterator[Job]:
    """Give the job an address to ask.

    Raises EngineMissing where the extra `engine` is not installed.
    """
    if job.base_url is not None:
        yield job
        return
    argv = [sys.executable, "-P", "-m", "engine", "serve", "--port", "0", "--exit-with-stdin"]
    try:
        engine = ChildServer("embedded engine", argv, with_our_modules(os.environ), _STARTS_WITHIN_S)
    except ChildServerFailed as error:
        raise EngineMissing(error.message) from error
    with engine, signals.at_no_cost(engine.stop), shown_status(engine.url):
        yield replace(job, base_url=engine.url)
