"""Define the table of recordings, as `schemas` defines the others."""

from __future__ import annotations

from typing import Literal

from tasks import records
from tasks.tables.columns import FLAG, INT, MEDIA_ID, TEXT, column, table

MEDIA = table(
    "one row per recording",
    MEDIA_ID,
    column(
        "id_basis",
        TEXT,
        "what media_id is the hash of: the bytes; of a group its members' ids, of frames their rate too; of a URL that "
        "is passed through, itself",
        one_of=records.IdBasis,
    ),
    column("uri", TEXT, "where the recording was first seen"),
    column("kind", TEXT, "what it is", one_of=records.Kind),
    column("container", TEXT, "format, as ffprobe names it"),
    column("size_bytes", INT, "size of the file", "bytes"),
    column("duration_ms", INT, "duration", "ms"),
    column("video_codec", TEXT, "codec of the picture; null without one", null=True),
    column("audio_codec", TEXT, "codec of the sound; null without one", null=True),
    column("width", INT, "width of the picture, after rotation; null without one", "px", null=True),
    column("height", INT, "height of the picture, after rotation; null without one", "px", null=True),
    column(
        "rotation",
        INT,
        "how far a player turns the picture clockwise; null without one",
        "degrees",
        null=True,
        one_of=Literal[0, 90, 180, 270],
    ),
    column("fps_num", INT, "frame rate, numerator, 0 where unknown; null without a picture", "frames", null=True),
    column("fps_den", INT, "frame rate, denominator; null without a picture", "s", null=True),
    column("variable_fps", FLAG, "whether the frame rate varies; null without a picture", null=True),
    column("sample_rate", INT, "sample rate of the sound; null without one", "Hz", null=True),
    column("channels", INT, "channels of the sound; null without one", null=True),
    column("audio_start_ms", INT, "when the sound starts, from the recording's start; null without one", "ms", True),
    column("video_start_ms", INT, "when the picture starts, from the recording's start; null without one", "ms", True),
    column("probe_json", TEXT, "all that ffprobe said", "JSON"),
    column(
        "tags_json",
        TEXT,
        "the container's tags, such as title and artist, and over them a manifest's, as it was first seen",
        "JSON",
    ),
    column("declared_duration_ms", INT, "length that the container claims; null where it claims none", "ms", null=True),
    column(
        "missing_json",
        TEXT,
        "what of it cannot be read: [{what: all, picture or sound, start_ms, end_ms, reason}]; "
        "null where nobody has looked",
        "JSON",
        null=True,
    ),
    column(
        "notes_json",
        TEXT,
        "what a reader should know about the file, sentences; null where nobody has looked",
        "JSON",
        null=True,
    ),
)
