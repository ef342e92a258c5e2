"""Speakers and transcript: profiles, then utterances, whether under one heading or under two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.answer.absence import is_absence
from tasks.answer.lines import Block, Line, blocks, is_timed, without_bullet
from tasks.answer.quotes import is_quoted
from tasks.answer.rows import quality, under_time, written_time
from tasks.answer.section import Column, OnTimeline, Section, SectionReading, SectionSpec
from tasks.answer.titles import SPEAKERS, SPEECH, TRANSCRIPT
from tasks.answer.utterances import Draft, is_plausible_name, key_line, read_drafts, spoken_line
from tasks.answer.words import is_profile_key, plain
from tasks.records import ParsedAnswer, Span, SpeakerProfile, Utterance

NO_SPEECH = "No speech appears."

_DIALECT = frozenset({"dialect", "dialects", "方言"})
_SPLIT = re.compile(r"\s+[-‐–—−]+\s+|\s*[–—]+\s*|\s*[:：]\s*")
_LONGEST_NAME = 60  # characters


@dataclass(slots=True)
class _Speech:
    """What has been read so far. Profiles are drafts: a speaker, and the lines about it."""

    rows: list[Utterance] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    absent: bool = False  # it is said that nobody speaks
    profiles: list[tuple[str, list[str]]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)  # of the profiles, in the form of `words.plain`
    dialects: dict[str, str] = field(default_factory=dict)  # of those whose profile names one


def read_speech(sections: Sequence[Section]) -> SectionReading:
    """Read all sections about speech as one: what stands under a time was said, what stands before may be profiles."""
    speech = _Speech()
    last_timed = max((number for number, section in enumerate(sections) if is_timed(section.lines)), default=-1)
    for number, section in enumerate(sections):
        timed_ahead = number <= last_timed
        for block in blocks(section.lines):
            lines = [line for line in block.lines if line.text]
            if block.mark is None and section.part != "transcript":
                lines = _take_profiles(lines, speech, sure=section.part == "speakers" or timed_ahead)
            _take_utterances(block, lines, speech, plain_words=section.part == "transcript")
    profiles = tuple(SpeakerProfile(name, "\n".join(lines)) for name, lines in speech.profiles)
    found = bool(speech.rows or speech.absent or (speech.leftovers and not profiles))
    return SectionReading(
        found, speech.rows, speech.leftovers, others={"speakers": profiles} if found or profiles else {}
    )


def _take_utterances(block: Block, lines: list[Line], speech: _Speech, plain_words: bool) -> None:
    """Reads the utterances of one time. Words without time, speaker or quotes are one only under "Transcript"."""
    drafts = read_drafts(lines, speech.names)
    if block.mark and not drafts:
        speech.leftovers.append(written_time(block.mark.start_ms, block.mark.end_ms))
    for draft in drafts:
        if _is_silence(draft, timed=block.mark is not None):
            speech.absent = True
        elif not draft.remark and (block.mark or plain_words or draft.speaker or draft.closed):
            language = draft.language or speech.dialects.get(plain(draft.speaker), "")
            time = quality(block.start_ms)
            speech.rows.append(
                Utterance(block.start_ms, block.end_ms, draft.speaker, draft.state, draft.text, time, language)
            )
        else:
            speech.leftovers.append(draft.text)


def _is_silence(draft: Draft, timed: bool) -> bool:
    """ "No speech appears." in place of an utterance, or one whose every field is "N/A"."""
    if draft.speaker:
        return is_absence(draft.speaker) and (not draft.text or is_absence(draft.text))
    return is_absence(draft.text, strict=timed or draft.closed)


# --- profiles --------------------------------------------------------------------------------------------------


def _take_profiles(lines: list[Line], speech: _Speech, sure: bool) -> list[Line]:
    """Reads profiles and returns the lines that are none. `sure`: what is no utterance is a profile."""
    others: list[Line] = []
    indent = min((line.indent for line in lines), default=0)
    sure = sure or any(is_quoted(_behind_colon(line.text)) for line in lines)
    has_content = any(key_line(line.text, ("content",)) for line in lines)
    speaking = False
    for line in lines:
        text = without_bullet(line.text)
        speaking = speaking or (has_content and _opens_utterance(text))
        if is_absence(text) and not speaking:
            speech.absent = speech.absent or is_absence(text, strict=True)
            others += [] if is_absence(text, strict=True) or speech.profiles or sure else [line]
            continue
        spoken = speaking or is_quoted(_behind_colon(text))
        if spoken or not _add_profile(text, speech, nested=line.indent > indent, sure=sure):
            others.append(line)
    return others


def _opens_utterance(text: str) -> bool:
    """`Speaker: name`, or its words at once; "Name:" and "Voice:" may be parts of a profile."""
    keyed = key_line(text, ("speaker", "content"))
    return keyed is not None and not is_profile_key(keyed[2]) and plain(keyed[2]) != "name"


def _add_profile(text: str, speech: _Speech, nested: bool, sure: bool) -> bool:
    """Adds a profile, or a line to the last one; False where the line is no profile."""
    name, profile = _split_profile(text)
    if speech.profiles and plain(name) in _DIALECT and profile:
        speech.dialects[plain(speech.profiles[-1][0])] = profile
    if plain(name) in ("name", "speaker", "说话人", "姓名") and profile and not nested:
        name, profile = profile, ""
    is_new = name and (sure or (profile and is_plausible_name(name) and spoken_line(text, frozenset()) is None))
    if speech.profiles and (nested or is_profile_key(name) or not is_new):
        speech.profiles[-1][1].append(text)
    elif is_new:
        speech.profiles.append((name, [profile] if profile else []))
        speech.names.add(plain(name))
    else:
        return False
    return True


def _split_profile(text: str) -> tuple[str, str]:
    """Name and profile; a whole sentence has no name."""
    found = _SPLIT.search(text[: _LONGEST_NAME + 10])
    if found is None:
        bare = text.strip("*_` ")
        is_name = len(bare) <= _LONGEST_NAME and len(bare.split()) <= 6 and not bare.endswith((".", "。", "!", "?"))
        return (bare, "") if is_name else ("", "")
    name = text[: found.start()].strip('*_`"“”[]<> ')
    return name, text[found.end() :].strip().removeprefix("**").strip()


def _behind_colon(text: str) -> str:
    found = re.search(r"[:：][*_]{0,2}\s*", text[: _LONGEST_NAME + 20])
    return text[found.end() :] if found else ""


# --- in the contract's form ------------------------------------------------------------------------------------


def render_speech(parsed: ParsedAnswer, span: Span) -> list[str]:
    """Write the profiles and the utterances; nothing where the section is missing."""
    parts = _rendered_profiles(parsed.speakers or ())
    if parsed.transcript is not None:
        parts += [under_time(utterance, _said(utterance), span) for utterance in parsed.transcript] or [NO_SPEECH]
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
