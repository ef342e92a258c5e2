"""Writes an answer in the contract's form: the inverse of `parse_answer` for well-formed sections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tasks.answer.rows import Row, written_time
from tasks.records import Kind, ParsedAnswer, Span, SpeakerProfile, TextElement, Utterance

NO_EVENTS = "No events."
NO_TEXT = "No text appears."
NO_SPEECH = "No speech appears."


def render_answer(parsed: ParsedAnswer, kind: Kind, span: Span) -> str:
    """The sections as the model would have written them, with times from the clip's start. Missing ones are left out.

    For `kind` "audio" there is no section of visible text, unless the answer has elements.
    """
    parts = [extra.text for extra in parsed.extras if not extra.heading and extra.text]
    if parsed.storyline is not None:
        parts.append("## Storyline")
        parts += [_timed(event, event.description, span) for event in parsed.storyline] or [NO_EVENTS]
    if parsed.visible_text or (parsed.visible_text is not None and kind != "audio"):
        parts.append("## Visible Text")
        parts += list(_elements(parsed.visible_text, span)) or [NO_TEXT]
    if parsed.speakers is not None or parsed.transcript is not None:
        parts.append("## Speakers and Transcript")
        parts += _profiles(parsed.speakers or ())
    if parsed.transcript is not None:
        parts += [_timed(utterance, _said(utterance), span) for utterance in parsed.transcript] or [NO_SPEECH]
    for extra in parsed.extras:
        if extra.heading:
            parts += [f"## {extra.heading}", *([extra.text] if extra.text else [])]
    return "\n\n".join(parts) + "\n" if parts else ""


def _timed(row: Row, text: str, span: Span) -> str:
    if row.start_ms is None or row.end_ms is None:
        return text
    return f"{written_time(row.start_ms - span.start_ms, row.end_ms - span.start_ms)}\n{text}"


def _elements(elements: Sequence[TextElement], span: Span) -> Iterator[str]:
    for _, group in groupby(elements, key=lambda element: (element.start_ms, element.end_ms)):
        shared = list(group)
        yield _timed(shared[0], "\n".join(_element(element) for element in shared), span)


def _element(element: TextElement) -> str:
    return f"“{element.text}”: {element.appearance}" if element.appearance else f"“{element.text}”"


def _profiles(speakers: Sequence[SpeakerProfile]) -> list[str]:
    if not speakers:
        return []
    lines = [f"{one.speaker} - {one.profile}" if one.profile else one.speaker for one in speakers]
    return ["\n".join(["Speaker profiles:", *lines])]


def _said(utterance: Utterance) -> str:
    state = [f"State: {utterance.state}"] if utterance.state else []
    return "\n".join([f"Speaker: {utterance.speaker}", *state, f"Content: “{utterance.text}”"])
