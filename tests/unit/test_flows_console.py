"""Tables on a terminal of 80 columns."""

from __future__ import annotations

import io

from rich.console import Console

from flows.output.console import print_table

HEADS = ("recording", "length", "segments", "seen at", "video", "audio", "text", "out", "cost")
ROW = ("harbour-day.mp4", "01:07.600", 1, "640x352 2/s", "14,962", "474", "75", "316", "free of charge")


def printed(width: int) -> str:
    out = io.StringIO()
    print_table(Console(file=out, width=width), HEADS, [ROW])
    return out.getvalue()


def test_print_table_folds_no_number_where_words_can_be() -> None:
    assert {"01:07.600", "14,962", "640x352"} <= set(printed(80).split())


def test_print_table_cuts_nothing_off_in_a_narrow_terminal() -> None:
    assert sorted("".join(printed(30).split())) == sorted("".join("".join(map(str, (*HEADS, *ROW))).split()))
