"""Keep a question that was asked by hand, and its answers, for the tables.

The answers are put where those of a run lie that was killed before it published them: an `analyze` of the same question
about the same recording finds them, asks nobody again, and writes the tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tasks.records import AnalysisPlan, Answer
from tasks.store.answers import AnswerStore, turn_id
from tasks.store.dataset import Dataset

_NAME = "ask.md"  # the prompt's name in the tables is "ask"


def question_file(text: str, folder: Path) -> Path:
    """Write a question as a prompt whose answers are text, and return its path.

    The same question has the same path, so that a retry finds it.
    """
    path = folder / hashlib.sha256(text.encode()).hexdigest()[:16] / _NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\nanswer: text\nmodality: any\n---\n{text}\n", encoding="utf-8")
    return path


def keep_answers(dataset: Dataset, plan: AnalysisPlan, answers: Sequence[Answer]) -> None:
    """Keep the answer to a plan's one segment, and those to its follow-up questions.

    Raises DatasetNotWritable.
    """
    [segment] = plan.segments
    store = AnswerStore(dataset)
    for number, answer in enumerate(answers):
        named = turn_id(segment.segment_id, number) if number else segment.segment_id
        own = replace(segment, segment_id=named)
        clip = None if answer.clip is None else replace(answer.clip, segment=own)
        store.put(replace(answer, segment=own, clip=clip))
