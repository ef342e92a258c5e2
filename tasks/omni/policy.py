"""Decide what to ask next about a segment, from its answers so far alone.

Of the answers so far the last one with words counts, or the last one where none has any. The first row that holds:

| that answer            | what next                                                                        |
|------------------------|----------------------------------------------------------------------------------|
| none yet               | `ask`                                                                            |
| refused                | `confirm`: the same question; then it is refused. Of a moderation it is then     |
|                        | narrowed down (tasks/run/narrowing.py), without confirming each part             |
| found too large        | halved; where it cannot be: `shrink`, fewer pixels and half the bytes            |
| a repetition loop      | `again`: the same question, sampled anew; then it is published with the loop cut |
| truncated              | `longer`: with all the tokens that the model has, if it had fewer; then halved   |
| malformed              | `correct`: one more turn, saying what is missing; then it is malformed. Where no |
|                        | section is needed: `again`                                                       |
| ok, partial, failed    | nothing                                                                          |

Each step is taken once, and a failure that may pass ends the asking in this run. Loops are sampled anew without other
settings: a higher presence penalty would punish the words that an answer in this form has to repeat ("Speaker:"), and
an answer to another question would bear this one's id.

**The most that it may cost.** About one segment at most 6 questions, of which at most 4 are answered in words: `ask`
or `confirm`, `again`, `longer`, `correct`. A segment is halved at most 3 times, into 8 parts, so that one plan's
segment becomes at most 15 segments and 90 questions. Truncation alone, the likeliest, shows the media 5 times in all:
whole, whole with `longer`, then in halves, quarters and eighths, which begin with all the tokens. What may pass is
asked again within a question, up to the client's own bound (tasks/omni/retry.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from config.types import ModelSpec
from tasks.answer.loops import find_loops
from tasks.answer.parse import parse_answer
from tasks.answer.registry import SECTIONS, required_sections
from tasks.records import Answer, AnswerForm, Call, CutReason, Kind, Outcome, ParsedAnswer, Step

MOST_HALVINGS = 3

Verdict = Literal["ok", "partial", "looped", "truncated", "malformed", "refused", "too_large", "failed"]

_BEST_FIRST: tuple[Outcome, ...] = ("ok", "partial", "truncated", "malformed", "refused", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class AnswerCriteria:
    """Criteria say what an answer is measured by, and what else could be asked."""

    kind: Kind
    form: AnswerForm
    model: ModelSpec
    can_halve: bool = True
    most_tokens: int | None = None  # what each question asks for; None: as many as the server likes
    sections: tuple[str, ...] | None = None  # that an answer needs; None: those of a full report
    confirms: bool = True  # a refusal is not believed at once
    lengths: tuple[int, ...] = ()  # of the files, in ms, where the message holds several


@dataclass(frozen=True, slots=True)
class Ask:
    """One more question is asked.

    With `correct` it is the next turn after the answer `after`.
    """

    step: Step
    max_tokens: int | None = None
    after: Answer | None = None


@dataclass(frozen=True, slots=True)
class Halve:
    """The segment is asked about in two halves, each with as many tokens."""

    reason: CutReason  # "truncated" or "too_large"; becomes the halves' `cut_reason`
    max_tokens: int | None = None


def next_move(steps: Sequence[Answer], criteria: AnswerCriteria) -> Ask | Halve | None:
    """Decide what comes next, from the answers so far in their order.

    None: nothing, and the best of them holds.

    >>> from config.catalog import load_catalog
    >>> criteria = AnswerCriteria("audio", "sections", load_catalog().models["qwen3.5-omni-flash"])
    >>> next_move([], criteria)
    Ask(step='ask', max_tokens=None, after=None)
    """
    answered = [answer for answer in steps if not is_retryable(answer)]
    longer = next((answer for answer in answered if answer.step == "longer"), None)
    denied = longer is not None and longer.outcome == "failed"  # by a server that gives fewer
    most = criteria.most_tokens if longer is None or denied else _limit(longer, criteria)
    if not answered:
        return Ask("ask", most)
    last = next((answer for answer in reversed(answered) if answer.text.strip()), answered[-1])
    taken = {answer.step for answer in answered}

    def once(step: Step, max_tokens: int | None = most, after: Answer | None = None) -> Ask | None:
        return Ask(step, max_tokens, after) if step not in taken else None

    match verdict(last, criteria):
        case "refused":
            return once("confirm") if criteria.confirms else None
        case "too_large":
            return Halve("too_large", most) if criteria.can_halve else once("shrink")
        case "looped":
            return once("again")
        case "truncated":
            limit = _limit(last, criteria)
            if longer is None and most is None and _had_fewer(last, limit):
                return Ask("longer", limit)
            return Halve("truncated", None if denied else limit) if criteria.can_halve else None
        case "malformed":
            return once("correct", after=last) if required(criteria) else once("again")
        case _:
            return None


def verdict(answer: Answer, criteria: AnswerCriteria) -> Verdict:
    """Judge an answer.

    >>> from config.catalog import load_catalog
    >>> from tasks.records import PlannedSegment, Span, Tokens
    >>> segment = PlannedSegment(0, "s", Span(0, 8_000), "whole", None, True, Tokens())
    >>> again = Answer(segment, "and so on, " * 200, "", "length", None, None, (), None)
    >>> verdict(again, AnswerCriteria("audio", "text", load_catalog().models["qwen3.5-omni-flash"]))
    'looped'
    """
    if answer.error_class == "TooLarge":
        return "too_large"
    if answer.text.strip() and find_loops(answer.text):
        return "looped"
    return _as_verdict(outcome(answer, criteria))


def outcome(answer: Answer, criteria: AnswerCriteria) -> Outcome:
    """Return the outcome that the answer's segment would have.

    >>> from config.catalog import load_catalog
    >>> from tasks.records import PlannedSegment, Span, Tokens
    >>> segment = PlannedSegment(0, "s", Span(0, 8_000), "whole", None, True, Tokens())
    >>> cut = Answer(segment, "A bell rings, and th", "", "length", None, None, (), None)
    >>> outcome(cut, AnswerCriteria("audio", "text", load_catalog().models["qwen3.5-omni-flash"]))
    'truncated'
    """
    if answer.outcome is not None:
        return answer.outcome
    return _parsed(answer, criteria).outcome


def is_retryable(answer: Answer) -> bool:
    """Return whether there is no answer, for a reason that may pass by itself.

    Then the question was not answered at all.

    >>> from tasks.records import PlannedSegment, Span, Tokens
    >>> segment = PlannedSegment(0, "s", Span(0, 8_000), "whole", None, True, Tokens())
    >>> is_retryable(Answer(segment, "", "", None, None, None, (), None, outcome="failed", retryable=True))
    True
    """
    return answer.retryable and not answer.text and answer.outcome in ("failed", "skipped")


def best_answer(steps: Sequence[Answer], criteria: AnswerCriteria) -> Answer:
    """Return the answer with the best outcome, with the calls of all of them.

    Of equal ones the later counts; one without words comes after all that have some.

    >>> from config.catalog import load_catalog
    >>> from tasks.records import PlannedSegment, Span, Tokens
    >>> segment = PlannedSegment(0, "s", Span(0, 8_000), "whole", None, True, Tokens())
    >>> steps = [Answer(segment, text, "", "stop", None, None, (), None) for text in ("A bell rings.", "")]
    >>> best_answer(steps, AnswerCriteria("audio", "text", load_catalog().models["qwen3.5-omni-flash"])).text
    'A bell rings.'
    """

    def rank(number: int) -> tuple[bool, int, int]:
        answer = steps[number]
        return bool(answer.text.strip()), -_BEST_FIRST.index(outcome(answer, criteria)), number

    winner = steps[max(range(len(steps)), key=rank)]
    return with_calls(replace(winner, earlier=()), [call for answer in steps for call in answer.calls])


def join_halves(whole: Answer | None, parts: Sequence[Answer]) -> tuple[Answer, ...]:
    """Join the answers about a segment that was halved.

    `whole` is the best answer to it in one piece. The halves' answers hold, unless they have no words at all and the
    whole has some. No call is lost: those about the whole are found with the first part, those about the parts with
    the whole.

    >>> from tasks.records import PlannedSegment, Span, Tokens
    >>> spans = Span(0, 8_000), Span(0, 4_000), Span(4_000, 8_000)
    >>> asked = [PlannedSegment(0, "s", span, "whole", None, True, Tokens()) for span in spans]
    >>> whole, *halves = [Answer(one, f"From {one.span.start_ms}.", "", "stop", None, None, (), None) for one in asked]
    >>> [answer.text for answer in join_halves(whole, halves)]
    ['From 0.', 'From 4000.']
    """
    if whole is None:
        return tuple(parts)
    if whole.text.strip() and not any(part.text.strip() for part in parts):
        return (with_calls(whole, [*whole.calls, *(call for part in parts for call in labelled_calls(part))]),)
    first, *others = parts
    return with_calls(first, [*labelled_calls(whole), *first.calls]), *others


def with_calls(answer: Answer, calls: Sequence[Call]) -> Answer:
    """Return the answer with these calls, numbered in their order.

    >>> from datetime import UTC, datetime
    >>> from tasks.records import PlannedSegment, Span, Tokens
    >>> segment = PlannedSegment(0, "s", Span(0, 8_000), "whole", None, True, Tokens())
    >>> call = Call("c", 1, "m", 200, None, datetime(2026, 1, 1, tzinfo=UTC), 900, 300, None)
    >>> answer = with_calls(Answer(segment, "A bell.", "", "stop", None, None, (), None), [call, call])
    >>> [call.attempt_no for call in answer.calls]
    [1, 2]
    """
    return replace(answer, calls=tuple(replace(call, attempt_no=no) for no, call in enumerate(calls, 1)))


def required(criteria: AnswerCriteria) -> tuple[str, ...]:
    """Return the headings that an answer needs; none where it is kept as text.

    >>> from config.catalog import load_catalog
    >>> required(AnswerCriteria("audio", "sections", load_catalog().models["qwen3.5-omni-flash"]))
    ('Storyline', 'Speakers and Transcript')
    """
    if criteria.form == "text":
        return ()
    names = required_sections(criteria.kind, criteria.sections)
    return tuple(section.heading for section in SECTIONS if section.name in names)


def missing(answer: Answer, criteria: AnswerCriteria) -> tuple[str, ...]:
    r"""Return the needed headings under which the answer has nothing.

    >>> from config.catalog import load_catalog
    >>> from tasks.records import PlannedSegment, Span, Tokens
    >>> segment = PlannedSegment(0, "s", Span(0, 8_000), "whole", None, True, Tokens())
    >>> half = Answer(segment, "## Storyline\n00:00 - 00:08\nA bell rings.", "", "stop", None, None, (), None)
    >>> missing(half, AnswerCriteria("audio", "sections", load_catalog().models["qwen3.5-omni-flash"]))
    ('Speakers and Transcript',)
    """
    found = _parsed(answer, criteria).sections
    there = {section.heading for section in SECTIONS if section.name in found}
    return tuple(heading for heading in required(criteria) if heading not in there)


def _parsed(answer: Answer, criteria: AnswerCriteria) -> ParsedAnswer:
    span, ended = answer.segment.span, answer.finish_reason
    return parse_answer(answer.text, criteria.kind, criteria.form, span, ended, criteria.sections, criteria.lengths)


def labelled_calls(answer: Answer) -> list[Call]:
    """Return an answer's calls, each with the segment that it was about.

    >>> from tasks.records import PlannedSegment, Span, Tokens
    >>> segment = PlannedSegment(0, "s0", Span(0, 1000), "whole", None, True, Tokens())
    >>> labelled_calls(Answer(segment, "", "", None, None, None, (), None))
    []
    """
    own = answer.segment.segment_id
    return [replace(call, segment_id=call.segment_id or own) for call in answer.calls]


def _limit(answer: Answer, criteria: AnswerCriteria) -> int:
    """Return the most tokens that an answer may have, as far as is known."""
    used = answer.calls[-1].tokens if answer.calls else None
    room = criteria.model.context_tokens - (used.input if used else answer.segment.tokens.input)
    return max(1, min(criteria.model.max_output_tokens, room))


def _had_fewer(answer: Answer, limit: int) -> bool:
    """Return whether the answer ended below the limit, at one of the server's own."""
    used = answer.calls[-1].tokens if answer.calls else None
    return used is None or used.output + used.output_audio < limit


def _as_verdict(outcome: Outcome) -> Verdict:
    return "failed" if outcome == "skipped" else outcome
