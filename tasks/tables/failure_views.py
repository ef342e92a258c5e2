"""SQL of what is open: it failed, was not mended since, and is not accepted."""

from __future__ import annotations

# A segment is open by what its newest attempt came to, whether or not an older version wrote a row about it in
# `failures`; one that was halved since is no segment of that attempt. Where another analysis of the same line is shown
# and is whole, the segment is mended: it was asked about with other words.
OPEN_FAILURES = """
WITH folders AS (
    SELECT run_id, started_at,
           json_extract_string(CASE WHEN json_valid(config_json) THEN config_json END, '$.cwd') AS folder
    FROM runs
),
inputs_failed AS (  -- a relative name in two folders is two files
    SELECT f.*, CASE WHEN f.uri NOT LIKE '/%' THEN folders.folder END AS folder
    FROM failures AS f LEFT JOIN folders USING (run_id)
    WHERE f.segment_id IS NULL
    QUALIFY row_number() OVER (
        PARTITION BY f.uri, CASE WHEN f.uri NOT LIKE '/%' THEN folders.folder END ORDER BY f.occurred_at DESC
    ) = 1
),
taken AS (
    SELECT i.uri, i.media_id, r.started_at, CASE WHEN i.uri NOT LIKE '/%' THEN r.folder END AS folder
    FROM inputs AS i JOIN folders AS r USING (run_id)
    WHERE i.status NOT IN ('failed', 'ignored')
),
by_name AS (SELECT uri, folder, max(started_at) AS last FROM taken GROUP BY ALL),
by_bytes AS (SELECT media_id, max(started_at) AS last FROM taken GROUP BY ALL),
open_inputs AS (
    SELECT f.* EXCLUDE (folder), NULL::VARCHAR AS analysis_id, NULL::BIGINT AS start_ms, NULL::BIGINT AS end_ms
    FROM inputs_failed AS f
    LEFT JOIN by_name AS n ON n.uri = f.uri AND n.folder IS NOT DISTINCT FROM f.folder
    LEFT JOIN by_bytes AS b ON b.media_id = f.media_id
    WHERE coalesce(greatest(n.last, b.last) <= f.occurred_at, true)
),
last_attempts AS (SELECT media_id, analysis_id, max(attempt) AS attempt FROM analyses GROUP BY ALL),
whole AS (
    SELECT a.analysis_id FROM analyses AS a JOIN current_analyses AS c USING (media_id, scenario, prompt, model)
    WHERE c.language = a.language AND c.outcome = 'ok' AND c.analysis_id <> a.analysis_id
),
not_ok AS (
    SELECT s.*, a.completed_at, s.month AS asked_in
    FROM segments AS s SEMI JOIN last_attempts USING (media_id, analysis_id, attempt)
    JOIN analyses AS a USING (media_id, analysis_id, attempt)
    WHERE s.outcome <> 'ok' AND s.analysis_id NOT IN (FROM whole)
),
told AS (
    SELECT f.* FROM failures AS f WHERE f.segment_id IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY f.segment_id ORDER BY f.outcome IS NOT NULL DESC, f.occurred_at DESC
    ) = 1
),
open_segments AS (
    SELECT coalesce(t.run_id, s.run_id) AS run_id, s.media_id, s.segment_id,
           coalesce(t.uri, media.uri, '') AS uri,
           coalesce(t.stage, if(s.outcome = 'failed' AND s.bytes_sent IS NULL, 'cut', 'ask')) AS stage,
           coalesce(t.error_class, s.error_class, 'NotOk') AS error_class, coalesce(t.message, s.reason) AS message,
           coalesce(t.retryable, s.retryable OR s.outcome = 'skipped') AS retryable,
           coalesce(t.attempts, s.attempts) AS attempts,
           coalesce(t.occurred_at, s.completed_at) AS occurred_at, s.outcome, s.asked_in AS month,
           s.analysis_id, s.start_ms, s.end_ms
    FROM not_ok AS s LEFT JOIN told AS t USING (segment_id) LEFT JOIN media ON media.media_id = s.media_id
),
open_ones AS (FROM open_inputs UNION ALL BY NAME FROM open_segments)
SELECT o.* FROM open_ones AS o
ANTI JOIN decisions AS d
    ON d.decision = 'accept' AND d.decided_at >= o.occurred_at AND d.segment_id IS NOT DISTINCT FROM o.segment_id
    AND (d.segment_id IS NOT NULL OR (d.uri = o.uri AND d.run_id = o.run_id))
ORDER BY o.occurred_at
"""
