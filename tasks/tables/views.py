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
from tasks.tables.current_views import BEST_ATTEMPTS, COMPARE, CURRENT_ANALYSES, current_rows
from tasks.tables.failure_views import GAPS, OPEN_FAILURES
from tasks.tables.moderation_views import CURRENT_VERDICTS, HELD_FINDINGS
from tasks.tables.schemas import FACT_TABLES


class Meaning(NamedTuple):
    """A meaning explains a column that no table has under its name."""

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


_ON_TIMELINE = [(section.name, section.timeline) for section in SECTIONS if section.timeline]
_ROWS_ON_TIMELINE = "UNION ALL\n".join(
    f"""SELECT media_id, analysis_id, attempt, segment_id, start_ms, end_ms, '{on.kind}' AS kind, seq,
       {on.speaker or "NULL::VARCHAR"} AS speaker, {on.text} AS text, {on.detail or "NULL::VARCHAR"} AS detail,
       time_quality, member_seq
FROM {name}
"""  # noqa: S608 - our own names
    for name, on in _ON_TIMELINE
)
# An attempt's rows may be there an instant before its analysis, which is published last.
_TIMED_ROWS = f"""
SELECT * FROM (
{_ROWS_ON_TIMELINE}) AS rows SEMI JOIN analyses USING (media_id, analysis_id, attempt)
ORDER BY media_id, analysis_id, attempt, member_seq NULLS FIRST, start_ms, kind, seq
"""  # noqa: S608 - our own names
_TIMELINE = """
SELECT media_id, a.uri, a.scenario, t.start_ms, t.end_ms, t.kind, t.speaker, t.text, t.detail, t.time_quality,
       t.segment_id, analysis_id, attempt, a.prompt, a.language, a.model, a.is_best, t.member_seq
FROM timed_rows AS t
JOIN current_analyses AS a USING (media_id, analysis_id, attempt)
ORDER BY media_id, a.scenario, a.prompt, a.language, a.model, t.member_seq NULLS FIRST, t.start_ms NULLS LAST,
         t.kind, t.seq
"""

_MEDIA_TAGS = """
WITH given AS (
    SELECT i.media_id, json_extract(i.options_json, '$.tags') AS tags, r.started_at
    FROM inputs AS i JOIN runs AS r USING (run_id)
    WHERE i.media_id IS NOT NULL AND contains(i.options_json, '"tags"')
    UNION ALL
    SELECT media_id, CAST(tags_json AS JSON) AS tags, NULL::TIMESTAMPTZ AS started_at
    FROM media WHERE json_valid(tags_json)
),
each_tag AS (SELECT media_id, tags, started_at, unnest(json_keys(tags)) AS tag FROM given)
SELECT media_id, media.uri, t.tag, json_extract_string(t.tags, '$."' || replace(t.tag, '"', '\\"') || '"') AS value
FROM each_tag AS t LEFT JOIN media USING (media_id)
QUALIFY row_number() OVER (PARTITION BY media_id, t.tag ORDER BY t.started_at DESC NULLS LAST) = 1
ORDER BY media.uri, media_id, t.tag
"""

