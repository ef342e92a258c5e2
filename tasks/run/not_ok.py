"""Define exceptions of runs and segments that did not end ok.

They carry the results.
"""

from __future__ import annotations

from typing import Any

from tasks.errors import ReelsheetError
from tasks.records import Answer, Outcome


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


def answers_in(found: tuple[Answer, ...] | BaseException) -> tuple[Answer, ...] | BaseException:
    """Return the answers about a segment, ended it ok or not.

    What prevented them is returned as it is.
    """
    return found.answers if isinstance(found, SegmentNotOk) else found
