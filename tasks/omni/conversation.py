"""Who said what: the turns of a conversation about some media. What the model said is text only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.omni.parts import Medium


@dataclass(frozen=True, slots=True)
class Said:
    """A question that was asked, and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class User:
    """What we say. Different turns may hold different media."""

    text: str
    media: tuple[Medium, ...] = ()


@dataclass(frozen=True, slots=True)
class Assistant:
    """What the model said: its answer, without its reasoning."""

    text: str


Turn = User | Assistant


def conversation(media: tuple[Medium, ...], question: str, earlier: Sequence[Said] = ()) -> tuple[Turn, ...]:
    """The turns that end in `question`. The media stand in the first one, where the model was shown them."""
    asked = [*(said.question for said in earlier), question]
    turns: list[Turn] = [User(asked[0], media)]
    for said, following in zip(earlier, asked[1:], strict=True):
        turns += [Assistant(said.answer), User(following)]
    return tuple(turns)
