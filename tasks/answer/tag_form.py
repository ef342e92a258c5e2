"""Read the tag form: `<event start="0:00" end="0:08">…</event>`.

Tags of records, and of fields such as `<start>0:01</start>`, become times and keys; tags of sections become headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.answer.fields import TIMES, field_of, fields_of
from tasks.answer.headings import title_part
from tasks.answer.json_times import words_of_key
from tasks.answer.patterns import lazy


def unfold_tags(text: str) -> str:
    """Return a text with tags of records and sections as times and headings.

    >>> unfold_tags('<storyline><event start="0:00" end="0:08">Rain.</event></storyline>').split()
    ['##', 'storyline', '[0:00', '-', '0:08]', 'Rain.']
    """
    if "</" not in text:
        return text
    text = _RECORD.sub(_record, text)
    text = _KEYED.sub(_keyed, text)
    return _SECTION.sub(_section, text)


def _record(found: re.Match[str]) -> str:
    """Write an element whose attributes have a time as lines."""
    given = {words_of_key(name): value for name, _, value in _ATTRIBUTE.findall(found[2])}
    times = {field: value for name, value in given.items() if (field := field_of(name, TIMES))}
    start = times.get("start") or times.get("time")
    if start is None:
        return found[0]
    unit = "s" if _PLAIN.fullmatch(start) and _PLAIN.fullmatch(times.get("end", "0")) else ""
    time = f"[{start}{unit} - {times['end']}{unit}]" if "end" in times else f"[{start}{unit}]"
    return "\n".join(["", time, *_keys(given, found[3].strip()), ""])


def _keys(given: dict[str, str], words: str) -> Iterator[str]:
    """Yield the other attributes as keys around the words."""
    others = {name: value for name, value in given.items() if fields_of(name) and not field_of(name, TIMES)}
    speakers = {name: value for name, value in others.items() if field_of(name, ("speaker",))}
    further = [
        f"{name}: {value}" for name, value in others.items() if name not in speakers and fields_of(name)[0] != "counter"
    ]
    spoken = [f"Speaker: {value}" for value in speakers.values()]
    yield from [*spoken, *further, f"Content: {words}"] if spoken else [words, *further]


def _keyed(found: re.Match[str]) -> str:
    name = words_of_key(found[1])
    return f"\n{name}: {found[2].strip()}" if fields_of(name) and not title_part(name, marked=False) else found[0]


def _section(found: re.Match[str]) -> str:
    name = words_of_key(found[2])
    if title_part(name, marked=True) is None:
        return found[0]
    return "\n" if found[1] else f"\n## {name}\n"


_RECORD = lazy(r"<([A-Za-z]\w{0,30})\s+([^<>\n]{3,300}?)>([^<>]{0,4000})</\1>")
_ATTRIBUTE = lazy(r"([A-Za-z_][\w:-]{0,30})\s?=\s?([\"'])([^\"'<>]{0,200})\2")
_KEYED = lazy(r"<([A-Za-z]\w{1,30})>([^<>\n]{1,2000})</\1>")
_SECTION = lazy(r"<(/?)([A-Za-z][\w -]{3,40})>")
_PLAIN = lazy(r"\d{1,5}(?:\.\d{1,6})?")
