"""Turn what was read out of a section into the columns of its table. Pure."""

from __future__ import annotations

from tasks.answer.section import SectionSpec, TimedRow
from tasks.records import Utterance
from tasks.tables.rows import Row


def item_columns(section: SectionSpec, item: TimedRow, language: str) -> Row:
    """Return the columns of a section's own: times, and what was read.

    `language` is what the model was told of, or "auto": what the answer names is closer to the words.

    >>> from tasks.answer.registry import SECTIONS
    >>> [section] = [section for section in SECTIONS if section.name == "transcript"]
    >>> item_columns(section, Utterance(0, 900, "Ann", "", "Hi.", "model"), "en")["language"]
    'en'
    """
    own = {column.name: getattr(item, column.name) for column in section.columns}
    if "language" in own:
        own["language"] = own["language"] or (None if language == "auto" else language)
    times = {"start_ms": item.start_ms, "end_ms": item.end_ms, "time_quality": item.time_quality}
    return {**times, **own, "member_seq": item.member_seq}


def length_ms(utterance: Utterance) -> int:
    """Return how long an utterance lasts; 0 where that is not known.

    >>> length_ms(Utterance(100, 900, "Ann", "", "Hi.", "model"))
    800
    """
    if utterance.start_ms is None or utterance.end_ms is None:
        return 0
    return max(0, utterance.end_ms - utterance.start_ms)
