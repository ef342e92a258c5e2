"""Define the ready views: SQL that picks what holds now for each recording.

Plain SQL over the tables' names, for any DuckDB from 1.4 on; `tasks/tables/views_sql.py` puts files behind the names.
Each joins on `analyses`, which is published last, so that it shows whole analyses only, also while a run is writing.
Where a join is by attempt it is by `media_id` too: files are sorted by it, so that one recording is found without
reading the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tasks.answer.registry import SECTIONS
from tasks.tables.schemas import FACT_TABLES


class Meaning(NamedTuple):
    """The meaning of a column that no table has under its name."""

    meaning: str
    unit: str = ""
    allowed: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A ready view is SQL over the tables' names, with the meaning of its columns.

    Columns mean what `meanings` holds, or else what they mean in the first table of `like` with them. One with
    `parameters` is a table macro: it is asked as `FROM name(…)`.
    """

    name: str
    about: str
    sql: str
    like: tuple[str, ...]
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()  # in SQL, such as "n := 8"
    example: str = ""  # of its arguments

    @property
    def signature(self) -> str:
        """Return the name as people see it."""
        return f"{self.name}({', '.join(self.parameters)})" if self.parameters else self.name

    @property
    def call(self) -> str:
        """Return what can stand after FROM."""
        return f'"{self.name}"({self.example})' if self.parameters else f'"{self.name}"'


# Of the attempts at an analysis the number says which is newer, since a clock may be set back; of different analyses
# only the clock can.
_CURRENT_ANALYSES = """
WITH gaps AS (
    SELECT media_id, analysis_id, attempt, count(*) AS unanswered
    FROM segments WHERE outcome IN ('failed', 'skipped') GROUP BY ALL
),
ranked AS (
    SELECT a.*, CASE WHEN a.outcome = 'failed' THEN 2 WHEN gaps.unanswered > 0 THEN 1 ELSE 0 END AS gap
    FROM analyses AS a LEFT JOIN gaps USING (media_id, analysis_id, attempt)
),
best AS (
    SELECT * FROM ranked
    QUALIFY row_number() OVER (PARTITION BY media_id, scenario, analysis_id ORDER BY gap, attempt DESC) = 1
)
SELECT * EXCLUDE (gap) FROM best
QUALIFY row_number() OVER (PARTITION BY media_id, scenario ORDER BY gap, completed_at DESC, analysis_id) = 1
"""

_ON_TIMELINE = [(section.name, section.timeline) for section in SECTIONS if section.timeline]
_THINGS = "    UNION ALL\n".join(
    f"""    SELECT media_id, analysis_id, attempt, segment_id, start_ms, end_ms, '{on.kind}' AS kind, seq,
           {on.speaker or "NULL::VARCHAR"} AS speaker, {on.text} AS text, {on.detail or "NULL::VARCHAR"} AS detail,
           time_quality
    FROM {name}
"""  # noqa: S608 - our own names
    for name, on in _ON_TIMELINE
)
_TIMELINE = f"""
WITH things AS (
{_THINGS})
SELECT media_id, media.uri, a.scenario, t.start_ms, t.end_ms, t.kind, t.speaker, t.text, t.detail, t.time_quality,
       t.segment_id, analysis_id, attempt
FROM things AS t
JOIN current_analyses AS a USING (media_id, analysis_id, attempt)
LEFT JOIN media USING (media_id)
ORDER BY media_id, a.scenario, t.start_ms NULLS LAST, t.kind, t.seq
"""  # noqa: S608 - our own names

