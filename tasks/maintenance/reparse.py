"""Make the fact tables again from the raw answers they hold, without a call.

The newest attempt at every analysis is read again. Where that gives the same, nothing is written. Where it does not,
an attempt with the next number is published next to the old one, of the same moment as the old one, some hundred in
one commit.

Where a newer attempt has gaps, the views go on showing an older one, which is then read again too. If it changes,
both are published in the same commit, it first and the newest after it with the number that follows: of those without
gaps it is the newest then, so the views show it, and the newest of all still shows which segments are open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from itertools import count

from tasks.answer.parse import parse_answer
from tasks.maintenance.attempts import UNANSWERED, NewestAttempts, PublishedAttempt, gap_rank
from tasks.store.attempt_numbers import numbered
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts, recover
from tasks.store.dataset import Dataset
from tasks.tables.analysis import Parser
from tasks.tables.from_rows import differs, recording_of, rows_from
from tasks.tables.rows import Rows, RunInfo

Changed = tuple[Rows, ...]  # the attempts that follow at one analysis


@dataclass(frozen=True, slots=True)
class ReparseResult:
    """The result counts what came of the analyses that were read again."""

    changed: int = 0  # new attempts say what the parser reads now
    unchanged: int = 0
    busy: int = 0  # it would change, but another run is at it
    broken: int = 0  # the row of its recording or its segments are missing: left alone
    unread: tuple[str, ...] = ()  # what the parser failed on, left alone: of each the recording and what is wrong

    @property
    def analyses(self) -> int:
        return self.changed + self.unchanged + self.busy + self.broken + len(self.unread)

    def __add__(self, other: ReparseResult) -> ReparseResult:
        return ReparseResult(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))


def rebuild(
    dataset: Dataset,
    run: RunInfo,
    claims: Claims,
    parse: Parser = parse_answer,
    progress: Callable[[int, int], None] | None = None,
) -> ReparseResult:
    """Read every analysis again and publish what differs.

    `progress` is called with how many parts of how many are done. Recover the dataset first. Ended at any instant and
    called again, it goes on where it was. Raises DatasetNotWritable.
    """
    total = ReparseResult()
    names = (f"{run.run_id}-{number:05d}" for number in count())
    with NewestAttempts(dataset) as newest:
        for done, part in enumerate(newest.parts, 1):
            for attempts in newest.within(part):
                whole = [published for published in attempts if published.is_whole]
                again = [_read_again(published, run, parse) for published in whole]
                other = [changed for changed in again if isinstance(changed, tuple) and changed]
                unread = tuple(wrong for wrong in again if isinstance(wrong, str))
                mine = _claimed(other, claims)
                try:
                    still = [rows for changed in _still_newest(dataset, mine, newest) for rows in changed]
                    done_now = len(publish_attempts(dataset, still, run, next(names))) if still else 0
                finally:
                    for changed in mine:
                        claims.release(_id(changed))
                total += ReparseResult(
                    done_now, again.count(()), len(other) - done_now, len(attempts) - len(whole), unread
                )
            if progress:
                progress(done, len(newest.parts))
    return total


def _read_again(published: PublishedAttempt, run: RunInfo, parse: Parser) -> Changed | str:
    """Return the attempts that are to follow, or why that cannot be known.

    There are none where they would hold the same.
    """
    assert published.recording is not None
    recording = recording_of(published.recording)
    try:
        newest = rows_from(published.rows, recording, run, parse)
        if published.shown is not None:
            shown = rows_from(published.shown, recording, run, parse)
            # Of one that now lacks more, the views would go on showing the old one, and each reparse would find it.
            if differs(published.shown, shown) and _gap_rank(shown) <= _gap_rank(published.shown):
                number = newest["analyses"][0]["attempt"]
                return numbered(shown, number), numbered(newest, number + 1)
        return (newest,) if differs(published.rows, newest) else ()
    except Exception as error:  # one recording never stops the others
        return f"{published.recording['uri']} ({type(error).__name__}: {error})"


def _gap_rank(rows: Rows) -> int:
    return gap_rank(rows["analyses"][0]["outcome"], any(row["outcome"] in UNANSWERED for row in rows["segments"]))


def _claimed(changed: Sequence[Changed], claims: Claims) -> list[Changed]:
    """Keep those that no other run is at."""
    return [attempts for attempts in changed if claims.take(_id(attempts))]


def _still_newest(dataset: Dataset, changed: Sequence[Changed], newest: NewestAttempts) -> list[Changed]:
    """Keep those that another run has not overtaken between reading and claiming."""
    if not changed:
        return []
    recover(dataset)  # it may have been killed when that was decided
    numbers = newest.numbers([_id(attempts) for attempts in changed])
    return [of for of in changed if of[0]["analyses"][0]["attempt"] == numbers[_id(of)] + 1]


def _id(attempts: Changed) -> str:
    analysis_id: str = attempts[0]["analyses"][0]["analysis_id"]
    return analysis_id
