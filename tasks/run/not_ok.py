"""Define exceptions of runs and segments that did not end ok.

They carry the results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.errors import ReelsheetError
from tasks.records import Answer, Outcome


@dataclass(frozen=True, slots=True)
class InSeveral:
    """A segment is one of several of a task: the numbers of both."""

    task: int
    index: int


class RunNotOk(ReelsheetError):
    """A flow run did not end ok. `result` is what the flow returns otherwise.

    That is a Summary of `analyze`, a tuple of them of `retry`, the outcome of `compact`.
    """

    def __init__(self, message: str, result: Any = None) -> None:
        super().__init__(message)
        self.result = result


class SegmentNotOk(ReelsheetError):
    """A segment was asked about and did not end ok.

    `answers` are what came of it all the same.
    """

    def __init__(self, message: str, outcome: Outcome = "failed", answers: tuple[Answer, ...] = ()) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.answers = answers


class SeveralNotOk(ReelsheetError):
    """Several recordings were handled in one task, and some did not end ok.

    `found` is what came of each.
    """

    def __init__(self, message: str, found: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.found = found


def answers_in(found: tuple[Answer, ...] | BaseException) -> tuple[Answer, ...] | BaseException:
    """Return the answers about a segment, ended it ok or not.

    What prevented them is returned as it is.
    """
    return found.answers if isinstance(found, SegmentNotOk) else found


def several_not_ok(found: tuple[Any, ...]) -> SeveralNotOk | None:
    """Return the error of a task over several, where some came to an exception.

    >>> several_not_ok(("fine", ValueError("not"))).message
    '1 of 2 did not end ok'
    """
    bad = sum(isinstance(one, BaseException) for one in found)
    return SeveralNotOk(f"{bad} of {len(found)} did not end ok", found) if bad else None


def one_of_several(found: Any, several: Sequence[Any]) -> Any:
    """Return what came of a segment, alone or one of several of a task.

    >>> one_of_several(InSeveral(task=0, index=1), [(("of a",), ("of b",))])
    ('of b',)
    """
    if not isinstance(found, InSeveral):
        return found
    together = several[found.task]
    if isinstance(together, SeveralNotOk):
        together = together.found
    return together if isinstance(together, BaseException) else together[found.index]
