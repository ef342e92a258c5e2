"""Make speech out of utterances: clean text, times, sounds in brackets or out.

Utterances come from tasks/answer; what has no time of its own is placed between its neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from tasks.records import Span, Utterance
from tasks.subtitles.cue import Layout, Speech
from tasks.subtitles.measure import UNSPACED, text_width

_PACE_MS = 65  # that a character is said for, about 15 a second ...
_UNSPACED_PACE_MS = 220  # ... and of a script without spaces, whose characters are syllables
_SHORTEST_MS = 300  # of an utterance whose end is not known

_INVISIBLE = re.compile("[\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile(r"\s*[\n\r\u2028\u2029\x85]\s*")
_SPACES = re.compile("[ \t\v\f]+")
_SOUND = re.compile(r"\[[^\[\]]{1,120}\]|【[^【】]{1,120}】|\*[^*\s][^*]{0,118}\*")
_ALL_SOUND = re.compile(r"\((?P<round>[^()]{1,120})\)|（(?P<wide>[^（）]{1,120})）")
_MARKS = "[]【】*()（） "


def to_speech(utterances: Sequence[Utterance], span: Span, layout: Layout) -> tuple[Speech, ...]:
    """Make speech of the utterances of a span, in the order of their times.

    Those without a time are placed (`place_times`), sounds shown as the layout says (`with_sounds`), and those without
    any text left out.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> speech = to_speech([Utterance(0, 900, "Ann", "", "Oh.\\n[door]", "model")], Span(0, 1000), plain_layout("en"))
    >>> [(one.start_ms, one.end_ms, one.speaker, one.text) for one in speech]
    [(0, 900, 'Ann', 'Oh.')]
    """
    return tuple(speech for _, speech in numbered_speech(utterances, span, sdh=layout.sdh))


def numbered_speech(utterances: Sequence[Utterance], span: Span, *, sdh: bool) -> list[tuple[int, Speech]]:
    """Make speech, each with the position of its utterance, from 0.

    >>> numbered_speech([Utterance(0, 900, "", "", "[door]", "model")], Span(0, 1000), sdh=True)[0][1].text
    '[door]'
    """
    cleaned = [replace(u, text=with_sounds(clean(u.text), sdh=sdh)) for u in utterances]
    numbers = [number for number, utterance in enumerate(cleaned) if utterance.text]
    placed = place_times([cleaned[number] for number in numbers], span)
    speech = [
        (number, Speech(u.start_ms, u.end_ms, clean(u.speaker), u.text))
        for number, u in zip(numbers, placed, strict=True)
        if u.start_ms is not None and u.end_ms is not None
    ]
    return sorted(speech, key=lambda one: (one[1].start_ms, one[1].end_ms))


def clean(text: str) -> str:
    """Make one line of a text, without control characters.

    Joiners and direction marks stay: scripts need them.

    >>> clean("  So,\\n\\tyes.\\x07 "), clean("你好\\n世界")
    ('So, yes.', '你好世界')
    """
    text = _INVISIBLE.sub("", text).strip()
    text = _BREAK.sub(_between, text)
    visible = "".join(sign for sign in text if sign in "\t\v\f" or unicodedata.category(sign) != "Cc")
    return _SPACES.sub(" ", visible).strip()


def _between(found: re.Match[str]) -> str:
    """Replace a line break: with a space, or nothing in scripts without spaces."""
    before, after = found.string[found.start() - 1 : found.start()], found.string[found.end() : found.end() + 1]
    return "" if UNSPACED.match(before) and UNSPACED.match(after) else " "


def with_sounds(text: str, sdh: bool) -> str:
    """Put the sounds of a text in square brackets (SDH), or leave them out.

    A sound stands in square brackets or between asterisks; in round brackets only where nothing else is said.

    >>> with_sounds("*sighs* Go on.", sdh=True), with_sounds("*sighs* Go on.", sdh=False)
    ('[sighs] Go on.', 'Go on.')
    """
    if _ALL_SOUND.fullmatch(text):
        return f"[{text.strip(_MARKS)}]" if sdh else ""

    def shown(found: re.Match[str]) -> str:
        return f"[{found[0].strip(_MARKS)}]" if sdh else " "

    return _SPACES.sub(" ", _SOUND.sub(shown, text)).strip()


# --- times that are missing --------------------------------------------------------------------------------------


def place_times(utterances: Sequence[Utterance], span: Span) -> tuple[Utterance, ...]:
    """Give a time to the utterances of a span that have none, or only a point.

    Their `time_quality` stays.

    What has no time is said between its neighbours, at an ordinary pace; where they leave no room, it shares the time
    of the one before in proportion to the words.

    >>> said = [Utterance(0, 4000, "", "", "aaaa", "model"), Utterance(None, None, "", "", "bbbb", "missing")]
    >>> [(u.start_ms, u.end_ms) for u in place_times(said, Span(0, 4000))]
    [(0, 2000), (2000, 4000)]
    """
    placed: list[Utterance] = []
    groups = [(known, list(some)) for known, some in groupby(utterances, key=lambda u: u.start_ms is not None)]
    for number, (known, some) in enumerate(groups):
        if known:
            until = _first_start(groups[number + 2 :], span) if number + 2 < len(groups) else span.end_ms
            placed += _with_ends(some, until)
            continue
        before = placed.pop() if placed else None
        until = _first_start(groups[number + 1 :], span)
        placed += _spread(before, some, span.start_ms, until)
    return tuple(placed)


def _first_start(groups: Sequence[tuple[bool, list[Utterance]]], span: Span) -> int:
    starts = [u.start_ms for known, some in groups if known for u in some if u.start_ms is not None]
    return starts[0] if starts else span.end_ms


def _with_ends(utterances: Sequence[Utterance], until: int) -> list[Utterance]:
    """Make a point a stretch: as long as the words take, but not into the next."""
    starts = [u.start_ms if u.start_ms is not None else until for u in utterances]
    ended = []
    for utterance, start, following in zip(utterances, starts, [*starts[1:], until], strict=True):
        end = utterance.end_ms
        if end is None or end <= start:
            room = following - start if following > start else _pace_ms(utterance.text)
            end = start + max(1, min(room, max(_SHORTEST_MS, _pace_ms(utterance.text))))
        ended.append(replace(utterance, start_ms=start, end_ms=end))
    return ended


def _spread(before: Utterance | None, some: Sequence[Utterance], start: int, until: int) -> list[Utterance]:
    """Place utterances between the one before and the next one's start."""
    needed = sum(_pace_ms(u.text) for u in some)
    if before is None or before.start_ms is None or before.end_ms is None:
        first = max(start, until - needed) if until > start else start
        return _shares(some, first, max(first + 1, until))
    if until - before.end_ms >= needed:
        return [before, *_shares(some, before.end_ms, before.end_ms + needed)]
    end = max(before.end_ms, until, before.start_ms + 1)
    return _shares([before, *some], before.start_ms, end)


def _shares(utterances: Sequence[Utterance], start: int, end: int) -> list[Utterance]:
    """Place utterances one after the other, in proportion to their words."""
    total = sum(_pace_ms(u.text) for u in utterances)
    shared, said = [], 0
    for utterance in utterances:
        first = start + (end - start) * said // total
        said += _pace_ms(utterance.text)
        last = start + (end - start) * said // total
        shared.append(replace(utterance, start_ms=first, end_ms=max(last, first + 1)))
    return shared


def _pace_ms(text: str) -> int:
    """Estimate how long words take to be said."""
    unspaced = len(UNSPACED.findall(text))
    return max(1, _UNSPACED_PACE_MS * unspaced + _PACE_MS * (int(text_width(text, "characters")) - unspaced))
