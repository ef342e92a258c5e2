"""What next about a segment? Decided from the answers so far alone: killed between two steps, a run goes on from there.

Of the answers so far the last one with words counts, or the last one where none has any. The first row that holds:

| that answer            | what next                                                                        |
|------------------------|----------------------------------------------------------------------------------|
| none yet               | `ask`                                                                            |
| refused                | `confirm`: the same question; then it is refused. Never halved                   |
| found too large        | halved; where it cannot be: `shrink`, fewer pixels and half the bytes            |
| a repetition loop      | `again`: the same question, sampled anew; then it is published with the loop cut |
| truncated              | `longer`: with all the tokens that the model has, if it had fewer; then halved   |
| malformed              | `correct`: one more turn, saying what is missing; then it is malformed. Where no |
|                        | section is needed: `again`                                                       |
| ok, partial, failed    | nothing                                                                          |

Each step is taken once, and a failure that may pass ends the asking in this run. Loops are sampled anew without other
settings: a higher presence penalty would punish the words that an answer in this form has to repeat ("Speaker:"), and
an answer to another question would bear this one's id.

**The most that it may cost.** About one segment at most 6 questions, of which at most 4 are answered in words: `ask` or
`confirm`, `again`, `longer`, `correct`. A segment is halved at most 3 times, into 8 parts, so that one plan's segment
becomes at most 15 segments and 90 questions. Truncation alone, the likeliest, shows the media 5 times in all: whole,
whole with `longer`, then in halves, quarters and eighths, which begin with all the tokens. What may pass is asked again
within a question, up to the client's own bound (tasks/omni/retry.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from config.types import ModelSpec
from tasks.answer import parse_answer
from tasks.answer.loops import find_loops
from tasks.answer.registry import SECTIONS, required_sections
from tasks.records import Answer, AnswerForm, Call, CutReason, Kind, Outcome, ParsedAnswer, Step

MOST_HALVINGS = 3

Verdict = Literal["ok", "partial", "looped", "truncated", "malformed", "refused", "too_large", "failed"]

_BEST_FIRST: tuple[Outcome, ...] = ("ok", "partial", "truncated", "malformed", "refused", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class About:
    """What an answer is measured by, and what else could be asked."""

    kind: Kind
    form: AnswerForm
    model: ModelSpec
    can_halve: bool = True
    most_tokens: int | None = None  # what each question asks for; None: as many as the server likes
    sections: tuple[str, ...] | None = None  # that an answer needs; None: those of a full report


@dataclass(frozen=True, slots=True)
class Ask:
    """One more question. With `correct`, as the next turn behind the answer `after`."""

    step: Step
    max_tokens: int | None = None
    after: Answer | None = None


@dataclass(frozen=True, slots=True)
class Halve:
    """The segment is asked about in two halves, each with so many tokens."""

    reason: CutReason  # "truncated" or "too_large"; becomes the halves' `cut_reason`
    max_tokens: int | None = None


def next_move(steps: Sequence[Answer], about: About) -> Ask | Halve | None:
    """What next, after the answers so far in the order in which they came; None: nothing, the best of them holds."""
    told = [answer for answer in steps if not may_pass(answer)]
    longer = next((answer for answer in told if answer.step == "longer"), None)
    denied = longer is not None and longer.outcome == "failed"  # by a server that gives fewer
    most = about.most_tokens if longer is None or denied else _limit(longer, about)
    if not told:
        return Ask("ask", most)
    last = next((answer for answer in reversed(told) if answer.text.strip()), told[-1])
    taken = {answer.step for answer in told}

    def once(step: Step, max_tokens: int | None = most, after: Answer | None = None) -> Ask | None:
        return Ask(step, max_tokens, after) if step not in taken else None

    match verdict(last, about):
        case "refused":
            return once("confirm")
        case "too_large":
            return Halve("too_large", most) if about.can_halve else once("shrink")
        case "looped":
            return once("again")
        case "truncated":
            limit = _limit(last, about)
            if longer is None and most is None and _had_fewer(last, limit):
                return Ask("longer", limit)
            return Halve("truncated", None if denied else limit) if about.can_halve else None
        case "malformed":
            return once("correct", after=last) if required(about) else once("again")
        case _:
            return None


def verdict(answer: Answer, about: About) -> Verdict:
    """What is to be thought of an answer."""
    if answer.error_class == "TooLarge":
        return "too_large"
    if answer.text.strip() and find_loops(answer.text):
        return "looped"
    return _as_verdict(outcome(answer, about))


def outcome(answer: Answer, about: About) -> Outcome:
    """The outcome that the answer's segment would have."""
    if answer.outcome is not None:
        return answer.outcome
    return _parsed(answer, about).outcome


