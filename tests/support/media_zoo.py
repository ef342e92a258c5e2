"""Make strange recordings whose every second can be told: marked by a grey level, and by a tone.

Second `n` of the *story* is grey `level_of(n)`, with a tone of `hz_of(n)`: so a test sees from any instant of a clip
what of the story it shows, whatever the file's clock, joints and headers pretend. `Told` names what a player would
show. Each kind takes a second or two to make, and is made once a folder.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from tests.support import media
from tests.support.measuring import RATE, samples

LEVELS = 24  # then they begin again
SIZE = "96x64"


def level_of(second: int) -> int:
    """The grey of a second, 0 to 255 as a player shows it."""
    return round((24 + 8 * (second % LEVELS) - 16) * 255 / 219)


def hz_of(second: int) -> int:
    """The tone of a second."""
    return 400 + 100 * (second % LEVELS)


def story(seconds: float, first: int = 0, *, size: str = SIZE, fps: str = "25", rate: int = 48_000) -> list[str]:
    """ffmpeg's words for two inputs, picture and sound, that tell the story from a second on."""
    return [*picture(seconds, first, size=size, fps=fps), *sound(seconds, first, rate=rate)]


def picture(seconds: float, first: int = 0, *, size: str = SIZE, fps: str = "25") -> list[str]:
    """ffmpeg's words for the picture alone."""
    luma = f"24+8*mod(floor(T+0.001)+{first},{LEVELS})"
    drawn = f"nullsrc=s=16x16:r={fps},format=yuv420p,geq=lum='{luma}':cb=128:cr=128,scale={size.replace('x', ':')}"
    return ["-f", "lavfi", "-t", str(seconds), "-i", drawn]


def sound(seconds: float, first: int = 0, *, rate: int = 48_000) -> list[str]:
    """ffmpeg's words for the sound alone."""
    wave = f"0.4*sin(2*PI*(400+100*mod(floor(t)+{first},{LEVELS}))*t)"
    return ["-f", "lavfi", "-t", str(seconds), "-i", f"aevalsrc='{wave}':sample_rate={rate}"]


def made(path: Path, *words: str) -> Path:
    """Run ffmpeg unless the file is there, or was made by any session."""
    return path if path.exists() else media.ffmpeg(path, list(words))


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50")


