"""Know which analyses are done, and which answers an unfinished one has."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from types import TracebackType
from typing import Any

from tasks.records import Answer, FollowUp, Outcome
from tasks.store.dataset import Dataset
from tasks.store.index import Index, Indexed
from tasks.store.read_consistently import read_consistently
from tasks.store.reading import Filter, read_rows
from tasks.tables.from_rows import answer_of

_OF_ANSWER = (
    "segment_id", "seq", "start_ms", "end_ms", "cut_reason", "width", "height", "fps", "max_pixels", "bytes_sent",
    "transport", "video_sent", "audio_sent", "outcome", "reason", "error_class", "retryable", "finish_reason",
    "request_id", "model_snapshot", "raw_answer", "reasoning", "voice_path", "owned_start_ms", "owned_end_ms",
    "silences_json", "damaged_packets", "media_notes_json",
)  # fmt: skip
_OF_TURN = ("segment_id", "turn", "question", "answer")


@dataclass(frozen=True, slots=True)
class KnownAnalysis:
    """A known analysis is the newest attempt at it."""

    attempt: int
    outcome: Outcome
    unfinished: bool  # some segment was skipped, or failed in a way that asking again may mend


class History:
    """The history is what is published, as of the last `refresh`.

    The first question does one. Threads may share it. Recover the dataset first, so that what a killed run had
    decided is there too.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._index = Index(dataset)

    def refresh(self) -> None:
        """Take in what was published since, by whatever process."""
        self._index.refresh()

    def known(self, analysis_id: str) -> KnownAnalysis | None:
        """Return the newest attempt at an analysis; None: there is none."""
        newest = self._newest(analysis_id)
        return KnownAnalysis(newest.attempt, newest.outcome, newest.unfinished) if newest else None

    def done(self, analysis_ids: Iterable[str]) -> set[str]:
        """Return those about which nothing is left to ask."""
        return self._index.done(analysis_ids)

    def begun(self, analysis_ids: Iterable[str]) -> set[str]:
        """Return those about which something is published."""
        return {attempt.analysis_id for attempt in self._index.attempts(analysis_ids)}

    def next_attempt(self, analysis_id: str) -> int:
        newest = self._newest(analysis_id)
        return newest.attempt + 1 if newest else 1

    def answers(
        self, analysis_id: str, again: Container[str] = (), *, turns: bool = False, turns_again: Container[str] = ()
    ) -> dict[str, Answer]:
        """Return the answers of the newest attempt that are taken over.

        They are those of segments that are not to be asked again, by segment_id. Left out are segments that were
        skipped, or that failed in a way that asking again may mend, and those whose segment_id is in `again`. The
        answers' calls are empty, since each call is a row already: what was paid is counted once. With `turns`, each
        has what was asked about it; of the segments in `turns_again` as far as that was answered.
        """
        newest = self._newest(analysis_id)
        if newest is None:
            return {}
        rows = read_attempt(self, "segments", analysis_id, newest.attempt, _OF_ANSWER)
        kept = {r["segment_id"]: answer_of(r) for r in rows if not _is_open(r) and r["segment_id"] not in again}
        said = read_attempt(self, "turns", analysis_id, newest.attempt, _OF_TURN) if turns else []
        for row in sorted(said, key=lambda row: row["turn"]):
            if (answer := kept.get(row["segment_id"])) is not None:
                turn = FollowUp(row["question"], row["answer"])
                kept[row["segment_id"]] = replace(answer, turns=(*answer.turns, turn))
        return {one: _to_go_on(answer) if one in turns_again else answer for one, answer in kept.items()}

    def uris(self, media_ids: Iterable[str]) -> dict[str, str]:
        """Return where each recording was first seen, of those that are known."""
        return self._index.uris(media_ids)

    def not_ok(self, analysis_ids: Iterable[str]) -> set[str]:
        """Return those whose newest attempt did not end ok."""
        return self._index.not_ok(analysis_ids)

    def several(self, media_ids: Iterable[str]) -> set[str]:
        """Return those of these recordings about which there are several analyses."""
        return self._index.several(media_ids)

    def rows(self, table: str, analysis_id: str, attempt: int, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows of a published attempt in one of the fact tables.

        The files of one commit have the same name in every table; where there is none of that name, the merged files
        of its month are searched, of which the statistics tell the few row groups that can hold the recording.
        """
        there = next((a for a in self._index.attempts([analysis_id]) if a.attempt == attempt), None)
        if there is None:
            return []
        only = [[("media_id", "=", there.media_id), ("analysis_id", "=", analysis_id), ("attempt", "=", attempt)]]

        def read() -> list[dict[str, Any]]:
            files = self._dataset.holding(table, there.month, there.file.stem)
            return read_rows(self._dataset.storage, files, table, columns, only)

        return read_consistently(self._dataset, read)

    def newest_rows(
        self, table: str, analysis_ids: Collection[str], columns: Sequence[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of the newest attempts in a fact table, by analysis_id.

        A file is read once for all of them. `columns` have analysis_id and attempt; analyses without an attempt have
        no entry.
        """
        newest = {attempt.analysis_id: attempt for attempt in self._index.attempts(analysis_ids)}
        by_file: dict[tuple[str, str], list[Indexed]] = {}
        for one in newest.values():
            by_file.setdefault((one.month, one.file.stem), []).append(one)
        found: dict[str, list[dict[str, Any]]] = {analysis_id: [] for analysis_id in newest}
        for (month, name), attempts in by_file.items():
            only = [
                [
                    ("media_id", "in", [one.media_id for one in attempts]),
                    ("analysis_id", "in", [one.analysis_id for one in attempts]),
                ]
            ]

            def read(month: str = month, name: str = name, only: Filter = only) -> list[dict[str, Any]]:
                files = self._dataset.holding(table, month, name)
                return read_rows(self._dataset.storage, files, table, columns, only)

            for row in read_consistently(self._dataset, read):
                if row["attempt"] == newest[row["analysis_id"]].attempt:
                    found[row["analysis_id"]].append(row)
        return found

    def close(self) -> None:
        self._index.close()

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _newest(self, analysis_id: str) -> Indexed | None:
        return max(self._index.attempts([analysis_id]), key=lambda a: a.attempt, default=None)


def read_attempt(
    source: History | Dataset, table: str, analysis_id: str, attempt: int, columns: Sequence[str]
) -> list[dict[str, Any]]:
    """Read the rows of a published attempt in one of the fact tables.

    For more than one attempt, give a History.
    """
    if isinstance(source, History):
        return source.rows(table, analysis_id, attempt, columns)
    with History(source) as history:
        return history.rows(table, analysis_id, attempt, columns)


def _to_go_on(answer: Answer) -> Answer:
    """Return an answer whose conversation goes on behind the answered turns."""
    answered = tuple(takewhile(lambda turn: turn.answer is not None, answer.turns))
    return replace(answer, turns=answered, turns_again=True)


def _is_open(segment: dict[str, Any]) -> bool:
    outcome, retryable = segment["outcome"], segment["retryable"]
    return outcome == "skipped" or (outcome == "failed" and bool(retryable))
