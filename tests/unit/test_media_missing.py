"""What is missing of a recording follows from the times of its packets."""

from __future__ import annotations

import pytest

from tasks.media.ffmpeg import FfmpegResult
from tasks.media.missing import missing_parts
from tasks.media.packets import PacketScan, StreamPackets
from tasks.media_records import MissingPart

VIDEO = {"index": 0, "codec_type": "video"}
AUDIO = {"index": 1, "codec_type": "audio"}


def packets(*stretches: tuple[float, float], step: float = 0.04) -> StreamPackets:
    """A stream with a packet every `step` seconds within each stretch."""
    stream = StreamPackets()
    for start, end in stretches:
        for number in range(round((end - start) / step)):
            time = start + number * step
            stream.add(time, time, step, damaged=False)
    return stream


def found(
    video: StreamPackets | None, audio: StreamPackets | None, end_ms: int, claimed_ms: int | None = None
) -> tuple[MissingPart, ...]:
    there = [(VIDEO, video), (AUDIO, audio)]
    streams = {int(str(stream["index"])): of for stream, of in there if of is not None}
    picked = [stream for stream, of in there if of is not None]
    return missing_parts(picked, PacketScan(streams, FfmpegResult(b"", (), 0)), 0.0, end_ms, claimed_ms)


def test_a_whole_recording_misses_nothing() -> None:
    assert found(packets((0, 20)), packets((0, 19.5)), 20_000, 20_000) == ()


def test_what_the_container_claims_beyond_the_end_is_missing() -> None:
    assert found(None, packets((0, 12)), 12_000, 20_000) == (MissingPart("all", 12_000, 20_000, "cut_short"),)


def test_half_a_second_is_the_rounding_of_containers() -> None:
    assert found(None, packets((0, 12)), 12_000, 12_500) == ()


@pytest.mark.parametrize(("ended", "long"), [(14.8, True), (15.2, False)])
def test_a_sound_that_ends_five_seconds_early_is_missing(ended: float, long: bool) -> None:
    missing = found(packets((0, 20)), packets((0, ended)), 20_000)
    assert [part.what for part in missing] == ["sound"] * long


def test_a_slide_that_stays_as_long_as_those_before_has_not_ended() -> None:
    slides = packets((0, 60), step=10)
    assert found(slides, packets((0, 75)), 75_000) == ()


def test_a_film_that_ends_before_its_sound_is_missing() -> None:
    assert found(packets((0, 6)), packets((0, 16)), 16_000) == (MissingPart("picture", 6000, 16_000, "ends_early"),)


def test_a_single_picture_never_ends() -> None:
    assert found(packets((0, 0.04)), packets((0, 60)), 60_000) == ()


def test_a_second_without_any_packet_is_a_hole() -> None:
    film = packets((0, 5), (7, 20))
    assert found(film, packets((0, 5), (7, 20)), 20_000) == (MissingPart("all", 5000, 7000, "hole"),)


def test_a_pause_of_the_sound_alone_is_a_hole_only_if_long() -> None:
    short, long = packets((0, 5), (9, 20)), packets((0, 5), (11, 20))
    assert [len(found(packets((0, 20)), sound, 20_000)) for sound in (short, long)] == [0, 1]


def test_a_picture_that_stays_is_no_hole() -> None:
    assert found(packets((0, 5), (15, 20)), packets((0, 20)), 20_000) == ()


def test_a_clock_that_starts_anew_tells_nothing() -> None:
    joined = packets((0, 20), (0, 20))
    assert (joined.restarts, found(joined, joined, 40_000)) == (1, ())


def test_a_packet_that_is_stretched_stands_for_a_gap() -> None:
    stream = packets((0, 5))
    stream.add(5.0, 5.0, 4.0, damaged=False)
    stream.add(9.0, 9.0, 0.04, damaged=False)
    assert stream.gaps == [(5.04, 9.0)]
