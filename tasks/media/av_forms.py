"""Describe a recording as ffprobe has described another of its form. Pure.

PyAV brings an FFmpeg of its own. So the first recording of a form is asked of ffprobe, too: what the two say alike is
believed of further ones, and what PyAV does not know (`codec_long_name`, `refs`, …) follows from the form.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
Reading = Mapping[str, Any]  # what `av_reading.read_file` returns

_MOST_FORMS = 512
_OF_FORMAT = ("start_time", "duration", "size", "bit_rate", "tags")  # of `format`, read from each file
_OF_STREAM = (
    *("start_pts", "start_time", "duration_ts", "duration", "bit_rate", "nb_frames", "nb_read_packets", "tags"),
    *("r_frame_rate", "avg_frame_rate"),  # of a picture
)
_SILENT = ("r_frame_rate", "avg_frame_rate")  # the same for every sound
_OF_PACKET = ("stream_index", "pts_time", "dts_time", "duration_time", "pos", "flags")


@dataclass(frozen=True, slots=True)
class _Known:
    """A form has what ffprobe said of its first file.

    `right` numbers those of PyAV's answers that ffprobe has given ever since.
    """

    constants: Json
    right: frozenset[int]


class Forms:
    """Forms are those that ffprobe was asked about; any thread may use them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def answer(self, reading: Reading, path: Path) -> dict[str, Any] | None:
        """Return what ffprobe would say of a file that PyAV has read.

        None stands for a form that is not known, or whose answer is not sure.
        """
        known = self._known.get(_name(reading))
        if known is None or not known.right:
            return None
        first, *others = (reading["answers"][number] for number in sorted(known.right))
        if any(other != first for other in others):
            return None
        answer = _filled(known.constants, first)
        answer["format"]["filename"] = (b"file:" + os.fsencode(path)).decode("utf-8", "replace")
        return {**answer, "packets": reading["packets"]}

    def learn(self, reading: Reading, answer: Json, *, warned: bool) -> None:
        """Take in what ffprobe says of a file that PyAV has read."""
        name, constants = _name(reading), _constants(answer)
        right = frozenset() if warned else _right(reading, answer, constants)
        with self._lock:
            before = self._known.get(name)
            if before is not None:
                right = right & before.right if constants == before.constants else frozenset()
            if before is not None or len(self._known) < _MOST_FORMS:
                self._known[name] = _Known(constants, right)


def _name(reading: Reading) -> str:
    return json.dumps(reading["form"], sort_keys=True)


def _right(reading: Reading, answer: Json, constants: Json) -> frozenset[int]:
    """Return the numbers of PyAV's answers that are ffprobe's, word for word."""
    if _by_stream(reading["packets"]) != _by_stream(answer.get("packets", ())):
        return frozenset()
    told = {**answer, "format": {name: value for name, value in answer["format"].items() if name != "filename"}}
    told.pop("packets", None)
    possible = enumerate(reading["answers"])
    return frozenset(number for number, one in possible if _filled(constants, one) == told)


def _by_stream(packets: Sequence[Json]) -> dict[int, list[list[Any]]]:
    """Return the packets of each stream, however the streams take turns.

    Newer versions write a third flag, which PyAV's packets that are taken never have.

    >>> _by_stream([{"stream_index": 0, "pos": "7", "flags": "K__"}])
    {0: [[0, None, None, None, '7', 'K__']]}
    """
    found: dict[int, list[list[Any]]] = {}
    for packet in packets:
        facts = [packet.get(name) for name in _OF_PACKET]
        found.setdefault(packet["stream_index"], []).append([*facts[:-1], str(facts[-1]).ljust(3, "_")])
    return found


def _constants(answer: Json) -> dict[str, Any]:
    """Return ffprobe's answer without what is read from each file."""
    whole = {name: value for name, value in answer["format"].items() if name not in (*_OF_FORMAT, "filename")}
    rest = {name: value for name, value in answer.items() if name not in ("packets", "format", "streams")}
    return {**rest, "format": whole, "streams": [_of_stream(stream) for stream in answer["streams"]]}


def _of_stream(stream: Json) -> dict[str, Any]:
    read = _OF_STREAM if stream.get("codec_type") == "video" else [name for name in _OF_STREAM if name not in _SILENT]
    return {name: value for name, value in stream.items() if name not in read}


def _filled(constants: Json, answer: Json) -> dict[str, Any]:
    """Return the whole answer; {} where the two do not go together."""
    if len(constants["streams"]) != len(answer["streams"]):
        return {}
    streams = [{**stream, **read} for stream, read in zip(constants["streams"], answer["streams"], strict=True)]
    return {**constants, "format": {**constants["format"], **answer["format"]}, "streams": streams}