def joined(path: Path, *parts: Path) -> Path:
    """The bytes of files one after the other, as `cat` does."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


# --- what is only partly readable ------------------------------------------------------------------------------


def cut_off(path: Path, share: float = 0.6, seconds: int = 20) -> Path:
    """A file whose last bytes are missing, like a broken download; the container follows from the ending."""
    index = ["-movflags", "+faststart"] if path.suffix in (".mp4", ".m4a") else []
    codecs = {
        ".avi": ["-c:v", "mpeg4", "-c:a", "mp3"],
        ".flv": ["-c:v", "flv1", "-ar", "44100", "-c:a", "mp3"],
        ".wmv": ["-c:v", "wmv2", "-c:a", "wmav2"],
        ".webm": ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
    }.get(path.suffix, [*H264, "-c:a", "aac"])
    heard = path.suffix in (".wav", ".flac", ".mp3", ".m4a")
    words = sound(seconds) if heard else [*story(seconds), *codecs]
    whole = made(path.with_name(f"whole-{path.name}"), *words, *index)
    data = whole.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def ends_early(path: Path, *, what: str, seconds: int = 16, after: int = 6) -> Path:
    """A film of which the sound, or the picture, ends long before the other."""
    seen, heard = (after, seconds) if what == "video" else (seconds, after)
    return made(path, *picture(seen), *sound(heard), *H264, "-c:a", "aac")


def with_hole(path: Path, *, seconds: int = 16, hole: tuple[int, int] = (5, 9)) -> Path:
    """A film in which some seconds have neither picture nor sound: their packets are lost, the clock goes on."""
    start, end = hole
    left = path.with_name(f"left-{path.name}")
    made(left, *story(seconds), *H264, "-x264-params", "keyint=25:scenecut=0:bframes=0", "-c:a", "libmp3lame")
    lost = f"noise=drop='gte(pts*tb,{start})*lt(pts*tb,{end})'"
    return made(path, "-i", f"file:{left}", "-c", "copy", "-bsf:v", lost, "-bsf:a", lost, "-copyts")


def damaged(path: Path, *, seconds: int = 12, around: float = 0.5, length: int = 1500) -> Path:
    """A film in whose middle some bytes are noise."""
    whole = made(path.with_name(f"whole-{path.name}"), *story(seconds), *H264, "-c:a", "aac")
    data = bytearray(whole.read_bytes())
    at = int(len(data) * around)
    data[at : at + length] = np.random.default_rng(7).bytes(length)
    path.write_bytes(data)
    return path


# --- clocks, and what changes amid a file ------------------------------------------------------------------------

_CODECS = {
    ".ts": (*H264, "-c:a", "aac"),
    ".vob": ("-c:v", "mpeg2video", "-b:v", "2M", "-c:a", "ac3", "-f", "vob"),
    ".mpg": ("-c:v", "mpeg2video", "-b:v", "2M", "-c:a", "mp2", "-f", "mpeg"),
    ".mkv": (*H264, "-c:a", "aac"),
    ".flv": (*H264, "-c:a", "aac"),
    ".mp4": (*H264, "-c:a", "aac"),
    ".webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    ".avi": ("-c:v", "mpeg4", "-c:a", "mp3"),
    ".wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    ".nut": (*H264, "-c:a", "aac"),
    ".wav": ("-c:a", "pcm_s16le"),
    ".flac": ("-c:a", "flac"),
    ".ogg": ("-c:a", "libvorbis"),
    ".opus": ("-c:a", "libopus"),
    ".mp3": ("-c:a", "libmp3lame"),
    ".aac": ("-c:a", "aac"),
}


def joint(path: Path, *, seconds: int = 10, other: bool = False) -> Path:
    """Two files one after the other, whose clock starts anew amid the file; the story goes on.

    `other`: the second one has another size, another rate, two channels.
    """
    parts = []
    for number in range(2):
        differs = other and number == 1
        heard = sound(seconds, number * seconds, rate=48_000)
        inputs = heard if path.suffix in (".ogg", ".opus", ".mp3", ".aac", ".wav", ".flac") else None
        size = "64x96" if differs else SIZE
        rate = ["-ar", "24000" if differs else "48000", "-ac", "2" if differs else "1"]
        words = inputs or [*picture(seconds, number * seconds, size=size), *heard]
        part = path.with_name(f"part{number}{int(differs)}-{path.name}")
        parts.append(made(part, *words, *rate, *_CODECS[path.suffix]))
    return joined(path, *parts)


def sound_then_film(path: Path, *, seconds: int = 6) -> Path:
    """A sound, and a film behind it in the same file: the picture is in the second one alone."""
    parts = []
    for number, told in enumerate((sound(seconds), story(seconds, seconds))):
        parts.append(made(path.with_name(f"half{number}-{path.name}"), *told, *_CODECS[path.suffix]))
    return joined(path, *parts)


def other_ids(path: Path, *, seconds: int = 10) -> Path:
    """Two transport streams one after the other, of which the second has streams with other ids."""
    ids = ["-mpegts_start_pid", "0x200", "-mpegts_pmt_start_pid", "0x1100"]
    parts = [
        made(path.with_name(f"part{number}-{path.name}"), *story(seconds, number * seconds), *_CODECS[".ts"], *words)
        for number, words in enumerate(([], ids))
    ]
    return joined(path, *parts)


def lying_wav(path: Path, claimed: int, *, seconds: int = 12) -> Path:
    """A WAV whose header claims another size of its data."""
    data = bytearray(made(path.with_name("honest.wav"), *sound(seconds), "-ar", "16000").read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = claimed.to_bytes(4, "little")
    path.write_bytes(data)
    return path


def lying(path: Path, claimed: int, *, seconds: int = 12) -> Path:
    """A sound whose header claims another size of its data: AU, CAF, AIFF, or WAV with sizes of 64 bits."""
    name, behind, form = {
        ".au": (b".snd", 8, ">I"),
        ".caf": (b"data", 4, ">q"),
        ".aiff": (b"SSND", 4, ">I"),
        ".wav": (b"ds64", 16, "<Q"),
    }[path.suffix]
    words = ["-rf64", "always"] if path.suffix == ".wav" else []
    data = bytearray(made(path.with_name(f"honest-{path.name}"), *sound(seconds), "-ar", "16000", *words).read_bytes())
    struct.pack_into(form, data, data.index(name) + behind, claimed)
    path.write_bytes(data)
    return path


def clock_gap(path: Path, *, seconds: int = 12, at: int = 5, gap: int = 20) -> Path:
    """A film whose clock jumps ahead: what comes after second `at` is `gap` seconds later."""
    left = made(path.with_name(f"left-{path.name}.mkv"), *story(seconds), *H264[:4], "-pix_fmt", "yuv420p",
                "-x264-params", "keyint=25:scenecut=0:bframes=0", "-c:a", "libmp3lame")  # fmt: skip
    shift = f"setts=ts='TS+gte(PTS*TB,{at})*{gap}/TB'"
    shifted = made(path.with_name(f"shifted-{path.name}.mkv"), "-i", f"file:{left}", "-c", "copy", "-bsf:v", shift,
                   "-bsf:a", shift)  # fmt: skip
    kept = ["-f", "mpeg", "-c:v", "mpeg2video", "-c:a", "mp2"] if path.suffix == ".mpg" else ["-c", "copy"]
    return made(path, "-dts_error_threshold", "1000000", "-i", f"file:{shifted}", *kept, "-copyts")


def small_gaps(path: Path, *, seconds: int = 8) -> Path:
    """A sound with a gap of 80 ms after each second, over which the clock goes on."""
    left = made(path.with_name(f"left-{path.name}.mkv"), *sound(seconds), "-c:a", "libmp3lame")
    shift = "setts=ts='TS+floor(PTS*TB)*0.08/TB'"
    return made(path, "-i", f"file:{left}", "-c", "copy", "-bsf:a", shift)


def adpcm(path: Path, *, seconds: int = 40) -> Path:
    """A WAV whose header states a byte rate that is far off."""
    return made(path, *sound(seconds, rate=22_050), "-ar", "22050", "-c:a", "adpcm_ima_wav")


def changing(path: Path, *, seconds: int = 8) -> Path:
    """A film with one clock, whose picture and sound have other parameters from the middle on."""
    half = seconds // 2
    parts = []
    for number, (size, words) in enumerate(((SIZE, ["-ac", "1"]), ("64x96", ["-ac", "2", "-ar", "24000"]))):
        start = ["-output_ts_offset", str(number * half), "-muxdelay", "0"]
        told = [*picture(half, number * half, size=size), *sound(half, number * half)]
        parts.append(made(path.with_name(f"part{number}-{path.name}"), *told, *words, *H264, "-c:a", "aac", *start))
    return joined(path, *parts)


def slides(path: Path, *, every: int = 10, seconds: int = 60) -> Path:
    """Pictures that stay for some seconds each, the last one too."""
    return made(path, *picture(seconds, fps=f"1/{every}"), *(H264 if path.suffix != ".webm" else ["-c:v", "libvpx"]))


# --- channels --------------------------------------------------------------------------------------------------


def anti_phase(path: Path, *, seconds: int = 6) -> Path:
    """A stereo sound whose channels cancel each other."""
    return made(path, *sound(seconds), "-af", "pan=stereo|c0=c0|c1=-1*c0")


def microphones(path: Path, count: int, talks: int, *, seconds: int = 6) -> Path:
    """A WAV of many channels that stand for no speakers, of which a single one has the sound."""
    mono = samples(made(path.with_name(f"mono-{path.name}"), *sound(seconds), "-ar", "16000"))
    frames = np.zeros((len(mono), count), "<i2")
    frames[:, talks] = (mono * 32767).astype("<i2")
    data = frames.tobytes()
    form = struct.pack("<HHIIHH", 1, count, RATE, RATE * count * 2, count * 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


# --- streams ---------------------------------------------------------------------------------------------------


def undecodable(path: Path, *, seconds: int = 6) -> Path:
    """A film whose picture is of a codec that ffmpeg 5.1 does not know."""
    film = made(path.with_name(f"known-{path.name}"), *story(seconds), *H264, "-c:a", "aac")
    path.write_bytes(film.read_bytes().replace(b"avc1", b"vvc1").replace(b"V_MPEG4/ISO/AVC", b"V_MPEG4/ISO/XYZ"))
    return path


def encrypted(path: Path, *, seconds: int = 6) -> Path:
    """A film of which picture and sound are encrypted."""
    key = ["-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"]
    return made(path, *story(seconds), *H264, "-c:a", "aac", "-encryption_scheme", "cenc-aes-ctr", *key)


def scrambled(path: Path, *, ids: Sequence[int] = (0x100, 0x101), seconds: int = 6) -> Path:
    """A transport stream of which some streams are scrambled, and say so."""
    data = bytearray(made(path.with_name(f"clear-{path.name}"), *story(seconds), *_CODECS[".ts"]).read_bytes())
    noise = np.random.default_rng(7)
    for at in range(0, len(data), 188):
        if (data[at + 1] & 0x1F) << 8 | data[at + 2] in ids and data[at + 3] & 0x10:
            data[at + 3] |= 0x80
            start = at + 5 + data[at + 4] if data[at + 3] & 0x20 else at + 4
            data[start : at + 188] = noise.bytes(at + 188 - start)
    path.write_bytes(data)
    return path


def silent_default(path: Path, *, seconds: int = 6) -> Path:
    """A film with three sound tracks, of which the default one is silent."""
    tracks = ["-f", "lavfi", "-t", str(seconds), "-i", "anullsrc=r=48000", *sound(seconds), *sound(seconds, 3)]
    maps = [word for number in range(4) for word in ("-map", str(number))]
    told = ["-disposition:a:0", "default", "-metadata:s:a:1", "language=eng", "-metadata:s:a:2", "language=deu"]
    return made(path, *picture(seconds), *tracks, *maps, *H264, "-c:a", "aac", *told)


def two_languages(path: Path, *, seconds: int = 6) -> Path:
    """A film with two sound tracks: English, which is the default, and German, whose story is eight seconds ahead."""
    maps = [word for number in range(3) for word in ("-map", str(number))]
    told = ["-disposition:a:0", "default", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger"]
    inputs = [*picture(seconds), *sound(seconds), *sound(seconds, 8)]
    return made(path, *inputs, *maps, *H264, "-c:a", "aac", *told)


def two_programmes(path: Path, *, seconds: int = 6) -> Path:
    """A transport stream of two programmes: the first picture's sound comes last in the file."""
    inputs = [*story(seconds, 12, size="64x48"), *story(seconds)]
    maps = [word for number in (2, 1, 0, 3) for word in ("-map", str(number))]
    told = ["-program", "title=one:st=0:st=3", "-program", "title=two:st=2:st=1"]
    return made(path, *inputs, *maps, *H264, "-c:a", "aac", *told)