def may_pass(answer: Answer) -> bool:
    """Whether there is no answer, for a reason that may pass by itself: then the question was not answered at all."""
    return answer.retryable and not answer.text and answer.outcome in ("failed", "skipped")


def best(steps: Sequence[Answer], about: About) -> Answer:
    """Of the answers so far the one with the best outcome, of equal ones the later; with the calls of all of them.

    One without words comes behind all that have some.
    """

    def rank(number: int) -> tuple[bool, int, int]:
        answer = steps[number]
        return bool(answer.text.strip()), -_BEST_FIRST.index(outcome(answer, about)), number

    winner = steps[max(range(len(steps)), key=rank)]
    return with_calls(replace(winner, earlier=()), [call for answer in steps for call in answer.calls])


def joined(whole: Answer | None, parts: Sequence[Answer]) -> tuple[Answer, ...]:
    """The answers about a segment that was halved, `whole` being the best that was said about it in one piece.

    The parts hold, unless they have no words at all and the whole has some. No call is lost: those about the whole are
    found with the first part, those about the parts with the whole.
    """
    if whole is None:
        return tuple(parts)
    if whole.text.strip() and not any(part.text.strip() for part in parts):
        return (with_calls(whole, [*whole.calls, *(call for part in parts for call in _labelled(part))]),)
    first, *others = parts
    return with_calls(first, [*_labelled(whole), *first.calls]), *others


def with_calls(answer: Answer, calls: Sequence[Call]) -> Answer:
    """The answer with these calls, numbered in their order."""
    return replace(answer, calls=tuple(replace(call, attempt_no=no) for no, call in enumerate(calls, 1)))


def required(about: About) -> tuple[str, ...]:
    """The headings that an answer needs; none where it is kept as text."""
    if about.form == "text":
        return ()
    names = required_sections(about.kind, about.sections)
    return tuple(section.heading for section in SECTIONS if section.name in names)


def missing(answer: Answer, about: About) -> tuple[str, ...]:
    """Those of them under which the answer has nothing."""
    found = _parsed(answer, about).sections
    there = {section.heading for section in SECTIONS if section.name in found}
    return tuple(heading for heading in required(about) if heading not in there)


def _parsed(answer: Answer, about: About) -> ParsedAnswer:
    span, ended = answer.segment.span, answer.finish_reason
    return parse_answer(answer.text, about.kind, about.form, span, ended, about.sections)


def _labelled(answer: Answer) -> list[Call]:
    """Its calls, each with the segment that it was about."""
    own = answer.segment.segment_id
    return [replace(call, segment_id=call.segment_id or own) for call in answer.calls]


def _limit(answer: Answer, about: About) -> int:
    """The most tokens that an answer to this question may have, as far as is known."""
    used = answer.calls[-1].tokens if answer.calls else None
    room = about.model.context_tokens - (used.input if used else answer.segment.tokens.input)
    return max(1, min(about.model.max_output_tokens, room))


def _had_fewer(answer: Answer, limit: int) -> bool:
    """Whether the answer ended below the limit: it was the server's own that it had reached."""
    used = answer.calls[-1].tokens if answer.calls else None
    return used is None or used.output + used.output_audio < limit


def _as_verdict(outcome: Outcome) -> Verdict:
    return "failed" if outcome == "skipped" else outcome
