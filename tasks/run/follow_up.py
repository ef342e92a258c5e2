"""Ask follow-up questions: a conversation about one segment.

Each answer is on the disk before the next is asked. A turn is kept like an answer, under an id of its own. So a run
that was killed goes on at the next question, and asks none twice. What becomes of the turns never spoils the answer
that they are about.
"""

from __future__ import annotations

from dataclasses import replace

from tasks.errors import ReelsheetError
from tasks.omni.conversation import Turn
from tasks.omni.policy import is_retryable
from tasks.planning.expected import turn_tokens
from tasks.records import AnalysisPlan, Answer, Clip, FollowUp, PlannedSegment, Question
from tasks.run import client_pool
from tasks.run.job import Job
from tasks.run.outcomes import unanswered
from tasks.store.answers import AnswerStore, turn_id

_NOT_ASKED = "not asked, since the question before it got no answer"


def with_turns(plan: AnalysisPlan, answer: Answer, store: AnswerStore) -> Answer | None:
    """Return the answer with its turns; None: something is left to ask."""
    questions = plan.question.follow_up
    if not questions or answer.taken_over or not answer.text.strip():
        return answer
    turns = _kept(answer.segment, questions, store)
    if len(turns) < len(questions) and (not turns or _has_words(turns[-1]) or is_retryable(turns[-1])):
        return None
    return _with(answer, questions, turns)


def ask_further(job: Job, plan: AnalysisPlan, clip: Clip, answer: Answer, store: AnswerStore) -> Answer:
    """Ask what is left to ask about an answer.

    Raises RunStopped, OverBudget, Interrupted, DatasetNotWritable.
    """
    finished = with_turns(plan, answer, store)
    if finished is not None:
        return finished
    question = plan.question
    turns = _kept(answer.segment, question.follow_up, store)
    failed = turns.pop() if turns and not _has_words(turns[-1]) else None
    while len(turns) < len(question.follow_up):
        earlier = [Turn(question.instruction, answer.text)]
        earlier += [Turn(asked, turn.text) for asked, turn in zip(question.follow_up, turns, strict=False)]
        turn = _ask(job, question, clip, len(turns) + 1, earlier, failed, store)
        failed = None
        turns.append(turn)
        if not _has_words(turn):
            break
    return _with(answer, question.follow_up, turns)


def _ask(
    job: Job,
    question: Question,
    clip: Clip,
    number: int,
    earlier: list[Turn],
    failed: Answer | None,
    store: AnswerStore,
) -> Answer:
    """Ask one turn.

    `failed` is what an earlier run got for it, whose calls are not lost.
    """
    own = replace(clip.segment, segment_id=turn_id(clip.segment.segment_id, number))
    own = replace(own, tokens=turn_tokens(clip.segment, question, number))
    before = failed.calls if failed else ()
    with client_pool.slot(job) as client:
        try:
            turn = client.ask(
                replace(clip, segment=own),
                question.follow_up[number - 1],
                modes=replace(job.modes, voice=None),
                earlier=earlier,
            )
        except ReelsheetError as stopped:
            noted = unanswered(own, "skipped", stopped)
            client_pool.keep(store, replace(noted, calls=(*before, *noted.calls)))
            raise stopped.replace(calls=()) from None
        turn = replace(turn, calls=(*before, *turn.calls))
        client_pool.keep(store, turn)
    return turn


def _kept(segment: PlannedSegment, questions: tuple[str, ...], store: AnswerStore) -> list[Answer]:
    turns: list[Answer] = []
    for number in range(1, len(questions) + 1):
        turn = store.get(turn_id(segment.segment_id, number))
        if turn is None:
            break
        turns.append(turn)
        if not _has_words(turn):
            break
    return turns


def _with(answer: Answer, questions: tuple[str, ...], turns: list[Answer]) -> Answer:
    follow_ups = [_turn(asked, turn) for asked, turn in zip(questions, turns, strict=False)]
    follow_ups += [FollowUp(asked, reason=_NOT_ASKED) for asked in questions[len(turns) :]]
    return replace(answer, turns=tuple(follow_ups))


def _turn(asked: str, turn: Answer) -> FollowUp:
    text = turn.text if _has_words(turn) else None
    reason = "" if text else turn.reason or "there is no answer"
    return FollowUp(asked, text, reason, turn.error_class, turn.retryable, turn.calls)


def _has_words(turn: Answer) -> bool:
    return bool(turn.text.strip())
