"""Take words from a long reading, and times from short ones. Pure.

A recogniser reads a long stretch of speech more rightly than its single lines, but only a line has a time. So both
are read, and the words of the long reading are shared out among the lines by aligning them with the short ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

LEAST_LIKENESS = 0.4  # of the two readings; below, the long one is not trusted
LONGEST_RATIO = 1.5  # words of the long reading per word of the short ones; above, it repeats itself


def shared_out(reading: str, lines: Sequence[str]) -> list[str]:
    """Divide the words of `reading` among the lines, one text per line.

    `lines` stay as they are where the two readings do not agree.
    """
    words = reading.split()
    heard = [(_bare(word), number) for number, line in enumerate(lines) for word in line.split()]
    matcher = SequenceMatcher(None, [word for word, _ in heard], [_bare(word) for word in words], autojunk=False)
    if not heard or matcher.ratio() < LEAST_LIKENESS or len(words) > LONGEST_RATIO * len(heard) + 3:
        return [line.strip() for line in lines]
    texts: list[list[str]] = [[] for _ in lines]
    for number, word in zip(_line_of_each_word(matcher, [number for _, number in heard]), words, strict=True):
        texts[number].append(word)
    return [" ".join(text) for text in texts]


def _line_of_each_word(matcher: SequenceMatcher[str], numbers: list[int]) -> list[int]:
    """Return each word's line number; numbers never fall."""
    result: list[int] = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "insert":
            number = numbers[start - 1] if start else numbers[0]
            result += [number] * (new_end - new_start)
        elif tag != "delete":
            count = new_end - new_start
            result += [numbers[start + index * (end - start) // count] for index in range(count)]
    return result


def likeness(one: str, other: str) -> float:
    """Compare two readings of a text, 0 to 1.

    Blanks and case, which readers get wrong, do not count.
    """
    bare = ["".join(text.lower().split()) for text in (one, other)]
    return 1.0 if bare[0] == bare[1] else SequenceMatcher(None, bare[0], bare[1], autojunk=False).ratio()


def tidied(text: str) -> str:
    """Drop the doubled commas and blanks that the recogniser leaves behind."""
    return re.sub(r"\s+", " ", re.sub(r"([,.!?])(?:\s*,)+", r"\1", text)).strip()


def ends_sentence(text: str) -> bool:
    return text.rstrip("\"'”’ ").endswith((".", "!", "?"))


def _bare(word: str) -> str:
    return re.sub(r"[^\w']", "", word.lower())
