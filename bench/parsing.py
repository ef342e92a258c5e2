"""How well answers are read: `python -m bench.parsing [VARIANTS]`.

From each golden answer 200 variants (or VARIANTS) are made by the twenty transformations of `bench/answer_variants.py`,
half of them with a second one on top. For each transformation it is printed how many were read to the same rows, and
how many of the others look clean: `ok`, with other rows. How fast they are read is told by `bench.parsing_speed`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from bench.answer_variants import TRANSFORMATIONS, Original, Transformation
from tasks.answer.parse import parse_answer
from tasks.records import ParsedAnswer
from tests.golden.answers import case

FOLDER = Path(case.__file__).parent


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


if __name__ == "__main__":
    compare(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