# --- what a clip tells -----------------------------------------------------------------------------------------


def seconds_seen(clip: Path) -> list[int | None]:
    """The second of the story that each frame shows, modulo LEVELS; None where it is none's grey."""
    video = cv2.VideoCapture(str(clip))
    seen: list[int | None] = []
    while (read := video.read())[0]:
        level = float(np.asarray(read[1], float)[8:-8, 8:-8].mean())
        nearest = min(range(LEVELS), key=lambda second: abs(level_of(second) - level))
        seen.append(nearest if abs(level_of(nearest) - level) <= 4 else None)
    video.release()
    return seen


def seconds_heard(clip: Path, step_ms: int = 500, window_ms: int = 100) -> list[int | None]:
    """The second of the story whose tone is heard at 0.2 s, 0.7 s, … of the clip; None where it is silent."""
    wave = samples(clip)
    step, window = RATE * step_ms // 1000, RATE * window_ms // 1000
    starts: Sequence[int] = range(RATE // 5, len(wave) - window + 1, step)
    return [tone(wave[start : start + window]) for start in starts]


def all_heard(clip: Path, at_ms: int, window_ms: int = 100) -> set[int]:
    """The seconds of the story whose tones sound together at an instant of the clip."""
    wave = samples(clip)[RATE * at_ms // 1000 :][: RATE * window_ms // 1000]
    spectrum = np.abs(np.fft.rfft(np.pad(wave * np.hanning(len(wave)), (0, 8 * len(wave)))))
    hz = np.fft.rfftfreq(9 * len(wave), 1 / RATE)
    loud = {second: spectrum[np.abs(hz - hz_of(second)) < 15].max() for second in range(LEVELS)}
    return {second for second, level in loud.items() if level > 0.4 * max(loud.values())}


def tone(wave: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> int | None:
    if float(np.abs(wave).max()) < 0.05:
        return None
    padded = np.pad(wave * np.hanning(len(wave)), (0, 8 * len(wave)))
    spectrum = np.abs(np.fft.rfft(padded))
    hz = float(np.fft.rfftfreq(len(padded), 1 / RATE)[int(spectrum.argmax())])
    return round((hz - 400) / 100) if abs((hz - 400) % 100 - 50) > 25 else None
