"""Small recordings for tests, made by ffmpeg's own sources; `measuring` reads what is in a file.

The counter picture carries its own frame number, so that a test can tell from pixels which frames were kept: three
nested squares whose grey levels are the base-25 digits of the number (the centre changes with every frame, the
outer ring every 625). It survives scaling, strong compression and rotation; a red cell in the stored picture's top left
corner shows which way up it is. The sound beeps for 100 ms at every full second of the *recording*, so a track that
starts late still beeps on the second, unless someone loses the delay.

Every `make_*` returns the path of `folder / name`. A file that was made before with the same settings is not made
again, and after `keep_in` one that any session has made is copied.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import wave
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

Picture = Literal["counter", "black", "frozen", "shots"]
Sound = Literal["beeps", "silence", "none"]

BASE = 25  # grey levels per digit
STEP = 8  # between two levels, in luma
DARKEST = 20  # luma of digit 0
CELLS = 12  # the counter picture is drawn on 12 x 12 cells: centre 4 x 4, rings of 2
BEEP_HZ = 880

_made: dict[Path, list[str]] = {}
_kept_in: list[Path] = []


def make_video(
    folder: Path,
    name: str = "clip.mp4",
    *,
    seconds: float = 4,
    size: str = "320x240",
    fps: str | float = 25,
    sound: bool | Sound = True,
    picture: Picture = "counter",
    audio_delay_ms: int = 0,
    rotate: int = 0,
) -> Path:
    """A video; the container follows from the ending of its name. H.264 with B frames, a key frame every 10 s, AAC.

    `sound` True means "beeps", False "none". `audio_delay_ms`: the sound track starts that late. `rotate`: degrees
    clockwise that a player turns the stored picture (mp4, mov). `fps` may be a fraction such as "30000/1001".
    "shots" is a new plain colour every second; "frozen" one grey level.
    """
    heard: Sound = sound if isinstance(sound, str) else ("beeps" if sound else "none")
    argv = [
        *_picture(picture, seconds, size, fps),
        *_sound(heard, seconds, audio_delay_ms),
        *_encoding(Path(name), heard),
    ]
    if not rotate:
        return _ffmpeg(folder / name, argv)
    path = folder / name
    path.write_bytes(_turned(_ffmpeg(folder / f"upright-{name}", argv).read_bytes(), rotate))
    return path


def make_audio(
    folder: Path,
    name: str = "sound.wav",
    *,
    seconds: float = 4,
    sound: Sound = "beeps",
    rate: int = 48_000,
    channels: int = 2,
    title: str | None = None,
) -> Path:
    """A sound file without a picture; format and codec follow from the ending: wav, mp3, m4a, flac, ogg, opus, aac."""
    if name.endswith(".wav") and title is None and sound != "none":
        return _wav(folder / name, seconds, sound, rate, channels)
    tags = [] if title is None else ["-metadata", f"title={title}"]
    out = ["-ar", str(rate), "-ac", str(channels), *tags]
    return _ffmpeg(folder / name, [*_sound(sound, seconds, 0), *out])


def make_audio_with_cover(folder: Path, name: str = "song.mp3", *, seconds: float = 4) -> Path:
    """A song with an attached picture: it has a video stream, but it is no video. Endings: mp3, m4a, flac."""
    cover = _ffmpeg(folder / "cover.jpg", ["-f", "lavfi", "-i", "testsrc2=size=300x300", "-frames:v", "1"])
    streams = ["-i", _file(cover), *_sound("beeps", seconds, 0), "-map", "0:v", "-map", "1:a"]
    return _ffmpeg(folder / name, [*streams, "-c:v", "copy", "-disposition:v:0", "attached_pic"])


def make_truncated(
    folder: Path,
    name: str = "truncated.mp4",
    *,
    kind: Literal["index_last", "index_first", "fragmented"],
    seconds: float = 8,
    kept: float = 0.6,
) -> Path:
    """An MP4 of which only the first `kept` share of bytes is left, like a broken download.

    index_last: nothing can be read, since the index (`moov`) stood at the end. index_first: the index promises the full
    duration, the data stop early. fragmented: whole fragments can be read up to the break.
    """
    flags = {
        "index_last": [],
        "index_first": ["-movflags", "+faststart"],
        "fragmented": ["-movflags", "+frag_keyframe+empty_moov"],
    }
    argv = [*_picture("counter", seconds, "320x240", 25), *_sound("beeps", seconds, 0)]
    whole = _ffmpeg(folder / f"whole-{name}", [*argv, *_encoding(Path(name), "beeps"), "-g", "25", *flags[kind]])
    data = whole.read_bytes()
    path = folder / name
    path.write_bytes(data[: int(len(data) * kept)])
    return path


def make_two_audio_streams(folder: Path, name: str = "two-tracks.mp4", *, seconds: float = 4) -> Path:
    """A video with two sound tracks: first a 440 Hz tone, then the default one, 1320 Hz. Measure with `loudest_hz`."""
    tones = [
        word
        for hz in (440, 1320)
        for word in ("-f", "lavfi", "-t", str(seconds), "-i", f"sine=frequency={hz}:sample_rate=48000")
    ]
    chosen = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-disposition:a:0", "0", "-disposition:a:1", "default"]
    argv = [*_picture("counter", seconds, "320x240", 25), *tones, *_encoding(Path(name), "beeps"), *chosen]
    return _ffmpeg(folder / name, argv)


def make_late_picture(folder: Path, name: str, *, seconds: float, late_ms: int) -> Path:
    """A video whose sound starts at once, and whose picture comes so much later."""
    picture = ["-itsoffset", str(late_ms / 1000), *_picture("frozen", seconds - late_ms / 1000, "96x96", 25)]
    streams = [*_sound("beeps", seconds, 0), *picture, "-map", "0:a", "-map", "1:v"]
    return _ffmpeg(folder / name, [*streams, *_encoding(Path(name), "beeps")])


def make_vfr(folder: Path, name: str = "vfr.mp4", *, seconds: float = 4) -> Path:
    """Variable frame rate: every frame of 25 per second in the first half, every fifth in the second half."""
    thin = ["-vf", f"select='lt(t,{seconds / 2})+not(mod(n,5))'"]
    argv = [*_picture("counter", seconds, "320x240", 25), *_sound("beeps", seconds, 0)]
    # Matroska first: there ffmpeg leaves the gaps alone; for MP4 it would fill them up, unless told so by an option
    # whose name depends on ffmpeg's version
    source = _ffmpeg(folder / f"{name}.mkv", [*argv, *_encoding(Path(name), "beeps"), *thin])
    return _ffmpeg(folder / name, ["-i", _file(source), "-c", "copy"])


def make_no_duration(folder: Path, name: str = "live.mkv", *, seconds: float = 4) -> Path:
    """A recording whose container states no duration: .mkv as written to a pipe, raw .h264, raw .aac (guessed only)."""
    ending = Path(name).suffix
    picture = _picture("counter", seconds, "320x240", 25)
    if ending == ".mkv":
        argv = [*picture, *_sound("beeps", seconds, 0), *_encoding(Path(name), "beeps"), "-f", "matroska", "-live", "1"]
    elif ending == ".h264":
        argv = [*picture, *_encoding(Path(name), "none"), "-f", "h264"]
    elif ending == ".aac":
        argv = [*_sound("beeps", seconds, 0), "-f", "adts"]
    else:
        raise ValueError(f"make_no_duration knows .mkv, .h264 and .aac, not {name!r}.")
    return _ffmpeg(folder / name, argv)


def _picture(picture: Picture, seconds: float, size: str, fps: str | float) -> list[str]:
    if picture == "counter":
        source = f"nullsrc=size={CELLS}x{CELLS}:rate={fps},format=yuv444p,{_counter()},{_enlarged(size)}"
    elif picture == "shots":
        hue = f"floor(T)*97+{DARKEST}"  # 97 is far from 0 modulo 200: neighbours in time differ clearly
        plane = f"geq=lum='60+mod({hue},140)':cb='40+mod({hue}*2,176)':cr='40+mod({hue}*3,176)'"
        source = f"nullsrc=size={CELLS}x{CELLS}:rate={fps},format=yuv444p,{plane},{_enlarged(size)}"
    else:
        source = f"color=c={'black' if picture == 'black' else 'gray'}:size={size}:rate={fps}"
    return ["-f", "lavfi", "-t", str(seconds), "-i", source]


def _enlarged(size: str) -> str:
    return f"scale={size.replace('x', ':')}:flags=neighbor,setsar=1"


def _counter() -> str:
    """A geq filter on 12 x 12 cells: grey digits in nested squares, the top left cell red."""
    ring = f"floor(min(min(X,{CELLS - 1}-X),min(Y,{CELLS - 1}-Y))/2)"  # 0 outermost, 2 centre
    digit = f"mod(floor(N/pow({BASE},2-{ring})),{BASE})"
    corner = "lt(X+Y,1)"
    luma = f"if({corner},81,{DARKEST}+{STEP}*{digit})"
    return f"geq=lum='{luma}':cb='if({corner},90,128)':cr='if({corner},240,128)'"


def _sound(sound: Sound, seconds: float, delay_ms: int) -> list[str]:
    if sound == "none":
        return []
    late = delay_ms / 1000
    wave = f"0.6*sin(2*PI*{BEEP_HZ}*t)*lt(mod(t+{late},1),0.1)" if sound == "beeps" else "0"
    offset = ["-itsoffset", str(late)] if delay_ms else []
    return [*offset, "-f", "lavfi", "-t", str(seconds - late), "-i", f"aevalsrc='{wave}':sample_rate=48000"]


def _encoding(name: Path, sound: Sound) -> list[str]:
    webm = name.suffix == ".webm"
    video = (
        ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k"]
        if webm
        else ["-c:v", "libx264", "-preset", "veryfast"]
    )
    # bf 2 and a far key frame: cutting must decode from before the boundary, as with real recordings
    video += [] if webm else ["-crf", "18", "-bf", "2", "-x264-params", "keyint=250:scenecut=0"]
    audio = [] if sound == "none" else ["-c:a", "libopus" if webm else "aac", "-b:a", "96k"]
    return [*video, "-pix_fmt", "yuv420p", *audio]


def keep_in(folder: Path) -> None:
    """Copy what is to be made from this folder, where it is kept from now on."""
    _kept_in[:] = [folder]


def _wav(path: Path, seconds: float, sound: Sound, rate: int, channels: int) -> Path:
    """The same beeps without ffmpeg, which would take longer than all that a test does with them."""
    path = path.absolute()
    if not _is_made(path, ["wav", sound, str(seconds), str(rate), str(channels)]):
        path.parent.mkdir(parents=True, exist_ok=True)
        second = np.arange(rate) / rate
        loud = 0.6 * np.sin(2 * np.pi * BEEP_HZ * second) * (second < 0.1) if sound == "beeps" else 0 * second
        track = np.resize((loud * 32767).round().astype("<i2"), round(seconds * rate))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(track.repeat(channels).tobytes())
    return path


def _is_made(path: Path, settings: list[str]) -> bool:
    there = path.exists() and path in _made
    if there and _made[path] != settings:
        raise ValueError(f"{path.name} was made with other settings in this folder; give this one another name.")
    _made[path] = settings
    return there


def _ffmpeg(path: Path, argv: list[str]) -> Path:
    path = path.absolute()
    return path if _is_made(path, argv) else ffmpeg(path, argv)


def ffmpeg(path: Path, argv: list[str]) -> Path:
    """Have ffmpeg write a file, or copy the one that is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = _kept(path, argv)
    if kept and kept.exists():
        return Path(shutil.copyfile(kept, path))
    _run_ffmpeg(path, argv)
    if kept:
        partial = kept.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(path, partial)
        partial.replace(kept)
    return path


