"""SQL that picks the verdicts that hold now, and the findings that they rest on."""

from __future__ import annotations

CURRENT_VERDICTS = """
SELECT v.* EXCLUDE (segment_id, start_ms, end_ms), m.uri
FROM verdicts AS v LEFT JOIN media AS m USING (media_id)
WHERE v.segment_id IS NULL
QUALIFY row_number() OVER (PARTITION BY media_id ORDER BY v.judged_at DESC, v.run_id DESC) = 1
"""

# Of a recording that two passes looked at, the second one's findings stand in place of those that it has judged again.
HELD_FINDINGS = """
SELECT f.*, v.uri, v.outcome, v.judged_at
FROM current_verdicts AS v JOIN findings AS f
    ON f.media_id = v.media_id AND contains(v.findings_json, f.finding_id)
    AND ((f.analysis_id = v.analysis_id AND f.attempt = v.attempt)
         OR (f.analysis_id = v.second_analysis_id AND f.attempt = v.second_attempt))
ORDER BY v.uri, f.media_id, f.start_ms NULLS LAST, f.label
"""
