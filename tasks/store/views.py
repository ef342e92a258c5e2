"""SQL names over the files: one view per table, and the ready views that pick, for each recording, what holds now."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from tasks.store.dataset import Dataset
from tasks.tables.schemas import FACT_TABLES, MONTH, TABLES

Meaning = tuple[str, str]  # meaning, unit


@dataclass(frozen=True, slots=True)
class View:
    """A ready view. `meanings` explains the columns that do not come from a table under their own name."""

    name: str
    about: str
    sql: str
    meanings: Mapping[str, Meaning] = field(default_factory=dict)


_CURRENT_ANALYSES = """
WITH gaps AS (
    SELECT analysis_id, attempt, count(*) AS unanswered
    FROM segments WHERE outcome IN ('failed', 'skipped') GROUP BY ALL
)
SELECT a.* FROM analyses AS a LEFT JOIN gaps USING (analysis_id, attempt)
QUALIFY row_number() OVER (
    PARTITION BY a.media_id, a.scenario
    ORDER BY CASE WHEN a.outcome = 'failed' THEN 2 WHEN gaps.unanswered > 0 THEN 1 ELSE 0 END,
             a.completed_at DESC, a.attempt DESC, a.analysis_id
) = 1
"""

_TIMELINE = """
WITH things AS (
    SELECT analysis_id, attempt, segment_id, start_ms, end_ms, 'event' AS kind, seq,
           NULL::VARCHAR AS speaker, description AS text, NULL::VARCHAR AS detail, time_quality
    FROM storyline
    UNION ALL
    SELECT analysis_id, attempt, segment_id, start_ms, end_ms, 'text', seq, NULL, text, appearance, time_quality
    FROM visible_text
    UNION ALL
    SELECT analysis_id, attempt, segment_id, start_ms, end_ms, 'utterance', seq, speaker, text, state, time_quality
    FROM transcript
)
SELECT a.media_id, media.uri, a.scenario, t.start_ms, t.end_ms, t.kind, t.speaker, t.text, t.detail, t.time_quality,
       t.segment_id, t.analysis_id, t.attempt
FROM things AS t
JOIN current_analyses AS a USING (analysis_id, attempt)
LEFT JOIN media ON media.media_id = a.media_id
ORDER BY a.media_id, a.scenario, t.start_ms NULLS LAST, t.kind, t.seq
"""

_COVERAGE = """
WITH counted AS (
    SELECT analysis_id, attempt, count(*) AS segments, count(*) FILTER (WHERE outcome = 'ok') AS segments_ok,
           count(*) FILTER (WHERE outcome IN ('failed', 'skipped')) AS segments_unanswered
    FROM segments GROUP BY ALL
)
SELECT a.media_id, media.uri, media.kind, media.duration_ms, a.scenario, a.model, a.outcome, a.coverage,
       coalesce(c.segments, 0) AS segments, coalesce(c.segments_ok, 0) AS segments_ok,
       coalesce(c.segments_unanswered, 0) AS segments_unanswered, a.completed_at, a.analysis_id, a.attempt
FROM current_analyses AS a
LEFT JOIN counted AS c USING (analysis_id, attempt)
LEFT JOIN media ON media.media_id = a.media_id
ORDER BY media.uri, a.media_id, a.scenario
"""

_COST_BY_DAY = """
SELECT CAST(c.started_at AT TIME ZONE 'UTC' AS DATE) AS day, a.provider, c.model, c.currency,
       count(*) AS requests,
       coalesce(sum(c.video_tokens + c.audio_tokens + c.image_tokens + c.text_tokens), 0)::BIGINT AS input_tokens,
       coalesce(sum(c.output_tokens), 0)::BIGINT AS output_tokens,
       sum(c.cost_nano) / 1e9 AS cost,
       count(*) FILTER (WHERE c.cost_nano IS NULL) AS requests_without_cost
FROM calls AS c LEFT JOIN analyses AS a USING (analysis_id, attempt)
GROUP BY ALL ORDER BY day, a.provider, c.model, c.currency
"""

_OPEN_FAILURES = """
WITH folders AS (
    SELECT run_id, started_at,
           json_extract_string(CASE WHEN json_valid(config_json) THEN config_json END, '$.cwd') AS folder
    FROM runs
),
newest AS (  -- a relative name in two folders is two files
    SELECT f.*, CASE WHEN f.uri NOT LIKE '/%' THEN folders.folder END AS folder
    FROM failures AS f LEFT JOIN folders USING (run_id)
    QUALIFY row_number() OVER (
        PARTITION BY f.uri, CASE WHEN f.uri NOT LIKE '/%' THEN folders.folder END, f.segment_id
        ORDER BY f.occurred_at DESC
    ) = 1
),
last_outcome AS (
    SELECT segment_id, outcome FROM segments
    QUALIFY row_number() OVER (PARTITION BY segment_id ORDER BY attempt DESC) = 1
),
taken AS (
    SELECT i.uri, i.media_id, r.started_at, CASE WHEN i.uri NOT LIKE '/%' THEN r.folder END AS folder
    FROM inputs AS i JOIN folders AS r USING (run_id)
    WHERE i.status NOT IN ('failed', 'ignored')
),
by_name AS (SELECT uri, folder, max(started_at) AS last FROM taken GROUP BY ALL),
by_bytes AS (SELECT media_id, max(started_at) AS last FROM taken GROUP BY ALL)
SELECT f.* EXCLUDE (folder) FROM newest AS f
LEFT JOIN last_outcome AS s USING (segment_id)
LEFT JOIN by_name AS n ON n.uri = f.uri AND n.folder IS NOT DISTINCT FROM f.folder
LEFT JOIN by_bytes AS b ON b.media_id = f.media_id
WHERE CASE WHEN f.segment_id IS NULL THEN coalesce(greatest(n.last, b.last) <= f.occurred_at, true)
           ELSE coalesce(s.outcome = 'failed', true) END