_COVERAGE = """
WITH counted AS (
    SELECT media_id, analysis_id, attempt, count(*) AS segments,
           count(*) FILTER (WHERE outcome = 'ok') AS segments_ok,
           count(*) FILTER (WHERE outcome IN ('failed', 'skipped')) AS segments_unanswered
    FROM segments GROUP BY ALL
)
SELECT media_id, media.uri, media.kind, media.duration_ms, a.scenario, a.model, a.outcome, a.coverage,
       coalesce(c.segments, 0) AS segments, coalesce(c.segments_ok, 0) AS segments_ok,
       coalesce(c.segments_unanswered, 0) AS segments_unanswered, a.completed_at, analysis_id, attempt,
       a.prompt, a.language, a.is_best
FROM current_analyses AS a
LEFT JOIN counted AS c USING (media_id, analysis_id, attempt)
LEFT JOIN media USING (media_id)
ORDER BY media.uri, media_id, a.scenario, a.prompt, a.language, a.model
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
talked AS (SELECT *, sum(talk_ms) OVER (PARTITION BY media_id, analysis_id, attempt) AS all_ms FROM said),
heard AS (  -- one analysis of each recording, so that what is added up counts once
    SELECT * FROM current_analyses SEMI JOIN said USING (media_id, analysis_id, attempt)
    QUALIFY row_number() OVER (PARTITION BY media_id ORDER BY rank) = 1
)
SELECT media_id, a.uri, a.scenario, s.speaker, s.talk_ms,
       s.talk_ms / nullif(s.all_ms, 0) AS share,
       s.utterances, s.first_ms, s.last_ms, analysis_id, attempt, a.prompt, a.language, a.model
FROM talked AS s
JOIN heard AS a USING (media_id, analysis_id, attempt)
ORDER BY a.uri, media_id, s.talk_ms DESC, s.speaker
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
    FROM timed_rows SEMI JOIN current_analyses USING (media_id, analysis_id, attempt)
    WHERE word <> '' AND contains(lower(text), lower(word))
),
found AS (SELECT *, unnest(range(1, len(hits) + 1)) AS nth FROM said),
placed AS (  -- between the matches lies what the pattern leaves
    SELECT *, (list_sum(list_transform(between[1:nth], lambda part: len(part)))
               + coalesce(list_sum(list_transform(hits[1:nth - 1], lambda part: len(part))), 0))::BIGINT AS place
    FROM found
)
SELECT a.uri, a.scenario, p.start_ms, p.end_ms, p.speaker,
       regexp_extract(left(p.text, place), '{_WORDS}{{0,' || n || '}}{_MARKS}$') AS before,
       hits[nth] AS hit,
       rtrim(regexp_extract(
           substr(p.text, place + len(hits[nth]) + 1), '^{_MARKS}\s*{_WORDS}{{0,' || n || '}}'
       )) AS after,
       p.text, p.seq, media_id, p.segment_id, analysis_id, attempt, p.kind, a.prompt, a.language, a.model, a.is_best,
       p.member_seq
FROM placed AS p
JOIN current_analyses AS a USING (media_id, analysis_id, attempt)
ORDER BY a.uri, media_id, a.scenario, a.prompt, a.language, a.model, p.member_seq NULLS FIRST, p.start_ms NULLS LAST,
         p.kind, p.seq, place
"""  # noqa: S608 - our own patterns

_MAY_LACK_URI = Meaning("where the recording was first seen; null where its row of media is missing")

_OF_TIMELINE = {
    "kind": Meaning("what the row is", allowed=tuple(on.kind for _, on in _ON_TIMELINE)),
    "speaker": Meaning("who speaks, empty where not said; null for events and texts"),
    "text": Meaning("what happens, what is shown or what is said"),
    "detail": Meaning("a text's appearance, or an utterance's state; null for events"),
}
_OF_THE_LINE = {
    "uri": _MAY_LACK_URI,
    "is_best": Meaning(
        "whether the analysis is the best of its recording: the preferred one, then the most complete, then the newest"
    ),
    "asked_language": Meaning("the language that the model was told of, or auto", "BCP 47"),
}

