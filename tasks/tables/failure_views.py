"""Select what is open: failures that nothing has mended, and gaps."""

from __future__ import annotations

from tasks.records import NOT_TRANSCRIBED

# A segment is open by what its newest attempt came to, whether or not an older version wrote a row about it in
# `failures`; one that was halved since is no segment of that attempt. Where another analysis of the same line is shown
# and is whole, the segment is mended: it was asked about with other words. Speech that was not transcribed is mended by
# any line that is whole: its language was named, or a model was asked that knows it.
OPEN_FAILURES = f"""
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
    WHERE CASE WHEN f.error_class = 'PartlyReadable'  -- that is taken, and stays as it is until its file is another
          THEN NOT EXISTS (FROM taken AS t WHERE t.uri = f.uri AND t.folder IS NOT DISTINCT FROM f.folder
                           AND t.media_id <> f.media_id AND t.started_at > f.occurred_at)
          ELSE coalesce(greatest(n.last, b.last) <= f.occurred_at, true) END
),
last_attempts AS (SELECT media_id, analysis_id, max(attempt) AS attempt FROM analyses GROUP BY ALL),
whole AS (
    SELECT a.analysis_id, c.language = a.language AND c.model = a.model AS is_same_line
    FROM analyses AS a JOIN current_analyses AS c USING (media_id, scenario, prompt)
    WHERE c.outcome = 'ok' AND c.analysis_id <> a.analysis_id
),
not_ok AS (
    SELECT s.*, a.completed_at, s.month AS asked_in
    FROM segments AS s SEMI JOIN last_attempts USING (media_id, analysis_id, attempt)
    JOIN analyses AS a USING (media_id, analysis_id, attempt)
    WHERE s.outcome <> 'ok' AND NOT EXISTS (
        FROM whole AS w WHERE w.analysis_id = s.analysis_id AND (w.is_same_line OR s.reason = '{NOT_TRANSCRIBED}')
    )
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
extras AS (  -- what was wanted beside an answer that is there: its follow-up questions, its voice
    SELECT media_id, analysis_id, attempt, segment_id, 'Follow-up ' || turn || ' got no answer' AS what
    FROM turns WHERE answer IS NULL
    UNION ALL BY NAME
    SELECT DISTINCT s.media_id, s.analysis_id, s.attempt, s.segment_id, 'VoiceLost' AS what
    FROM segments AS s SEMI JOIN (FROM failures WHERE error_class = 'VoiceLost') AS f USING (segment_id)
    WHERE s.voice_path IS NULL
),
told_of_extras AS (
    SELECT f.*, if(f.error_class = 'VoiceLost', f.error_class, split_part(f.message, ':', 1)) AS what
    FROM failures AS f WHERE f.segment_id IS NOT NULL AND f.outcome IS NULL
    QUALIFY row_number() OVER (PARTITION BY f.segment_id, what ORDER BY f.occurred_at DESC) = 1
),
open_extras AS (
    SELECT coalesce(t.run_id, a.run_id) AS run_id, e.media_id, e.segment_id, coalesce(t.uri, media.uri, '') AS uri,
           'ask' AS stage, coalesce(t.error_class, 'NotOk') AS error_class, coalesce(t.message, e.what) AS message,
           coalesce(t.retryable, true) AS retryable, coalesce(t.attempts, 0) AS attempts,
           coalesce(t.occurred_at, a.completed_at) AS occurred_at, NULL::VARCHAR AS outcome, s.month AS month,
           e.analysis_id, s.start_ms, s.end_ms
    FROM extras AS e SEMI JOIN last_attempts USING (media_id, analysis_id, attempt)
    JOIN analyses AS a USING (media_id, analysis_id, attempt)
    JOIN segments AS s USING (media_id, analysis_id, attempt, segment_id)
    LEFT JOIN told_of_extras AS t USING (segment_id, what) LEFT JOIN media ON media.media_id = e.media_id
),
open_ones AS (FROM open_inputs UNION ALL BY NAME FROM open_segments UNION ALL BY NAME FROM open_extras)
SELECT o.* FROM open_ones AS o
ANTI JOIN decisions AS d
    ON d.decision = 'accept' AND d.decided_at >= o.occurred_at AND d.segment_id IS NOT DISTINCT FROM o.segment_id
    AND (d.segment_id IS NOT NULL OR (d.uri = o.uri AND d.run_id = o.run_id))
ORDER BY o.occurred_at
"""  # noqa: S608 - our names