ORDER BY f.occurred_at
"""

VIEWS: tuple[View, ...] = (
    View(
        "current_analyses",
        "one row per recording and scenario: the newest attempt that left no segment unanswered, or the next best",
        _CURRENT_ANALYSES,
    ),
    *(
        View(
            f"current_{table}",
            f"the rows of {table} that belong to current_analyses",
            f"SELECT t.* FROM {table} AS t SEMI JOIN current_analyses USING (analysis_id, attempt)",  # noqa: S608 - our names
        )
        for table in FACT_TABLES
        if table != "analyses"
    ),
    View(
        "timeline",
        "events, texts and utterances of each recording together, in the order of time",
        _TIMELINE,
        {
            "kind": ("event, text or utterance", ""),
            "speaker": ("who speaks; null for events and texts", ""),
            "text": ("what happens, what is shown or what is said", ""),
            "detail": ("a text's appearance, or an utterance's state; null for events", ""),
        },
    ),
    View(
        "coverage",
        "how much of each recording has an answer",
        _COVERAGE,
        {
            "segments": ("segments of the analysis", ""),
            "segments_ok": ("segments whose outcome is ok", ""),
            "segments_unanswered": ("segments that failed or were skipped", ""),
        },
    ),
    View(
        "cost_by_day",
        "requests, tokens and money by day, provider and model, over all attempts",
        _COST_BY_DAY,
        {
            "day": ("the day of the requests, in UTC", "date"),
            "requests": ("requests sent", ""),
            "input_tokens": ("input tokens of all kinds", "tokens"),
            "cost": ("cost of the requests whose cost is known; null where none is", "the currency"),
            "requests_without_cost": ("requests without a cost: no price is known, or no tokens were counted", ""),
        },
    ),
    View(
        "open_failures",
        "failures that no later run has mended",
        _OPEN_FAILURES,
    ),
)

_SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}


def create_views(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset | None, wanted: Collection[str] | None = None
) -> None:
    """Define every table and ready view; a table without files is an empty view with the right types.

    With `wanted`, only these and what they stand on look into the files, the others are empty: with thousands of
    small files each look takes its time.
    """
    for table in TABLES:
        connection.execute(f'CREATE VIEW "{table}" AS {table_sql(table, None)}')
    for view in VIEWS:
        connection.execute(f'CREATE VIEW "{view.name}" AS {view.sql}')
    looked_into = set(TABLES) if wanted is None else _with_foundations(wanted)
    for table in TABLES:  # only now, since each view that is defined over a table looks into all its files
        if table in looked_into and dataset is not None and dataset.files(table):
            connection.execute(f'CREATE OR REPLACE VIEW "{table}" AS {table_sql(table, dataset)}')


def mentioned(sql: str) -> set[str]:
    """The tables and views whose names occur anywhere in the text, be it by chance."""
    text = sql.lower()
    return {name for name in (*TABLES, *(view.name for view in VIEWS)) if name in text}


def _with_foundations(names: Collection[str]) -> set[str]:
    """The names, and those that the views among them are made of."""
    reached: set[str] = set()
    ahead = set(names)
    while ahead:
        reached |= ahead
        below = {name for view in VIEWS if view.name in ahead for name in mentioned(view.sql)}
        ahead = below - reached
    return reached


def table_sql(table: str, dataset: Dataset | None) -> str:
    """The query behind a table: all its files, a column that an older file lacks as null, and the month.

    None gives it without files, as one that has none must be: DuckDB takes a glob without a match for an error.
    """
    columns = [*TABLES[table], MONTH]
    names = ", ".join(f'"{c.name}"' for c in columns)
    empty = ", ".join(f'NULL::{_SQL_TYPES[c.type]} AS "{c.name}"' for c in columns)
    source = f"SELECT {empty} WHERE false"
    if dataset is not None:
        files = quoted(f"{literal_glob(str(dataset.table(table)))}/month=*/*.parquet")
        options = "union_by_name=true, hive_partitioning=true, hive_types={'month': VARCHAR}"
        source += f" UNION ALL BY NAME SELECT * FROM read_parquet({files}, {options})"  # noqa: S608 - quoted
    once = " QUALIFY row_number() OVER (PARTITION BY media_id ORDER BY month) = 1" if table == "media" else ""
    return f"SELECT {names} FROM ({source}){once}"  # noqa: S608 - our names


def literal_glob(path: str) -> str:
    """The path as a glob that matches only itself."""
    return re.sub(r"[\[\]*?]", lambda found: f"[{found[0]}]", path)


def quoted(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"
