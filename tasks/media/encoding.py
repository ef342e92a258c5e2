"""Choose how a clip is encoded within its byte budget, and its filters. Pure.

Bit rates are chosen from the budget: as good as `GOOD_CRF` where there is room, no worse than the floors below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tasks.media.streams import Filter
from tasks.records import Picture

SAMPLE_RATE = 16_000  # Hz, mono: what the models hear

# x264's constant rate factor where the budget allows it. It spends more on a frame the longer that is shown: at two
# frames a second 32 looks as 23 does at 25. A recogniser of text reads lines of 11 pixels as well as in the source.
GOOD_CRF = 32
WORST_CRF = 38  # floor: beyond it captions become unreadable
# bit/s of AAC. Of a log-mel spectrogram, as models hear, it misses 0.016 to 0.019 on speech; 48 kbit/s misses 0.021 to
# 0.026, 64 kbit/s 0.012 to 0.014. With that, a small film would be more than 0.3 of its re-encode at full rate.
GOOD_SOUND = 56_000
_FAST_SOUND = 48_000  # from here on ffmpeg's fast coder is as good in a third of the time, and without TNS better
WORST_SOUND = 24_000  # floor, bit/s, of AAC and of MP3
BEST_JPEG = 2  # of an image
GOOD_JPEG = 4  # ffmpeg's quality of a frame in a list of frames, where the budget allows it
WORST_JPEG = 16  # floor: as unreadable as CRF 38
SOUND_SHARE = 0.4  # of the budget, where it is short

_MP3_RATES = (24_000, 32_000, 40_000, 48_000, 56_000, 64_000)  # bit/s that MP3 has at 16 kHz, from the floor upwards
_LARGEST_WAV = 16_000_000  # bytes, 8 minutes; with more room than that an MP3 of the best rate is as good
_WAV_HEADER = 128  # bytes; ffmpeg's own is 44 to 78
_MUXING = 0.97  # of the budget is left for the streams
_MUXING_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates are the options of x264 and AAC. `maxrate` and `bufsize` bound the bytes."""

    crf: int
    maxrate: int  # bit/s
    bufsize: int  # bit
    sound: int  # bit/s


def video_rates(duration_ms: int, max_bytes: int, *, sound: bool, crf: int) -> Rates:
    """Return the rates for a clip of this length.

    At `GOOD_CRF`, or at `WORST_CRF` with the sound at its floor too. With a budget below the floors the clip will
    come out too large, which the caller sees by its size.

    >>> video_rates(60_000, 7_000_000, sound=True, crf=GOOD_CRF).sound
    56000
    """
    seconds = max(duration_ms, 500) / 1000
    total = max(0.0, max_bytes * _MUXING - _MUXING_BYTES) * 8 / seconds
    heard = 0
    if sound:
        heard = WORST_SOUND if crf > GOOD_CRF else round(min(GOOD_SOUND, max(WORST_SOUND, total * SOUND_SHARE)))
    # A full buffer may be spent on top of what flows in, so a tenth of the length is kept for it, at most a minute.
    buffered = min(60.0, max(1.0, seconds / 10))
    maxrate = max(1000, round((total - heard) * seconds / (seconds + 0.9 * buffered)))
    return Rates(
        crf=crf,
        maxrate=min(maxrate, 50_000_000),
        bufsize=min(round(maxrate * buffered), 400_000_000),
        sound=heard,
    )


def fits_wav(duration_ms: int, max_bytes: int) -> bool:
    """Return whether 16-bit mono sound at 16 kHz fits the budget, and is worth it.

    It takes 32 bytes a millisecond.

    >>> fits_wav(60_000, 7_000_000)
    True
    """
    return duration_ms * SAMPLE_RATE * 2 // 1000 + _WAV_HEADER <= min(max_bytes, _LARGEST_WAV)


def is_whole_wav(size: int, duration_ms: int) -> bool:
    """Return whether a WAV of that many bytes lasts so long.

    >>> is_whole_wav(32_044, 1000), is_whole_wav(64_044, 1000)
    (True, False)
    """
    return 0 <= size - duration_ms * SAMPLE_RATE * 2 // 1000 <= _WAV_HEADER


def mp3_rate(duration_ms: int, max_bytes: int) -> int | None:
    """Return the best MP3 bit rate within the budget; None: the floor is too much.

    >>> mp3_rate(600_000, 3_000_000)
    32000
    """
    frames = 3  # the encoder's delay and the frame that states it
    budget = (max_bytes - 512) * 8 / (max(duration_ms, 1) / 1000 + frames * 576 / SAMPLE_RATE)
    return max((rate for rate in _MP3_RATES if rate <= budget), default=None)


def sound_floor_bytes(duration_ms: int) -> int:
    """Return how large an MP3 at the floor is, at most.

    >>> sound_floor_bytes(60_000)
    181774
    """
    return 1024 + (duration_ms + 250) * WORST_SOUND // 8000


def picture_rate(fps: float) -> Fraction:
    """Return frames per second as ffmpeg wants it.

    >>> picture_rate(29.97)
    Fraction(2997, 100)
    """
    return Fraction(fps).limit_denominator(100_000)


