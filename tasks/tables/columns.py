"""Define the parts that the schemas of tables are made of.

Types, columns with their meaning, and columns that many tables share.
"""

from __future__ import annotations

import json
from typing import Any, get_args

import pyarrow as pa

from tasks import records

TEXT = pa.string()
INT = pa.int64()
REAL = pa.float64()
FLAG = pa.bool_()
MOMENT = pa.timestamp("us", tz="UTC")


def column(
    name: str, kind: pa.DataType, meaning: str, unit: str = "", null: bool = False, one_of: Any = None
) -> pa.Field:
    """Make one column.

    `null` only where a value may be absent: the meaning says when. `one_of` is a Literal of its values.

    >>> column("width", pa.int32(), "width of the picture", "px").nullable
    False
    """
    metadata = {"meaning": meaning, "unit": unit}
    if one_of is not None:
        metadata["allowed"] = json.dumps(get_args(one_of))
    return pa.field(name, kind, nullable=null, metadata=metadata)


def table(about: str, *columns: pa.Field) -> pa.Schema:
    """Make the schema of a table, described in a phrase.

    >>> table("recording", column("media_id", pa.string(), "the recording")).names
    ['media_id']
    """
    return pa.schema(columns, metadata={"about": about})


RUN_ID = column("run_id", TEXT, "the run that published the row")
ANALYSIS_ID = column("analysis_id", TEXT, "hash of recording, scenario, prompt, model, provider and settings")
ATTEMPT = column("attempt", INT, "1 for the first attempt at the analysis, one more for each repetition")
MEDIA_ID = column("media_id", TEXT, "SHA-256 of the recording's bytes")
SEGMENT_ID = column("segment_id", TEXT, "hash of the analysis and the planned span")

OF_ANALYSIS = (RUN_ID, ANALYSIS_ID, ATTEMPT, MEDIA_ID)
OF_SEGMENT = (*OF_ANALYSIS, SEGMENT_ID)

SEQ = column("seq", INT, "position within the recording, in the order of time, from 0")
START = column(
    "start_ms", INT, "start, from the recording's start; null where the answer gave no time", "ms", null=True
)
END = column("end_ms", INT, "end, from the recording's start; null where the answer gave no time", "ms", null=True)
TIME_QUALITY = column(
    "time_quality",
    TEXT,
    "whether the times are as the model answered",
    one_of=records.TimeQuality,
)

MEMBER_SEQ = column(
    "member_seq",
    INT,
    "of several files in one message the one that the row is of, 1 for the first, from whose start its times count; "
    "null where the recording is one file, or the answer did not say which",
    null=True,
)

CURRENCY = column("currency", TEXT, "ISO 4217 code of the cost; null where no price is known", null=True)


def meaning(field: pa.Field) -> str:
    """Return what a column means.

    >>> meaning(column("text", TEXT, "what is shown"))
    'what is shown'
    """
    return str((field.metadata or {}).get(b"meaning", b"").decode())


def unit(field: pa.Field) -> str:
    """Return the unit of a column; "" where it has none.

    >>> unit(column("width", pa.int32(), "width of the picture", "px"))
    'px'
    """
    return str((field.metadata or {}).get(b"unit", b"").decode())


def allowed(field: pa.Field) -> tuple[str | int, ...]:
    """Return all values of a column besides null; () where any may come.

    >>> allowed(column("kind", TEXT, "kind of the recording", one_of=records.Kind))
    ('video', 'audio', 'image')
    """
    return tuple(json.loads((field.metadata or {}).get(b"allowed", b"[]")))
