"""Makes cues of the same utterances in other ways, to be measured alike."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

import pysubs2

from tasks.subtitles.cue import Cue, CueLine, Layout, Speech, Turn

Splitter = Callable[[Sequence[Speech], Layout], list[Cue]]

WHISPERX = "pip install --no-deps whisperx==3.8.6"  # its rules for subtitles need nothing else


def splitters() -> dict[str, Splitter]:
    """List those that are installed, by name.

    stable-ts is not among them: it cannot be imported without torch.
    """
    found: dict[str, Splitter] = {"pysubs2, a cue an utterance": whole, "every two full lines": fixed}
    if find_spec("whisperx"):
        found["whisperX"] = whisperx
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


def _segments(speech: Sequence[Speech]) -> list[dict[str, object]]:
    return [{"start": one.start_ms / 1000, "end": one.end_ms / 1000, "text": one.text} for one in speech]


def _cue(start_ms: int, end_ms: int, lines: Sequence[str]) -> Cue:
    return Cue(start_ms, end_ms, (Turn("", " ".join(lines)),), tuple(CueLine("", line) for line in lines))