def frames_of(picture: Picture, upright: Iterable[Filter], preroll_ms: int) -> tuple[Filter, ...]:
    """Return the filters from decoded frames to exactly the planned ones.

    Frames are timed from the span's start. Frame k shows the last source frame at or before k / fps: `fps` rounds
    times up for that. The first decoded frame counts from the span's first instant at the latest, the last one is
    repeated for as long as it takes.

    >>> [name for name, _ in frames_of(Picture(640, 352, 2.0, 16, 230_400), (), 0)]
    ['setpts', 'setpts', 'fps', 'tpad', 'trim', 'trim', 'scale', 'setsar', 'format', 'blackdetect']
    """
    rate = str(picture_rate(picture.fps))
    return (
        ("setpts", {"expr": f"PTS-{preroll_ms}/1000/TB"}),
        ("setpts", {"expr": "if(eq(N,0),min(PTS,0),PTS)"}),
        ("fps", {"fps": rate, "round": "up"}),
        ("tpad", {"stop": "-1", "stop_mode": "clone"}),
        ("trim", {"start": "0"}),
        ("trim", {"end_frame": str(picture.frames)}),
        *upright,
        ("scale", {"w": str(picture.width), "h": str(picture.height), "flags": "bicubic+accurate_rnd+bitexact"}),
        ("setsar", {"sar": "1"}),
        ("format", {"pix_fmts": "yuv420p"}),
        ("blackdetect", {"d": "0", "pic_th": "0.999", "pix_th": "0.06"}),
    )


def sound_from(preroll_ms: int) -> tuple[Filter, ...]:
    """Return the filters from decoded sound to that of the span, in all channels.

    >>> sound_from(500)[1]
    ('atrim', {'start': '0'})
    """
    return ("asetpts", {"expr": f"PTS-{preroll_ms}/1000/TB"}), ("atrim", {"start": "0"})


def sound_to(duration_ms: int) -> tuple[Filter, ...]:
    """Return the filters from there to 16 kHz mono of the span's length.

    Late sound stays late; gaps, also those of a single packet, become silence.

    >>> [name for name, _ in sound_to(8_000)]
    ['aresample', 'aformat', 'volumedetect', 'apad', 'atrim']
    """
    return (
        ("aresample", {"sample_rate": str(SAMPLE_RATE), "async": "1", "first_pts": "0", "min_hard_comp": "0.03"}),
        ("aformat", {"sample_fmts": "s16", "channel_layouts": "mono"}),
        ("volumedetect", {}),  # before the padding: it counts what was decoded
        ("apad", {}),
        ("atrim", {"end": f"{duration_ms}ms"}),
    )


def is_roomy(rates: Rates, picture: Picture) -> bool:
    """Return whether there are more bits than a thorough search would need.

    >>> is_roomy(Rates(26, 480_000, 4_800_000, 48_000), Picture(1280, 704, 2.0, 240, 921_600))
    True
    """
    return rates.crf < WORST_CRF and rates.maxrate >= _ROOMY * picture.width * picture.height * picture.fps


def video_options(rates: Rates, threads: int, *, quick: bool = False) -> Mapping[str, Any]:
    """Return ffmpeg's options for H.264 with AAC in an MP4.

    It starts with its index, and has no tags about its origin. `quick` saves time, and not bytes.

    >>> video_options(Rates(crf=28, maxrate=400_000, bufsize=800_000, sound=48_000), threads=2)["c:v"]
    'libx264'
    """
    # At the floor no rate is given: x264 would go below the floor for it, since it wants crf_max above crf.
    bounds = {"crf_max": WORST_CRF, "maxrate": rates.maxrate, "bufsize": rates.bufsize} if rates.crf < WORST_CRF else {}
    return {
        "c:v": "libx264",
        **(_QUICK if quick else _SMALL),
        "crf": rates.crf,
        **bounds,
        "threads:v": threads,
        "c:a": "aac",
        **({"b:a": rates.sound} if rates.sound else {}),
        **({"aac_coder": "fast", "aac_tns": 0} if rates.sound >= _FAST_SOUND else {}),
        "movflags": "+faststart",
        **_NAMELESS,
    }


def frame_options(quality: int) -> Mapping[str, Any]:
    """Return ffmpeg's options for JPEG files of a quality from 2 (best) to 31.

    >>> frame_options(4)["q:v"]
    4
    """
    return {"c:v": "mjpeg", "q:v": quality, "pix_fmt": "yuvj420p", "huffman": "optimal", **_NAMELESS}


def sound_options(mp3: int | None) -> Mapping[str, Any]:
    """Return ffmpeg's options for a WAV, or an MP3 of that many bit/s.

    >>> sound_options(64_000)["b:a"], sound_options(None)["c:a"]
    (64000, 'pcm_s16le')
    """
    how = {"c:a": "pcm_s16le"} if mp3 is None else {"c:a": "libmp3lame", "b:a": mp3, "write_id3v2": 0}
    return {**how, **_NAMELESS}


# Two frames a second have little in common, so that a thorough search for it is wasted where there are bits enough.
# This takes half the processor time of "veryfast" a frame. At the same SSIM it is 4 % more bytes of a zooming fractal,
# 15 % of a drawn film. Where bits are short, these bytes would make a second run needed, at the floor. Motion between
# such frames is sought in whole pixels: an eighth less time, 1 % more bytes.
_QUICK = {"preset": "superfast", "mbtree": 1, "rc-lookahead": 4, "bf": 0, "subq": 0}
_SMALL = {"preset": "veryfast"}  # spans are planned by its sizes
_ROOMY = 0.2  # bits of a pixel; the fractal needs 0.15 at the floor
_NAMELESS = {"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact", "flags": "+bitexact"}