_COVERAGE = """
WITH counted AS (
    SELECT media_id, analysis_id, attempt, count(*) AS segments,
           count(*) FILTER (WHERE outcome = 'ok') AS segments_ok,
           count(*) FILTER (WHERE outcome IN ('failed', 'skipped')) AS segments_unanswered
    FROM segments GROUP BY ALL
)
SELECT media_id, media.uri, media.kind, media.duration_ms, a.scenario, a.model, a.outcome, a.coverage,
       coalesce(c.segments, 0) AS segments, coalesce(c.segments_ok, 0) AS segments_ok,
       coalesce(c.segments_unanswered, 0) AS segments_unanswered, a.completed_at, analysis_id, attempt
FROM current_analyses AS a
LEFT JOIN counted AS c USING (media_id, analysis_id, attempt)
LEFT JOIN media USING (media_id)
ORDER BY media.uri, media_id, a.scenario
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

_TALK_TIME = """
WITH said AS (
    SELECT media_id, analysis_id, attempt, speaker, count(*) AS utterances,
           coalesce(sum(greatest(end_ms - start_ms, 0)), 0)::BIGINT AS talk_ms,
           min(start_ms) AS first_ms, max(end_ms) AS last_ms
    FROM transcript GROUP BY ALL
),
talked AS (SELECT *, sum(talk_ms) OVER (PARTITION BY media_id, analysis_id, attempt) AS all_ms FROM said)
SELECT media_id, media.uri, a.scenario, s.speaker, s.talk_ms,
       s.talk_ms / nullif(s.all_ms, 0) AS share,
       s.utterances, s.first_ms, s.last_ms, analysis_id, attempt
FROM talked AS s
JOIN current_analyses AS a USING (media_id, analysis_id, attempt)
LEFT JOIN media USING (media_id)
ORDER BY media.uri, media_id, a.scenario, s.talk_ms DESC, s.speaker
"""

# A failure names a segment, not an attempt. It is open where the newest attempt has that very segment and no answer:
# one that was halved since, or is whole again, has failures of its own if it failed.
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
last_attempts AS (SELECT media_id, analysis_id, max(attempt) AS attempt FROM analyses GROUP BY ALL),
unanswered AS (
    SELECT segment_id FROM segments SEMI JOIN last_attempts USING (media_id, analysis_id, attempt)
    WHERE outcome = 'failed'
),
taken AS (
    SELECT i.uri, i.media_id, r.started_at, CASE WHEN i.uri NOT LIKE '/%' THEN r.folder END AS folder
    FROM inputs AS i JOIN folders AS r USING (run_id)
    WHERE i.status NOT IN ('failed', 'ignored')
),
by_name AS (SELECT uri, folder, max(started_at) AS last FROM taken GROUP BY ALL),
by_bytes AS (SELECT media_id, max(started_at) AS last FROM taken GROUP BY ALL)
SELECT f.* EXCLUDE (folder) FROM newest AS f
LEFT JOIN (SELECT DISTINCT segment_id FROM unanswered) AS u USING (segment_id)
LEFT JOIN by_name AS n ON n.uri = f.uri AND n.folder IS NOT DISTINCT FROM f.folder
LEFT JOIN by_bytes AS b ON b.media_id = f.media_id
WHERE CASE WHEN f.segment_id IS NULL THEN coalesce(greatest(n.last, b.last) <= f.occurred_at, true)
           ELSE u.segment_id IS NOT NULL END
ORDER BY f.occurred_at
"""

# A word is what stands between blanks; where a script is written without blanks, a letter. The hit is the whole word
# that holds what is looked for; marks beside it count for nothing. The patterns are written out at each place, so that
# they are constants to DuckDB, which then compiles each once and not for every row.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_REST = rf"[^\P{{L}}{_UNSPACED}]*"
_HIT = f"'(?i){_REST}' || regexp_escape(word) || '{_REST}'"
_WORDS = rf"(?:(?:[{_UNSPACED}]|[^\s{_UNSPACED}]+)\s*)"
_MARKS = r"[^\s\p{L}\p{N}]*"

_AROUND = rf"""
WITH said AS (
    SELECT *, regexp_extract_all(text, {_HIT}) AS hits, regexp_split_to_array(text, {_HIT}) AS between
    FROM current_transcript
    WHERE word <> '' AND contains(lower(text), lower(word))
),
found AS (SELECT *, unnest(range(1, len(hits) + 1)) AS nth FROM said),
placed AS (  -- between the matches lies what the pattern leaves
    SELECT *, (list_sum(list_transform(between[1:nth], lambda part: len(part)))
               + coalesce(list_sum(list_transform(hits[1:nth - 1], lambda part: len(part))), 0))::BIGINT AS place
    FROM found
)
SELECT media.uri, a.scenario, p.start_ms, p.end_ms, p.speaker,
       regexp_extract(left(p.text, place), '{_WORDS}{{0,' || n || '}}{_MARKS}$') AS before,
       hits[nth] AS hit,
       rtrim(regexp_extract(
           substr(p.text, place + len(hits[nth]) + 1), '^{_MARKS}\s*{_WORDS}{{0,' || n || '}}'
       )) AS after,
       p.text, p.seq, media_id, p.segment_id, analysis_id, attempt
FROM placed AS p
JOIN current_analyses AS a USING (media_id, analysis_id, attempt)
LEFT JOIN media USING (media_id)
ORDER BY media.uri, media_id, a.scenario, p.start_ms NULLS LAST, p.seq, place
"""  # noqa: S608 - our own patterns

