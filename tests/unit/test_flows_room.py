"""What may be under way at once, in number and in bytes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from flows.pipeline.room import Load, Room


def waits(room: Room, load: Load, back: Load) -> bool:
    """Whether a load waits until another is given back."""
    with ThreadPoolExecutor(1) as thread:
        taking = thread.submit(room.take, load)
        try:
            taking.result(0.05)
        except TimeoutError:
            room.give_back(back)
            taking.result(10)
            return True
    return False


@pytest.mark.parametrize(
    ("taken", "load", "wait"),
    [
        ([], Load(2, 50), False),
        ([], Load(20, 500), False),
        ([Load(2, 50)], Load(2, 50), False),
        ([Load(2, 60)], Load(2, 50), True),
        ([Load(2, 10), Load(2, 10)], Load(1, 10), True),
        ([Load(3, 10)], Load(1, 10), False),
    ],
)
def test_a_load_waits_where_there_is_no_room(taken: list[Load], load: Load, wait: bool) -> None:
    room = Room(segments=2, size_bytes=100)
    for one in taken:
        room.take(one)
    assert waits(room, load, Load(sum(one.halves for one in taken), sum(one.size_bytes for one in taken))) is wait
