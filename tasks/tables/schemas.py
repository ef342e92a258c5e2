"""Define every table of the dataset as an explicit Arrow schema.

Those of an answer's sections come from their registry. Columns are only ever added, never renamed or retyped. Times
are int64 milliseconds from the recording's start, timestamps microseconds in UTC, enums plain strings, free-form
things JSON strings. Each column carries its meaning, its unit and, where they are known, all its values as field
metadata: `docs/tables.md` and `reelsheet query --list` are made from them. The values are those of the code's own
types, so that neither can know one that the other does not.
"""

from __future__ import annotations

from types import MappingProxyType

import pyarrow as pa

from tasks import records
from tasks.answer.registry import SECTIONS
from tasks.answer.section import SectionSpec
from tasks.tables.columns import (
    CURRENCY,
    END,
    FLAG,
    INT,
    MEMBER_SEQ,
    MOMENT,
    OF_ANALYSIS,
    OF_SEGMENT,
    REAL,
    SEQ,
    START,
    TEXT,
    TIME_QUALITY,
    column,
    table,
)
from tasks.tables.counts import RECORDING_COUNTS, SEGMENT_COUNTS, TOKEN_COLUMNS
from tasks.tables.media_schema import MEDIA
from tasks.tables.moderation_schemas import FINDINGS, REVIEWS, VERDICTS
from tasks.tables.subtitle_schemas import SUBTITLE_QC, SUBTITLES, TRANSLATIONS

_TOKEN_MEANINGS = {
    "video": "input tokens of pictures of a video",
    "audio": "input tokens of sound",
    "image": "input tokens of single images",
    "text": "input tokens of text",
    "cached": "input tokens that the service had cached, counted in the others too",
    "output": "output tokens, all kinds",
    "output_audio": "output tokens of speech, counted in output_tokens too",
    "reasoning": "output tokens of reasoning, counted in output_tokens too",
}


def _tokens(null: bool) -> tuple[pa.Field, ...]:
    when = "; null where the service counted none" if null else ""
    return tuple(column(f"{n}_tokens", INT, _TOKEN_MEANINGS[n] + when, "tokens", null) for n in TOKEN_COLUMNS)


def _counts(of: str, names: tuple[str, ...]) -> tuple[pa.Field, ...]:
    meanings = {
        "seen": "recordings seen: the new and the skipped",
        "new": "recordings analysed in this run, whatever the outcome",
        "asked": "segments that the model was asked about",
        "skipped": f"{of} "
        + ("analysed before" if of == "recordings" else "not asked: no budget left, or interrupted"),
    }
    return tuple(column(f"{of}_{n}", INT, meanings.get(n, f"{of} whose outcome is {n}")) for n in names)


RUNS = table(
    "one row per flow run",
    column("run_id", TEXT, "the run"),
    column("started_at", MOMENT, "when the run started", "UTC"),
    column("ended_at", MOMENT, "when the run ended; null where it was killed", "UTC", null=True),
    column("state", TEXT, "how the run ended; killed: without a word", one_of=records.RunState),
    column("trigger", TEXT, "what started the run, such as manual"),
    column("config_json", TEXT, "the run's settings, without secrets", "JSON"),
    column("code_version", TEXT, "version of reelsheet"),
    *_counts("recordings", RECORDING_COUNTS),
    *_counts("segments", SEGMENT_COUNTS),
    column("requests", INT, "requests sent, retries included"),
    *_tokens(null=False),
    column("cost_nano", INT, "cost; null where a price is missing", "1e-9 of the currency", null=True),
    CURRENCY,
)

INPUTS = table(
    "one row per input that a run has seen",
    column("run_id", TEXT, "the run that saw the input"),
    column("uri", TEXT, "the input as it was named"),
    column("media_id", TEXT, "the recording; null where it was not read", null=True),
    column("status", TEXT, "what became of the input", one_of=records.InputStatus),
    column("reason", TEXT, "why the input was ignored, such as hidden or not reached; empty for the others"),
    column(
        "options_json",
        TEXT,
        "what its row in a manifest said (scenario, prompt, language, audio_track, tags); null where nothing",
        "JSON",
        null=True,
    ),
    column(
        "analysis_id",
        TEXT,
        "the analysis that the run came upon again, of several about the recording, and so made the newest; "
        "null where it asked, or there are no others",
        null=True,
    ),
)

