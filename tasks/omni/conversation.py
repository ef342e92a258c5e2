"""Hold the messages of a conversation about some media.

What the model answered goes back as text only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.omni.parts import Medium


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn is a question that was asked, and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A user's message holds our text and media; each may hold different media."""

    text: str
    media: tuple[Medium, ...] = ()


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """An assistant's message is the model's answer, without its reasoning."""

    text: str


Message = UserMessage | AssistantMessage


def conversation(media: tuple[Medium, ...], question: str, earlier: Sequence[Turn] = ()) -> tuple[Message, ...]:
    """Build the messages that end in `question`.

    The media stand in the first one, where the model was shown them.

    >>> conversation((), "And then?", [Turn("What happens?", "A door opens.")])[-1].text
    'And then?'
    """
    asked = [*(turn.question for turn in earlier), question]
    messages: list[Message] = [UserMessage(asked[0], media)]
    for turn, following in zip(earlier, asked[1:], strict=True):
        messages += [AssistantMessage(turn.answer), UserMessage(following)]
    return tuple(messages)
