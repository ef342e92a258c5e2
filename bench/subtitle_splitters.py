"""Makes cues of the same utterances in other ways, to be measured alike."""

from __future__ import annotations

import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import pysubs2

from tasks.subtitles.cue import Cue, CueLine, Layout, Speech, Turn

Splitter = Callable[[Sequence[Speech], Layout], list[Cue]]

# Their rules for subtitles need neither torch nor a model. (whisperX' sentences do: NLTK's punkt is a download.)
OTHERS = "pip install --no-deps whisperx==3.8.6 stable-ts==2.19.1"


def splitters() -> dict[str, Splitter]:
    """List those that are installed, by name."""
    found: dict[str, Splitter] = {"pysubs2, a cue an utterance": whole, "every two full lines": fixed}
    if find_spec("whisperx"):
        found["whisperX"] = whisperx
    if find_spec("stable_whisper"):
        found["stable-ts"] = stable_ts
    return found


def whole(speech: Sequence[Speech], _layout: Layout) -> list[Cue]:
    """Split as pysubs2 takes a transcript over: one event a segment, on one line."""
    file = pysubs2.load_from_whisper({"segments": _segments(speech)})
    return [_cue(event.start, event.end, [event.plaintext]) for event in file]


def fixed(speech: Sequence[Speech], layout: Layout) -> list[Cue]:
    """Split after two full lines; times in proportion to the characters."""
    cues: list[Cue] = []
    for one in speech:
        lines = textwrap.wrap(one.text, int(layout.limits.characters_per_line))
        pairs = [lines[at : at + 2] for at in range(0, len(lines), 2)]
        total, said = sum(map(len, lines)), 0
        for pair in pairs:
            start = one.start_ms + (one.end_ms - one.start_ms) * said // total
            said += sum(map(len, pair))
            cues.append(_cue(start, one.start_ms + (one.end_ms - one.start_ms) * said // total, pair))
    return cues


def whisperx(speech: Sequence[Speech], layout: Layout) -> list[Cue]:
    """Split by whisperX' own rules, with its default lengths."""
    processor = import_module("whisperx.SubtitlesProcessor").SubtitlesProcessor(_segments(speech), layout.language)
    return [
        _cue(round(1000 * found["start"]), round(1000 * found["end"]), [found["text"].strip()])
        for found in processor.process_segments(advanced_splitting=True)
    ]


def stable_ts(speech: Sequence[Speech], layout: Layout) -> list[Cue]:
    """Split by stable-ts' own regrouping, with its defaults; words' times are in proportion to the characters.

    It takes no two who speak at the same time: `force_order` puts one behind the other.
    """
    segments = [{**one, "words": list(_timed_words(said))} for one, said in zip(_segments(speech), speech, strict=True)]
    with _without_torch(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it put one behind the other
        words = {"language": layout.language, "segments": segments}
        result = import_module("stable_whisper.result").WhisperResult(words, force_order=True, show_unsorted=False)
        result.regroup()
    return [_cue(round(1000 * one.start), round(1000 * one.end), one.text.strip().split("\n")) for one in result]


def _timed_words(one: Speech) -> Iterator[dict[str, object]]:
    words, said = one.text.split(), 0
    for word in words:
        start, said = said, said + len(word) + 1
        times = (one.start_ms + (one.end_ms - one.start_ms) * at / (len(one.text) + 1) for at in (start, said))
        begins, ends = (ms / 1000 for ms in times)
        yield {"word": f" {word}", "start": begins, "end": ends, "probability": 1.0}


@contextmanager
def _without_torch() -> Iterator[None]:
    """Let stable-ts' splitting be imported alone: torch, which it does not use, stands in by name only."""
    package = ModuleType("stable_whisper")
    spec = find_spec("stable_whisper")
    package.__path__ = list(spec.submodule_search_locations or ()) if spec else []
    empty = {name: _Nothing(name) for name in ("torch", "torch.nn", "torchaudio") if name not in sys.modules}
    sys.modules.update({"stable_whisper": package, **empty})
    try:
        yield
    finally:
        for name in empty:
            del sys.modules[name]


class _Nothing(ModuleType):
    """Has every name, each a class that nobody uses."""

    def __getattr__(self, name: str) -> Any:
        return type(name, (), {})


def _segments(speech: Sequence[Speech]) -> list[dict[str, object]]:
    return [{"start": one.start_ms / 1000, "end": one.end_ms / 1000, "text": one.text} for one in speech]


def _cue(start_ms: int, end_ms: int, lines: Sequence[str]) -> Cue:
    return Cue(start_ms, end_ms, (Turn("", " ".join(lines)),), tuple(CueLine("", line) for line in lines))
