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
from tasks.records import AnalysisPlan, Answer, Clip, FollowUp, Question
from tasks.run import client_pool
from tasks.run.job import Job
from tasks.run.outcomes import unanswered
from tasks.store.answers import AnswerStore, turn_id

_NOT_ASKED = "not asked, since the question before it got no answer"


def with_turns(plan: AnalysisPlan, answer: Answer, store: AnswerStore) -> Answer | None:
    """Return the answer with its turns; None: something is left to ask."""
    questions = plan.question.follow_up
    if not questions or (answer.taken_over and not answer.turns_again) or not answer.text.strip():
        return answer
    turns = _kept(answer, questions, store)
    if len(turns) < len(questions) and (not turns or turns[-1].answer is not None or turns[-1].retryable):
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
    turns = _kept(answer, question.follow_up, store)
    failed = turns.pop() if turns and turns[-1].answer is None else None
    while len(turns) < len(question.follow_up):
        earlier = [Turn(question.instruction, answer.text), *(Turn(one.question, one.answer or "") for one in turns)]
        turn = _ask(job, question, clip, len(turns) + 1, earlier, failed, store)
        failed = None
        turns.append(turn)
        if turn.answer is None:
            break
    return _with(answer, question.follow_up, turns)


def _ask(
    job: Job,
    question: Question,
    clip: Clip,
    number: int,
    earlier: list[Turn],
    failed: FollowUp | None,
    store: AnswerStore,
) -> FollowUp:
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
    return _turn(question.follow_up[number - 1], turn)


def _kept(answer: Answer, questions: tuple[str, ...], store: AnswerStore) -> list[FollowUp]:
    """Return the turns so far, up to the first without an answer.

    Those that were published come first, where the conversation of an earlier attempt goes on.
    """
    turns = list(answer.turns) if answer.turns_again else []
    for number, asked in enumerate(questions[len(turns) :], len(turns) + 1):
        kept = store.get(turn_id(answer.segment.segment_id, number))
        if kept is None:
            break
        turns.append(_turn(asked, kept))
        if turns[-1].answer is None:
            break
    return turns


def _with(answer: Answer, questions: tuple[str, ...], turns: list[FollowUp]) -> Answer:
    not_asked = [FollowUp(asked, reason=_NOT_ASKED) for asked in questions[len(turns) :]]
    return replace(answer, turns=(*turns, *not_asked))


def _turn(asked: str, turn: Answer) -> FollowUp:
    text = turn.text if turn.text.strip() else None
    reason = "" if text else turn.reason or "there is no answer"
    return FollowUp(asked, text, reason, turn.error_class, is_retryable(turn), turn.calls)
