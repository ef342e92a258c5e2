"""JSON with files in it, written while it is sent."""

from __future__ import annotations

import base64
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import NotFound, NotReadable
from tasks.omni.encoded import PIECE_BYTES, Base64, Encoded, encoded_bytes, json_pieces

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def sent(tree: Any) -> bytes:
    pieces = json_pieces(tree)
    return b"".join(piece if isinstance(piece, bytes) else b"".join(piece.pieces()) for piece in pieces)


@given(TREES)
def test_a_tree_without_files_is_plain_json(tree: Any) -> None:
    assert json.loads(sent(tree)) == tree


@given(TREES, st.text(), st.binary(max_size=50))
def test_a_file_stands_in_the_json_as_its_prefix_and_its_base64(
    tmp_path_factory: pytest.TempPathFactory, tree: Any, prefix: str, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(data)
    read = json.loads(sent({"first": Encoded(str(path), prefix), "tree": tree, "list": [Encoded(str(path))]}))
    whole = base64.b64encode(data).decode()
    assert read == {"first": prefix + whole, "tree": tree, "list": [whole]}


def test_half_a_character_does_not_stop_the_rest() -> None:
    assert json.loads(sent({"said": "a \ud83d b"})) == {"said": "a ? b"}


@pytest.mark.parametrize("size", [0, 1, 2, 3, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 2])
def test_a_file_of_any_size_is_sent_whole_and_its_length_is_known_before(tmp_path: Path, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    (tmp_path / "clip").write_bytes(data)
    piece = Base64(str(tmp_path / "clip"), size)
    whole = b"".join(piece.pieces())
    assert (base64.b64decode(whole), len(whole)) == (data, piece.length)


@given(st.binary(max_size=100))
def test_the_encoded_size_is_known_before_encoding(data: bytes) -> None:
    assert encoded_bytes(len(data)) == len(base64.b64encode(data))


def test_files_of_any_number_and_size_are_never_held_in_memory(tmp_path: Path) -> None:
    (tmp_path / "clip").write_bytes(bytes(4_000_000))
    pieces = json_pieces({"media": [Encoded(str(tmp_path / "clip"), "data:video/mp4;base64,")] * 10})
    tracemalloc.start()
    total = sum(len(chunk) for piece in pieces if isinstance(piece, Base64) for chunk in piece.pieces())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 50_000_000
    assert peak < 1_000_000


def test_a_file_that_vanished_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.wav"):
        json_pieces([Encoded(str(tmp_path / "gone.wav"))])


def test_a_file_that_vanishes_or_shrinks_while_it_is_sent_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(b"sound")
    _, piece, _ = json_pieces([Encoded(str(path))])
    assert isinstance(piece, Base64)
    path.write_bytes(b"s")
    with pytest.raises(NotReadable, match="shorter"):
        list(piece.pieces())
    path.unlink()
    with pytest.raises(NotFound):
        list(piece.pieces())