VIEWS: tuple[View, ...] = (
    View(
        "best_attempts",
        "one row per analysis: the newest attempt that left no segment unanswered, or the next best",
        BEST_ATTEMPTS,
        like=("analyses",),
        meanings={
            "gap": Meaning("what it lacks: 0 nothing was left unanswered, 1 some segment was, 2 all failed"),
        },
    ),
    View(
        "current_analyses",
        "one row per recording, scenario, prompt, language and model: the preferred analysis, or the most complete of "
        "the newest",
        CURRENT_ANALYSES,
        like=("analyses",),
        meanings={
            **_OF_THE_LINE,
            "is_preferred": Meaning("whether `reelsheet prefer` chose it"),
            "rank": Meaning("the analysis' place among those of its recording; 1 is the best"),
        },
    ),
    *(
        View(
            f"current_{table}",
            f"the rows of {table} that belong to current_analyses",
            current_rows(table),
            like=(table, "analyses"),
            meanings=_OF_THE_LINE,
        )
        for table in FACT_TABLES
        if table != "analyses"
    ),
    View(
        "timed_rows",
        "events, texts and utterances of every attempt at every analysis",
        _TIMED_ROWS,
        like=("transcript", "analyses"),
        meanings=_OF_TIMELINE,
    ),
    View(
        "timeline",
        "events, texts and utterances of each recording together, in the order of time",
        _TIMELINE,
        like=("transcript", "analyses"),
        meanings={**_OF_THE_LINE, **_OF_TIMELINE, "language": _OF_THE_LINE["asked_language"]},
    ),
    View(
        "coverage",
        "how much of each recording has an answer",
        _COVERAGE,
        like=("analyses", "media"),
        meanings={
            **_OF_THE_LINE,
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
        "how long and how often each speaker of a recording talks, as the best of its analyses with a transcript says",
        _TALK_TIME,
        like=("analyses", "transcript"),
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
        "current_verdicts",
        "the newest verdict on each recording as a whole",
        CURRENT_VERDICTS,
        like=("verdicts", "analyses"),
        meanings={"uri": _MAY_LACK_URI},
    ),
    View(
        "held_findings",
        "the findings that the newest verdict on each recording rests on",
        HELD_FINDINGS,
        like=("findings", "verdicts"),
        meanings={"uri": _MAY_LACK_URI, "outcome": Meaning("what came of the recording")},
    ),
    View(
        "open_failures",
        "failures that nothing has mended and nobody has accepted: each segment whose newest outcome is not ok, each "
        "follow-up question without an answer, each voice that was lost, and each input that was not taken since",
        OPEN_FAILURES,
        like=("failures", "analyses"),
        meanings={
            "analysis_id": Meaning("the analysis of the segment; null where the failure comes before it"),
            "start_ms": Meaning("start of the segment; null without one", "ms"),
            "end_ms": Meaning("end of the segment; null without one", "ms"),
        },
    ),
    View(
        "around",
        "each place where a word, or a part of one, is said, shown or told, with at most n words before and after it",
        _AROUND,
        like=("transcript", "analyses"),
        meanings={
            **_OF_THE_LINE,
            "language": _OF_THE_LINE["asked_language"],
            "before": Meaning("the words before it within the utterance, text or event"),
            "hit": Meaning("the word as it stands there"),
            "after": Meaning("the words after it within the utterance, text or event"),
            "text": Meaning("the whole utterance, text or event"),
            "kind": Meaning("where it was found", allowed=_OF_TIMELINE["kind"].allowed),
            "speaker": _OF_TIMELINE["speaker"],
        },
        parameters=("word", "n := 8"),
        example="'hello'",
    ),
    View(
        "media_tags",
        "a row for each tag of each recording: as the newest manifest says, else as the recording was first seen",
        _MEDIA_TAGS,
        like=("media",),
        meanings={
            "tag": Meaning("name of the tag"),
            "value": Meaning("its value; what is no text as JSON"),
        },
    ),
    View(
        "gaps",
        "which part of which recording was not seen, not heard or not transcribed by a current analysis, and why",
        GAPS,
        like=("segments", "analyses"),
        meanings={
            **_OF_THE_LINE,
            "language": _OF_THE_LINE["asked_language"],
            "lacking": Meaning("what is lacking there", allowed=("seen", "heard", "transcribed")),
            "reason": Meaning("why: the outcome and its reason, what was sent, or that no segment covers it"),
            "segment_id": Meaning("the segment; null where none covers it"),
        },
    ),
    View(
        "compare",
        "two analyses side by side, named by their analysis_id or its beginning: what starts at the same time in a row",
        COMPARE,
        like=("transcript",),
        meanings={
            "kind": _OF_TIMELINE["kind"],
            **{
                f"{name}_{which}": Meaning(f"{words} in {which}; null where it has no such row", unit)
                for which in ("a", "b")
                for name, words, unit in (
                    ("speaker", "who speaks", ""),
                    ("text", "what happens, what is shown or what is said", ""),
                    ("end_ms", "end, from the recording's start,", "ms"),
                    ("analysis_id", "the analysis, where the row is", ""),
                )
            },
            "is_same": Meaning("whether both say the same, word for word"),
        },
        parameters=("a", "b"),
        example="'1a2b', '3c4d'",
    ),
)