# A recording without picture or sound lacks neither. What no segment covers is the rest after the last one.
GAPS = f"""
WITH of_media AS (
    SELECT a.* EXCLUDE (outcome, reason), m.duration_ms, m.missing_json, m.kind IN ('video', 'image') AS has_picture,
           m.audio_codec IS NOT NULL AS has_sound,
           a.answer_form = 'sections' AND coalesce(contains(a.required_json, 'transcript'), true) AS wants_words
    FROM current_analyses AS a JOIN media AS m USING (media_id)
    WHERE NOT contains(a.params_json, '"after":')  -- a second pass leaves out what the first has no question about
),
spans AS (
    SELECT media_id, analysis_id, attempt, segment_id, start_ms, end_ms, video_sent, audio_sent, outcome,
           outcome NOT IN ('ok', 'partial') AS is_lost,
           outcome || if(reason = '', '', ': ' || reason) AS why
    FROM segments
    UNION ALL BY NAME
    SELECT media_id, analysis_id, attempt, max(end_ms) AS start_ms, any_value(o.duration_ms) AS end_ms,
           'skipped' AS outcome, true AS is_lost, 'no segment covers it' AS why
    FROM segments JOIN of_media AS o USING (media_id, analysis_id, attempt)
    GROUP BY media_id, analysis_id, attempt HAVING max(segments.end_ms) < any_value(o.duration_ms)
),
worded AS (
    SELECT DISTINCT media_id, analysis_id, attempt, segment_id FROM transcript
),
judged AS (
    SELECT s.*, w.segment_id IS NOT NULL AS has_words FROM spans AS s
    LEFT JOIN worded AS w USING (media_id, analysis_id, attempt, segment_id)
),
missing AS (
    SELECT o.*, p.what, p.start_ms, p.end_ms, replace(p.reason, '_', ' ') AS reason
    FROM of_media AS o, unnest(from_json(
        coalesce(o.missing_json, '[]'),
        '[{{"what": "VARCHAR", "start_ms": "BIGINT", "end_ms": "BIGINT", "reason": "VARCHAR"}}]'
    )) AS parts(p)
    WHERE p.reason NOT IN ('undecodable', 'encrypted')  -- their segments say so
),
lacks AS (
    SELECT *, unnest(CASE what WHEN 'picture' THEN ['seen'] WHEN 'sound' THEN ['heard', 'transcribed']
                     ELSE ['seen', 'heard', 'transcribed'] END) AS lacking
    FROM missing
    UNION ALL BY NAME
    SELECT *, 'seen' AS lacking, if(is_lost, why, 'picture ' || video_sent) AS reason
    FROM judged JOIN of_media USING (media_id, analysis_id, attempt)
    WHERE has_picture AND (is_lost OR video_sent <> 'sent')
    UNION ALL BY NAME
    SELECT *, 'heard' AS lacking, if(is_lost, why, 'sound ' || audio_sent) AS reason
    FROM judged JOIN of_media USING (media_id, analysis_id, attempt)
    WHERE has_sound AND (is_lost OR audio_sent <> 'sent')
    UNION ALL BY NAME
    SELECT *, 'transcribed' AS lacking,
           CASE WHEN is_lost THEN why WHEN NOT wants_words THEN 'the prompt asks for none'
                WHEN audio_sent <> 'sent' THEN 'sound ' || audio_sent ELSE why END AS reason
    FROM judged JOIN of_media USING (media_id, analysis_id, attempt)
    WHERE has_sound AND (
        contains(why, '{NOT_TRANSCRIBED}')
        OR NOT has_words AND (is_lost OR NOT wants_words OR audio_sent <> 'sent' OR outcome = 'partial')
    )
)
SELECT media_id, uri, start_ms, end_ms, lacking, reason, scenario, prompt, language, model, is_best,
       segment_id, analysis_id, attempt
FROM lacks
WHERE if(lacking = 'seen', has_picture, has_sound)
ORDER BY uri, media_id, scenario, prompt, language, model, start_ms, lacking
"""  # noqa: S608 - our names
