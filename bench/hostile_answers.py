"""Make hostile answers: any sign, pair of signs, or beginning of something legitimate, over and over.

Each unit comes in several shapes, since the parser cuts what is merely repeated: one line, with words between, in lines
of its own, and broken by single letters. All are of any length that is asked for, and the same each time.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from itertools import permutations
from random import Random

WORDS = ("a", "camera", "pans", "across", "the", "harbour", "wall", "while", "gulls", "circle", "above")
SIGNS = (*string.punctuation, *" \t\r\n\u3000\u200b：，。；、…—–“”「」«»【】")
BEGINNINGS = (
    *("[00:", "00:01 - 00:04 ", "00:01 ", "[00:01] ", "00:01-", "12:30", "1.", "1,", "twenty-", "二十", "第", "t=4"),
    *("(0.0, ", "[start=", "In the first 8 seconds ", "Start: 1", "End: 2", "Time: ", "<start>1</start>", "-->"),
    *("## ", "### ", "**", "__", "```", "~~~", "> ", "- ", "* ", "1. ", "- [", "(a)", "①", "| ", "|---", "+--"),
    *('{"', '[{"a":', '{"text": "', '"text": ', "{\\", "</", "<b>", "<v ", "<|", '<event start="1">', "&amp;"),
    *("Speaker: ", "State: ", "Content: “", "Text: ", "Ann: ", "Ann (calm): ", "[Ann] ", "(calm) ", "“A”, “B”: x"),
    *("Label: ", "Severity: ", "(severity: ", "Finding 1", "File 1", "Dialogue: 0,", "WEBVTT", "no ", "No text, "),
    *("because ", "speech and ", "text / ", "one ", "e\u0301", "🎬 ", "\u2028", "\x00"),
)
PAIRS = tuple(first + second for first, second in permutations(string.punctuation, 2))
BELOW = {
    "nothing": "",
    "speech": "## Speakers and Transcript\n00:01.000 - 00:04.000\n",
    "visible text": "## Visible Text\n00:01.000 - 00:04.000\n“",
}


def repeated(unit: str, size: int) -> str:
    """Return a unit over and over, and nothing else."""
    return unit * (size // len(unit))


def among_words(unit: str, size: int) -> str:
    """Return a unit over and over on one line, a word that never comes again behind each."""
    chance = Random(unit)
    return _until(size, lambda: unit + _word(chance))


def in_lines(unit: str, size: int) -> str:
    """Return lines that all begin with a unit."""
    chance = Random(unit)
    return _until(size, lambda: f"{unit}{_word(chance)}\n")


def broken(unit: str, size: int) -> str:
    """Return a unit a few times in a row, then a letter, and so on."""
    chance = Random(unit)
    return _until(size, lambda: unit * chance.randint(1, 9) + chance.choice("abcdefgh"))


SHAPES: tuple[Callable[[str, int], str], ...] = (repeated, among_words, in_lines, broken)
Make = Callable[[int], str]


def hostile_answers() -> Iterator[tuple[str, Make]]:
    """Yield the name of each hostile answer, and what makes it in any length."""
    for unit in (*SIGNS, *BEGINNINGS):
        for shape in SHAPES:
            for place, above in BELOW.items():
                yield f"{unit!r} {shape.__name__} below {place}", _maker(above, shape, unit)
    for unit in PAIRS:
        yield f"{unit!r} broken below nothing", _maker("", broken, unit)


def _maker(above: str, shape: Callable[[str, int], str], unit: str) -> Make:
    return lambda size: above + shape(unit, size)


def _word(chance: Random) -> str:
    return f"{chance.choice(WORDS)}{chance.randrange(10**6)}"


def _until(size: int, part: Callable[[], str]) -> str:
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(part())
        length += len(parts[-1])
    return "".join(parts)
