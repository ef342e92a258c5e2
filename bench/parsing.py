"""How well and how fast answers are read: `python -m bench.parsing [VARIANTS]`.

From each golden answer 200 variants (or VARIANTS) are made by the twenty transformations of `bench/answer_variants.py`,
half of them with a second one on top. For each transformation it is printed how many were read to the same rows, and
how many of the others look clean: `ok`, with other rows. Then the speed on answers in the contract's form, and how time
grows with the length of hostile texts.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from bench.answer_variants import TRANSFORMATIONS, Original, Transformation
from tasks.answer import parse_answer
from tasks.records import ParsedAnswer, Span
from tasks.timecode import format_ms
from tests.golden.answers import case

FOLDER = Path(case.__file__).parent
SIZES = (10_000, 100_000, 1_000_000)  # bytes
WORDS = [
    "the",
    "a",
    "camera",
    "pans",
    "across",
    "old",
    "harbour",
    "wall",
    "while",
    "gulls",
    "circle",
    "above",
    "boats",
    "and",
    "a",
    "man",
    "in",
    "blue",
    "carries",
    "nets",
]


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of a golden answer, and what became of it."""

    original: Original
    by: Transformation
    text: str
    parsed: ParsedAnswer

    @property
    def is_same(self) -> bool:
        """Say whether it was read to the same rows."""
        return _content(self.parsed) == _content(self.original.parsed)

    @property
    def looks_clean(self) -> bool:
        """Say whether nobody would notice that it was not."""
        return not self.is_same and self.parsed.outcome == "ok"


def originals() -> list[Original]:
    """Return the golden answers, parsed."""
    return [case.original(path) for path in sorted(FOLDER.glob("*.md"))]


def variants(original: Original, count: int, chance: Random) -> Iterator[Variant]:
    """So many variants of an answer, by the transformations that apply to it in turn."""
    able = [one for one in TRANSFORMATIONS if one.change(original, Random(0)) is not None]
    for number in range(count):
        by = able[number % len(able)]
        text = by.change(original, chance)
        if text is None:
            continue
        second = chance.choice(TRANSFORMATIONS)
        if by.of_text and second.of_text and second is not by and chance.random() < 0.5:
            text = second.change(replace(original, text=text), chance) or text
        ended, needed, lengths = original.finish_reason, original.needed, original.lengths
        parsed = parse_answer(text, original.kind, "sections", original.span, ended, needed, lengths)
        yield Variant(original, by, text, parsed)


def _content(parsed: ParsedAnswer) -> dict[str, tuple[object, ...]]:
    return {table: rows for table, rows in parsed.sections.items() if rows}


def compare(count: int) -> None:
    """Print the share of variants that were read to the same rows.

    There is a line for each transformation.
    """
    made, same, clean = Counter[str](), Counter[str](), Counter[str]()
    odd: list[Variant] = []
    for original in originals():
        for variant in variants(original, count, Random(original.name)):
            made[variant.by.name] += 1
            same[variant.by.name] += variant.is_same
            clean[variant.by.name] += variant.looks_clean
            odd += [variant] if variant.looks_clean else []
    print(f"{'transformation':18} {'variants':>8} {'same rows':>10} {'clean':>6}")
    for one in TRANSFORMATIONS:
        name = one.name
        print(f"{name:18} {made[name]:8,} {same[name] / max(made[name], 1):10.2%} {clean[name]:6}   {one.about}")
    total, other = made.total(), made.total() - same.total()
    print(
        f"{'all':18} {total:8,} {same.total() / total:10.2%} {clean.total():6}   "
        f"{clean.total() / total:.3%} of all and {clean.total() / max(other, 1):.1%} of the others look clean"
    )
    for variant in odd[:10]:
        print(f"looks clean: {variant.original.name} by {variant.by.name}")


# --- speed -------------------------------------------------------------------------------------------------------


def measure() -> None:
    """Print the speed by the processor's time, and how it changes with the length."""
    for name, make in (("utterances", report), ("paragraphs", story), ("hostile", hostile)):
        speeds = [_speed(make(size)) for size in SIZES]
        listed = "   ".join(f"{size // 1000:,} kB {speed:5.1f} MB/s" for size, speed in zip(SIZES, speeds, strict=True))
        print(f"{name:18} {listed}   time for 100 times the text: {100 * speeds[0] / speeds[-1]:.0f} times as much")


def _speed(text: str) -> float:
    span = Span(0, 3_600_000)
    best = min(_seconds(text, span) for _ in range(3))
    return len(text.encode()) / best / 1e6


def _seconds(text: str, span: Span) -> float:
    start = time.process_time()
    parse_answer(text, "video", "sections", span)
    return time.process_time() - start


def report(size: int) -> str:
    """Return a report in the contract's form, of many short lines."""
    chance = Random(1)
    parts, length, ms = ["## Speakers and Transcript\nSpeaker profiles:\nAnn - calm\n"], 0, 0
    while length < size:
        said = f"{_range(ms)}\nSpeaker: Ann\nState: {_words(chance, 5)}\nContent: “{_words(chance, 12)}.”\n\n"
        parts.append(said)
        length, ms = length + len(said), ms + 2500
    return "## Storyline\n" + f"{_range(0)}\n{_words(chance, 30)}.\n\n" + "".join(parts)


def story(size: int) -> str:
    """Return a storyline of long paragraphs."""
    chance = Random(2)
    parts, length, ms = ["## Storyline\n"], 0, 0
    while length < size:
        event = f"{_range(ms)}\n" + " ".join(f"{_words(chance, 14)}." for _ in range(8)) + "\n\n"
        parts.append(event)
        length, ms = length + len(event), ms + 2500
    return "".join(parts)


def hostile(size: int) -> str:
    """Headings, brackets, quotes and broken JSON without order, none of them twice."""
    chance = Random(3)
    units = [
        "# {}\n",
        "**{}:**\n",
        "[{} ",
        "“{}”, ",
        '{{"{}": [',
        "| {} | b |\n",
        "Start: {}\n",
        "{}: x; ",
        "00:01 - {}\n",
    ]
    parts, length = [], 0
    while length < size:
        part = chance.choice(units).format(f"{chance.choice(WORDS)}{chance.randrange(10**9)}")
        parts.append(part)
        length += len(part)
    return "".join(parts)


def _words(chance: Random, count: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(count))


def _range(ms: int) -> str:
    return f"{format_ms(ms)} - {format_ms(ms + 2000)}"


if __name__ == "__main__":
    compare(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    measure()
