"""Pick which analyses of a recording hold now, in SQL.

A recording has a line of history for each scenario, prompt, language and model. Of a line one attempt is shown, and of
a recording's lines one is the best. What decides is the same: what a person prefers, then what is complete before what
is partial, then what is newest, where a run that came upon an analysis again counts as much as the run that asked.
`gap()` in tasks/maintenance/attempts.py ranks the attempts at one analysis as `best_attempts` does.
"""

from __future__ import annotations

from tasks.tables.schemas import TABLES

LINE = ("scenario", "prompt", "language", "model")

# Of the attempts at an analysis the number says which is newer, since a clock may be set back; of different analyses
# only the clock can.
BEST_ATTEMPTS = """
WITH unanswered AS (
    SELECT media_id, analysis_id, attempt, count(*) AS segments
    FROM segments WHERE outcome IN ('failed', 'skipped') GROUP BY ALL
),
ranked AS (
    SELECT a.*, CASE WHEN a.outcome = 'failed' THEN 2 WHEN u.segments > 0 THEN 1 ELSE 0 END AS gap
    FROM analyses AS a LEFT JOIN unanswered AS u USING (media_id, analysis_id, attempt)
)
SELECT * FROM ranked
QUALIFY row_number() OVER (PARTITION BY media_id, analysis_id ORDER BY gap, attempt DESC) = 1
"""

_FIRST = "preferred_at DESC NULLS LAST, lack, newest_at DESC, analysis_id"
CURRENT_ANALYSES = f"""
WITH chosen_again AS (
    SELECT i.media_id, i.analysis_id, max(r.started_at) AS again_at
    FROM inputs AS i JOIN runs AS r USING (run_id) WHERE i.analysis_id IS NOT NULL GROUP BY ALL
),
preferred AS (
    SELECT media_id, analysis_id, max(decided_at) AS preferred_at
    FROM decisions WHERE decision IN ('prefer', 'clear') GROUP BY ALL HAVING arg_max(decision, decided_at) = 'prefer'
),
judged AS (
    SELECT b.*, p.preferred_at, greatest(b.completed_at, c.again_at) AS newest_at,
           CASE b.outcome WHEN 'ok' THEN 0 WHEN 'partial' THEN 1 + b.gap ELSE 3 END AS lack
    FROM best_attempts AS b
    LEFT JOIN chosen_again AS c USING (media_id, analysis_id)
    LEFT JOIN preferred AS p USING (media_id, analysis_id)
),
shown AS (
    SELECT * FROM judged
    QUALIFY row_number() OVER (PARTITION BY media_id, {", ".join(LINE)} ORDER BY {_FIRST}) = 1
)
SELECT s.* EXCLUDE (gap, preferred_at, newest_at, lack), media.uri,
       s.preferred_at IS NOT NULL AS is_preferred,
       row_number() OVER (PARTITION BY s.media_id ORDER BY {_FIRST}) AS rank, rank = 1 AS is_best
FROM shown AS s LEFT JOIN media USING (media_id)
"""  # noqa: S608 - our names


def current_rows(table: str) -> str:
    """Return the SQL of the rows of a fact table that hold now.

    >>> print(current_rows("turns").splitlines()[1])
    SELECT t.*, a.uri, a.scenario, a.prompt, a.language, a.model, a.is_best
    """
    line = [f"a.{name}" for name in LINE if name not in TABLES[table].names]
    asked = ["a.language AS asked_language"] if "language" in TABLES[table].names else []
    columns = ", ".join(["t.*", "a.uri", *line, *asked, "a.is_best"])
    return f"""
SELECT {columns}
FROM {table} AS t JOIN current_analyses AS a USING (media_id, analysis_id, attempt)
"""  # noqa: S608 - our names


# What starts at the same time stands in one row: of each kind the first with the first, the second with the second.
COMPARE = """
WITH things AS (
    SELECT t.*, row_number() OVER (
        PARTITION BY t.analysis_id, t.kind, t.member_seq, t.start_ms ORDER BY t.seq
    ) AS nth
    FROM timed_rows AS t SEMI JOIN best_attempts USING (media_id, analysis_id, attempt)
),
one AS (SELECT * FROM things WHERE a <> '' AND starts_with(analysis_id, a)),
other AS (SELECT * FROM things WHERE b <> '' AND starts_with(analysis_id, b))
SELECT coalesce(one.start_ms, other.start_ms) AS start_ms, coalesce(one.kind, other.kind) AS kind,
       one.speaker AS speaker_a, one.text AS text_a, other.speaker AS speaker_b, other.text AS text_b,
       one.text IS NOT DISTINCT FROM other.text AND one.speaker IS NOT DISTINCT FROM other.speaker AS is_same,
       one.end_ms AS end_ms_a, other.end_ms AS end_ms_b,
       one.analysis_id AS analysis_id_a, other.analysis_id AS analysis_id_b,
       coalesce(one.member_seq, other.member_seq) AS member_seq
FROM one FULL JOIN other
    ON one.kind = other.kind AND one.start_ms IS NOT DISTINCT FROM other.start_ms AND one.nth = other.nth
    AND one.member_seq IS NOT DISTINCT FROM other.member_seq
ORDER BY member_seq NULLS FIRST, start_ms NULLS LAST, kind, coalesce(one.seq, other.seq)
"""
