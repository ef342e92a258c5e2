"""Read fields of a server's JSON, whatever their types turn out to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_LARGEST = 2**53  # of a count that JSON holds exactly; what is larger is none
_DEEPEST = 8  # parts within parts


def field(part: object, name: str) -> Any:
    """Return a field of an object; None where there is none, or no object.

    >>> field({"content": "A dog."}, "content"), field([1], "content")
    ('A dog.', None)
    """
    if isinstance(part, Mapping):
        return part.get(name)
    return None if isinstance(part, str | list | tuple | int | float) else getattr(part, name, None)


def items(value: object) -> list[Any]:
    """Return a list's items; an object by itself counts as a list of one.

    >>> items([1, 2]), items({"index": 0}), items("x"), items(None)
    ([1, 2], [{'index': 0}], [], [])
    """
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if value is not None and not isinstance(value, str | int | float) else []


def text_of(content: object, depth: int = 0) -> str:
    """Return the words of a content: a text, or a list of parts.

    >>> text_of([{"type": "text", "text": "A "}, "dog", {"type": "output_text", "text": {"value": "."}}])
    'A dog.'
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple) and depth < _DEEPEST:
        return "".join(text_of(part, depth + 1) for part in content)
    if isinstance(content, Mapping) and depth < _DEEPEST and content.get("type") not in THOUGHTS:
        inner = next((content[name] for name in ("text", "content", "value") if content.get(name)), None)
        return text_of(inner, depth + 1)
    return ""


def thoughts_of(content: object) -> str:
    """Return the words of those parts of a content that are reasoning.

    >>> thoughts_of([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "A dog."}])
    'Hm.'
    """
    parts = [part for part in items(content) if isinstance(part, Mapping) and part.get("type") in THOUGHTS]
    return "".join(text_of(part.get(str(part["type"])) or part.get("text") or part.get("content")) for part in parts)


def name_of(value: object) -> str | None:
    """Return a name or id as text; None where there is none.

    >>> name_of("chatcmpl-1"), name_of(7), name_of(""), name_of({})
    ('chatcmpl-1', '7', None, None)
    """
    if isinstance(value, str):
        return well_formed([value]) or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST else None


def first_name(value: object, *names: str) -> str | None:
    """Return a name, or the first of the fields that an object has in its place.

    >>> first_name("stop", "type"), first_name({"type": "stop", "matched": 7}, "reason", "type")
    ('stop', 'stop')
    """
    return name_of(value) or next((found for name in names if (found := name_of(field(value, name)))), None)


def count(numbers: object, name: str) -> int:
    """Return how many of something an object says there are; 0 where it does not.

    >>> [count({"n": value}, "n") for value in (7.0, "many", float("nan"), float("inf"), 10**400)]
    [7, 0, 0, 0, 0]
    """
    value = field(numbers, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 < value < _LARGEST else 0  # which infinity and what is no number are not


def well_formed(pieces: Iterable[str]) -> str:
    """Join the pieces into one text.

    A character that was split between two pieces is whole, half a character becomes U+FFFD.

    >>> well_formed(["Good ", "morning"])
    'Good morning'
    """
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


THOUGHTS = ("thinking", "reasoning", "reasoning_content")
"""The types of parts that hold reasoning; their words stand under the same name."""
