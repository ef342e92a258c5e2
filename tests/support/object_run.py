"""A small run over a dataset in an object store, in a process of its own that is to be killed.

The processes are forked from one that has imported everything: most of what a run would cost.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tasks.store.failpoints import activate
from tasks.store.local_cache_dir import use_caches
from tests.support.dataset_run import small_run

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, "s3fs", "upath", "pyarrow.dataset"])


def killed_run(
    url: str, run_id: str, points: Sequence[str], batches: Sequence[Sequence[str]], env: Mapping[str, str], here: Path
) -> tuple[int | None, list[str]]:
    """The exit status of a run on this machine, whose caches lie in `here`, and the segments that it asked about."""
    said = here / f"{run_id}.txt"
    process = _FORKS.Process(target=_run, args=(url, run_id, points, batches, dict(env), here, said))
    process.start()
    process.join()
    return process.exitcode, said.read_text().split()


def _run(
    url: str,
    run_id: str,
    points: Sequence[str],
    batches: Sequence[Sequence[str]],
    env: Mapping[str, str],
    here: Path,
    said: Path,
) -> None:
    os.environ.update(env)
    use_caches(here)
    activate(points)
    with said.open("w") as sys.stdout:
        small_run(url, run_id, batches)
