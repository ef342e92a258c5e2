"""Read the section of findings: ranges, and below each its keys.

Taken are keys in any order, in bold, several on a line or as a table, labels without a key, and findings without a
range. A finding that lacks something is kept with what it has. Pure: times stay as written, from the clip's start, and
which label of a policy is meant is not asked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tasks.answer.finding_items import Item, items_of
from tasks.answer.finding_words import FindingKey, read_confidence, read_modality, read_severity
from tasks.answer.lines import Line
from tasks.answer.no_findings import says_no_findings
from tasks.answer.patterns import lazy
from tasks.answer.quotes import starts_quoted, unquoted
from tasks.answer.rows import quality, under_times, written_time
from tasks.answer.section import Section, SectionReading, SectionSpec, lines_of
from tasks.answer.times import TimeMark
from tasks.answer.titles import FINDINGS
from tasks.moderation.records import AnsweredFinding
from tasks.records import ParsedAnswer, Span

NO_FINDINGS = "No findings."
_GAP_MS = 1_000  # between two ranges that are one: models round their times


@dataclass(slots=True)
class _Reading:
    """This collects what the lines gave so far."""

    rows: list[AnsweredFinding] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)  # what could not be placed
    absent: bool = False  # the section says that there are no findings ...
    absent_in: list[tuple[int, int]] = field(default_factory=list)  # ... in these ranges; none: it gives no range


def read_findings(sections: Sequence[Section]) -> SectionReading:
    """Read the findings; one with several ranges gives one for each.

    Words that are left over may be a finding that was not understood: then the answer is partial, and nothing is clear.

    >>> lines = [Line("Label: hate.slur"), Line("Severity: high")]
    >>> [row] = read_findings([Section("findings", "Findings", 2, lines=lines)]).rows
    >>> row.label, row.severity, row.start_ms
    ('hate.slur', 6, None)
    """
    reading = _Reading()
    for draft in _drafts(items_of(_said(lines_of(sections), reading))):
        _finish(draft, reading)
    left = " / ".join(reading.leftovers)
    return SectionReading(
        found=bool(reading.rows or left or reading.absent),
        rows=reading.rows,
        leftovers=reading.leftovers,
        doubt=f"not understood among the findings: {left[:200]}" if left else "",
        until_ms=None if reading.rows else _reached_ms(reading.absent_in),
    )


def render_findings(parsed: ParsedAnswer, span: Span) -> list[str]:
    """Write the findings in the contract's form; [] where they are missing.

    >>> render_findings(ParsedAnswer("ok", "", {"findings": ()}), Span(0, 1000))
    ['No findings.']
    """
    rows = parsed.rows("findings", AnsweredFinding)
    if rows is None:
        return []
    return under_times(rows, map(_written, rows), span) or [NO_FINDINGS]


def _written(finding: AnsweredFinding) -> str:
    given = {
        "Label": finding.label,
        "Severity": finding.severity,
        "Confidence": None if finding.confidence is None else f"{finding.confidence} %",
        "Modality": finding.modality,
        "Evidence": f"“{finding.evidence}”" if finding.evidence else None,
        "Rationale": finding.rationale or None,
    }
    return "\n".join(f"{key}: {value}" for key, value in given.items() if value is not None)


def _said(lines: Sequence[Line], reading: _Reading) -> list[Line]:
    """Blank out the lines that say that there is nothing."""
    kept = [Line("") if says_no_findings(line.text) else line for line in lines]
    reading.absent = any(line.text and not left.text for line, left in zip(lines, kept, strict=True))
    return kept


@dataclass(slots=True)
class _Draft:
    """A draft is a finding while its items are read."""

    times: list[tuple[int, int]] = field(default_factory=list)
    values: dict[FindingKey, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)  # without a key, and before any
    last: FindingKey | None = None  # where words without a key belong

    def is_empty(self) -> bool:
        return not (self.times or self.values or self.words)


def _drafts(items: Sequence[Item]) -> list[_Draft]:
    """Gather the items into findings.

    A finding ends where a key comes again, or the key that opens findings here.
    """
    opening = next((item.key for item in items if item.key in ("time", "label")), "time")
    drafts = [_Draft()]
    for number, item in enumerate(items):
        draft = drafts[-1]
        match item.key:
            case "new":
                if not draft.is_empty():
                    drafts.append(_Draft())
            case "text":
                _take_words(draft, item.value)
            case "time" | "start" | "end" if item.mark:
                if _opens_with_time(draft, items, number, opening):
                    drafts.append(draft := _Draft())
                _take_time(draft, item.key, item.mark)
            case key:
                if key in draft.values and key not in ("evidence", "rationale"):
                    drafts.append(draft := _Draft(times=[*draft.times] if opening == "time" else []))
                _take_value(draft, key, item.value)
    return [draft for draft in drafts if not draft.is_empty()]


def _opens_with_time(draft: _Draft, items: Sequence[Item], number: int, opening: str) -> bool:
    """Tell a time that begins the next finding from a further one of this."""
    item = items[number]
    if item.key == "end" or draft.is_empty() or (not draft.values and not draft.words):
        return False
    following = items[number + 1 : number + 2]
    apart = item.gap and bool(following) and following[0].key == "label" and not following[0].gap
    return apart or opening == "time"


def _take_time(draft: _Draft, key: FindingKey, mark: TimeMark) -> None:
    if key == "end" and draft.times:
        draft.times[-1] = (draft.times[-1][0], mark.end_ms)
    else:
        draft.times.append((mark.start_ms, mark.end_ms))


def _take_value(draft: _Draft, key: FindingKey, value: str) -> None:
    draft.values[key] = f"{draft.values[key]}\n{value}".strip() if key in draft.values else value
    draft.last = key


def _take_words(draft: _Draft, text: str) -> None:
    """Take words without a key.

    They are the label behind a time, else more of the evidence or the rationale.
    """
    bare = _BARE_LABEL.fullmatch(text)
    if draft.times and not draft.values and not draft.words and bare and _is_label(bare[1]):
        _take_value(draft, "label", bare[1])
        if bare[2]:
            _take_value(draft, "evidence", bare[2])
    elif draft.last in ("evidence", "rationale"):
        _take_value(draft, draft.last, text)
    elif draft.times or draft.values:
        _take_value(draft, "evidence", text)
    else:
        draft.words.append(text)


def _is_label(words: str) -> bool:
    return len(words.split()) <= 4 and not starts_quoted(words)


def _finish(draft: _Draft, reading: _Reading) -> None:
    """Return the draft as findings, or as what is left over."""
    label = _label(draft.values.get("label", ""))
    reading.leftovers += [words for words in draft.words if not words.endswith((":", "："))]
    others = draft.values.keys() - {"label", "confidence", "modality"}
    if says_no_findings(label) and (not others or (others == {"severity"} and not _is_severe(draft))):
        _rule_out(draft, reading)
        return
    if reading.absent and not draft.values and not draft.words:
        _rule_out(draft, reading)  # a range, and below it that there is nothing
        return
    if not label and not (draft.times and draft.values.keys() & {"evidence", "rationale", "severity"}):
        reading.leftovers += [written_time(*time) for time in draft.times]
        reading.leftovers += [value for value in draft.values.values() if value]
        return
    finding = AnsweredFinding(
        start_ms=None,
        end_ms=None,
        label=label,
        severity=read_severity(draft.values.get("severity", "")),
        confidence=read_confidence(draft.values.get("confidence", "")),
        modality=read_modality(draft.values.get("modality", "")),
        evidence=unquoted(draft.values.get("evidence", "")),
        rationale=unquoted(draft.values.get("rationale", "")),
        time_quality="missing",
    )
    placed = [replace(finding, start_ms=a, end_ms=b, time_quality=quality(a)) for a, b in draft.times]
    reading.rows += placed or [finding]


def _rule_out(draft: _Draft, reading: _Reading) -> None:
    reading.absent = True
    reading.absent_in += draft.times


def _reached_ms(ranges: Sequence[tuple[int, int]]) -> int | None:
    """Return how far ranges reach from the clip's start without a gap.

    None where there are none.
    """
    reached = 0
    for start, end in sorted(ranges):
        if start <= reached + _GAP_MS:
            reached = max(reached, end)
    return reached if ranges else None


def _is_severe(draft: _Draft) -> bool:
    """Tell whether a severity contradicts a label that says that there is nothing."""
    return bool(read_severity(draft.values["severity"]))


def _label(value: str) -> str:
    """Strip Markdown, brackets and quotation marks from a label.

    The prompt's own `<id>` is "".
    """
    label = unquoted(value.partition("\n")[0].strip().strip("*_`[]【】").strip()).strip("*_`").rstrip(".。,;")
    inside = label[1:-1] if label.startswith("<") and label.endswith(">") else label
    return "" if inside in ("id", "label", "label id") and inside != label else inside.strip()


_BARE_LABEL = lazy(
    r"[*_`\[<“\"]{0,3}([^\W\d_][\w.&/ -]{1,40}?)[*_`\]>”\"]{0,3}"
    r"(?:\s{0,4}[:：]\s{0,4}|\s{1,4}[-–—]\s{1,4}|$)(.{0,2000})"
)

SPEC = SectionSpec(
    name="findings",
    heading="Findings",
    titles=(FINDINGS,),
    kinds=("video", "audio", "image"),
    in_full_report=False,
    read=read_findings,
    render=render_findings,
    about="one row per finding of a moderation, whatever its source",
    columns=(),
    timeline=None,
    has_table=False,  # there are findings of other sources, and a policy says what is done about each
    reads_records=False,
    stands_alone=True,
)
