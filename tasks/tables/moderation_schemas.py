"""Define the tables of moderation: findings, verdicts and reviews."""

from __future__ import annotations

from tasks.moderation.records import Action, Decision, Modality, ModerationOutcome, Source
from tasks.moderation.rules import Passes
from tasks.tables.columns import (
    INT,
    MEDIA_ID,
    MEMBER_SEQ,
    MOMENT,
    OF_ANALYSIS,
    OF_SEGMENT,
    TEXT,
    TIME_QUALITY,
    column,
    table,
)

FINDINGS = table(
    "one row per finding of a moderation, whatever its source",
    *OF_SEGMENT,
    column("finding_id", TEXT, "hash of the analysis, the source, the label and the times"),
    column("start_ms", INT, "start, from the recording's start; null where the recording is an image", "ms", null=True),
    column("end_ms", INT, "end, from the recording's start; null where the recording is an image", "ms", null=True),
    column("label", TEXT, "id of the policy's label"),
    column("severity", INT, "how bad it is, from 0 to 7; null where nobody said", null=True),
    column("confidence", INT, "how sure the model is; null where it did not say, or no model found it", "%", null=True),
    column("modality", TEXT, "where it is; null where nobody said", null=True, one_of=Modality),
    column("evidence", TEXT, "the words, or what is seen or heard; empty where not said"),
    column("rationale", TEXT, "why the label fits; empty where not said"),
    column("source", TEXT, "what found it", one_of=Source),
    column("policy", TEXT, "id of the policy"),
    column("policy_version", TEXT, "version of the policy that the action follows from"),
    column("action", TEXT, "what the policy does about it", one_of=Action),
    column(
        "answered_label",
        TEXT,
        "the label as it was answered, empty where none was readable; null where it was the policy's own",
        null=True,
    ),
    TIME_QUALITY,
    column(
        "distance", INT, "bits of the picture's hash that differ; null where it is no hash match", "of 256", null=True
    ),
    MEMBER_SEQ,
)

VERDICTS = table(
    "one row per recording that a policy has judged, and one per segment of it; rows are only ever added",
    *OF_ANALYSIS,
    column("segment_id", TEXT, "the segment; null where the row is about the recording as a whole", null=True),
    column(
        "start_ms", INT, "start of the segment; null where the row is about the recording as a whole", "ms", null=True
    ),
    column("end_ms", INT, "end of the segment; null where the row is about the recording as a whole", "ms", null=True),
    column("outcome", TEXT, "what came of it", one_of=ModerationOutcome),
    column("action", TEXT, "what the policy does about it", one_of=Action),
    column("reasons", TEXT, "what was found and what could not be judged, a line each; empty where it is clear"),
    column("passes", TEXT, "the passes that it was looked at in; words: by a model that cannot judge", one_of=Passes),
    column(
        "second_analysis_id",
        TEXT,
        "the analysis of the second pass; analysis_id is the first's; null where there was none",
        null=True,
    ),
    column("second_attempt", INT, "the attempt at it; null where there was none", null=True),
    column("findings_json", TEXT, "ids of the findings that hold; empty list for a segment", "JSON"),
    column("unread_json", TEXT, "sentences on parts that could not be read; empty list for a segment", "JSON"),
    column("policy", TEXT, "id of the policy"),
    column("policy_version", TEXT, "version of the policy; its text stands in the run's config_json"),
    column("judged_at", MOMENT, "when", "UTC"),
)

REVIEWS = table(
    "one row per act of a reviewer; rows are only ever added",
    column("review_id", TEXT, "hash of the item, the reviewer, the decision and the moment"),
    column("finding_id", TEXT, "the finding; null where the recording as a whole was reviewed", null=True),
    MEDIA_ID,
    column("reviewer", TEXT, "who"),
    column(
        "decision",
        TEXT,
        "allow and reject are about the content; claim and release say who works on it",
        one_of=Decision,
    ),
    column("reason", TEXT, "why; empty where not said"),
    column("policy_version", TEXT, "version of the policy under which it was decided"),
    column("supersedes", TEXT, "the review that this one takes the place of; null where it takes none's", null=True),
    column("decided_at", MOMENT, "when", "UTC"),
)
