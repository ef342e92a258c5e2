"""Compare frames with lists of known pictures, by their hashes.

A list is a CSV file with a column `hash` (PDQ, 64 hex digits) and, where wanted, `label` (of the policy), `name` (what
it is, for people) and `severity` (0 to 7).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.policy_types import OTHER, Policy
from tasks.errors import UsageError
from tasks.moderation.records import MOST_SEVERE, Finding, FrameHash
from tasks.records import Span

MOST_BITS = 31  # that may differ between two pictures that are one; PDQ's authors' advice
LEAST_QUALITY = 50  # percent; likewise
_COLUMNS = ("hash", "label", "name", "severity")
_HEX_DIGITS = 64


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A known picture is one entry of a list."""

    bits: bytes  # 32
    label: str
    name: str
    severity: int | None


@dataclass(frozen=True)
class KnownList:
    """A known list holds its entries ready to be compared with."""

    pictures: tuple[KnownPicture, ...]

    @cached_property
    def matrix(self) -> NDArray[np.uint64]:
        """Return the hashes, a row of four words each."""
        return np.frombuffer(b"".join(p.bits for p in self.pictures), np.uint64).reshape(-1, 4)


@dataclass(frozen=True, slots=True)
class HashMatch:
    frame: FrameHash
    picture: KnownPicture
    distance: int  # bits that differ


def read_known(path: Path, policy: Policy) -> KnownList:
    """Read the list in a CSV file.

    Raises UsageError, naming the line, what was expected and what was found.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = {"hash"} - {_plain(name) for name in rows.fieldnames or ()}
            if missing:
                raise UsageError(
                    f"{path} has no column hash: expected a CSV file with a first line such as hash,label,name, "
                    f"found {', '.join(rows.fieldnames or ()) or 'nothing'}."
                )
            return KnownList(tuple(_picture(row, f"{path}, line {rows.line_num}", policy) for row in rows))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"The list of known content {path} cannot be read: {reason}.") from error


def find_known(frames: Iterable[FrameHash], known: KnownList, most_bits: int = MOST_BITS) -> Iterator[HashMatch]:
    """Yield each frame's nearest entry of each label, if it is near enough.

    Frames that show too little match nothing.

    >>> picture = KnownPicture(bytes(32), "other", "a black square", None)
    >>> frame = FrameHash(0, 100, (bytes([255] * 32), bytes(31) + bytes([7])))
    >>> [match.distance for match in find_known([frame], KnownList((picture,)))]
    [3]
    """
    if not known.pictures:
        return
    for frame in frames:
        if frame.quality < LEAST_QUALITY:
            continue
        variants = np.frombuffer(b"".join(frame.variants), np.uint64).reshape(-1, 1, 4)
        distances = np.bitwise_count(known.matrix[None] ^ variants).sum(axis=2, dtype=np.int64).min(axis=0)
        nearest: dict[str, HashMatch] = {}
        for index in np.flatnonzero(distances <= most_bits):
            match = HashMatch(frame, known.pictures[index], int(distances[index]))
            best = nearest.get(match.picture.label)
            if best is None or match.distance < best.distance:
                nearest[match.picture.label] = match
        yield from nearest.values()


def known_findings(
    matches: Iterable[HashMatch], segments: Sequence[tuple[str, Span]], every_ms: int
) -> tuple[Finding, ...]:
    """Make findings of matches, each as long as frames are apart.

    `segments` are ids and spans; a finding belongs to the one that it lies in.

    >>> match = HashMatch(FrameHash(5000, 100, ()), KnownPicture(bytes(32), "other", "a logo", None), 8)
    >>> [found] = known_findings([match], [("first", Span(0, 5000)), ("second", Span(5000, 9000))], 1000)
    >>> found.segment_id, found.span, found.distance, found.evidence
    ('second', Span(start_ms=5000, end_ms=6000), 8, 'known content: a logo')
    """
    return tuple(_finding(match, segments, every_ms) for match in matches)


def _finding(match: HashMatch, segments: Sequence[tuple[str, Span]], every_ms: int) -> Finding:
    at_ms, picture = match.frame.at_ms, match.picture
    segment_id, segment = next(
        ((name, span) for name, span in segments if at_ms is None or at_ms < span.end_ms), segments[-1]
    )
    return Finding(
        segment_id=segment_id,
        span=None if at_ms is None else Span(at_ms, max(at_ms, min(at_ms + every_ms, segment.end_ms))),
        label=picture.label,
        answered_label=None,
        severity=picture.severity,
        confidence=None,
        modality="picture",
        evidence=f"known content: {picture.name or picture.bits.hex()}",
        rationale="",
        source="hash_match",
        time_quality="model",
        distance=match.distance,
    )


def _picture(row: dict[str | None, str | None], where: str, policy: Policy) -> KnownPicture:
    given = {_plain(name): (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    digits, label, severity = given["hash"], given.get("label") or OTHER, given.get("severity") or None
    try:
        bits = bytes.fromhex(digits)
    except ValueError:
        bits = b""
    if len(digits) != _HEX_DIGITS or len(bits) != _HEX_DIGITS // 2:
        raise UsageError(f'{where}: hash: expected 64 hex digits of a PDQ hash, found "{digits}"; mend or remove it.')
    if policy.label(label) is None:
        known = ", ".join(one.id for one in policy.labels)
        raise UsageError(f'{where}: label: expected a label of the policy {policy.id} ({known}), found "{label}".')
    if severity is not None and not (severity.isascii() and severity.isdigit() and int(severity) <= MOST_SEVERE):
        raise UsageError(f'{where}: severity: expected 0 to {MOST_SEVERE}, found "{severity}"; or leave it empty.')
    return KnownPicture(bits, label, given.get("name", ""), None if severity is None else int(severity))


def _plain(name: str) -> str:
    return name.strip().lower()
