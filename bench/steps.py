"""The command line, which leaves the processor seconds of its steps in a file: `python -m bench.steps FILE COMMAND…`.

Each step is timed in the thread that carries it out; what a step starts (ffmpeg, ffprobe) is not in it.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from flows import entrypoint

STEPS = {
    "hashing": ("tasks.inputs.hashes", "_media_id"),
    "probing": ("tasks.probe", "probe_source"),
    "planning": ("flows.pipeline.portions", "plan_portion"),
    "cutting": ("tasks.run.steps", "make_clips"),
    "cutting together": ("tasks.run.steps", "make_clips_together"),
    "asking": ("tasks.run.segment:SegmentRequest", "about"),
    "saving": ("tasks.save", "publish_attempts"),
}

_spent: defaultdict[str, float] = defaultdict(float)
_lock = threading.Lock()


def timed(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        began = time.thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            with _lock:
                _spent[step] += time.thread_time() - began

    return inner


def main(report: Path) -> None:
    try:
        entrypoint.main(_load)
    finally:
        own, started = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = dict(_spent)
        spent["ffmpeg, ffprobe"] = started.ru_utime + started.ru_stime
        spent["Prefect's client, the rest"] = own.ru_utime + own.ru_stime - sum(_spent.values())
        report.write_text(json.dumps(spent))


def _load() -> entrypoint.Command:
    """Load the command once its entry point has set the environment, which Arrow reads at import; time its steps."""
    for step, (where, name) in STEPS.items():
        owner: Any = importlib.import_module(where.partition(":")[0])
        for inner in filter(None, where.partition(":")[2].split(".")):
            owner = getattr(owner, inner)
        setattr(owner, name, timed(step, getattr(owner, name)))
    command: entrypoint.Command = importlib.import_module("flows.cli").main
    return command


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    main(file)
