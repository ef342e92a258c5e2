"""Read what was moderated back from the dataset, to judge it by any policy."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as pads

from config.policy_types import Policy
from tasks.moderation.judgement import Judgement, judge_passes
from tasks.moderation.reapply import under_policy
from tasks.moderation.records import SegmentResult
from tasks.store.dataset import Dataset
from tasks.store.history import History, read_attempt
from tasks.store.read_consistently import read_consistently
from tasks.store.reading import read_rows
from tasks.tables.moderation_rows import finding_of, result_of
from tasks.tables.rows import Row
from tasks.tables.schemas import TABLES

_OF_RESULT = ("segment_id", "start_ms", "end_ms", "outcome", "reason", "video_sent", "audio_sent")
_OF_ATTEMPT = ("run_id", "analysis_id", "attempt", "media_id")
_OF_ANALYSIS = (*_OF_ATTEMPT, "required_json")


@dataclass(frozen=True, slots=True)
class PublishedPass:
    """A published pass is the newest attempt at an analysis that looks for findings."""

    of_analysis: Row  # the columns that all its rows share
    results: tuple[SegmentResult, ...]
    findings: tuple[Row, ...]

    @property
    def analysis_id(self) -> str:
        return str(self.of_analysis["analysis_id"])


def read_pass(history: History, analysis_id: str, media: Row, attempt: int | None = None) -> PublishedPass | None:
    """Read a pass, in its newest attempt unless another is named.

    None: there is none. `media` is the recording's row. A model that was not asked for findings cannot have judged.
    """
    known = history.known(analysis_id)
    number = attempt if attempt is not None else known.attempt if known else None
    if number is None:
        return None
    [analysis] = read_attempt(history, "analyses", analysis_id, number, _OF_ANALYSIS)
    rows = read_attempt(history, "findings", analysis_id, number, TABLES["findings"].names)
    segments = read_attempt(history, "segments", analysis_id, number, _OF_RESULT)
    return _pass_of(media, analysis, segments, rows)


def read_passes(history: History, media: Mapping[str, Row]) -> dict[str, PublishedPass]:
    """Read the passes that there are in their newest attempts, by analysis_id.

    `media` are the recordings' rows by analysis_id. A file is read once for all of them, not once for each.
    """
    analyses = history.newest_rows("analyses", media.keys(), _OF_ANALYSIS)
    findings = history.newest_rows("findings", media.keys(), TABLES["findings"].names)
    segments = history.newest_rows("segments", media.keys(), (*_OF_RESULT, "analysis_id", "attempt"))
    return {name: _pass_of(media[name], row, segments[name], findings[name]) for name, [row] in analyses.items()}


def _pass_of(media: Row, analysis: Row, segments: Sequence[Row], rows: Sequence[Row]) -> PublishedPass:
    findings = [finding_of(row) for row in rows]
    can_judge = "findings" in json.loads(analysis["required_json"] or "[]")
    results = tuple(result_of(segment, media, findings, can_judge=can_judge) for segment in segments)
    return PublishedPass({name: analysis[name] for name in _OF_ATTEMPT}, results, tuple(rows))


def passes_of(history: History, verdict: Row, media: Row) -> tuple[PublishedPass, ...]:
    """Read the passes that a verdict rests on."""
    ids = ((verdict["analysis_id"], verdict["attempt"]), (verdict["second_analysis_id"], verdict["second_attempt"]))
    found = (read_pass(history, analysis_id, media, attempt) for analysis_id, attempt in ids if analysis_id)
    return tuple(one for one in found if one is not None)


def judge_again(history: History, verdict: Row, media: Row, policy: Policy) -> Judgement:
    """Judge a recording from what is published alone.

    By the policy of the verdict that gives the verdict itself.
    """
    results = [
        tuple(
            replace(result, findings=tuple(under_policy(finding, policy) for finding in result.findings))
            for result in one.results
        )
        for one in passes_of(history, verdict, media)
    ]
    return judge_passes(results, policy, json.loads(verdict["unread_json"]))


def policy_in(config_json: str) -> Policy:
    """Return the policy that a run was moderated by, from its row of `runs`."""
    return Policy.model_validate(json.loads(config_json)["moderation"]["policy"])


def newest_verdicts(dataset: Dataset, media_ids: Collection[str] | None = None) -> dict[str, Row]:
    """Return the newest verdict on each recording as a whole, by its media_id.

    `media_ids`: only on these. None: on all.
    """
    newest: dict[str, Row] = {}
    for row in sorted(_verdicts(dataset, media_ids), key=lambda row: (row["judged_at"], row["run_id"])):
        newest[row["media_id"]] = row
    return newest


def verdicts_by_run(dataset: Dataset) -> dict[str, list[Row]]:
    """Return the verdicts on whole recordings, by the run that came to them."""
    by_run: dict[str, list[Row]] = {}
    for row in _verdicts(dataset, None):
        by_run.setdefault(row["run_id"], []).append(row)
    return by_run


def _verdicts(dataset: Dataset, media_ids: Collection[str] | None) -> Sequence[dict[str, Any]]:
    only = pads.field("segment_id").is_null()
    if media_ids is not None:
        only &= pads.field("media_id").isin(pa.array(list(media_ids), pa.string()))  # none, too, are strings

    def read() -> list[dict[str, Any]]:
        return read_rows(dataset.storage, dataset.names("verdicts"), "verdicts", TABLES["verdicts"].names, only)

    return read_consistently(dataset, read)
