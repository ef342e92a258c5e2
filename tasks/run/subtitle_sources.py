"""Read out of the dataset what subtitles are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from duckdb import DuckDBPyConnection

from tasks.query.sql import connect
from tasks.records import Span, Utterance
from tasks.store.dataset import Dataset
from tasks.store.read_consistently import read_consistently
from tasks.tables.subtitle_rows import OF_UTTERANCE, silences_of, utterance_of

_TABLES = ("best_attempts", "transcript", "segments", "media")
_OF_RECORDING = (
    "analysis_id, attempt, media_id, language, outcome, duration_ms, "
    "CASE WHEN fps_num > 0 AND fps_den > 0 THEN fps_num / fps_den END AS frame_rate"
)


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript is what an analysis has found of a recording's words."""

    media_id: str
    analysis_id: str
    attempt: int
    outcome: str  # of the recording
    language: str  # as declared, or "auto"
    duration_ms: int
    frame_rate: float | None  # of the picture; None: there is none, or nobody knows
    utterances: tuple[Utterance, ...] = ()
    silences: tuple[Span, ...] = ()

    @property
    def span(self) -> Span:
        return Span(0, self.duration_ms)


@dataclass(frozen=True, slots=True)
class WrittenBefore:
    """Earlier runs have written this at a path, by the SHA-256 of its content."""

    newest: str = ""
    options_json: str = ""  # of the newest
    all: frozenset[str] = field(default=frozenset())


def read_transcripts(dataset: Dataset, analysis_ids: Collection[str]) -> dict[str, Transcript]:
    """Return the transcript of each analysis that was published, its best attempt's."""
    wanted = sorted(set(analysis_ids))
    of_attempts = (
        "SEMI JOIN best_attempts AS b USING (media_id, analysis_id, attempt) WHERE list_contains($1, analysis_id)"
    )
    recordings = f"""
        SELECT {_OF_RECORDING} FROM best_attempts JOIN media USING (media_id) WHERE list_contains($1, analysis_id)
    """  # noqa: S608 - our names
    utterances = f"SELECT analysis_id, {', '.join(OF_UTTERANCE)} FROM transcript {of_attempts} ORDER BY seq"  # noqa: S608
    segments = f"SELECT analysis_id, silences_json FROM segments {of_attempts}"  # noqa: S608

    def ask() -> list[list[dict[str, Any]]]:
        with connect(dataset, _TABLES) as connection:
            return [_rows(connection, sql, wanted) for sql in (recordings, utterances, segments)]

    if not wanted:
        return {}
    of_recordings, of_utterances, of_segments = read_consistently(dataset, ask)
    said, silent = _by_analysis(of_utterances), _by_analysis(of_segments)
    return {
        row["analysis_id"]: Transcript(
            **row,
            utterances=tuple(utterance_of(one) for one in said.get(row["analysis_id"], ())),
            silences=silences_of(one["silences_json"] for one in silent.get(row["analysis_id"], ())),
        )
        for row in of_recordings
    }


def analyses_with_words(dataset: Dataset, media_ids: Collection[str] | None, prompt: str) -> dict[str, str]:
    """Return the analysis whose words are to be shown of each recording, by media_id.

    Those that this prompt asked for come first, then what the views show first. `media_ids` None: of every recording.
    """
    sql = """
        SELECT media_id, analysis_id FROM current_analyses SEMI JOIN transcript USING (media_id, analysis_id, attempt)
        WHERE $1 IS NULL OR list_contains($1, media_id)
        QUALIFY row_number() OVER (PARTITION BY media_id ORDER BY prompt = $2 DESC, rank) = 1
    """

    def ask() -> dict[str, str]:
        with connect(dataset, ["current_analyses", "transcript"]) as connection:
            wanted = None if media_ids is None else sorted(media_ids)
            return dict(connection.execute(sql, [wanted, prompt]).fetchall())

    return read_consistently(dataset, ask)


def known_lines(dataset: Dataset, translation_ids: Collection[str]) -> dict[str, dict[int, str]]:
    """Return published translations, by translation_id and utterance."""
    sql = "SELECT translation_id, seq, text FROM translations WHERE list_contains($1, translation_id) ORDER BY seq"

    def ask() -> dict[str, dict[int, str]]:
        with connect(dataset, ["translations"]) as connection:
            rows = connection.execute(sql, [sorted(translation_ids)]).fetchall()
        found: dict[str, dict[int, str]] = {}
        for translation_id, seq, text in rows:
            found.setdefault(translation_id, {})[seq] = text
        return found

    return read_consistently(dataset, ask) if translation_ids else {}


def written_before(dataset: Dataset, paths: Sequence[str]) -> dict[str, WrittenBefore]:
    """Return what earlier runs have written at these paths."""
    sql = """
        SELECT path, arg_max(sha256, written_at), arg_max(options_json, written_at), list(DISTINCT sha256)
        FROM subtitles WHERE list_contains($1, path) GROUP BY path
    """

    def ask() -> dict[str, WrittenBefore]:
        with connect(dataset, ["subtitles"]) as connection:
            rows = connection.execute(sql, [list(paths)]).fetchall()
        return {path: WrittenBefore(newest, options, frozenset(every)) for path, newest, options, every in rows}

    return read_consistently(dataset, ask)


def _rows(connection: DuckDBPyConnection, sql: str, wanted: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(sql, params=[wanted]).to_arrow_table().to_pylist()
    return rows


def _by_analysis(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["analysis_id"], []).append(row)
    return found