_MAY_LACK_URI = Meaning("where the recording was first seen; null where its row of media is missing")

VIEWS: tuple[View, ...] = (
    View(
        "current_analyses",
        "one row per recording and scenario: the newest attempt that left no segment unanswered, or the next best",
        _CURRENT_ANALYSES,
        like=("analyses",),
    ),
    *(
        View(
            f"current_{table}",
            f"the rows of {table} that belong to current_analyses",
            f"SELECT t.* FROM {table} AS t SEMI JOIN current_analyses USING (media_id, analysis_id, attempt)",  # noqa: S608 - our names
            like=(table,),
        )
        for table in FACT_TABLES
        if table != "analyses"
    ),
    View(
        "timeline",
        "events, texts and utterances of each recording together, in the order of time",
        _TIMELINE,
        like=("transcript", "analyses"),
        meanings={
            "uri": _MAY_LACK_URI,
            "kind": Meaning("what the row is", allowed=tuple(on.kind for _, on in _ON_TIMELINE)),
            "speaker": Meaning("who speaks, empty where not said; null for events and texts"),
            "text": Meaning("what happens, what is shown or what is said"),
            "detail": Meaning("a text's appearance, or an utterance's state; null for events"),
        },
    ),
    View(
        "coverage",
        "how much of each recording has an answer",
        _COVERAGE,
        like=("analyses", "media"),
        meanings={
            "uri": _MAY_LACK_URI,
            "segments": Meaning("segments of the analysis"),
            "segments_ok": Meaning("segments whose outcome is ok"),
            "segments_unanswered": Meaning("segments that failed or were skipped"),
        },
    ),
    View(
        "cost_by_day",
        "requests, tokens and money by day, provider and model, over all requests, whatever came of them",
        _COST_BY_DAY,
        like=("calls",),
        meanings={
            "day": Meaning("the day of the requests, in UTC", "date"),
            "provider": Meaning("name of the provider; null for requests that led to no analysis"),
            "requests": Meaning("requests sent"),
            "input_tokens": Meaning("input tokens of all kinds", "tokens"),
            "output_tokens": Meaning("output tokens, all kinds", "tokens"),
            "cost": Meaning("cost of the requests whose cost is known; null where none is", "the currency"),
            "requests_without_cost": Meaning("requests without a cost: no price is known, or no tokens were counted"),
        },
    ),
    View(
        "talk_time",
        "how long and how often each speaker of a recording talks",
        _TALK_TIME,
        like=("transcript", "analyses"),
        meanings={
            "uri": _MAY_LACK_URI,
            "talk_ms": Meaning("time that the speaker talks, in all; utterances without times count nothing", "ms"),
            "share": Meaning("share of all talk in the recording; null where no utterance has times", "0 to 1"),
            "utterances": Meaning("utterances of the speaker"),
            "first_ms": Meaning("start of the first utterance; null where none has times", "ms"),
            "last_ms": Meaning("end of the last utterance; null where none has times", "ms"),
        },
    ),
    View(
        "open_failures",
        "failures that no later run has mended",
        _OPEN_FAILURES,
        like=("failures",),
    ),
    View(
        "around",
        "each place where a word, or a part of one, is said, with at most n words before and after it",
        _AROUND,
        like=("transcript", "analyses"),
        meanings={
            "uri": _MAY_LACK_URI,
            "before": Meaning("the words before it within the utterance"),
            "hit": Meaning("the word as it was said"),
            "after": Meaning("the words after it within the utterance"),
            "text": Meaning("the whole utterance"),
        },
        parameters=("word", "n := 8"),
        example="'hello'",
    ),
)
