"""Read an answer of the model.

Any text gives sections and an outcome, never an exception.

Times in an answer count from the clip's start. An answer that counts from the recording's start instead cannot be told
from a wrong one, so it is not guessed at: its times are clamped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from tasks.answer.cleaning import clean, unescaped, without_markup, without_outer_fence
from tasks.answer.contract_form import read_contract
from tasks.answer.guessing import with_parts
from tasks.answer.headings import spec_of
from tasks.answer.json_form import unfold_json
from tasks.answer.keyed_form import unfold_keys
from tasks.answer.lines import Line, join, without_record
from tasks.answer.loops import without_loops
from tasks.answer.member_lines import name_lines
from tasks.answer.member_reading import are_by_member, by_member, read_members
from tasks.answer.member_records import formed
from tasks.answer.no_findings import says_no_findings
from tasks.answer.outcome import cut_off, judge, stops_early, untimed, with_loops
from tasks.answer.patterns import lazy
from tasks.answer.registry import SECTIONS, required_sections
from tasks.answer.rows import on_timeline, without_times
from tasks.answer.section import Section, SectionReading, SectionSpec
from tasks.answer.sections import split_sections
from tasks.answer.subtitle_form import unfold_subtitles
from tasks.answer.table_form import unfold_tables
from tasks.answer.tag_form import unfold_tags
from tasks.records import AnswerForm, ExtraSection, Kind, ParsedAnswer, Span

_LONGEST_QUOTE = 200
_LEADS_UP = lazy(r"[^\d]{1,120}[:：][*_\s]{0,4}")
_EMPTY = ParsedAnswer("malformed", "empty answer")


def parse_answer(
    text: str,
    kind: Kind,
    form: AnswerForm,
    span: Span,
    finish_reason: str | None = "stop",
    sections: Collection[str] | None = None,
    lengths: Sequence[int] = (),
) -> ParsedAnswer:
    """Read one segment's answer onto the timeline, and judge its outcome.

    `form` says whether there are sections at all, `span` is the segment. `sections` are the required ones by name, of
    those that media of that `kind` can have; None: those of a full report. `lengths` are those of the files, in ms,
    where the message held several: then rows say which file they are of, and times count from its start. A repetition
    loop is read once.

    >>> answer = parse_answer("## Storyline\\n00:00 - 00:05\\nA fire.", "video", "sections", Span(60_000, 65_000))
    >>> [(event.start_ms, event.description) for event in answer.storyline]
    [(60000, 'A fire.')]
    >>> answer.outcome, answer.reason
    ('partial', 'missing: visible text, speakers and transcript')
    """
    text, loops = without_loops(text)
    text = clean(text)
    if form == "text":
        whole = join(Line(line.strip()) for line in without_outer_fence(text.split("\n")))
        outcome, reason = with_loops(loops, ("ok", "")) or cut_off(finish_reason) or ("ok", "")
        return ParsedAnswer(outcome, reason, extras=(ExtraSection("", whole),)) if whole else _EMPTY
    required = required_sections(kind, sections)
    text = unescaped(text)
    exact = None if lengths or kind == "image" else read_contract(text, span)
    if exact:
        parsed, doubts = exact, list[str]()
    else:
        lines, broken = unfold_json(without_markup(unfold_tags(text)), span.duration_ms, required, len(lengths))
        if not any(line.text or line.mark for line in lines):
            return _EMPTY
        parsed, doubts = _read(_in_parts(lines, required, lengths), required, kind, span, lengths)
        doubts += ["its JSON has no end"] if broken else []
    doubts += filter(None, [untimed(parsed) if kind != "image" else ""])
    judged = judge(parsed, required, None if lengths else span, doubts)
    outcome, reason = with_loops(loops, judged) or cut_off(finish_reason) or judged
    return replace(parsed, outcome=outcome, reason=reason)


def _in_parts(lines: Sequence[Line], required: Collection[str], lengths: Sequence[int]) -> list[Section]:
    """Divide lines into sections, each in the form that its reader knows.

    It is known by its heading, or else by its looks.
    """
    split = _asked_for(_sections(unfold_subtitles(lines), lengths), required)
    return with_parts([_in_form(section, lengths) for section in split], required)


def _sections(lines: Sequence[Line], lengths: Sequence[int]) -> list[Section]:
    if not lengths:
        return split_sections(lines)
    return [section for document in name_lines(lines, len(lengths)).documents for section in split_sections(document)]


def _in_form(section: Section, lengths: Sequence[int]) -> Section:
    """Bring a section into the form that its reader knows.

    Its tables, keys and records become lines.
    """
    lines = section.lines
    if section.part and not spec_of(section.part).reads_records:
        return replace(section, lines=[line for one in lines for line in without_record(one)])
    if not lengths:
        return replace(section, lines=unfold_keys(unfold_tables(lines)))
    return replace(section, lines=formed(lines, lambda own: unfold_keys(unfold_tables(own)), len(lengths)))


def _read(
    sections: Sequence[Section], required: Collection[str], kind: Kind, span: Span, lengths: Sequence[int]
) -> tuple[ParsedAnswer, list[str]]:
    """Read each section by its row in the registry, with doubts about what they say.

    Sections of the same kind, wherever they stand, are one.
    """
    tables: dict[str, tuple[object, ...]] = {}
    doubts: list[str] = []
    extras = [extra for section in sections if section.part is None for extra in _extras(section)]
    each = bool(lengths) and are_by_member(sections)
    for spec in SECTIONS:
        own = [section for section in sections if section.part in spec.parts]
        if lengths:
            read = read_members(spec, own, kind, lengths, each and spec.name in required)
            reading, rows = read.reading, read.reading.rows
            doubts += read.doubts
        else:
            reading = spec.read(own)
            rows = without_times(reading.rows) if kind == "image" else on_timeline(reading.rows, span)
            doubts += _doubts(spec, reading, span)
        if reading.found:
            tables[spec.name] = tuple(rows)
        tables.update(reading.others)
        if reading.leftovers:
            extras.append(ExtraSection(own[0].title, "\n".join(reading.leftovers)))
        elif spec.stands_alone and spec.name in required and reading.found and not rows:
            doubts += _more_said(spec, extras, [name for name in tables if name != spec.name])
    return ParsedAnswer("ok", "", tables, tuple(extras)), doubts


def _doubts(spec: SectionSpec, reading: SectionReading, span: Span) -> Iterator[str]:
    if reading.doubt:
        yield reading.doubt
    if reading.until_ms is not None and (cut := stops_early(reading.until_ms, span)):
        yield f"{spec.label}: {cut}"


def _more_said(spec: SectionSpec, extras: Sequence[ExtraSection], tables: Sequence[str]) -> Iterator[str]:
    """Yield what else an answer says whose one section says that there is nothing.

    That may be what was found, or why nobody looked. A line that leads up to the section is none of it.
    """
    lines = [line for extra in extras for line in extra.text.split("\n") if line.strip()]
    words = [line for line in lines if not (_LEADS_UP.fullmatch(line) or says_no_findings(line))]
    words += [f"a section {name.replace('_', ' ')}" for name in tables]
    if words:
        yield f"says more than that there are no {spec.label}: {' / '.join(words)[:_LONGEST_QUOTE]}"


def _extras(section: Section) -> Iterator[ExtraSection]:
    """Yield a section of the model's own, one for each file that it is about."""
    parts = by_member([section])
    if len(parts) > 1:
        parts = {member: own for member, own in parts.items() if join(own[0].lines)}
    for member, own in (parts or {None: [section]}).items():
        if section.title or join(own[0].lines):
            yield ExtraSection(section.title, join(own[0].lines), member)


def _asked_for(sections: list[Section], required: Collection[str]) -> list[Section]:
    """Make a section the model's own where the prompt does not ask for it."""
    foreign = {part for s in SECTIONS if not s.in_full_report and s.name not in required for part in s.parts}
    return [replace(section, part=None) if section.part in foreign else section for section in sections]
