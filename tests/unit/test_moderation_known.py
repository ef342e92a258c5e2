"""Lists of known content: what is read from a file, and what counts as a match."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.errors import UsageError
from tasks.moderation.known import KnownList, KnownPicture, find_known, known_findings, read_known
from tasks.moderation.records import FrameHash
from tasks.records import Span
from tests.support.findings import policy

ZERO, ONES = bytes(32), bytes([255] * 32)
HEX = "0f" * 32


def bits(count: int) -> bytes:
    """A hash with so many bits set."""
    return int("1" * count or "0", 2).to_bytes(32, "big")


def frame(*variants: bytes, at_ms: int | None = 0, quality: int = 100) -> FrameHash:
    return FrameHash(at_ms, quality, variants)


def known(*pictures: tuple[bytes, str]) -> KnownList:
    return KnownList(tuple(KnownPicture(hashed, label, "a logo", None) for hashed, label in pictures))


@pytest.mark.parametrize(
    ("shown", "distances"),
    [
        (frame(ZERO), [0]),
        (frame(bits(31)), [31]),
        (frame(bits(32)), []),
        (frame(ONES, bits(5)), [5]),
        (frame(ZERO, quality=49), []),
    ],
)
def test_a_frame_matches_within_31_bits(shown: FrameHash, distances: list[int]) -> None:
    assert [match.distance for match in find_known([shown], known((ZERO, "other")))] == distances


def test_the_nearest_entry_of_each_label_matches() -> None:
    entries = known((bits(9), "hate"), (bits(2), "hate"), (bits(4), "other"), (ONES, "swimwear"))
    matches = [(match.picture.label, match.distance) for match in find_known([frame(ZERO)], entries)]
    assert matches == [("hate", 2), ("other", 4)]


def test_an_empty_list_matches_nothing() -> None:
    assert list(find_known([frame(ZERO)], KnownList(()))) == []


def test_a_match_is_a_finding_in_its_segment() -> None:
    matches = find_known([frame(bits(3), at_ms=61_000)], known((ZERO, "hate")))
    [found] = known_findings(matches, [("s0", Span(0, 60_000)), ("s1", Span(60_000, 61_500))], 1000)
    assert (found.segment_id, found.span, found.label, found.source, found.distance, found.evidence) == (
        "s1",
        Span(61_000, 61_500),
        "hate",
        "hash_match",
        3,
        "known content: a logo",
    )


def test_an_image_matches_without_a_time() -> None:
    [found] = known_findings(find_known([frame(ZERO, at_ms=None)], known((ZERO, "hate"))), [("s0", Span(0, 0))], 1000)
    assert found.span is None


def test_a_list_is_read_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text(f"\ufeffName,Hash,severity,label\nlogo,{HEX},6,hate\n,{HEX.upper()},,\n", encoding="utf-8")
    assert read_known(path, policy()).pictures == (
        KnownPicture(bytes.fromhex(HEX), "hate", "logo", 6),
        KnownPicture(bytes.fromhex(HEX), "other", "", None),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,label\nx,hate\n", r"has no column hash: .* such as hash,label,name, found name, label"),
        ("", "has no column hash: .* found nothing"),
        ("hash\nabc\n", r'line 2: hash: expected 64 hex digits of a PDQ hash, found "abc"; mend or remove it'),
        (f"hash\n{'zz' * 32}\n", "line 2: hash: expected 64 hex digits"),
        (f"hash,label\n{HEX},hat\n", r'line 2: label: expected a label of the policy test \(hate, .* found "hat"'),
        (f"hash,severity\n{HEX},8\n", r'line 2: severity: expected 0 to 7, found "8"; or leave it empty'),
        ("hash\n\x00\n", "cannot be read|64 hex digits"),
    ],
)
def test_a_list_that_cannot_be_used_is_explained(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "known.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_known(path, policy())
