"""A golden answer: a text as a model would write it, and what the parser reads out of it, for people to compare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from bench.answer_variants import Original
from tasks.answer.parse import parse_answer
from tasks.answer.times import parse_range
from tasks.records import Event, Kind, ParsedAnswer, Span, TextElement, Utterance
from tasks.timecode import format_ms

_HEADER = re.compile(r"<!-- (video|audio|image), (.+?), (\w+)(?:, needs ([\w ]*))?(?:, files of ([\d ]+) ms)? -->\n")


def original(path: Path) -> Original:
    """The golden answer as variants are made of it."""
    text = path.read_text(encoding="utf-8")
    header = _HEADER.match(text)
    answer, kind, span = parsed(path)
    if header is None:
        raise ValueError(f"{path} has no header.")
    needed = None if header[4] is None else tuple(header[4].split())
    return Original(path.stem, text[header.end() :], kind, span, header[3], needed, answer, _lengths(header))


def parsed(path: Path) -> tuple[ParsedAnswer, Kind, Span]:
    """Parse the file; its first line names the kind, the segment, why the answer ended, what sections it needs.

    And how long each file is, where it is about several.
    """
    text = path.read_text(encoding="utf-8")
    header = _HEADER.match(text)
    times = parse_range(header[2]) if header else None
    if header is None or times is None:
        raise ValueError(f"{path} must start with a line such as <!-- video, 01:00.000 - 01:20.000, stop -->.")
    needed = None if header[4] is None else header[4].split()
    kinds: dict[str, Kind] = {"video": "video", "audio": "audio", "image": "image"}
    kind, span = kinds[header[1]], Span(*times)
    parsed = parse_answer(text[header.end() :], kind, "sections", span, header[3], needed, _lengths(header))
    return parsed, kind, span


def _lengths(header: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, (header[5] or "").split()))


def expected(path: Path) -> str:
    """The parsed answer as JSON, one line for each row, times as they are read by people."""
    answer, _, _ = parsed(path)
    tables: dict[str, list[dict[str, Any]] | None] = {
        "storyline": _rows(answer.storyline),
        "visible_text": _rows(answer.visible_text),
        "speakers": _rows(answer.speakers),
        "transcript": _rows(answer.transcript),
        "extras": _rows(answer.extras),
    }
    lines = [f'"outcome": {_json(answer.outcome)}', f'"reason": {_json(answer.reason)}']
    for name, rows in tables.items():
        table = "null" if rows is None else "[]"
        if rows:
            table = "[\n" + ",\n".join(f"    {_json(row)}" for row in rows) + "\n  ]"
        lines.append(f'"{name}": {table}')
    return "{\n" + ",\n".join(f"  {line}" for line in lines) + "\n}\n"


def _rows(rows: Iterable[Any] | None) -> list[dict[str, Any]] | None:
    return None if rows is None else [_row(row) for row in rows]


def _row(row: Any) -> dict[str, Any]:
    time: dict[str, Any] = {}
    if isinstance(row, Event | TextElement | Utterance):
        known = row.start_ms is not None and row.end_ms is not None
        time["time"] = f"{format_ms(row.start_ms or 0)} - {format_ms(row.end_ms or 0)}" if known else None
    columns = {one.name: getattr(row, one.name) for one in fields(row) if not one.name.endswith("_ms")}
    if not columns.get("language", True):
        del columns["language"]  # said by few answers
    if columns.get("member_seq", 1) is None:
        del columns["member_seq"]
    return time | columns


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
