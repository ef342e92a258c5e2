"""Time in proportion to the length: no text takes four times as long where it should take twice."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from bench.hostile_answers import BEGINNINGS, SHAPES, SIGNS
from tasks.answer.parse import parse_answer
from tasks.answer.patterns import Lazy
from tasks.records import Span

SPAN = Span(0, 36_000_000)
SHORT, TIMES = 4_000, 4
MOST_RATIO = 9  # 4 is linear, 16 would be the square; the rest is for what else the machine does
ROUNDS = 3
LOOPS = (codes.MAX_REPEAT, codes.MIN_REPEAT)


def seconds(text: str) -> float:
    start = time.process_time()
    parse_answer(text, "video", "sections", SPAN)
    return time.process_time() - start


def ratio(short: str, long: str) -> float:
    return seconds(long) / max(seconds(short), 1e-3)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_no_hostile_answer_takes_more_than_linear_time(shape: Any) -> None:
    def grows_fast(unit: str) -> bool:
        short, long = (f"## Visible Text\n00:01 - 00:04\n{shape(unit, size)}" for size in (SHORT, TIMES * SHORT))
        return all(ratio(short, long) > MOST_RATIO for _ in range(ROUNDS))

    assert [unit for unit in (*SIGNS[::4], *BEGINNINGS[::3]) if grows_fast(unit)] == []


def patterns() -> Iterator[tuple[str, str]]:
    """All regular expressions of the parser."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("tasks.answer.")]
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, Lazy | re.Pattern) and isinstance(value.pattern, str):
                yield f"{module.__name__}.{name}", value.pattern


def nested(parsed: Any, within: bool = False) -> bool:
    """Whether an unbounded repetition that may give back stands in another one."""
    for code, argument in parsed:
        if code in LOOPS:
            unbounded = argument[1] == codes.MAXREPEAT
            if (unbounded and within) or nested(argument[2], within or unbounded):
                return True
        elif code is codes.BRANCH:
            if any(nested(branch, within) for branch in argument[1]):
                return True
        elif code is codes.SUBPATTERN and nested(argument[3], within):
            return True
    return False


def test_no_pattern_repeats_a_repetition() -> None:
    assert [name for name, pattern in patterns() if nested(parser.parse(pattern))] == []
