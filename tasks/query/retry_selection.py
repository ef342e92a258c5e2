"""Select what is worth asking again, grouped by the settings of the runs.

SQL chooses from the newest attempts and the open failures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

import duckdb

from tasks.inputs.overrides import AS_THE_RUN, InputOptions, read_options_json
from tasks.query.sql import connect
from tasks.store.dataset import Dataset
from tasks.store.read_consistently import read_consistently

_TABLES = ("runs", "inputs", "media", "analyses", "segments", "open_failures")
# Settings that neither change what is asked nor where a file's name leads.
_OF_ONE_RUN = (
    *("inputs", "dataset", "max_cost", "workdir", "settle_s", "verify", "strict", "ignore_known", "trigger"),
    *("concurrency", "requests_per_minute", "tokens_per_minute"),
)
# What the run took from its environment where its request left it open; the analysis tells. A manifest may have said
# otherwise of single inputs, so here what the run was told counts first.
_RESOLVED = ("provider", "model")
_OF_INPUTS = ("scenario", "language")


@dataclass(frozen=True, slots=True)
class RetryRule:
    """A rule chooses what to ask again.

    Without outcomes: what was skipped, and what failed in a way that asking again may mend.
    """

    outcomes: tuple[str, ...] = ()  # of segments; then also what asking again is not expected to mend
    stages: tuple[str, ...] = ()  # of failures; none: all
    since: datetime | None = None  # aware: only what came about then or later


@dataclass(frozen=True, slots=True)
class RetryTarget:
    """A target is a recording to be tried again."""

    uri: str  # as the run saw it; a relative one counts from the run's `cwd`
    media_id: str | None = None  # None: it could not be read
    analysis_id: str | None = None  # None: it never became an analysis
    segment_ids: frozenset[str] = frozenset()  # to be asked again; without an analysis, whatever its plan says
    attempt: int = 0  # the analysis' newest when this was chosen; 0: there is none
    options: InputOptions = AS_THE_RUN  # how it was asked about, where that was not as the run's settings say
    tags_json: str = ""  # what its manifest said of it
    turn_ids: frozenset[str] = frozenset()  # segments of which only follow-up questions are to be asked again


@dataclass(frozen=True, slots=True)
class RetryGroup:
    """A group has what runs with the same settings left.

    `config` is the newest such run's request, its open names filled in.
    """

    config: Mapping[str, Any]
    recordings: tuple[RetryTarget, ...]  # by uri

    @property
    def is_moderation(self) -> bool:
        """Return whether the runs judged what they saw."""
        return "moderation" in self.config


@dataclass(frozen=True, slots=True)
class _Candidate:
    run_id: str
    wanted: RetryTarget


def select(dataset: Dataset, rule: RetryRule) -> tuple[RetryGroup, ...]:
    """Select what the rule chooses, a group for each way of asking, by run.

    Of every analysis the newest attempt counts, also where another prompt or model has answered since; of the inputs
    that never became an analysis those which no later run has mended.
    """
    return read_consistently(dataset, lambda: _select(dataset, rule))


def _select(dataset: Dataset, rule: RetryRule) -> tuple[RetryGroup, ...]:
    with connect(dataset, _TABLES) as connection:
        chosen = [*_segments(connection, rule), *_inputs(connection, rule)]
        return _grouped(chosen, _settings(connection, {one.run_id for one in chosen}))


def _segments(connection: duckdb.DuckDBPyConnection, rule: RetryRule) -> list[_Candidate]:
    """Find the analyses whose newest attempt has such segments.

    With each comes the run whose settings led to it.
    """
    found = connection.execute(
        """
        WITH newest AS (
            SELECT analysis_id, max(attempt) AS attempt FROM analyses GROUP BY analysis_id
        ),
        asked AS (  -- an answer that was taken over is as old as the attempt that asked
            SELECT s.segment_id,
                   coalesce(max(a.completed_at) FILTER (s.attempts > 0), max(a.completed_at)) AS moment
            FROM segments AS s JOIN analyses AS a USING (analysis_id, attempt) GROUP BY s.segment_id
        ),
        each_chosen AS (
            SELECT s.analysis_id, s.media_id, s.segment_id, s.attempt, false AS is_turn
            FROM segments AS s SEMI JOIN newest USING (analysis_id, attempt) JOIN asked USING (segment_id)
            WHERE CASE WHEN len($outcomes) > 0 THEN list_contains($outcomes, s.outcome)
                       ELSE s.outcome = 'skipped' OR (s.outcome = 'failed' AND s.retryable) END
              AND (len($stages) = 0 OR list_contains(
                      $stages, CASE WHEN s.outcome = 'failed' AND s.bytes_sent IS NULL THEN 'cut' ELSE 'ask' END))
              AND ($since IS NULL OR moment >= $since)
            UNION  -- follow-up questions, and answers that were to be spoken and are not
            SELECT s.analysis_id, s.media_id, s.segment_id, s.attempt, o.error_class <> 'VoiceLost' AS is_turn
            FROM segments AS s SEMI JOIN newest USING (analysis_id, attempt)
            JOIN open_failures AS o ON o.segment_id = s.segment_id AND o.analysis_id = s.analysis_id
            WHERE o.outcome IS NULL
              AND (len($outcomes) = 0 AND o.retryable OR list_contains($outcomes, 'failed'))
              AND (len($stages) = 0 OR list_contains($stages, o.stage))
              AND ($since IS NULL OR o.occurred_at >= $since)
        ),
        chosen AS (
            SELECT analysis_id, any_value(media_id) AS media_id, any_value(attempt) AS attempt,
                   coalesce(list(segment_id) FILTER (NOT is_turn), []) AS segment_ids,
                   coalesce(list(segment_id) FILTER (is_turn), []) AS turn_ids
            FROM each_chosen GROUP BY analysis_id
        ),
        origins AS (  -- a reparse or another policy has no settings of its own
            SELECT a.analysis_id, max_by(a.run_id, a.attempt) AS run_id
            FROM analyses AS a SEMI JOIN chosen USING (analysis_id) LEFT JOIN runs AS r USING (run_id)
            WHERE coalesce(json_extract_string(CASE WHEN json_valid(r.config_json) THEN r.config_json END, '$.command'),
                           '') NOT IN ('reparse', 'moderate --reapply')
            GROUP BY a.analysis_id
        ),
        named AS (
            SELECT run_id, media_id, min(uri) AS uri, list({uri: uri, options_json: options_json} ORDER BY uri) AS rows
            FROM inputs WHERE status <> 'ignored' GROUP BY ALL
        ),
        asked_as AS (
            SELECT analysis_id, {scenario: any_value(scenario), prompt: any_value(prompt),
                                 language: any_value(language),
                                 audio_track: any_value(
                                     CASE WHEN json_valid(params_json) THEN nullif(regexp_extract(
                                         params_json ->> '$.audio_track', '^([0-9]+|all)$'), '') END)} AS options
            FROM analyses SEMI JOIN chosen USING (analysis_id) GROUP BY analysis_id
        )
        SELECT o.run_id, coalesce(n.uri, m.uri, ''), c.media_id, c.analysis_id, c.segment_ids, c.turn_ids, c.attempt,
               w.options, n.rows
        FROM chosen AS c JOIN origins AS o USING (analysis_id) JOIN asked_as AS w USING (analysis_id)
        LEFT JOIN named AS n ON n.run_id = o.run_id AND n.media_id = c.media_id
        LEFT JOIN media AS m ON m.media_id = c.media_id
        """,
        {"outcomes": list(rule.outcomes), "stages": list(rule.stages), "since": rule.since},
    ).fetchall()
    return [
        _Candidate(
            run,
            _as_asked(
                RetryTarget(uri, media, analysis, frozenset(ids), attempt, turn_ids=frozenset(turn_ids)),
                InputOptions(**options),
                rows or (),
            ),
        )
        for run, uri, media, analysis, ids, turn_ids, attempt, options, rows in found
    ]


def _as_asked(wanted: RetryTarget, analysis: InputOptions, named: Sequence[Mapping[str, str | None]]) -> RetryTarget:
    """Add how the recording was asked about.

    The analysis' own columns decide; the name, tags and path of a prompt come from a row of the run's inputs that
    agrees. `named` are the rows of the recording in the run's inputs. Of a run that was killed there are none: then
    the prompt's name is all that is known.
    """
    rows = [(row["uri"] or "", *read_options_json(row["options_json"])) for row in named]
    fitting = [row for row in rows if _fits(row[1], analysis)]
    if not fitting:
        return replace(wanted, options=replace(analysis, prompt=analysis.prompt or None))
    uri, options, tags_json = max(fitting, key=lambda row: len(row[1].given))
    analysis = replace(analysis, prompt=options.prompt, audio_track=analysis.audio_track or options.audio_track or None)
    return replace(wanted, uri=uri, options=analysis, tags_json=tags_json)


def _fits(options: InputOptions, analysis: InputOptions) -> bool:
    """Return whether an analysis may be what a row of a manifest asked for."""
    prompt, language = options.prompt or "", options.language or ""
    return (
        options.scenario in (None, analysis.scenario)
        and options.prompt in (None, analysis.prompt, prompt if PurePath(prompt).stem == analysis.prompt else None)
        and (not language or language.casefold() == (analysis.language or "").casefold())
    )


def _inputs(connection: duckdb.DuckDBPyConnection, rule: RetryRule) -> list[_Candidate]:
    """Find inputs that failed before an analysis, and that no later run has mended."""
    if rule.outcomes and "failed" not in rule.outcomes:
        return []
    found = connection.execute(
        """
        SELECT f.run_id, f.uri, f.media_id, i.options_json
        FROM open_failures AS f LEFT JOIN (
            SELECT DISTINCT run_id, uri, options_json FROM inputs WHERE status = 'failed'
        ) AS i USING (run_id, uri)
        WHERE segment_id IS NULL AND (retryable OR $also_final)
          AND error_class <> 'BadManifest'  -- it must be mended and named again
          AND (len($stages) = 0 OR list_contains($stages, stage))
          AND ($since IS NULL OR occurred_at >= $since)
        """,
        {"also_final": bool(rule.outcomes), "stages": list(rule.stages), "since": rule.since},
    ).fetchall()
    rows = [(run_id, RetryTarget(uri, media_id), *read_options_json(text)) for run_id, uri, media_id, text in found]
    return [_Candidate(run_id, replace(one, options=options, tags_json=tags)) for run_id, one, options, tags in rows]


# --- the settings they were asked with ---------------------------------------------------------------------------


def _settings(connection: duckdb.DuckDBPyConnection, run_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return each run's request.

    Of a run without a row, which may still be under way, it is what its analyses show.
    """
    found = connection.execute(
        """
        WITH wanted AS (SELECT unnest($run_ids) AS run_id),
        resolved_names AS (
            SELECT run_id, {provider: any_value(provider), model: any_value(model), scenario: any_value(scenario),
                            language: any_value(language)} AS resolved
            FROM analyses SEMI JOIN wanted USING (run_id) GROUP BY run_id
        )
        SELECT w.run_id, r.config_json, t.resolved
        FROM wanted AS w LEFT JOIN runs AS r USING (run_id) LEFT JOIN resolved_names AS t USING (run_id)
        """,
        {"run_ids": sorted(run_ids)},
    ).fetchall()
    return {run_id: _filled(config_json, resolved) for run_id, config_json, resolved in found}


