"""Write the queue as a CSV file, and read decisions back from one.

The file shows where to look and not what the model thought, so that an item of the random sample looks like any other;
`reelsheet review show` tells the rest. Only `item`, `reviewer`, `decision` and `reason` are read back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from tasks.errors import UsageError
from tasks.moderation.reviews import DECISIONS, NEED_REASONS, Act, ReviewItem
from tasks.timecode import format_ms

COLUMNS = ("item", "media_id", "uri", "start", "end", "found", "reviewer", "decision", "reason")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def export_items(items: Iterable[ReviewItem]) -> str:
    """Write the items as CSV, with empty columns for the decisions.

    >>> export_items([])
    'item,media_id,uri,start,end,found,reviewer,decision,reason\\n'
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for item in items:
        times = (format_ms(item.span.start_ms), format_ms(item.span.end_ms)) if item.span else ("", "")
        row = {
            "item": item.item_id,
            "media_id": item.media_id,
            "uri": _harmless(item.uri),
            "start": times[0],
            "end": times[1],
            "found": item.opened_at.isoformat(timespec="seconds"),
        }
        writer.writerow(row)
    return text.getvalue()


def import_decisions(text: str, items: Mapping[str, ReviewItem]) -> list[tuple[ReviewItem, Act]]:
    """Read the decisions in a CSV, with the items that they are about.

    Rows without a decision are left out.

    >>> import_decisions("item,reviewer,decision,reason\\nf1,,,\\n", {})
    []

    Raises UsageError with the line for an unknown item, an unknown decision, or a missing column.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in ("item", "reviewer", "decision", "reason") if name not in (rows.fieldnames or ())]
    if missing:
        raise UsageError(
            f"The file has no column {', '.join(missing)}: expected the columns of `review export`, "
            f"found {', '.join(rows.fieldnames or ()) or 'nothing'}."
        )
    return [found for row in rows if (found := _decision(row, f"line {rows.line_num}", items))]


def _decision(
    row: Mapping[str, str | None], where: str, items: Mapping[str, ReviewItem]
) -> tuple[ReviewItem, Act] | None:
    given = {name: (row.get(name) or "").strip() for name in ("item", "reviewer", "decision", "reason")}
    decision = given["decision"].lower()
    if not decision:
        return None
    if given["item"] not in items:
        raise UsageError(f'{where}: expected the id of an item to review, found "{given["item"]}"; export them anew.')
    known = next((name for name in DECISIONS if name == decision), None)
    if known is None:
        raise UsageError(f'{where}: decision: expected {_listed(DECISIONS)}, found "{decision}"; mend that cell.')
    if known in NEED_REASONS and not given["reason"]:
        raise UsageError(f'{where}: reason: "{known}" needs one, found none; say why in that cell.')
    return items[given["item"]], Act(given["reviewer"], known, given["reason"])


def _harmless(text: str) -> str:
    """Change a text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
