"""The fact tables made again from the raw answers they hold, without a call: whatever the parser now reads otherwise.

The newest attempt at every analysis is read again. Where that says the same, nothing is written. Where it does not, an
attempt with the next number is published beside the old one, of the same moment as the old one, some hundred in one
commit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from itertools import count

from tasks.answer import parse_answer
from tasks.store.attempts import NewestAttempts, Published
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.tables.again import differs, recording_of, rows_again
from tasks.tables.analysis import Parser
from tasks.tables.rows import Rows, RunInfo


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of the analyses that were read again."""

    changed: int = 0  # a new attempt says what the parser reads now
    unchanged: int = 0
    busy: int = 0  # it would change, but another run is at it
    broken: int = 0  # the row of its recording or its segments are missing: left alone
    unread: tuple[str, ...] = ()  # what the parser failed on, left alone: of each the recording and what is wrong

    @property
    def analyses(self) -> int:
        return self.changed + self.unchanged + self.busy + self.broken + len(self.unread)

    def __add__(self, other: Rebuilt) -> Rebuilt:
        return Rebuilt(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))


def rebuild(
    dataset: Dataset,
    run: RunInfo,
    claims: Claims,
    parse: Parser = parse_answer,
    heard: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """Read every analysis again and publish what differs; `heard` is told how many parts of how many are done.

    Recover the dataset first. Ended at any instant and called again, it goes on where it was. Raises
    DatasetNotWritable.
    """
    total = Rebuilt()
    names = (f"{run.run_id}-{number:05d}" for number in count())
    with NewestAttempts(dataset) as newest:
        for done, part in enumerate(newest.parts, 1):
            for attempts in newest.within(part):
                whole = [published for published in attempts if published.is_whole]
                again = [_again(published, run, parse) for published in whole]
                other = [rows for rows in again if isinstance(rows, dict)]
                unread = tuple(wrong for wrong in again if isinstance(wrong, str))
                mine = _claimed(other, claims)
                try:
                    still = _still_newest(mine, newest)
                    changed = len(publish_attempts(dataset, still, run, next(names))) if still else 0
                finally:
                    for rows in mine:
                        claims.release(_id(rows))
                total += Rebuilt(changed, again.count(None), len(other) - changed, len(attempts) - len(whole), unread)
            if heard:
                heard(done, len(newest.parts))
    return total


def _again(published: Published, run: RunInfo, parse: Parser) -> Rows | str | None:
    """The rows of the next attempt, or why there are none; None: they would say the same."""
    assert published.recording is not None
    try:
        rows = rows_again(published.rows, recording_of(published.recording), run, parse)
        return rows if differs(published.rows, rows) else None
    except Exception as error:  # one recording never stops the others
        return f"{published.recording['uri']} ({type(error).__name__}: {error})"


def _claimed(attempts: Sequence[Rows], claims: Claims) -> list[Rows]:
    """Those that no other run is at."""
    return [rows for rows in attempts if claims.take(_id(rows))]


def _still_newest(attempts: Sequence[Rows], newest: NewestAttempts) -> list[Rows]:
    """Those that another run has not overtaken between reading and claiming."""
    numbers = newest.numbers([_id(rows) for rows in attempts]) if attempts else {}
    return [rows for rows in attempts if rows["analyses"][0]["attempt"] == numbers[_id(rows)] + 1]


def _id(rows: Rows) -> str:
    analysis_id: str = rows["analyses"][0]["analysis_id"]
    return analysis_id
