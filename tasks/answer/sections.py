"""Divide lines into sections.

That is which lines are headings, what they open, and which lines stand below them.

A label inside an event ("**Dialogue:**") looks like a heading. It is one only where the section has no heading of
another make, where it does not come again event after event, and where the storyline's times do not go on behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tasks.answer.absence import is_absence
from tasks.answer.heading_lines import BOLD, NOTHING, Heading, heading_at
from tasks.answer.headings import is_no_label, section_of
from tasks.answer.keyed_form import key_and_value
from tasks.answer.lines import Line, without_bullet
from tasks.answer.no_findings import says_no_findings
from tasks.answer.quotes import is_quoted, starts_quoted
from tasks.answer.section import Section
from tasks.answer.times import TimeMark
from tasks.answer.utterances import opens_utterance
from tasks.answer.words import plain


def split_sections(lines: Sequence[Line]) -> list[Section]:
    r"""Split an answer at its headings into sections, in their order.

    The first holds what stands before the first heading.

    Of the headings that the contract does not know, those of a deeper level than the section's stay text.

    >>> from tasks.answer.lines import read_lines
    >>> [(found.part, found.title) for found in split_sections(read_lines("## Storyline\nA bell.\n## Mood\nCalm."))]
    [(None, ''), ('storyline', 'Storyline'), (None, 'Mood')]
    """
    outline = _Outline(lines)
    found = [Section(None, "", NOTHING)]
    first = 0
    for number, line in enumerate(lines):
        heading = outline.headings.get(number)
        if heading and outline.opens_section(number, heading, found[-1], first):
            found.append(Section(heading.part, heading.title, heading.level, bool(heading.rest)))
            first = number + 1
            if heading.rest:
                found[-1].lines.append(Line(heading.rest))
        else:
            found[-1].lines.append(line)
    return found


class _Outline:
    """An outline knows the headings of an answer, and which open sections."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self.headings = {number: heading for number in range(len(lines)) if (heading := heading_at(lines, number))}
        self._around = _Around(lines, self.headings)
        known = [heading for heading in self.headings.values() if heading.part]
        self._has_colons = any(heading.colon and not heading.rest for heading in known if heading.level == BOLD)
        self._hashed = {heading.section for heading in known if heading.level < BOLD}
        self._titles = Counter(plain(heading.title) for heading in self.headings.values() if heading.level >= BOLD)
        self._repeated = self._parts_again_and_again()

    def opens_section(self, number: int, heading: Heading, current: Section, first: int) -> bool:
        """Say whether a heading ends the section that it stands in.

        The section's lines begin with the `first`.
        """
        if heading.part is None:
            return self._opens_own(number, heading, current)
        within = section_of(current.part) if current.part else None
        if heading.section == within:
            return not heading.rest or heading.level < BOLD or current.inline
        if heading.level < BOLD and (current.part is None or heading.level <= current.level):
            return True
        if heading.level >= BOLD and heading.section in self._hashed:
            return False
        before = self._around.mark_before(number, first)
        in_events = within == "storyline" or (within is None and before is not None)
        if in_events and ((heading.part, heading.level) in self._repeated or self._goes_on(number, heading, before)):
            return False
        if not heading.rest or heading.level < BOLD:
            return True
        # "Visible text: …" on one line may also be a detail of an event
        consistent = current.inline or (current.level == NOTHING and not in_events)
        return consistent or (is_absence(heading.rest) and not self._around.timed_ahead[number])

    def _opens_own(self, number: int, heading: Heading, current: Section) -> bool:
        """Say whether a heading of the model's own opens a section.

        A title within one and a text that is shown do not, nor does a statement that there is nothing.
        """
        if heading.level > current.level or says_no_findings(heading.title):
            return False
        another = heading.level != current.level or heading.level >= BOLD
        if current.part and another and self._around.heads_block[number]:
            return False
        if heading.level == BOLD and self._titles[plain(heading.title)] > 1:
            return False
        if heading.colon and not (self._has_colons and not self._lines[number - 1].text and number):
            return False  # "**Title:**" is a label, unless the answer's headings are all made so
        bold = BOLD in (heading.level, min(current.level, BOLD))
        return not (self._around.timed_ahead[number] and bold and current.level != NOTHING)

    def _goes_on(self, number: int, heading: Heading, before: TimeMark | None) -> bool:
        """Say whether the events before a heading go on behind it.

        They do in their own form.
        """
        apart = number == 0 or not self._lines[number - 1].text
        if heading.level == BOLD and not (heading.colon or heading.rest) and apart and is_no_label(heading.title):
            return False
        at = self._around.next_mark[number]
        following = None if at is None else self._lines[at].mark
        if before is None or following is None or at is None:
            return False
        reached = before.end_ms - _OVERLAP_MS if before.is_range else before.start_ms + 1
        return following.start_ms >= max(reached, before.start_ms) and not _has_form(
            heading.part, self._lines[at : at + 3]
        )

    def _parts_again_and_again(self) -> set[tuple[str, int]]:
        """Return the parts that headings of one make open more than once.

        With a time between them they are labels.
        """
        seen: dict[tuple[str, int], int] = {}
        repeated: set[tuple[str, int]] = set()
        times = 0
        for number, line in enumerate(self._lines):
            times += line.mark is not None
            heading = self.headings.get(number)
            if heading and heading.part:
                key = (heading.part, heading.level)
                if times > seen.setdefault(key, times):
                    repeated.add(key)
        return repeated


class _Around:
    """This knows what lies before and behind each line.

    It is found in one pass each way.
    """

    def __init__(self, lines: Sequence[Line], headings: Mapping[int, Heading]) -> None:
        self._lines = lines
        self._last_mark: list[int] = []  # at or before each line; -1: none
        self.heads_block: list[bool] = []  # whether the line stands directly below a time, or below headings that do
        self.timed_ahead = [False] * len(lines)  # whether a time follows before the next heading that is surely one
        self.next_mark: list[int | None] = [None] * len(lines)  # the next time before such a heading of the contract
        for number, line in enumerate(lines):
            before = lines[number - 1] if number else None
            if before is not None and before.mark:
                self.heads_block.append(not before.mark.rest)
            elif before is None or not before.text:
                self.heads_block.append(False)
            else:
                self.heads_block.append(number - 1 in headings and self.heads_block[number - 1])
            self._last_mark.append(number if line.mark else self._last_mark[-1] if number else -1)
        timed, following = False, None
        for number in range(len(lines) - 1, -1, -1):
            self.timed_ahead[number], self.next_mark[number] = timed, following
            heading = headings.get(number)
            if heading and not heading.rest and (heading.part or heading.level < BOLD):
                timed = False
            if heading and heading.part and heading.level < BOLD:
                following = None
            if lines[number].mark is not None:
                timed, following = True, number

    def mark_before(self, number: int, first: int) -> TimeMark | None:
        """Return the last time before a line, of those from the `first` line on."""
        at = self._last_mark[number]
        return self._lines[at].mark if at >= first else None


def _has_form(part: str | None, lines: Sequence[Line]) -> bool:
    """Say whether a timed block has the form that a heading would open."""
    words = [line.mark.rest if line.mark else line.text for line in lines]
    text = next((without_bullet(word).lstrip("*_` ") for word in words if word), "")
    if part == "visible_text":
        keyed = key_and_value(text)
        return starts_quoted(text) or (keyed is not None and is_quoted(keyed[1]))
    if part == "storyline":
        return False
    arrow = any(line.mark and line.mark.arrow for line in lines[:1])
    return arrow or opens_utterance(text)


_OVERLAP_MS = 500  # by which events may overlap and still follow each other
