"""Judge what is stored by another policy, without Prefect and without a call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.policy_loader import load_policy
from config.policy_types import Policy
from config.settings import load_settings
from flows.pipeline.machine import config_errors, use_machine
from flows.pipeline.setup import new_run
from tasks.moderation.judgement import Judgement
from tasks.moderation.reapply import policy_differences, under_policy
from tasks.query.moderations import judge_again, newest_verdicts, passes_of, policy_in
from tasks.query.sql import as_rows, run_sql
from tasks.records import Tokens
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts, publish_decisions, publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.tables.from_rows import recording_of, rows_from
from tasks.tables.moderation_rows import JudgedPasses, finding_of, finding_row, verdict_rows
from tasks.tables.rows import Row, Rows, RunInfo, RunTotals, run_row
from tasks.tables.schemas import TABLES

_NO_COSTS = RunTotals({}, {}, requests=0, tokens=Tokens(), cost_nano=0, currency=None)
_CARRIED = [name for name in TABLES if "attempt" in TABLES[name].names and name not in ("calls", "verdicts")]


@dataclass(frozen=True, slots=True)
class Change:
    """A change is another outcome or action about a recording."""

    uri: str
    before: tuple[str, str]
    after: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reapplied:
    """The result says what another policy makes of what was moderated."""

    dataset: str
    policy: Policy
    recordings: int = 0
    differences: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    findings: int = 0  # about which something else is done
    is_trial: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {
            "dataset": self.dataset,
            "policy": f"{self.policy.id} {self.policy.version}",
            "dry_run": self.is_trial,
            "recordings": self.recordings,
            "differences": list(self.differences),
            "findings": self.findings,
            "changes": [{"uri": one.uri, "before": list(one.before), "after": list(one.after)} for one in self.changes],
        }


@dataclass(slots=True)
class _Work:
    """The work holds rows for the tables while recordings are judged again."""

    changes: list[Change] = field(default_factory=list)
    attempts: list[Rows] = field(default_factory=list)
    verdicts: list[Row] = field(default_factory=list)
    findings: int = 0


def reapply(folder: str | None, policy_name: str | None, config_file: Path | None, *, is_trial: bool) -> Reapplied:
    """Judge all that was moderated by a policy; publish it unless that is a trial.

    Findings get their new actions as new attempts, which share the answers of the old ones. Raises UsageError,
    DatasetNotWritable.
    """
    with config_errors():
        settings = load_settings(config_file, dataset=folder, policy=policy_name)
        policy = load_policy(settings.policy)
    use_machine(settings)
    dataset = Dataset.existing(settings.dataset) if is_trial else Dataset.reopen(settings.dataset)
    run = new_run("manual", {"command": "moderate --reapply"})
    with Claims(dataset) as claims:
        if not is_trial:
            recover(dataset)
        media = {row["media_id"]: row for row in _rows(dataset, "media")}
        configs = {row["run_id"]: row["config_json"] for row in _rows(dataset, "runs")}
        verdicts = [row for row in newest_verdicts(dataset).values() if row["media_id"] in media]
        old = [policy_in(text) for row in verdicts if (text := configs.get(row["run_id"]))]
        before = list({(one.id, one.version): one for one in old}.values())
        work = _Work()
        with History(dataset) as history:
            for verdict in verdicts:
                if is_trial or claims.take(verdict["analysis_id"]):
                    _judge(work, history, media[verdict["media_id"]], verdict, (run, policy))
        if not is_trial:
            config = json.loads(configs[verdicts[0]["run_id"]]) if verdicts else {}
            _publish(dataset, work, _with_policy(run, policy, config))
    return Reapplied(
        dataset=str(dataset.root),
        policy=policy,
        recordings=len(verdicts),
        differences=tuple(dict.fromkeys(line for one in before for line in policy_differences(one, policy))),
        changes=tuple(work.changes),
        findings=work.findings,
        is_trial=is_trial,
    )


def _judge(work: _Work, history: History, media: Row, verdict: Row, by: tuple[RunInfo, Policy]) -> None:
    run, policy = by
    passes = passes_of(history, verdict, media)
    judgement = judge_again(history, verdict, media, policy)
    before, after = (verdict["outcome"], verdict["action"]), (judgement.verdict.outcome, judgement.verdict.action)
    if before != after:
        work.changes.append(Change(media["uri"], before, after))
    is_new = (verdict["policy"], verdict["policy_version"]) != (policy.id, policy.version)
    if not is_new and before == after:
        return
    judged, findings = [], []
    for one in passes:
        of_analysis = one.of_analysis | {"run_id": run.run_id}
        if one.findings:
            rows = next_attempt(history, one.analysis_id, media, run)
            of_analysis = {name: rows["analyses"][0][name] for name in of_analysis}
            rows["findings"] = [
                finding_row(under_policy(finding_of(row), policy), of_analysis, policy) for row in one.findings
            ]
            work.attempts.append(rows)
            work.findings += sum(
                new["action"] != old["action"] for new, old in zip(rows["findings"], one.findings, strict=True)
            )
            findings += rows["findings"]
        judged.append(of_analysis)
    work.verdicts += _verdicts(judged, judgement, findings, verdict, policy)


def _verdicts(
    judged: Sequence[Row], judgement: Judgement, findings: Sequence[Row], verdict: Row, policy: Policy
) -> list[Row]:
    second = judged[1] if len(judged) > 1 else None
    unread = tuple(json.loads(verdict["unread_json"]))
    return verdict_rows(JudgedPasses(judged[0], second, verdict["passes"], unread), judgement, findings, policy)


def next_attempt(history: History, analysis_id: str, media: Row, run: RunInfo) -> Rows:
    """Make the rows of the next attempt, with the answers of the newest."""
    known = history.known(analysis_id)
    assert known is not None  # its pass was read
    published = {table: history.rows(table, analysis_id, known.attempt, TABLES[table].names) for table in _CARRIED}
    return rows_from(published, recording_of(media), run)


def _with_policy(run: RunInfo, policy: Policy, earlier: dict[str, Any]) -> RunInfo:
    """Record the policy with the run, as a run that asks does."""
    moderation = {**earlier.get("moderation", {}), "policy": policy.model_dump(mode="json")}
    config = {**json.loads(run.config_json), "moderation": moderation}
    return RunInfo(run.run_id, run.started_at, run.trigger, run.code_version, json.dumps(config, sort_keys=True))


def _publish(dataset: Dataset, work: _Work, run: RunInfo) -> None:
    """Publish the run first: a verdict is explained by its run's policy."""
    publish_run(dataset, {"runs": [run_row(run, "completed", _NO_COSTS, datetime.now(UTC))]}, run)
    for number, attempts in enumerate(_hundreds(work.attempts)):
        publish_attempts(dataset, attempts, run, f"{run.run_id}-{number:05d}")
    if work.verdicts:
        publish_decisions(dataset, work.verdicts, run, "verdicts")


def _hundreds(attempts: Sequence[Rows]) -> Iterator[Sequence[Rows]]:
    for start in range(0, len(attempts), 100):
        yield attempts[start : start + 100]


def _rows(dataset: Dataset, table: str) -> list[Row]:
    return as_rows(run_sql(dataset, f"SELECT * FROM {table}"))  # noqa: S608 - our names
