"""Read the subtitle form: SubRip, WebVTT and SubStation Alpha.

What is there for players, not for readers, is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from tasks.answer.lines import Line
from tasks.answer.patterns import lazy
from tasks.answer.times import leading_time


def unfold_subtitles(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without counters and settings of cues.

    The voice of a cue becomes a `Speaker:` line.

    >>> from tasks.answer.lines import read_lines
    >>> [line.text for line in unfold_subtitles(read_lines("1\\n0:01 --> 0:02\\n<v Ann>Hi."))]
    ['0:01 --> 0:02', 'Speaker: Ann', 'Content: Hi.']
    """
    if any(line.text.startswith("[Events]") for line in lines[:60]):
        lines = [cue for line in lines if (cue := _of_substation(line))]
    is_vtt = any(line.text.startswith("WEBVTT") for line in lines[:20])
    if not is_vtt and not any(line.mark for line in lines):
        return list(lines)
    kept = _without_header(lines) if is_vtt else list(lines)
    counters = _counters(kept, is_vtt)
    return [part for number, line in enumerate(kept) if number not in counters for part in _cue_line(line, is_vtt)]


def _of_substation(line: Line) -> Line | None:
    """Return a line of SubStation Alpha.

    The cue that it holds, and None for what is there for players.
    """
    found = _SUBSTATION.fullmatch(line.text)
    mark = leading_time(f"{found[1]} --> {found[2]}") if found else None
    if found is None or mark is None:
        return None
    words = found[4].replace("\\N", " ").strip()
    return Line(line.text, mark=replace(mark, rest=f"{found[3]}: {words}" if found[3] else words))


def _cue_line(line: Line, is_vtt: bool) -> Iterator[Line]:
    text = line.text
    if line.mark:
        rest = _SETTINGS.sub("", line.mark.rest).strip() if line.mark.arrow else line.mark.rest
        if "<v" not in rest:
            yield line if rest == line.mark.rest else replace(line, mark=replace(line.mark, rest=rest))
            return
        yield replace(line, mark=replace(line.mark, rest=""))
        text = rest
    if is_vtt:
        text = _INNER_TIME.sub("", text)
    if "<v" not in text:
        yield replace(line, text=text, mark=None) if line.mark or text != line.text else line
        return
    before, *voices = _VOICE.split(text)
    if before.strip():
        yield Line(before.strip())
    for name, words in zip(voices[::2], voices[1::2], strict=True):
        yield Line(f"Speaker: {name.strip()}")
        yield Line(f"Content: {words.replace('</v>', '').strip()}")


def _without_header(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without the header of WebVTT, its notes and its styles."""
    kept: list[Line] = []
    inside = False
    for line in lines:
        if _HEADER.match(line.text):
            inside = True
        elif inside and (not line.text or line.mark):
            inside = False
        if not inside:
            kept.append(line)
    return kept


def _counters(lines: Sequence[Line], is_vtt: bool) -> set[int]:
    """Return the numbers of the lines that count or name cues.

    They stand right before a time.
    """
    found: list[tuple[int, int | None]] = []
    arrows = 0
    for number in range(len(lines) - 1):
        line, following = lines[number], lines[number + 1]
        if following.mark is None or line.mark or not line.text:
            continue
        apart = number == 0 or not lines[number - 1].text or lines[number - 1].text.startswith("#")
        counter = _COUNTER.fullmatch(line.text)
        if counter and (apart or following.mark.arrow):
            found.append((number, int(counter[1])))
            arrows += following.mark.arrow
        elif is_vtt and apart and following.mark.arrow and _CUE_NAME.fullmatch(line.text):
            found.append((number, None))
    counted = [count for _, count in found if count is not None]
    go_on = len(counted) > 1 and all(later == first + 1 for first, later in pairwise(counted))
    return {number for number, count in found if arrows or go_on or count is None}


_SUBSTATION = lazy(r"Dialogue: ?\d+,([\d:.]+),([\d:.]+),[^,]*,([^,]*),[^,]*,[^,]*,[^,]*,[^,]*,(.*)")
_HEADER = lazy(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)|X-TIMESTAMP-MAP")
_SETTINGS = lazy(r"(?:\s{0,4}(?:(?:align|position|line|size|region|vertical):\S{1,40}|[XY][12]:\d{1,9})){1,12}$")
_VOICE = lazy(r"<v(?:\.[\w.-]+)?\s+([^<>\n]{1,80})>")
_INNER_TIME = lazy(r"<\d{1,3}[\d:.,]{3,12}>")
_COUNTER = lazy(r"[#\[(]?(\d{1,6})[\])]?[.:]?")
_CUE_NAME = lazy(r"[\w.-]{1,60}")
