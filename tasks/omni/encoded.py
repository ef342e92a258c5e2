"""Write JSON while it is sent: files are placeholders, read on the way.

A request of many files is never in memory, however large they are.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import NotFound, NotReadable

PIECE_BYTES = 48 * 1024  # read and encoded at a time; a multiple of 3, so that the encoded pieces join


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoded string of the JSON is `prefix`, then the file in base64."""

    path: str
    prefix: str = ""

    def size_bytes(self) -> int:
        """Return the file's size. Raises NotFound, NotReadable."""
        try:
            return Path(self.path).stat().st_size
        except OSError as error:
            raise _unreadable(self.path, error) from None


@dataclass(frozen=True, slots=True)
class Base64:
    """The first `size_bytes` of a file are to be encoded."""

    path: str
    size_bytes: int

    @property
    def length(self) -> int:
        return encoded_bytes(self.size_bytes)

    def pieces(self) -> Iterator[bytes]:
        """Yield the encoded bytes.

        Raises NotFound or NotReadable where the file is gone or has changed.
        """
        left = self.size_bytes
        try:
            with Path(self.path).open("rb") as file:
                while raw := file.read(min(PIECE_BYTES, left)):
                    left -= len(raw)
                    yield b64encode(raw)
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if left:
            raise NotReadable(f"The file {self.path} became shorter while it was sent. Leave the work folder alone.")


def json_pieces(tree: Any) -> tuple[bytes | Base64, ...]:
    """Write `tree` as JSON in order, each file a piece of its own.

    Raises NotFound, NotReadable.

    >>> json_pieces({"n": 1})
    (b'{"n": 1}',)
    """
    pieces: list[bytes | Base64] = []
    text: list[str] = []
    for token in _tokens(tree):
        if isinstance(token, str):
            text.append(token)
        else:
            pieces += [_utf8(text), token]
            text = []
    return (*pieces, _utf8(text))


def encoded_bytes(size_bytes: int) -> int:
    """Return how long a file of `size_bytes` is as base64.

    >>> encoded_bytes(4)
    8
    """
    return 4 * ((size_bytes + 2) // 3)


def _tokens(tree: Any) -> Iterator[str | Base64]:
    match tree:
        case Encoded():
            yield _json(tree.prefix)[:-1]
            yield Base64(tree.path, tree.size_bytes())
            yield '"'
        case dict():
            yield from _listed("{", "}", ((f"{_json(key)}: ", value) for key, value in tree.items()))
        case list() | tuple():
            yield from _listed("[", "]", (("", value) for value in tree))
        case _:
            yield _json(tree)


def _listed(opening: str, closing: str, members: Iterable[tuple[str, Any]]) -> Iterator[str | Base64]:
    separator = opening
    for key, value in members:
        yield separator + key
        yield from _tokens(value)
        separator = ", "
    yield closing if separator == ", " else opening + closing


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _utf8(text: list[str]) -> bytes:
    return "".join(text).encode("utf-8", "replace")  # a lone surrogate, which a model may write, is no character


def _unreadable(path: str, error: OSError) -> NotFound | NotReadable:
    kind = NotFound if isinstance(error, FileNotFoundError) else NotReadable
    return kind(f"The file {path} cannot be read ({error.strerror}). It should lie in the work folder; run again.")
