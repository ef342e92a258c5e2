"""Mix channels, and several sounds, so that none of them vanishes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ffmpeg

from tasks.media.streams import Filter

SILENT_DB = -60.0  # full scale; the loudest sample of a silent span stays below

# Layouts that ffmpeg mixes as their speakers stand. All others are channels without a place, and weigh the same.
_KNOWN = frozenset(
    (
        *("mono", "stereo", "2.1", "3.0", "3.0(back)", "3.1", "4.0", "4.1", "quad", "quad(side)", "5.0", "5.0(side)"),
        *("5.1", "5.1(side)", "6.0", "6.1", "6.1(back)", "7.0", "7.1", "7.1(wide)", "7.1(wide-side)", "downmix"),
    )
)
_LISTENING = {"video": "0", "phasing": "1", "duration": "0.3", "angle": "150", "tolerance": "0.02"}
_LIMITED = {"limit": "0.95", "level": "0", "attack": "0.1"}  # it looks ahead, and delays, for as long as its attack
_OUT_OF_PHASE = "out_phase_start"  # what the phase meter says where two channels would cancel each other
_ALL = "volumedetect@all"  # listens to all channels, before they are mixed
_LOUDEST = re.compile(r"^\[(\S*volumedetect\S*)\] max_volume: (-?[\d.]+|-inf) dB")
_LOST_DB = 15.0  # so much quieter than the loudest channel a mix has lost it: no layout weighs one as little


def is_placed(stream: Mapping[str, Any]) -> bool:
    """Return whether the channels of a stream stand for speakers.

    >>> is_placed({"channels": 6}), is_placed({"channels": 6, "channel_layout": "5.1"})
    (False, True)
    """
    return int(stream.get("channels", 1)) <= 2 or stream.get("channel_layout") in _KNOWN


def mixed_tracks(sounds: Sequence[Any], rate_hz: int) -> Any:
    """Mix several sounds of a recording into one channel.

    A single one stays as it is.

    They are as loud as unlike sounds may be together; a limiter holds them back where they are alike.
    """
    if len(sounds) == 1:
        return sounds[0]
    even = [
        sound.filter("aresample", rate_hz, **{"async": 1, "first_pts": 0, "min_hard_comp": 0.03}).filter(
            "aformat", sample_fmts="dbl", channel_layouts="mono"
        )
        for sound in sounds
    ]
    weights = " ".join([f"{len(sounds) ** -0.5:.4f}"] * len(sounds))
    mixed = ffmpeg.filter(even, "amix", inputs=len(sounds), normalize=0, weights=weights)
    return mixed.filter("aformat", sample_fmts="dbl").filter("alimiter", **_LIMITED)


def mixing(stream: Mapping[str, Any]) -> tuple[Filter, ...]:
    """Return the filters that come before ffmpeg's own mix into one channel.

    Channels are watched: where some cancel each other, they have to be mixed in another way. Channels that stand
    for no speakers are added up, as loud as unlike sounds may be; where they are alike, a limiter holds them back.

    >>> mixing({"channels": 4})[1]
    ('pan', {'args': 'mono|c0=0.5000*c0+0.5000*c1+0.5000*c2+0.5000*c3'})
    """
    channels = int(stream.get("channels", 1))
    if not is_placed(stream):
        share = f"{channels**-0.5:.4f}"
        added = "+".join(f"{share}*c{number}" for number in range(channels))
        return ("aformat", {"sample_fmts": "dbl"}), ("pan", {"args": f"mono|c0={added}"}), ("alimiter", _LIMITED)
    if channels > 2:
        return ((f"{_ALL}{stream.get('index', 0)}", {}),)
    return (("aphasemeter", _LISTENING),) if channels == 2 else ()


def vanishes(log: Iterable[str]) -> bool:
    """Return whether a mix has lost what a channel had, by ffmpeg's log.

    >>> vanishes(["[volumedetect@all1] max_volume: -8.0 dB", "[Parsed_volumedetect_7] max_volume: -91.0 dB"])
    True
    """
    loudest: dict[bool, float] = {}
    for line in log:
        if _OUT_OF_PHASE in line:
            return True
        if found := _LOUDEST.match(line):
            is_before, level = found[1].startswith(_ALL), float(found[2])
            loudest[is_before] = max(level, loudest.get(is_before, level))
    return len(loudest) == 2 and loudest[True] > SILENT_DB and loudest[True] - loudest[False] > _LOST_DB


def out_of_step(stream: Any, channels: int) -> Any:
    """Mix channels that would cancel each other, out of step.

    Each is a part of half a wave behind the one before.

    The filter shifts a sound as it is, too, so all go through it.
    """
    share = 0.5 if channels == 2 else channels**-0.5
    copies = stream.filter_multi_output("asplit", channels)
    shifted = [
        copies[number]
        .filter("pan", args=f"mono|c0={share:.4f}*c{number}")
        .filter("aphaseshift", shift=number / channels)
        for number in range(channels)
    ]
    mixed = ffmpeg.filter(shifted, "amix", inputs=channels, normalize=0)
    return mixed if channels == 2 else mixed.filter("aformat", sample_fmts="dbl").filter("alimiter", **_LIMITED)
