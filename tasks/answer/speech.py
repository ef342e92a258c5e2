"""Speakers and transcript: profiles, then utterances, whether under one heading or under two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.answer.absence import is_absence
from tasks.answer.lines import Block, Line, blocks, is_timed, without_bullet
from tasks.answer.quotes import is_quoted
from tasks.answer.rows import Reading, quality, written_time
from tasks.answer.sections import Section
from tasks.answer.utterances import Draft, is_plausible_name, key_line, read_drafts, spoken_line
from tasks.answer.words import is_profile_key, plain
from tasks.records import SpeakerProfile, Utterance

_SPLIT = re.compile(r"\s+[-‐–—−]+\s+|\s*[–—]+\s*|\s*[:：]\s*")
_LONGEST_NAME = 60  # characters


class SpeechReading(Reading[Utterance]):
    """`rows` are the utterances; `names` are the known speakers in the form of `words.plain`."""

    __slots__ = ("drafts", "names")

    def __init__(self) -> None:
        super().__init__()
        self.drafts: list[tuple[str, list[str]]] = []  # speaker, lines of the profile
        self.names: set[str] = set()

    @property
    def profiles(self) -> tuple[SpeakerProfile, ...]:
        return tuple(SpeakerProfile(name, "\n".join(lines)) for name, lines in self.drafts)


def read_speech(sections: Sequence[Section]) -> SpeechReading:
    """All sections about speech in one: what stands under a time was said, what stands before may be profiles."""
    reading = SpeechReading()
    last_timed = max((number for number, section in enumerate(sections) if is_timed(section.lines)), default=-1)
    for number, section in enumerate(sections):
        timed_ahead = number <= last_timed
        for block in blocks(section.lines):
            lines = [line for line in block.lines if line.text]
            if block.mark is None and section.part != "transcript":
                lines = _take_profiles(lines, reading, sure=section.part == "speakers" or timed_ahead)
            _take_utterances(block, lines, reading, plain_words=section.part == "transcript")
    return reading


def _take_utterances(block: Block, lines: list[Line], reading: SpeechReading, plain_words: bool) -> None:
    """Reads the utterances of one time. Words without time, speaker or quotes are one only under "Transcript"."""
    drafts = read_drafts(lines, reading.names)
    if block.mark and not drafts:
        reading.leftovers.append(written_time(block.mark.start_ms, block.mark.end_ms))
    for draft in drafts:
        if _is_silence(draft, timed=block.mark is not None):
            reading.absent = True
        elif not draft.remark and (block.mark or plain_words or draft.speaker or draft.closed):
            row = Utterance(
                block.start_ms, block.end_ms, draft.speaker, draft.state, draft.text, quality(block.start_ms)
            )
            reading.rows.append(row)
        else:
            reading.leftovers.append(draft.text)


def _is_silence(draft: Draft, timed: bool) -> bool:
    """ "No speech appears." in place of an utterance, or one whose every field is "N/A"."""
    if draft.speaker:
        return is_absence(draft.speaker) and (not draft.text or is_absence(draft.text))
    return is_absence(draft.text, strict=timed or draft.closed)


# --- profiles --------------------------------------------------------------------------------------------------


def _take_profiles(lines: list[Line], reading: SpeechReading, sure: bool) -> list[Line]:
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
            reading.absent = reading.absent or is_absence(text, strict=True)
            others += [] if is_absence(text, strict=True) or reading.drafts or sure else [line]
            continue
        spoken = speaking or is_quoted(_behind_colon(text))
        if spoken or not _add_profile(text, reading, nested=line.indent > indent, sure=sure):
            others.append(line)
    return others


def _opens_utterance(text: str) -> bool:
    """`Speaker: name`, or its words at once; "Name:" and "Voice:" may be parts of a profile."""
    keyed = key_line(text, ("speaker", "content"))
    return keyed is not None and not is_profile_key(keyed[2]) and plain(keyed[2]) != "name"


def _add_profile(text: str, reading: SpeechReading, nested: bool, sure: bool) -> bool:
    """Adds a profile, or a line to the last one; False where the line is no profile."""
    name, profile = _split_profile(text)
    if plain(name) in ("name", "speaker", "说话人", "姓名") and profile and not nested:
        name, profile = profile, ""
    is_new = name and (sure or (profile and is_plausible_name(name) and spoken_line(text, frozenset()) is None))
    if reading.drafts and (nested or is_profile_key(name) or not is_new):
        reading.drafts[-1][1].append(text)
    elif is_new:
        reading.drafts.append((name, [profile] if profile else []))
        reading.names.add(plain(name))
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
