"""Task: read a recording's answers and publish its tables, all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks import clients
from tasks.job import Job
from tasks.planning.cost import cost_nano
from tasks.records import AnalysisPlan, Answer, Tokens
from tasks.retrying import WAITS_S, may_pass
from tasks.store.commit import publish_analysis
from tasks.store.dataset import Dataset
from tasks.summary import Saved
from tasks.tables.analysis import Attempt, analysis_rows, segment_failures
from tasks.tables.rows import Rows, media_row


@task(
    name="save",
    task_run_name="save {plan.recording.name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=may_pass,
    cache_policy=NO_CACHE,
)
def save(job: Job, plan: AnalysisPlan, number: int, answered: Sequence[tuple[Answer, ...] | BaseException]) -> Saved:
    """Publish attempt `number`. Raises what stopped an answer from being had: then nothing is published."""
    answers: list[Answer] = []
    for answer in answered:
        if isinstance(answer, BaseException):
            raise answer
        answers.extend(answer)
    attempt = Attempt(plan, job.run, number, job.price, datetime.now(UTC))
    rows = analysis_rows(attempt, answers) | {"media": [media_row(plan.recording)]}
    with clients.stopping_at_a_full_disk():
        publish_analysis(Dataset(Path(job.dataset)), rows, job.run)
    return _saved(attempt, answers, rows)


def _saved(attempt: Attempt, answers: Sequence[Answer], rows: Rows) -> Saved:
    [analysis] = rows["analyses"]
    # Answers that an earlier run was killed over are published now, but were paid for then.
    started = attempt.run.started_at
    asked = [answer for answer in answers if any(call.started_at >= started for call in answer.calls)]
    calls = [call for answer in asked for call in answer.calls]
    tokens = [call.tokens for call in calls if call.tokens is not None]
    costs = [cost_nano(used, attempt.price) for used in tokens]
    return Saved(
        uri=attempt.plan.recording.uri,
        outcome=analysis["outcome"],
        coverage=analysis["coverage"],
        segments=Counter(row["outcome"] for row in rows["segments"]),
        asked=len(asked),
        requests=len(calls),
        tokens=sum(tokens, Tokens()),
        cost_nano=None if None in costs else sum(cost or 0 for cost in costs),
        reasons=tuple(f"{row['outcome']}: {row['reason']}" for row in rows["segments"] if row["reason"]),
        failures=tuple(segment_failures(attempt, answers)),
    )
