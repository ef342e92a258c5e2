"""Find out which verdicts hold, and report on a moderation. Without Prefect."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.pipeline.current_run import Run
from flows.pipeline.moderation_run import ModerationRun
from flows.pipeline.moderation_setup import Moderation, cannot_judge
from flows.pipeline.session import Knowledge
from tasks.moderation.rules import Passes
from tasks.query.moderations import newest_verdicts, verdicts_by_run
from tasks.query.passages import heard_since
from tasks.query.sql import as_rows, run_sql
from tasks.run.moderation_report import JudgedRecording, ModerationReport, PassUsage, warnings_about
from tasks.run.usage import Usage, plural
from tasks.store.commit import publish_decisions
from tasks.store.dataset import Dataset
from tasks.tables.rows import Row

Made = Mapping[str, tuple[JudgedRecording, list[Row]]]
"""The judgements of a run with the rows of their verdicts, by media_id."""

_COVERS: dict[Passes, tuple[Passes, ...]] = {"quick": ("quick", "both")}  # what was looked at before is enough for it
_OF_VERDICT = ("outcome", "action", "findings_json")


def judged_before(moderation: Moderation, knowledge: Knowledge) -> Iterator[str]:
    """Give the first analyses of recordings about which nothing is left to do."""
    enough = _COVERS.get(moderation.passes, (moderation.passes,))
    verdicts = [row for row in newest_verdicts(knowledge.dataset).values() if row["passes"] in enough]
    second = knowledge.history.done(row["second_analysis_id"] for row in verdicts if row["second_analysis_id"])
    for row in verdicts:
        if row["second_analysis_id"] is None or row["second_analysis_id"] in second:
            yield row["analysis_id"]


def verdicts_on_inputs(run: Run) -> dict[str, Row]:
    """Return the newest verdict on each recording among the inputs, by its media_id."""
    return newest_verdicts(run.session.dataset, set(run.planned.media_ids.values()) if run.planned else set())


@dataclass(frozen=True, slots=True)
class Unlooked:
    """Unlooked recordings were judged by the policy without these lists."""

    verdicts: tuple[Row, ...]
    to_compare: frozenset[str]  # media_ids
    to_read: frozenset[str]


def judged_without_lists(moderation: Moderation, dataset: Dataset, verdicts: Sequence[Row]) -> Unlooked:
    """Find what the lists have to be looked for in yet.

    Words are looked for again, too, where something was transcribed or read since. What was judged by another policy
    stays: `--reapply` is for that.
    """
    policy, ours = moderation.policy, _lists(moderation.resolved.job.run.config_json)
    before = [row for row in verdicts if (row["policy"], row["policy_version"]) == (policy.id, policy.version)]
    if not before or not (moderation.known or moderation.words):
        return Unlooked((), frozenset(), frozenset())
    configs = {row["run_id"]: _lists(row["config_json"]) for row in as_rows(run_sql(dataset, _CONFIGS))}
    lists = {row["media_id"]: configs.get(row["run_id"], (None, None)) for row in before}
    to_compare = frozenset(one for one, (known, _) in lists.items() if moderation.known and known != ours[0])
    to_read = frozenset[str]()
    if moderation.words:
        since = heard_since(dataset, set(lists))
        judged_at = {row["media_id"]: row["judged_at"] for row in before}
        to_read = frozenset(one for one in since if lists[one][1] != ours[1] or since[one] > judged_at[one])
    chosen = tuple(row for row in before if row["media_id"] in to_compare | to_read)
    return Unlooked(chosen, to_compare, to_read)


_CONFIGS = "SELECT run_id, config_json FROM runs WHERE contains(config_json, 'known_sha256')"


def _lists(config_json: str) -> tuple[str | None, str | None]:
    """Return what the lists of a run are known by."""
    moderation = json.loads(config_json)["moderation"]
    return moderation.get("known_sha256"), moderation.get("words_sha256")


def is_changed(rows: Sequence[Row], before: Row | None) -> bool:
    """Return whether a verdict says something else than the one before it."""
    return any(rows[0][name] != (before or {}).get(name) for name in _OF_VERDICT)


def leave_report(under_way: ModerationRun, before: Mapping[str, Row], made: Made, changed: Collection[str]) -> None:
    """Publish the verdicts that were made, and leave the report with the run.

    `before` are the verdicts on the inputs as they were; of those in `changed` the new ones are reported.
    """
    run, moderation = under_way.run, under_way.moderation
    publish_decisions(run.session.dataset, [row for _, rows in made.values() for row in rows], run.job.run, "verdicts")
    judged = [one for media_id, (one, _) in made.items() if media_id in changed]
    known = [row for media_id, row in before.items() if media_id not in changed]
    report = ModerationReport(
        policy=f"{moderation.policy.id} {moderation.policy.version}",
        judged=tuple(judged),
        known=tuple((row["outcome"], row["action"]) for row in known),
        passes=_usage_by_pass(under_way),
        everywhere=under_way.everywhere,
        expected_nano=under_way.expected_nano,
        fail_on=moderation.fail_on,
        failed_share=moderation.facts.failures.failed_share,
    )
    other = sum(row["policy_version"] != moderation.policy.version or row["policy"] != moderation.policy.id
                for row in known)  # fmt: skip
    bounds, earlier = moderation.facts.flagged_rate, verdicts_by_run(run.session.dataset)
    earlier.pop(run.job.run.run_id, None)
    seen = len(under_way.first.keys() | {row["analysis_id"] for row in before.values()})
    warned = warnings_about(report, seen, other, list(earlier.values()), bounds)
    notes = (cannot_judge(moderation), _without_words(under_way.without_words), *warned)
    run.report = replace(report, warnings=tuple(filter(None, notes)))


def _usage_by_pass(under_way: ModerationRun) -> tuple[PassUsage, ...]:
    """Add up what each pass has sent."""
    second = {plan.analysis_id for plan in under_way.second.values()}
    sent = [Usage(), Usage()]
    for saved in under_way.run.asked.saved:
        sent[saved.analysis_id in second] += saved.usage
    names = under_way.moderation.pass_names
    return tuple(PassUsage(name, usage) for name, usage in zip(names, sent, strict=False))


def _without_words(recordings: int) -> str:
    if not recordings:
        return ""
    return (
        f"Listed words were not looked for in {plural(recordings, 'recording')} without a transcript: "
        "`reelsheet analyze` makes one; moderate after it."
    )
