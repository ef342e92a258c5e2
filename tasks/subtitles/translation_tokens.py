"""Guess the requests and tokens of translations, for estimate and budget. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from config.types import ModelSpec
from tasks.planning.expected import expected_output
from tasks.planning.modes import Modes
from tasks.records import Tokens
from tasks.subtitles.translator import LINES_A_REQUEST, Wanted, portions
from tasks.tokens import text_tokens

_GROWTH = 1.3  # tokens of a translation for each of the original
_NUMBER = 3  # tokens of a line's number
_LINE_MS = 4_000  # of talk, where nobody has heard it yet: a line, and how many tokens it has
_LINE_TOKENS = 15


def request_tokens(question: str, lines: Mapping[int, str], model: ModelSpec, modes: Modes) -> Tokens:
    """Return the tokens of one request about some lines.

    >>> from config.catalog import load_catalog
    >>> flash = load_catalog().models["qwen3.5-omni-flash"]
    >>> request_tokens("Translate.\\n1. Good morning.", {1: "Good morning."}, flash, Modes()).output
    9
    """
    return _tokens(text_tokens(question), sum(map(text_tokens, lines.values())), len(lines), model, modes)


def expected_of_lines(lines: Mapping[int, str], wanted: Wanted, model: ModelSpec, modes: Modes) -> tuple[int, Tokens]:
    """Return the requests that known lines take, and their tokens.

    >>> from config.catalog import load_catalog
    >>> flash = load_catalog().models["qwen3.5-omni-flash"]
    >>> expected_of_lines({1: "Good morning."}, Wanted("German", "Translate."), flash, Modes())[0]
    1
    """
    requests, tokens = 0, Tokens()
    for numbers in portions(lines, wanted.most_characters):
        some = {number: lines[number] for number in numbers}
        said = sum(map(text_tokens, some.values()))
        requests += 1
        tokens += _tokens(text_tokens(wanted.words) + said + _NUMBER * len(some), said, len(some), model, modes)
    return requests, tokens


def expected_of_talk(duration_ms: int, wanted: Wanted, model: ModelSpec, modes: Modes) -> tuple[int, Tokens]:
    """Return the same for talk that nobody has written down yet, at an ordinary pace.

    >>> from config.catalog import load_catalog
    >>> flash = load_catalog().models["qwen3.5-omni-flash"]
    >>> expected_of_talk(600_000, Wanted("German", "Translate."), flash, Modes())[0]
    4
    """
    lines = math.ceil(duration_ms / _LINE_MS)
    requests = math.ceil(lines / LINES_A_REQUEST)
    asked = requests * text_tokens(wanted.words) + lines * (_LINE_TOKENS + _NUMBER)
    return requests, _tokens(asked, lines * _LINE_TOKENS, lines, model, modes)


def _tokens(asked: int, said: int, lines: int, model: ModelSpec, modes: Modes) -> Tokens:
    written = math.ceil(said * _GROWTH) + _NUMBER * lines
    return replace(expected_output(written, model, replace(modes, voice=None)), text=asked)
