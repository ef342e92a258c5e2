"""Read speakers and transcript.

Profiles come first, then utterances, whether under one heading or under two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.answer.absence import is_absence
from tasks.answer.lines import Block, Line, blocks, is_timed, without_bullet
from tasks.answer.names import UNHEARD
from tasks.answer.profiles import Profiles
from tasks.answer.rows import is_markup, quality, under_times, written_time
from tasks.answer.section import Column, OnTimeline, Section, SectionReading, SectionSpec
from tasks.answer.titles import SPEAKERS, SPEECH, TRANSCRIPT
from tasks.answer.unheard import is_other_sound, is_untranscribed, stands_for_words
from tasks.answer.utterances import Draft, key_line, opens_utterance, read_drafts
from tasks.answer.words import plain
from tasks.records import NOT_TRANSCRIBED, ParsedAnswer, Span, SpeakerProfile, Utterance

NO_SPEECH = "No speech appears."
NO_WORDS = "no words under speakers and transcript"
MOST_UNHEARD = 0.2  # of the time of all utterances; above, the segment is not transcribed


@dataclass(slots=True)
class _Speech:
    """Speech gathers what has been read so far."""

    rows: list[Utterance] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    absent: bool = False  # it is said that nobody speaks
    unheard: list[Utterance] = field(default_factory=list)  # rows with a mark in place of words
    profiles: Profiles = field(default_factory=Profiles)


def read_speech(sections: Sequence[Section]) -> SectionReading:
    r"""Read all sections about speech as one.

    What stands under a time was said, what stands before may be profiles.

    >>> from tasks.answer.lines import read_lines
    >>> said = Section("transcript", "Transcript", 2, lines=read_lines("00:01 - 00:02\nAnn: “Hello.”"))
    >>> [(row.speaker, row.text) for row in read_speech([said]).rows]
    [('Ann', 'Hello.')]
    """
    speech = _Speech()
    last_timed = max((number for number, section in enumerate(sections) if is_timed(section.lines)), default=-1)
    for number, section in enumerate(sections):
        timed_ahead = number <= last_timed
        hoisted = section.part != "speakers" or timed_ahead
        for block in blocks(section.lines, leads=_leads, hoist=None if hoisted else _is_spoken):
            lines = [line for line in block.lines if line.text or line.record is not None]
            if block.mark is None and not block.unread and section.part != "transcript":
                lines = speech.profiles.take(lines, sure=section.part == "speakers" or timed_ahead)
            _take_utterances(block, lines, speech, plain_words=section.part == "transcript")
    profiles, absent = speech.profiles.rows, speech.absent or speech.profiles.absent
    # A sentence about the speech, and none of its words, is a section all the same.
    found = bool(
        speech.rows or absent or (speech.leftovers and (not profiles or any(map(_is_answer, speech.leftovers))))
    )
    others = {"speakers": profiles} if found or profiles else {}
    return SectionReading(found, speech.rows, speech.leftovers, others, _doubt(speech, absent) if found else "")


def _is_answer(leftover: str) -> bool:
    return is_untranscribed(leftover) or is_other_sound(leftover)


def _doubt(speech: _Speech, absent: bool) -> str:
    """Return why the section leaves speech out, "" where it does not seem so.

    An unheard word or two among many do not count.
    """
    if any(map(is_untranscribed, speech.leftovers)) or _share(speech.unheard, speech.rows) > MOST_UNHEARD:
        return NOT_TRANSCRIBED
    told = speech.rows or absent or all(map(is_other_sound, speech.leftovers))
    return "" if told else NO_WORDS


def _share(some: Sequence[Utterance], every: Sequence[Utterance]) -> float:
    """Return the share in time, or in number where there are no times."""
    whole = sum(map(_length, every))
    if whole:
        return sum(map(_length, some)) / whole
    return len(some) / len(every) if every else 0.0


def _length(row: Utterance) -> int:
    return 0 if row.start_ms is None or row.end_ms is None else abs(row.end_ms - row.start_ms)


def _leads(line: Line) -> bool:
    """Say whether a line right before a time names who speaks at it."""
    keyed = key_line(line.text)
    return (keyed is not None and keyed[0] == "speaker") or (
        line.text.startswith(("**", "[", "<")) and len(line.text) < 60 and line.text.rstrip(":： ")[-1:] in "*]>"
    )


def _is_spoken(line: Line) -> bool:
    return (opens_utterance(without_bullet(line.text)) and "“" in line.text) or '"' in line.text


def _take_utterances(block: Block, lines: list[Line], speech: _Speech, plain_words: bool) -> None:
    """Read the utterances of one time.

    Words without time, speaker or quotes are one only under "Transcript".
    """
    drafts = read_drafts(lines, speech.profiles.names)
    timed = block.mark is not None or block.unread
    if block.mark and not drafts:
        speech.leftovers.append(written_time(block.mark.start_ms, block.mark.end_ms))
    for draft in drafts:
        text = draft.text
        if _is_silence(draft, timed):
            speech.absent = True
        elif is_markup(text) and not draft.closed and not (draft.speaker or draft.states):
            continue
        elif not (draft.speaker or draft.closed) and is_untranscribed(text) and not UNHEARD.fullmatch(text):
            speech.leftovers.append(text)  # a sentence about what is heard at that time, said by nobody
        elif not draft.remark and (timed or plain_words or draft.speaker or draft.closed):
            speech.rows.append(_utterance(block, draft, text, speech.profiles))
            if stands_for_words(text, quoted=draft.closed, named=bool(draft.speaker)):
                speech.unheard.append(speech.rows[-1])
        else:
            speech.leftovers.append(text)


def _utterance(block: Block, draft: Draft, text: str, profiles: Profiles) -> Utterance:
    """Return the row of an utterance.

    A speaker is written as it was first, and a state behind the name is none of it.
    """
    speaker, states = draft.speaker, draft.state
    bare, _, behind = speaker.partition("(")
    if behind.endswith(")") and plain(speaker) not in profiles.names and plain(bare) in profiles.names:
        speaker, states = bare.strip(), "\n".join(filter(None, [behind[:-1].strip(), states]))
    speaker = profiles.names.setdefault(plain(speaker), speaker) if speaker else ""
    language = draft.language or profiles.dialects.get(plain(speaker), "")
    text = "" if is_markup(text) and not draft.closed else text
    return Utterance(block.start_ms, block.end_ms, speaker, states, text, quality(block.start_ms), language)


def _is_silence(draft: Draft, timed: bool) -> bool:
    """Say whether an utterance only states that nobody speaks.

    It may do so by fields that are all "N/A".
    """
    if draft.speaker:
        return is_absence(draft.speaker) and (not draft.text or is_absence(draft.text))
    return is_absence(draft.text, strict=timed or draft.closed)


# --- in the contract's form ------------------------------------------------------------------------------------


def render_speech(parsed: ParsedAnswer, span: Span) -> list[str]:
    """Write the profiles and the utterances; nothing where the section is missing.

    >>> render_speech(ParsedAnswer("ok", "", sections={"transcript": ()}), Span(0, 8_000))
    ['No speech appears.']
    """
    parts = _rendered_profiles(parsed.speakers or ())
    if parsed.transcript is not None:
        parts += under_times(parsed.transcript, map(_said, parsed.transcript), span) or [NO_SPEECH]
    return parts


def _rendered_profiles(speakers: Sequence[SpeakerProfile]) -> list[str]:
    if not speakers:
        return []
    lines = [f"{one.speaker} - {one.profile}" if one.profile else one.speaker for one in speakers]
    return ["\n".join(["Speaker profiles:", *lines])]


def _said(utterance: Utterance) -> str:
    language = [f"Dialect: {utterance.language}"] if utterance.language else []
    state = [f"State: {utterance.state}"] if utterance.state else []
    return "\n".join([f"Speaker: {utterance.speaker}", *language, *state, f"Content: “{utterance.text}”"])


SPEC = SectionSpec(
    name="transcript",
    heading="Speakers and Transcript",
    titles=(SPEECH, SPEAKERS, TRANSCRIPT),
    kinds=("video", "audio"),
    in_full_report=True,
    read=read_speech,
    render=render_speech,
    about="one row per utterance",
    columns=(
        Column("speaker", "who speaks; empty where not said"),
        Column("state", "prosody, emotion and style; empty where not said"),
        Column("text", "the words"),
        Column(
            "language",
            "the language or dialect that the answer names, or else the one that the model was told of; "
            "null where there is neither",
            unit="BCP 47 where told",
            null=True,
        ),
    ),
    timeline=OnTimeline(kind="utterance", speaker="speaker", text="text", detail="state"),
)
