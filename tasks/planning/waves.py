"""Order segments of which later ones are told what earlier ones heard.

A recording's segments are asked in waves that double: the first alone, then two, four, eight … Each wave waits for
those before it, so that an hour of sixty segments waits five times, and not sixty. Recordings take turns: a wave of all
of them comes before the next wave of any, so that the slots stay full meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence


def wave_of(number: int) -> int:
    """Return the wave of a recording's segment, both counted from 0.

    >>> [wave_of(number) for number in range(8)]
    [0, 1, 1, 2, 2, 2, 2, 3]
    """
    return (number + 1).bit_length() - 1


def before(number: int) -> int:
    """Count the segments that a segment waits for: those of the earlier waves.

    >>> [before(number) for number in range(8)]
    [0, 1, 1, 3, 3, 3, 3, 7]
    """
    return (1 << wave_of(number)) - 1


def asking_order(counts: Sequence[int]) -> list[tuple[int, int]]:
    """Return (recording, segment) of all segments in the order of asking.

    `counts` says how many segments each recording has.

    >>> asking_order([3, 1])
    [(0, 0), (1, 0), (0, 1), (0, 2)]
    """
    each = [(recording, number) for recording, count in enumerate(counts) for number in range(count)]
    return sorted(each, key=lambda one: (wave_of(one[1]), one))