ANALYSES = table(
    "one row per attempt at an analysis; published last, so what is here is complete",
    *OF_ANALYSIS,
    column("scenario", TEXT, "name of the scenario: quick, extract, standard, fine, or one of your own"),
    column("prompt", TEXT, "name of the prompt"),
    column("prompt_sha256", TEXT, "SHA-256 of the prompt's text"),
    column("provider", TEXT, "name of the provider"),
    column("model", TEXT, "name of the model"),
    column("language", TEXT, "the language that the model was told of, or auto", "BCP 47"),
    column("params_json", TEXT, "all else that decides the answer", "JSON"),
    column("answer_form", TEXT, "how the answers are read", one_of=records.AnswerForm),
    column(
        "required_json",
        TEXT,
        "the sections that each answer needs; null where the prompt does not say: then those of a full report",
        "JSON",
        null=True,
    ),
    column("outcome", TEXT, "what came of the recording", one_of=records.RecordingOutcome),
    column("coverage", REAL, "share of the declared duration that could be read and has an ok answer", "0 to 1"),
    column("completed_at", MOMENT, "when the last segment was done", "UTC"),
    column(
        "reason",
        TEXT,
        "what of the recording could not be read, such as cut_short or damaged_packets; empty where all could; "
        "null where nobody has looked",
        null=True,
    ),
)

SEGMENTS = table(
    "one row per segment of an analysis: what was shown, and what came of it",
    *OF_SEGMENT,
    SEQ,
    column("start_ms", INT, "start, from the recording's start", "ms"),
    column("end_ms", INT, "end, from the recording's start", "ms"),
    column(
        "owned_start_ms",
        INT,
        "start of the window whose words are the segment's own; null where segments do not overlap",
        "ms",
        null=True,
    ),
    column("owned_end_ms", INT, "end of that window; null where segments do not overlap", "ms", null=True),
    column(
        "silences_json",
        TEXT,
        "stretches without sound, [[start, end], …] from the recording's start; null where nobody listened",
        "JSON, ms",
        null=True,
    ),
    column(
        "cut_reason",
        TEXT,
        "what set the length; size, too_large, truncated and refused: a longer segment was halved",
        one_of=records.CutReason,
    ),
    column("width", INT, "width of the frames sent; null without a picture", "px", null=True),
    column("height", INT, "height of the frames sent; null without a picture", "px", null=True),
    column("fps", REAL, "frames per second sent; null without a moving picture", "1/s", null=True),
    column("max_pixels", INT, "max_pixels of the request; null without a picture", "px", null=True),
    column(
        "bytes_sent", INT, "size of the media sent, before base64; null where it could not be cut", "bytes", null=True
    ),
    column("transport", TEXT, "how the media travelled", one_of=records.Transport),
    column(
        "video_sent",
        TEXT,
        "whether the picture was sent, or what prevented it; null where it could not be cut",
        null=True,
        one_of=records.VideoSent,
    ),
    column(
        "audio_sent",
        TEXT,
        "whether the sound was sent, or what prevented it; null where it could not be cut",
        null=True,
        one_of=records.AudioSent,
    ),
    column("outcome", TEXT, "what came of the segment", one_of=records.Outcome),
    column("reason", TEXT, "why the outcome is not ok, such as budget; empty where it is"),
    column("error_class", TEXT, "the error; null without one", null=True),
    column("retryable", FLAG, "whether asking again may help"),
    column("finish_reason", TEXT, "why the model stopped, such as stop; null where it did not say", null=True),
    column("attempts", INT, "requests sent in this attempt; 0 where the answer was taken over"),
    column("request_id", TEXT, "the service's id of the request; null where it gave none", null=True),
    column("model_snapshot", TEXT, "the model's exact name; null where the service gave none", null=True),
    column(
        "raw_answer",
        TEXT,
        "the answer as it came, also what came of one that failed or was refused; null without any",
        null=True,
    ),
    column("reasoning", TEXT, "the model's reasoning; null without one", null=True),
    column("voice_path", TEXT, "the spoken answer's WAV, seen from the dataset's folder; null without one", null=True),
    column(
        "damaged_packets",
        INT,
        "packets that were damaged or could not be decoded, as ffmpeg counts them; null where it could not be cut",
        null=True,
    ),
    column(
        "media_notes_json",
        TEXT,
        "what was wrong with the media, sentences; null where it could not be cut",
        "JSON",
        True,
    ),
)

SPEAKERS = table(
    "one row per speaker of a recording",
    *OF_ANALYSIS,
    column("speaker", TEXT, "name, as the answers give it"),
    column("profile", TEXT, "accent, tone and role; empty where not said"),
    column("segment_names_json", TEXT, "the speaker's name in each segment: {segment_id: name}", "JSON"),
    column("talk_ms", INT, "time that the speaker talks, in all", "ms"),
)

EXTRA_SECTIONS = table(
    "one row per further section of an answer, or per answer in plain text",
    *OF_SEGMENT,
    SEQ,
    column("heading", TEXT, "the section's heading; null where the answer is plain text", null=True),
    column("text", TEXT, "the section's text"),
    MEMBER_SEQ,
)

