"""The tables' promises: names, order and types that readers may count on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest

from tasks import records
from tasks.moderation import records as moderation
from tasks.moderation.rules import Passes
from tasks.query.dictionary import markdown
from tasks.query.sql import describe
from tasks.run.request import FailureOptions
from tasks.tables.columns import allowed, meaning
from tasks.tables.schemas import FACT_TABLES, TABLES, about

ALLOWED = {pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us", tz="UTC")}
ENUMS = {
    "runs.state": records.RunState,
    "inputs.status": records.InputStatus,
    "media.id_basis": records.IdBasis,
    "media.kind": records.Kind,
    "analyses.answer_form": records.AnswerForm,
    "analyses.outcome": records.RecordingOutcome,
    "segments.cut_reason": records.CutReason,
    "segments.transport": records.Transport,
    "segments.video_sent": records.VideoSent,
    "segments.audio_sent": records.AudioSent,
    "segments.outcome": records.Outcome,
    "storyline.time_quality": records.TimeQuality,
    "visible_text.time_quality": records.TimeQuality,
    "transcript.time_quality": records.TimeQuality,
    "failures.stage": records.Stage,
    "failures.outcome": records.Outcome,
    "decisions.decision": records.DecisionKind,
    "findings.modality": moderation.Modality,
    "findings.source": moderation.Source,
    "findings.action": moderation.Action,
    "findings.time_quality": records.TimeQuality,
    "verdicts.outcome": moderation.ModerationOutcome,
    "verdicts.action": moderation.Action,
    "verdicts.passes": Passes,
    "reviews.decision": moderation.Decision,
}
OF_ANALYSIS = ["run_id", "analysis_id", "attempt", "media_id"]


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_a_plain_type_and_a_meaning(name: str) -> None:
    assert about(name)
    for field in TABLES[name]:
        assert field.type in ALLOWED, field.name
        assert meaning(field), field.name
        assert b"unit" in field.metadata


@pytest.mark.parametrize("name", FACT_TABLES)
def test_fact_tables_start_with_the_ids_that_join_them(name: str) -> None:
    expected = OF_ANALYSIS if name in ("analyses", "speakers") else [*OF_ANALYSIS, "segment_id"]
    assert TABLES[name].names[: len(expected)] == expected
    assert not any(TABLES[name].field(column).nullable for column in expected)


@pytest.mark.parametrize("name", TABLES)
def test_times_and_sizes_carry_their_unit(name: str) -> None:
    for field in TABLES[name]:
        if field.name.endswith("_ms"):
            assert (field.type, field.metadata[b"unit"]) == (pa.int64(), b"ms")
        if field.name.endswith("_at"):
            assert field.type == pa.timestamp("us", tz="UTC")


@pytest.mark.parametrize(("name", "values"), ENUMS.items())
def test_a_column_allows_what_its_type_in_the_code_allows(name: str, values: Any) -> None:
    table, _, column = name.partition(".")
    assert allowed(TABLES[table].field(column)) == get_args(values)


def test_no_other_column_of_words_names_its_values() -> None:
    named = {f"{t}.{f.name}" for t, schema in TABLES.items() for f in schema if f.type == pa.string() and allowed(f)}
    assert named == ENUMS.keys()


def test_retry_knows_every_stage_and_no_other_outcomes() -> None:
    outcomes, stages = (get_args(FailureOptions.model_fields[name].annotation)[0] for name in ("outcomes", "stages"))
    assert get_args(records.Stage) == get_args(stages)
    assert {"ok", *get_args(outcomes)} == set(get_args(records.Outcome))


@pytest.mark.parametrize("name", TABLES)
def test_a_column_may_be_null_only_where_its_meaning_says_when(name: str) -> None:
    for field in TABLES[name]:
        assert field.nullable == bool(re.search(r"; null (where|without) ", meaning(field))), field.name


def test_the_month_is_never_stored_inside() -> None:
    assert not any("month" in schema.names for schema in TABLES.values())


def test_an_analysis_is_published_last() -> None:
    assert FACT_TABLES[-1] == "analyses"


def test_every_column_of_every_view_has_a_meaning() -> None:
    assert all(column.meaning for relation in describe() for column in relation.columns)


def test_the_data_dictionary_says_what_the_schemas_say() -> None:
    page = Path(__file__).parents[2] / "docs" / "tables.md"
    assert page.read_text() == markdown(), "run: python -m tasks.query.dictionary > docs/tables.md"
