"""Show what the embedded engine is at, while a run waits for it."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flows.output import progress
from tasks.timecode import format_ms

_LOOK_EVERY_S = 2.0
_ANSWERS_WITHIN_S = 5.0


@contextmanager
def shown_status(url: str) -> Iterator[None]:
    """Show how far the engine at `url` is, asking it every two seconds."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(url, over), name="engine status", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()


def words_of(status: Mapping[str, Any]) -> tuple[str, int]:
    """Return what the engine is at, for people, and the ms of recordings done.

    >>> words_of({"analyses": [{"duration_ms": 60_000, "share": 0.25, "picture_ms": 30_000, "sound": 0.25,
    ...                         "hearing": "voices"}], "waiting": 1})
    ('embedded engine: 25 % (picture at 00:30, listening for voices); 1 waiting', 15000)
    """
    analyses = status["analyses"]
    if not analyses:
        return "", 0
    each = ", ".join(_one(analysis) for analysis in analyses)
    waiting = f"; {status['waiting']} waiting" if status["waiting"] else ""
    return f"embedded engine: {each}{waiting}", sum(round(one["share"] * one["duration_ms"]) for one in analyses)


def _one(analysis: Mapping[str, Any]) -> str:
    at = []
    if analysis["picture_ms"] is not None and analysis["picture_ms"] < analysis["duration_ms"]:
        at.append(f"picture at {format_ms(analysis['picture_ms'] // 1000 * 1000).removesuffix('.000')}")
    if analysis["sound"] is not None and analysis["sound"] < 1:
        at.append(f"listening for {analysis['hearing'] or 'sounds'}")
    share = f"{100 * analysis['share']:.0f} %"
    return f"{share} ({', '.join(at)})" if at else share


def _watch(url: str, over: threading.Event) -> None:
    # Not through a proxy: the engine is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while not over.wait(_LOOK_EVERY_S):
        try:
            with opener.open(f"{url}/status", timeout=_ANSWERS_WITHIN_S) as answer:
                progress.current().note(*words_of(json.load(answer)))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it is only for show
    progress.current().note("")
