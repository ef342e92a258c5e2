"""Read visible text, as `“text”: appearance` under its times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from tasks.answer.absence import is_absence
from tasks.answer.fields import field_of
from tasks.answer.keyed_form import key_and_value
from tasks.answer.lines import Line, Record, blocks, has_bullet, without_bullet
from tasks.answer.patterns import lazy
from tasks.answer.quotes import closes, first_quoted, split_quoted, starts_quoted, unquoted
from tasks.answer.rows import is_markup, quality, under_times, written_time
from tasks.answer.section import Column, OnTimeline, Section, SectionReading, SectionSpec, lines_of
from tasks.answer.titles import VISIBLE_TEXT
from tasks.answer.words import phrases, plain
from tasks.records import ParsedAnswer, Span, TextElement

NO_TEXT = "No text appears."

_Element = tuple[str, list[str]]  # text, lines of the appearance


def read_visible_text(sections: Sequence[Section]) -> SectionReading:
    r"""Read the elements of all times.

    A line that only says that there is no text is a statement, not an element.

    >>> from tasks.answer.lines import read_lines
    >>> from tasks.answer.section import Section
    >>> seen = Section("visible_text", "Visible text", 2, lines=read_lines("00:01 - 00:02\n“Exit”: white on green"))
    >>> [(row.text, row.appearance) for row in read_visible_text([seen]).rows]
    [('Exit', 'white on green')]
    """
    rows: list[TextElement] = []
    leftovers: list[str] = []
    absent = False
    for block in blocks(lines_of(sections), leads=_is_quoted_line):
        timed = block.mark is not None or block.unread
        filled = [line for line in block.lines if line.text or line.record is not None]
        kept = [line for line in filled if line.record is not None or not _is_statement(line.text, timed)]
        absent = absent or len(kept) < len(filled)
        if block.mark and not filled:
            leftovers.append(written_time(block.mark.start_ms, block.mark.end_ms))
        found = [_of_record(block.record)] if block.record is not None else _elements(kept, leftovers)
        for text, appearance in found:
            looks = "\n".join(line for line in appearance if line)
            rows.append(TextElement(block.start_ms, block.end_ms, text, looks, quality(block.start_ms)))
    return SectionReading(bool(rows or leftovers or absent), rows, leftovers)


def _of_record(record: Record) -> _Element:
    """Return the element of a table's row or of an object.

    Where several columns say how it looks they keep their names.
    """
    name = next((name for name in record if field_of(name, ("content",))), next(iter(record)))
    text = record[name]
    looks = {other: value for other, value in record.items() if other != name}
    if len(looks) == 1:
        return unquoted(text), list(looks.values())
    described = [
        value for other, value in looks.items() if plain(other) in ("appearance", "description", "外观", "描述")
    ]
    named = [f"{other}: {value}" for other, value in looks.items() if value not in described]
    return unquoted(text), ["; ".join([*described, *named])]


def _is_quoted_line(line: Line) -> bool:
    return starts_quoted(_behind_marks(without_bullet(line.text)))


def render_visible_text(parsed: ParsedAnswer, span: Span) -> list[str]:
    """Write the elements, those of one time together.

    Nothing where the section is missing.

    >>> render_visible_text(ParsedAnswer("ok", "", sections={"visible_text": ()}), Span(0, 8_000))
    ['No text appears.']
    """
    if parsed.visible_text is None:
        return []
    groups = groupby(parsed.visible_text, key=lambda element: (element.start_ms, element.end_ms))
    shared = [list(group) for _, group in groups]
    texts = ("\n".join(map(_written, group)) for group in shared)
    return under_times([group[0] for group in shared], texts, span) or [NO_TEXT]


def _written(element: TextElement) -> str:
    return f"“{element.text}”: {element.appearance}" if element.appearance else f"“{element.text}”"


def _is_statement(text: str, timed: bool) -> bool:
    text = without_bullet(text)
    return is_absence(text, strict=timed or starts_quoted(text))


def _elements(lines: list[Line], leftovers: list[str]) -> list[_Element]:
    """Read the elements of one time, quoted ones first of all.

    Lines without quotes belong to the element before them, if that is quoted.
    """
    found: list[_Element] = []
    quoted = False
    at = 0
    while at < len(lines):
        text = without_bullet(lines[at].text)
        opening = _behind_marks(text)
        if starts_quoted(opening):
            words, at = _whole_quote(lines, at, opening)
            found += _quoted_elements(words)
            quoted = True
            continue
        at += 1
        keyed = key_and_value(text)
        key = field_of(keyed[0], ("content", "appearance")) if keyed else None
        if key is None and (framed := _FRAMED.match(text)):
            found.append((framed[2].strip(), [_appearance(text[framed.end() :].strip())]))
            quoted = True
            continue
        if keyed and key == "content" and keyed[1]:
            found.append((unquoted(keyed[1].strip("*_ ")), []))
        elif keyed and key == "appearance" and found:
            found[-1][1].append(keyed[1] if plain(keyed[0]) in _LOOKS else f"{keyed[0]}: {keyed[1]}")
        elif quoted and not has_bullet(lines[at - 1].text):
            found[-1][1].append(text)
        elif text.endswith((":", "：")):
            leftovers.append(text)  # an introduction: "The signs read:"
        elif not is_markup(text):
            found.append(_unquoted_element(_HASHES.sub("", text)))
    return found


def _whole_quote(lines: list[Line], at: int, opening: str) -> tuple[str, int]:
    """Return the quoted element that starts at a line, and the next line.

    Its quote may go on over several lines.
    """
    if split_quoted(opening):
        return opening, at + 1
    for end in range(at + 1, len(lines)):
        if starts_quoted(_behind_marks(without_bullet(lines[end].text))):
            break
        if closes(lines[end].text, opening[0]):
            return "\n".join([opening, *(line.text for line in lines[at + 1 : end + 1])]), end + 1
    return opening, at + 1


def _quoted_elements(text: str) -> list[_Element]:
    """Read one element, or several that share one appearance.

    Such as `“A”, “B” and “C”: red`.
    """
    texts: list[str] = []
    at = 0
    while listed := _LISTED.match(text, at):
        texts += [found.strip() for found in listed.groups() if found]
        at = listed.end()
    parts = split_quoted(text[at:])
    if parts is None:
        return [(text[1:].strip(), [])]  # never closed: cut off, perhaps
    looks = _appearance(parts[1])
    return [(one, [looks]) for one in [*texts, parts[0]]]


def _appearance(rest: str) -> str:
    if rest.startswith(("(", "（")) and rest.endswith((")", "）")):
        return rest[1:-1].strip()
    separator = _SEPARATOR.match(rest)
    looks = rest[separator.end() if separator else 0 :].strip()
    keyed = key_and_value(looks) if ":" in looks or "：" in looks else None
    return keyed[1] if keyed and plain(keyed[0]) in _LOOKS else looks


def _unquoted_element(text: str) -> _Element:
    parts = _UNQUOTED.split(text, maxsplit=1)
    if len(parts) == 2 and parts[0] and any(sign.isalpha() for sign in parts[1]):
        return parts[0].strip("*_` "), [parts[1].strip()]
    inner = first_quoted(text)
    return (inner, [text]) if inner else (text, [])  # "A sign reads “EXIT”" keeps its sentence


def _behind_marks(text: str) -> str:
    """Return the text behind bold or code marks, if a quotation mark follows them."""
    bare = text.lstrip("*_`")
    return bare if starts_quoted(bare) else text


_FRAMED = lazy(r"(\*\*|__|`)(?=\S)([^*_`\n]{1,400}?)(?<=[^\s:：])\1(?![*_`\w])")  # bold, or code: exact, as in quotes
_SEPARATOR = lazy(r"[*_`\s]{0,8}(?:[:：]|[-–—−]{1,2}|[,，;；|→=])?[*_]{0,2}\s*")
_LISTED = lazy(  # one of several texts in a row
    r"(?:“([^“”\n]{1,200})”|\"([^\"\n]{1,200})\"|「([^「」\n]{1,200})」|«([^«»\n]{1,200})»)"
    r"(?:\s{0,4}[,，、/;；&+]\s{0,4}(?:and\s|和|及)?|\s{1,4}(?:and|und|et|y|e|и)\s|\s?[和及与]\s?)\s{0,4}(?=[“\"「«])"
)
_UNQUOTED = lazy(r"\s{0,8}[：|]|:\s|\s{1,8}[-–—−]{1,3}\s")
_HASHES = lazy(r"^#{1,6}\s+")
_LOOKS = phrases(
    "appearance | look | looks | description | style | design | 外观 | 外觀 | 描述 | 样式 | 外貌 | 外観 | 모양 | 외형"
)

SPEC = SectionSpec(
    name="visible_text",
    heading="Visible Text",
    titles=(VISIBLE_TEXT,),
    kinds=("video", "image"),
    in_full_report=True,
    read=read_visible_text,
    render=render_visible_text,
    about="one row per text seen in the picture",
    columns=(
        Column("text", "the text, exactly as shown"),
        Column("appearance", "how and where it is shown; empty where not said"),
    ),
    timeline=OnTimeline(kind="text", text="text", detail="appearance"),
)
