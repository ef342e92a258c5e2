"""Guess the tokens of answers and conversations, for the estimate and the budget.

Tokens of what is shown are exact and come from the planner; nobody knows how long an answer will be. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from config.types import ModelSpec
from tasks.planning.modes import Modes
from tasks.records import AnalysisPlan, PlannedSegment, Question, Tokens
from tasks.tokens import text_tokens

# Tokens of reasoning for each of the answer, by effort; None: thinking that is on or off. Guesses, none was measured.
_THOUGHTS_PER_ANSWER = {None: 1.0, "none": 0.0, "low": 0.5, "medium": 1.0, "high": 3.0, "max": 3.0}
_SPOKEN_PER_SECOND = 4.0  # tokens of text that a voice reads in a second
_FOLLOW_UP_ANSWER = 200  # tokens


def expected_output(answer_tokens: int, model: ModelSpec, modes: Modes) -> Tokens:
    """Return the output tokens of an answer, with its thoughts and its voice.

    `answer_tokens` are the words of the answer alone.

    >>> from config.catalog import load_catalog
    >>> expected_output(300, load_catalog().models["qwen3.5-omni-flash"], Modes(thinking=True)).reasoning
    300
    """
    thoughts = round(answer_tokens * _THOUGHTS_PER_ANSWER[modes.effort]) if modes.thinking else 0
    seconds = answer_tokens / _SPOKEN_PER_SECOND if modes.voice else 0.0
    written = min(answer_tokens + thoughts, model.max_output_tokens)
    return Tokens(
        output=written,
        output_audio=round(seconds * model.tokens.speech_out_per_second),
        reasoning=min(thoughts, written),
    )


def turn_tokens(segment: PlannedSegment, question: Question, number: int) -> Tokens:
    """Return the tokens of follow-up `number`, counted from 1.

    The media and all earlier turns are sent along.

    >>> from tasks.records import Span
    >>> segment = PlannedSegment(0, "s", Span(0, 8_000), "whole", None, True, Tokens(audio=56, text=10, output=90))
    >>> question = Question("p", "", "What happens?", "text", "en", follow_up=("Who speaks?",))
    >>> turn_tokens(segment, question, 1).text
    103
    """
    answered_tokens = segment.tokens.output - segment.tokens.reasoning + (number - 1) * _FOLLOW_UP_ANSWER
    question_tokens = sum(text_tokens(text) for text in question.follow_up[:number])
    text = segment.tokens.text + answered_tokens + question_tokens
    return replace(segment.tokens, text=text, output=_FOLLOW_UP_ANSWER, output_audio=0, reasoning=0)


def segment_tokens(segment: PlannedSegment, question: Question) -> Tokens:
    """Return the tokens of a segment's question and of its follow-ups.

    >>> from tasks.records import Span
    >>> segment = PlannedSegment(0, "s", Span(0, 8_000), "whole", None, True, Tokens(audio=56, text=10, output=90))
    >>> segment_tokens(segment, Question("p", "", "What happens?", "text", "en", follow_up=("Who speaks?",))).audio
    112
    """
    turns = (turn_tokens(segment, question, number) for number in range(1, len(question.follow_up) + 1))
    return sum(turns, segment.tokens)


def plan_tokens(plans: Iterable[AnalysisPlan]) -> Tokens:
    """Add up the tokens of everything that is asked about the recordings."""
    return sum((segment_tokens(s, plan.question) for plan in plans for s in plan.segments), Tokens())


def requests(plan: AnalysisPlan) -> int:
    """Count the requests that a recording takes, if all goes well."""
    return len(plan.segments) * (1 + len(plan.question.follow_up))
