"""Say who spoke in a recording so far, for questions about its later segments."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.records import AnalysisPlan, Answer
from tasks.run.not_ok import answers_in
from tasks.tables.analysis import read_answers
from tasks.tables.merged_transcript import merge_transcripts

Earlier = tuple[Answer, ...] | BaseException
"""What came of an earlier segment: its answers, or what prevented them."""


def speakers_so_far(plan: AnalysisPlan, earlier: Iterable[Earlier]) -> list[str]:
    """Return a line for each speaker of the earlier segments, name and profile.

    There is none where segments do not overlap, or nobody spoke.
    """
    found = [answers_in(one) for one in earlier]
    answers = [answer for some in found if not isinstance(some, BaseException) for answer in some]
    merged = merge_transcripts((read.answer.segment, read.parsed) for read in read_answers(plan, answers))
    return [] if merged is None else merged.roster.lines()
