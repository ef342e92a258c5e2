"""Reads an answer of the model: any text gives sections and an outcome, never an exception.

Times in an answer count from the clip's start. An answer that counts from the recording's start instead cannot be told
from a wrong one, so it is not guessed at: its times are clamped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tasks.answer.lines import Line, blocks, is_timed, join, split_lines
from tasks.answer.loops import Loop, without_loops
from tasks.answer.rows import Reading, Row, on_timeline
from tasks.answer.scenes import read_storyline, read_visible_text
from tasks.answer.sections import Section, split_sections
from tasks.answer.speech import read_speech
from tasks.answer.utterances import key_line
from tasks.answer.words import Part
from tasks.records import AnswerForm, ExtraSection, Kind, Outcome, ParsedAnswer, Span
from tasks.timecode import format_ms

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "video": ("storyline", "visible_text", "transcript"),
    "audio": ("storyline", "transcript"),
    "image": ("storyline", "visible_text"),
}
_NAMES = {"storyline": "storyline", "visible_text": "visible text", "transcript": "speakers and transcript"}
_SPEECH: tuple[Part, ...] = ("speech", "speakers", "transcript")


def parse_answer(
    text: str, kind: Kind, form: AnswerForm, span: Span, finish_reason: str | None = "stop"
) -> ParsedAnswer:
    """The sections of one segment's answer, on the recording's timeline, and the segment's outcome.

    `kind` says which sections are required, `form` whether there are sections at all, `span` is the segment.
    A repetition loop is read once.
    """
    text, loops = without_loops(text)
    lines = split_lines(text)
    whole = join(lines)
    if not whole:
        return ParsedAnswer("malformed", "empty answer")
    if form == "text":
        outcome, reason = _looped(loops, "ok", "") or _cut_off(finish_reason) or ("ok", "")
        return ParsedAnswer(outcome, reason, extras=(ExtraSection("", whole),))
    parsed = _read(_with_parts(split_sections(lines)), span)
    if kind == "image":
        parsed = _without_times(parsed)
    judged = _judge(parsed, kind, span)
    outcome, reason = _looped(loops, *judged) or _cut_off(finish_reason) or judged
    return ParsedAnswer(
        outcome, reason, parsed.storyline, parsed.visible_text, parsed.speakers, parsed.transcript, parsed.extras
    )


def _read(sections: Sequence[Section], span: Span) -> ParsedAnswer:
    """Reads each section by its part. Sections of the same part, wherever they stand, are one."""
    storyline = read_storyline(_lines_of(sections, "storyline"))
    visible = read_visible_text(_lines_of(sections, "visible_text"))
    spoken = [section for section in sections if section.part in _SPEECH]
    speech = read_speech(spoken)
    profiles = speech.profiles
    said = bool(speech.rows or speech.absent or (speech.leftovers and not profiles))
    extras = [
        ExtraSection(section.title, join(section.lines))
        for section in sections
        if section.part is None and (section.title or join(section.lines))
    ]
    extras += _leftovers(sections, ("storyline",), storyline.leftovers)
    extras += _leftovers(sections, ("visible_text",), visible.leftovers)
    extras += _leftovers(sections, _SPEECH, speech.leftovers)
    return ParsedAnswer(
        "ok",
        "",
        storyline=_placed(storyline, span),
        visible_text=_placed(visible, span),
        speakers=profiles if said or profiles else None,
        transcript=on_timeline(speech.rows, span) if said else None,
        extras=tuple(extras),
    )


def _without_times(parsed: ParsedAnswer) -> ParsedAnswer:
    """An image has no times, whatever an answer says."""
    return replace(
        parsed,
        storyline=_timeless(parsed.storyline),
        visible_text=_timeless(parsed.visible_text),
        transcript=_timeless(parsed.transcript),
    )


def _timeless(rows: tuple[Row, ...] | None) -> tuple[Row, ...] | None:
    if rows is None:
        return None
    return tuple(replace(row, start_ms=None, end_ms=None, time_quality="missing") for row in rows)


def _placed(reading: Reading[Row], span: Span) -> tuple[Row, ...] | None:
    return on_timeline(reading.rows, span) if reading.found else None


def _lines_of(sections: Sequence[Section], part: Part) -> list[Line]:
    return [line for section in sections if section.part == part for line in [*section.lines, Line("")]]


def _leftovers(sections: Sequence[Section], parts: tuple[Part, ...], lines: list[str]) -> list[ExtraSection]:
    title = next((section.title for section in sections if section.part in parts), "")
    return [ExtraSection(title, "\n".join(lines))] if lines else []


# --- answers without headings ----------------------------------------------------------------------------------


def _with_parts(sections: list[Section]) -> list[Section]:
    """Gives timed lines without a known heading their part, where the answer has no such part otherwise."""
    known = {section.part for section in sections if section.part}
    candidates = sections[:1] if known else sections
    place = next((number for number, section in enumerate(candidates) if is_timed(section.lines)), None)
    if place is None:
        return sections
    section = sections[place]
    part = _guessed_part(section)
    if known.intersection(_SPEECH) if part == "transcript" else part in known:
        return sections
    at = next(number for number, line in enumerate(section.lines) if line.mark)
    before = Section(None, section.title, section.level, lines=section.lines[:at])
    after = Section(part, "", section.level, lines=section.lines[at:])
    return [*sections[:place], before, after, *sections[place + 1 :]]


def _guessed_part(section: Section) -> Part:
    """Lyrics, subtitles and `Speaker:` lines are a transcript; a range and a paragraph are the storyline."""
    timed = [block for block in blocks(section.lines) if block.mark]
    sung = sum(block.mark.arrow or (not block.mark.is_range and block.mark.enclosed) for block in timed if block.mark)
    keyed = sum(any(key_line(line.text, ("speaker", "content")) for line in block.lines) for block in timed)
    return "transcript" if 2 * max(sung, keyed) > len(timed) else "storyline"


# --- the outcome -----------------------------------------------------------------------------------------------


def _looped(loops: Sequence[Loop], outcome: Outcome, reason: str) -> tuple[Outcome, str] | None:
    """What loops make of an outcome. A loop runs into the token limit, so it is to blame for that."""
    if not loops:
        return None
    reasons = [*(loop.sentence for loop in loops[:3]), reason]
    return "malformed" if outcome == "malformed" else "partial", "; ".join(filter(None, reasons))


def _cut_off(finish_reason: str | None) -> tuple[Outcome, str] | None:
    return ("truncated", "the answer was cut off at the token limit") if finish_reason == "length" else None


def _judge(parsed: ParsedAnswer, kind: Kind, span: Span) -> tuple[Outcome, str]:
    required = REQUIRED[kind]
    missing = [_NAMES[name] for name in required if getattr(parsed, name) is None]
    if len(missing) == len(required):
        return "malformed", "no required section found"
    reasons = [f"missing: {', '.join(missing)}"] if missing else []
    last = _last_ms(parsed)
    if last is not None and 5 * (last - span.start_ms) < 4 * span.duration_ms:
        reached, length = format_ms(last - span.start_ms), format_ms(span.duration_ms)
        reasons.append(f"the last time is {reached} of {length}")
    return ("partial", "; ".join(reasons)) if reasons else ("ok", "")


def _last_ms(parsed: ParsedAnswer) -> int | None:
    """The end of the last timed row of any section; None without a timed storyline, which alone should cover it all."""
    told = [row.end_ms for row in parsed.storyline or () if row.end_ms is not None]
    shown = [row.end_ms for row in parsed.visible_text or () if row.end_ms is not None]
    said = [row.end_ms for row in parsed.transcript or () if row.end_ms is not None]
    return max(told + shown + said) if told else None