def _filled(config_json: str | None, resolved: Mapping[str, str] | None) -> dict[str, Any]:
    try:
        config = dict(json.loads(config_json or "{}"))
    except (ValueError, TypeError):
        config = {}
    if not resolved:
        return config
    open_ = {name: resolved[name] for name in _OF_INPUTS if config.get(name) is None}
    return config | {name: resolved[name] for name in _RESOLVED} | open_


def _grouped(chosen: Iterable[_Candidate], settings: Mapping[str, dict[str, Any]]) -> tuple[RetryGroup, ...]:
    configs: dict[str, dict[str, Any]] = {}
    recordings: dict[str, list[RetryTarget]] = {}
    for one in sorted(chosen, key=lambda one: one.run_id):  # a run's id begins with its start
        config = settings[one.run_id]
        key = json.dumps({k: v for k, v in config.items() if k not in _OF_ONE_RUN}, sort_keys=True)
        configs[key] = config
        recordings.setdefault(key, []).append(_with_own_options(one.wanted, config))
    return tuple(RetryGroup(configs[key], _once(wanted)) for key, wanted in recordings.items())


def _with_own_options(wanted: RetryTarget, config: Mapping[str, Any]) -> RetryTarget:
    """Keep only those options that differ from the run's settings."""
    own = {name: value for name, value in wanted.options.given.items() if value != config.get(name)}
    if wanted.options.prompt and PurePath(config.get("prompt") or "").stem == wanted.options.prompt:
        own.pop("prompt", None)  # the settings hold its path
    return replace(wanted, options=InputOptions(**own))


def _once(found: Iterable[RetryTarget]) -> tuple[RetryTarget, ...]:
    """Keep each target once, by uri.

    Where a later attempt at an analysis was lost before it began, the analysis decides what to ask.
    """
    ordered = sorted(found, key=lambda w: (w.uri, w.analysis_id or ""))
    analysed = {key for wanted in ordered if wanted.analysis_id for key in (wanted.uri, wanted.media_id)}
    return tuple(w for w in ordered if w.analysis_id or not analysed & {w.uri, w.media_id})
