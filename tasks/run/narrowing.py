"""Narrow down which part of a segment the provider refuses, part by part.

`tasks/moderation/refusals.py` decides from the answers so far; here its spans become segments, and the answers one
list that covers the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tasks.media.cutting import halves
from tasks.moderation.refusals import PartAnswer, next_part, refused_parts
from tasks.omni.policy import labelled_calls, with_calls
from tasks.records import Answer, PlannedSegment, Span

Answers = tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class RefusedSegment:
    """A refused segment has the answer that refused it, and its analysis."""

    analysis_id: str
    segment: PlannedSegment
    answer: Answer

    def part(self, span: Span) -> PlannedSegment:
        """Return the part of a span, which is the whole, halved any number of times."""
        found = self.segment
        while found.span != span:
            first, second = halves(self.analysis_id, found, "refused")
            found = first if first.span.contains(span) else second
        return found


def narrow(refused: RefusedSegment, look: Callable[[PlannedSegment], Answers]) -> Answers:
    """Ask about smaller parts until what is refused is small, or cost enough.

    `look` gives the answers about a part; () where there are none yet, and then so is the result. The answers of the
    smallest refused parts, and of the others, cover the segment; no call is lost.
    """
    whole, known = refused.segment.span, dict[Span, Answers]()
    parts: list[PartAnswer] = []
    while (span := next_part(whole, parts)) is not None:
        answers = look(refused.part(span))
        if not answers:
            return ()
        known[span] = answers
        parts.append(PartAnswer(span, any(answer.outcome == "refused" for answer in answers)))
    small = refused_parts(whole, parts)
    kept = [span for span in sorted(known) if span in small or not _is_refused(span, parts, small)]
    answers = tuple(answer for span in kept for answer in known[span]) if parts and whole not in small else ()
    others = [answer for span in known if span not in kept or not answers for answer in known[span]]
    first, *rest = answers or (refused.answer,)
    before = [refused.answer, *others] if answers else others
    return with_calls(first, [*(call for answer in before for call in labelled_calls(answer)), *first.calls]), *rest


def _is_refused(span: Span, parts: list[PartAnswer], small: tuple[Span, ...]) -> bool:
    """Tell whether smaller parts stand for this one, or a refused one holds it."""
    own = next(part for part in parts if part.span == span)
    return own.refused or any(one != span and one.contains(span) for one in small)