def _kept(path: Path, argv: list[str]) -> Path | None:
    """Where a file is kept that depends on its settings alone, and not on another one."""
    if not _kept_in or any(word.startswith("file:") for word in argv):
        return None
    return _kept_in[0] / (hashlib.sha256("\0".join([_version(), *argv]).encode()).hexdigest() + path.suffix)


@cache
def _version() -> str:
    return subprocess.run(["ffmpeg", "-version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]


def _run_ffmpeg(path: Path, argv: list[str]) -> None:
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *argv]
    if "-live" in argv:  # a pipe: the writer cannot go back and note the duration
        with path.open("wb") as out:
            subprocess.run([*command, "pipe:1"], check=True, stdout=out)
    else:
        subprocess.run([*command, _file(path)], check=True)


def _file(path: Path) -> str:
    return f"file:{path}"


def _turned(mp4: bytes, rotate: int) -> bytes:
    """The MP4 with the display matrix of its first track set, as phones do.

    Written by hand because ffmpeg's own option for it has changed its name and its sign between versions.
    """
    cos, sin = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotate]
    upright, turned = (
        struct.pack(">9i", a, b, 0, -b, a, 0, 0, 0, 1 << 30) for a, b in ((1 << 16, 0), (cos << 16, sin << 16))
    )
    at = mp4.index(b"tkhd")
    return mp4[:at] + mp4[at:].replace(upright, turned, 1)
