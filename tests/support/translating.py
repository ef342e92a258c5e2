"""What the model answers in tests of translations: each line in capitals, well or badly numbered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.service import Asked
from tests.support.talking import talk

Lines = list[str]
Spoiled = Callable[[Lines], str]


def is_translation(instruction: str) -> bool:
    return instruction.startswith("Translate the subtitle lines")


def lines_in(instruction: str) -> Lines:
    """The lines that are to be translated; their numbers are 1, 2, 3 …"""
    return re.findall(r"^\d+\. (.*)$", instruction.partition("\nLines:\n")[2], flags=re.MULTILINE)


def in_other_words(line: str) -> str:
    """The translation of a line, in which all its words can be told again."""
    return f"«{line.upper()}»"


def numbered(texts: Lines) -> str:
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def honest(lines: Lines) -> str:
    return numbered(list(map(in_other_words, lines)))


def drops_one(lines: Lines) -> str:
    kept = honest(lines).splitlines()
    return "\n".join(kept[: len(kept) // 2] + kept[len(kept) // 2 + 1 :])


def merges_two(lines: Lines) -> str:
    texts = list(map(in_other_words, lines))
    middle = len(texts) // 2
    return numbered([*texts[: middle - 1], " ".join(texts[middle - 1 : middle + 1]), *texts[middle + 1 :]])


def divides_one(lines: Lines) -> str:
    texts = list(map(in_other_words, lines))
    half = len(texts[0]) // 2
    return numbered([texts[0][:half], texts[0][half:], *texts[1:]])


def renumbers(lines: Lines) -> str:
    return "\n".join(f"{number + 7}. {in_other_words(line)}" for number, line in enumerate(lines, 1))


def chats(lines: Lines) -> str:
    return f"Of course! Here is the translation:\n\n{honest(lines)}\n\nI hope this helps."


def stops_early(lines: Lines) -> str:
    return "\n".join(honest(lines).splitlines()[:-1])


SPOILED: tuple[Spoiled, ...] = (drops_one, merges_two, divides_one, renumbers, chats, stops_early)


def says_sorry(lines: Lines) -> str:
    return f"Sorry, {len(lines)} lines are too many."


@dataclass
class Interpreter:
    """Who is heard talks; what is to be translated comes back as `answers` say, the last of them from then on."""

    answers: list[Spoiled] = field(default_factory=lambda: [honest])

    def __call__(self, asked: Asked) -> str:
        if not is_translation(asked.instruction):
            return talk(asked)
        lines = lines_in(asked.instruction)
        if len(lines) == 1 and self.answers[0] is not says_sorry:
            return honest(lines)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(lines)


SHORTEST_S = 30


@dataclass
class SpoilsEach:
    """A recording of `SHORTEST_S` seconds is first translated in the first of the bad ways, one of a second more in
    the next, and so on; its lines name the way. From then on they are translated well, unless it is `always` so.
    """

    always: bool
    done: set[Spoiled] = field(default_factory=set)

    def __call__(self, asked: Asked) -> str:
        if not is_translation(asked.instruction):
            way = SPOILED[round(asked.duration_ms / 1000) - SHORTEST_S]
            return talk(asked).replace("This is said", f"{way.__name__} is said")
        lines = lines_in(asked.instruction)
        [way] = [one for one in SPOILED if lines[0].startswith(one.__name__)]
        if len(lines) == 1 or (way in self.done and not self.always):
            return honest(lines)
        self.done.add(way)
        return way(lines)