TURNS = table(
    "one row per follow-up question",
    *OF_SEGMENT,
    column("turn", INT, "1 for the first follow-up"),
    column("question", TEXT, "what was asked"),
    column("answer", TEXT, "what came back; null without an answer, and failures says why", null=True),
)

CALLS = table(
    "one row per request sent",
    *OF_SEGMENT,
    column("call_id", TEXT, "the request"),
    column("try", INT, "1 for the first request about the segment in its run"),
    column("model", TEXT, "the model asked"),
    column("http_status", INT, "HTTP status; null where none came", null=True),
    column("error_class", TEXT, "the error; null where there was none", null=True),
    column("started_at", MOMENT, "when the request was sent", "UTC"),
    column("latency_ms", INT, "from sending to the last byte", "ms"),
    column("first_token_ms", INT, "from sending to the first word; null where none came", "ms", null=True),
    *_tokens(null=True),
    column(
        "cost_nano",
        INT,
        "cost; null where a price or the token counts are missing, or the web was searched",
        "1e-9 of the currency",
        null=True,
    ),
    CURRENCY,
    column("price_date", pa.date32(), "when the price was looked up; null where none is known", null=True),
)

FAILURES = table(
    "one row per failure of an input, a recording or a segment",
    column("run_id", TEXT, "the run in which it failed"),
    column("media_id", TEXT, "the recording; null where it could not be read", null=True),
    column("segment_id", TEXT, "the segment; null where the whole recording failed", null=True),
    column("uri", TEXT, "the input as it was named"),
    column("stage", TEXT, "the step that failed", one_of=records.Stage),
    column("error_class", TEXT, "the error"),
    column("message", TEXT, "what was expected, what was found and what to do"),
    column("retryable", FLAG, "whether trying again may help"),
    column("attempts", INT, "how often it was tried"),
    column("occurred_at", MOMENT, "when it failed", "UTC"),
    column(
        "outcome",
        TEXT,
        "the outcome of the segment; null where the failure is of none, or of something beside its answer",
        null=True,
        one_of=records.Outcome,
    ),
)

DECISIONS = table(
    "one row per decision of a person about an analysis or a failure",
    column("decision_id", TEXT, "the decision"),
    column(
        "decision",
        TEXT,
        "prefer: the views show this analysis first; clear: no longer; accept: this failure is known",
        one_of=records.DecisionKind,
    ),
    column("media_id", TEXT, "the recording; null where it could not be read", null=True),
    column("analysis_id", TEXT, "the analysis; null where the failure comes before it", null=True),
    column("segment_id", TEXT, "the segment of an accepted failure; null where that has none", null=True),
    column("uri", TEXT, "where the recording was first seen, or the input as it was named"),
    column("run_id", TEXT, "the run of the accepted failure; null where the decision is another", null=True),
    column("reason", TEXT, "why, in the person's words; empty where not said"),
    column("decided_at", MOMENT, "when", "UTC"),
)

_ARROW = {str: TEXT, int: INT, float: REAL}


def _section_table(section: SectionSpec) -> pa.Schema:
    """Define the table of an answer's section."""
    own = (column(one.name, _ARROW[one.kind], one.meaning, one.unit, one.null, one.one_of) for one in section.columns)
    return table(section.about, *OF_SEGMENT, SEQ, START, END, *own, TIME_QUALITY, MEMBER_SEQ)


SECTION_TABLES: MappingProxyType[str, pa.Schema] = MappingProxyType(
    {section.name: _section_table(section) for section in SECTIONS if section.has_table}
)

TABLES: MappingProxyType[str, pa.Schema] = MappingProxyType(
    {
        "runs": RUNS,
        "inputs": INPUTS,
        "media": MEDIA,
        "analyses": ANALYSES,
        "segments": SEGMENTS,
        **SECTION_TABLES,
        "speakers": SPEAKERS,
        "extra_sections": EXTRA_SECTIONS,
        "turns": TURNS,
        "findings": FINDINGS,
        "calls": CALLS,
        "failures": FAILURES,
        "decisions": DECISIONS,
        "verdicts": VERDICTS,
        "reviews": REVIEWS,
        "translations": TRANSLATIONS,
        "subtitles": SUBTITLES,
        "subtitle_qc": SUBTITLE_QC,
    }
)

FACT_TABLES = (
    "segments",
    *SECTION_TABLES,
    "speakers",
    "extra_sections",
    "turns",
    "findings",
    "calls",
    "analyses",
)
"""The tables of one analysis attempt, in the order in which they are published."""

MONTH = column("month", TEXT, "month of the run's start; it stands in the folder's name, not in the file", "YYYY-MM")


def about(name: str) -> str:
    """Return one phrase that describes a row of the table.

    >>> about("storyline")
    'one row per event'
    """
    return str((TABLES[name].metadata or {})[b"about"].decode())
