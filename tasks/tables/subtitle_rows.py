"""Turn subtitle files into rows, and rows into what they are made of. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tasks.records import Span, Utterance
from tasks.subtitles.qc import Violation
from tasks.tables.rows import Row

OF_UTTERANCE = ("start_ms", "end_ms", "speaker", "state", "text", "time_quality", "language")


def utterance_of(row: Row) -> Utterance:
    """Return an utterance from its row of `transcript`.

    >>> row = dict.fromkeys(OF_UTTERANCE) | {"text": "Hi.", "speaker": "Ann"}
    >>> utterance_of(row).text
    'Hi.'
    """
    return Utterance(
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        speaker=row["speaker"] or "",
        state=row["state"] or "",
        text=row["text"] or "",
        time_quality=row["time_quality"],
        language=row["language"] or "",
    )


def silences_of(columns: Iterable[str | None]) -> tuple[Span, ...]:
    """Return a recording's silences from the column of its segments, each once.

    What two segments know of, since they overlap or one ends there, is one.

    >>> silences_of(["[[0,500],[900,1000]]", None, "[[1000,1200]]"])
    (Span(start_ms=0, end_ms=500), Span(start_ms=900, end_ms=1200))
    """
    found = sorted(Span(*pair) for text in columns if text for pair in json.loads(text))
    silences: list[Span] = []
    for one in found:
        if silences and one.start_ms <= silences[-1].end_ms:
            last = silences.pop()
            silences.append(Span(last.start_ms, max(last.end_ms, one.end_ms)))
        else:
            silences.append(one)
    return tuple(silences)


def qc_rows(of_file: Row, violations: Iterable[Violation]) -> list[Row]:
    """Return the rows of `subtitle_qc` of one file.

    >>> broken = Violation(1, 0, 500, "min_duration", 500, 834, mendable=False)
    >>> [row["rule"] for row in qc_rows({"path": "a.srt"}, [broken])]
    ['min_duration']
    """
    return [
        {
            **of_file,
            "cue": one.cue,
            "start_ms": one.start_ms,
            "end_ms": one.end_ms,
            "rule": one.rule,
            "value": float(one.value),
            "limit": float(one.limit),
            "mendable": one.mendable,
        }
        for one in violations
    ]
