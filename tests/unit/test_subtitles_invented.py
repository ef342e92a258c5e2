"""Lines that nobody said are dropped, and what people repeat is not."""

from __future__ import annotations

from tasks.records import Span
from tasks.subtitles.cue import Speech
from tasks.subtitles.invented import Kept, drop_invented
from tests.support.subtitle_layouts import subtitle_catalog

SILENCE = (Span(10_000, 60_000),)


def drop(*speech: Speech) -> Kept:
    return drop_invented(speech, SILENCE, subtitle_catalog().invented_lines)


def row(text: str, count: int, start: int) -> list[Speech]:
    return [Speech(start + 1000 * n, start + 1000 * n + 900, "", text) for n in range(count)]


def reasons(kept: Kept) -> list[tuple[str, int]]:
    return [(one.reason, one.times) for one in kept.dropped]


def test_drop_invented_drops_thanks_on_silence() -> None:
    kept = drop(Speech(0, 2000, "", "Hello."), Speech(30_000, 32_000, "", "Thank you for watching!"))
    assert reasons(kept) == [("invented_on_silence", 1)]
    assert [one.text for one in kept.speech] == ["Hello."]


def test_drop_invented_knows_the_line_in_other_languages() -> None:
    kept = drop(Speech(30_000, 32_000, "", "谢谢观看。"), Speech(40_000, 41_000, "", "Merci d’avoir regardé !"))
    assert kept.speech == ()


def test_drop_invented_keeps_thanks_that_are_heard() -> None:
    assert drop(Speech(0, 2000, "", "Thank you for watching!")).dropped == ()


def test_drop_invented_keeps_other_words_on_silence() -> None:
    assert drop(Speech(30_000, 32_000, "", "Thank you for watching the boat.")).dropped == ()


def test_drop_invented_keeps_a_loop_once() -> None:
    kept = drop(*row("Yeah.", 9, 0))
    assert (len(kept.speech), reasons(kept)) == (1, [("loop", 9)] * 8)


def test_drop_invented_keeps_a_refrain() -> None:
    assert len(drop(*row("Let it be.", 7, 0)).speech) == 7


def test_drop_invented_drops_a_short_loop_on_silence() -> None:
    kept = drop(*row("Mm.", 3, 20_000))
    assert (kept.speech, reasons(kept)) == ((), [("loop_on_silence", 3)] * 3)


def test_drop_invented_takes_no_silence_for_granted() -> None:
    kept = drop_invented([Speech(0, 900, "", "Thank you.")], (), subtitle_catalog().invented_lines)
    assert kept.dropped == ()
