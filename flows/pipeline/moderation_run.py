"""Hold the moderation that is under way, and judge what is published of it.

Without Prefect.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.pipeline.current_run import Run
from flows.pipeline.moderation_setup import Moderation
from tasks.moderation.judgement import judge_passes
from tasks.moderation.rules import Passes
from tasks.query.moderations import PublishedPass
from tasks.query.retry_selection import RetryTarget
from tasks.records import AnalysisPlan
from tasks.run.job import Job
from tasks.run.moderation_report import JudgedRecording
from tasks.run.usage import Usage
from tasks.tables.moderation_rows import JudgedPasses, verdict_rows
from tasks.tables.rows import Row


@dataclass(slots=True)
class ModerationRun:
    """A moderation under way has its run, and what passes leave for the verdicts."""

    moderation: Moderation
    run: Run
    first: dict[str, AnalysisPlan] = field(default_factory=dict)  # by analysis_id
    second: dict[str, AnalysisPlan] = field(default_factory=dict)  # by the analysis_id of the first pass
    second_planned: bool = False
    uncompared: dict[str, str] = field(default_factory=dict)  # by media_id, why known content was not looked for
    again: tuple[RetryTarget, ...] = ()  # of a retry, what is to be asked again; all else is taken over
    listed: set[str] = field(default_factory=set)  # recordings in which lists were looked for before they were asked
    without_words: int = 0  # recordings in which listed words could not be looked for
    looked_up: int = 0  # plans of the first pass that are priced, and looked at for lists
    fine_job: Job | None = None  # of two passes, that of the second
    everywhere: Usage = field(default=Usage())  # a close look at all of it, were it taken
    expected_nano: int | None = None  # what both passes are expected to come to


@dataclass(frozen=True, slots=True)
class Published:
    """This is published about a recording.

    It has its passes, and in `unread` sentences on parts that could not be read.
    """

    first: PublishedPass
    second: PublishedPass | None
    passes: Passes
    unread: tuple[str, ...]


def judge_published(under_way: ModerationRun, media: Row, about: Published) -> tuple[JudgedRecording, list[Row]]:
    """Judge a recording by the policy, and make the rows of its verdicts."""
    policy, looked = under_way.moderation.policy, [one for one in (about.first, about.second) if one is not None]
    judgement = judge_passes([one.results for one in looked], policy, about.unread)
    findings = [row for one in looked for row in one.findings]
    of_run = {"run_id": under_way.run.job.run.run_id}
    second = about.second.of_analysis if about.second else None
    judged = JudgedPasses(about.first.of_analysis | of_run, second, about.passes, about.unread)
    rows = verdict_rows(judged, judgement, findings, policy)
    held = set(rows[0]["findings_json"].split('"'))
    own = tuple(row for row in findings if row["finding_id"] in held)
    return JudgedRecording(media["media_id"], media["uri"], judgement, own), rows
