"""Makes the sample recordings and their truth again: `python samples/make.py`, from the project's environment.

    pip download --no-deps --no-binary :all: -d build/voices pocketsphinx==5.1.1     # the second voice
    apt-get install fonts-noto-cjk                                                   # on macOS: font-noto-sans-cjk
    python samples/make.py

The same input gives the same pictures and sounds; the bytes of the files may differ between versions of ffmpeg and of
the fonts. What is said and shown when stands in stories.py; where the parts come from, in NOTICE.
"""

from __future__ import annotations

import argparse
import json
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from drawing import Frame
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from sound import RATE, Sound, music, room_tone, take_sound
from stories import FERRY, HARBOUR, READERS, STORIES, Story, Text, truth

HERE = Path(__file__).parent
FONT = "Noto Sans CJK SC"
VIDEO = ["-c:v", "libx264", "-preset", "slow", "-tune", "animation", "-pix_fmt", "yuv420p"]
AUDIO = ["-c:a", "aac", "-ac", "1", "-ar", str(RATE)]


def main() -> None:
    words = argparse.ArgumentParser(description="Makes the sample recordings again.")
    words.add_argument("--voices", type=Path, default=HERE.parent / "build" / "voices", help="where the download lies")
    downloads = words.parse_args().voices
    if not shutil.which("ffmpeg"):
        raise SystemExit("ffmpeg is not on the PATH; type: apt-get install ffmpeg (macOS: brew install ffmpeg)")
    with tempfile.TemporaryDirectory() as folder:
        make_harbour(Path(folder), downloads)
        make_readers(Path(folder), downloads)
        make_ferry(Path(folder), downloads)
    found = {story.name: truth(story) for story in STORIES}
    (HERE / "truth.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for story in STORIES:
        print(f"{story.name}: {story.seconds} s, {(HERE / story.name).stat().st_size / 1e6:.2f} MB")


def make_harbour(folder: Path, downloads: Path) -> None:
    """The main sample: 1280 x 720, 25 frames per second, seven shots, both languages, voices, music and silence."""
    wav = write_wav(folder / "harbour.wav", mixed(HARBOUR, downloads))
    out = ["-i", str(wav), *VIDEO, "-crf", "24", *AUDIO, "-b:a", "64k", "-movflags", "+faststart", *tags(HARBOUR)]
    encode(frames(HARBOUR, 25), (1280, 720), 25, [*out, str(HERE / HARBOUR.name)])


def make_readers(folder: Path, downloads: Path) -> None:
    """The sound sample: a jingle, two readers, a pause."""
    wav = write_wav(folder / "readers.wav", mixed(READERS, downloads))
    out = [*AUDIO, "-b:a", "72k", "-movflags", "+faststart", *tags(READERS), "-metadata", "album=reelsheet samples"]
    ffmpeg(["-i", str(wav), *out, str(HERE / READERS.name)])


def make_ferry(folder: Path, downloads: Path) -> None:
    """The hard sample: stored on its side with a display matrix, uneven frame rate, sound that starts 2 s late."""
    wav = write_wav(folder / "ferry.wav", mixed(FERRY, downloads)[round(FERRY.sound_from * RATE) :])
    stored = (np.rot90(frame).copy() for frame in frames(FERRY, 30))  # anticlockwise: a player turns it back
    # a telephone in the dark takes fewer frames: 30 per second, then 15, then 10. Matroska keeps the gaps
    uneven = ["-vf", "select='lt(t,3)+between(t,3,5.5)*not(mod(n,2))+gt(t,5.5)*not(mod(n,3))'"]
    picture = folder / "ferry.mkv"
    encode(stored, (1280, 720), 30, [*uneven, *VIDEO, "-crf", "24", str(picture)])
    late = ["-itsoffset", str(FERRY.sound_from), "-i", str(wav)]
    out = ["-c:v", "copy", *AUDIO, "-b:a", "48k", *tags(FERRY)]
    ffmpeg(["-i", str(picture), *late, *out, str(HERE / FERRY.name)])
    turn_clockwise(HERE / FERRY.name)


# --- picture -------------------------------------------------------------------------------------------------


def frames(story: Story, fps: int) -> Iterator[Frame]:
    """All frames of a story, texts included."""
    starts = [start for start, _ in story.shots]
    for number in range(round(story.seconds * fps)):
        t = number / fps
        shot = max(place for place, start in enumerate(starts) if start <= t + 1e-6)
        frame = story.shots[shot][1](t - starts[shot])
        for text in story.texts:
            if text.start <= t + 1e-6 < text.end:
                paste(frame, text)
        yield frame


def paste(frame: Frame, text: Text) -> None:
    """Lays a text over the frame, in place."""
    layer, share = lettering(text)
    height, width = layer.shape[:2]
    left, top = text.x - width // 2, text.y - height // 2
    part = frame[top : top + height, left : left + width]
    part[:] = np.asarray(part * (1 - share) + layer * share, np.uint8)


@cache
def lettering(text: Text) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The text as a BGR picture and its opacity, 0 to 1: subtitles on a dark box, titles with a soft shadow."""
    path, index = font_file()
    font = ImageFont.truetype(path, text.size, index)
    left, top, right, bottom = font.getbbox(text.text)
    margin = text.size // 2
    size = (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin)
    layer = Image.new("RGBA", size, (*text.colour, 0))
    draw = ImageDraw.Draw(layer)
    place = (margin - left, margin - top)
    if text.kind == "subtitle":
        draw.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), margin // 2, (16, 20, 28, 215))
    if text.kind == "title":
        draw.text((place[0] + 2, place[1] + 3), text.text, font=font, fill=(20, 24, 48, 255))
    draw.text(place, text.text, font=font, fill=(*text.colour, 255))
    pixels = np.asarray(layer, np.float32)
    return pixels[:, :, 2::-1], pixels[:, :, 3:] / np.float32(255)


@cache
def font_file() -> tuple[str, int]:
    """Path and index, inside its collection, of the one font with Latin and Chinese letters."""
    command = ["fc-match", "-f", "%{family}|%{file}|%{index}", f"{FONT}:style=Bold"]
    if shutil.which("fc-match"):
        family, path, index = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("|")
        if FONT in family:
            return path, int(index)
    raise SystemExit(f"The font {FONT} is not installed; type: apt-get install fontconfig fonts-noto-cjk")


# --- sound ---------------------------------------------------------------------------------------------------


def mixed(story: Story, downloads: Path) -> Sound:
    """The whole sound of a story, from its first instant."""
    out = room_tone(story.seconds)
    parts = [(at, take_sound(take, downloads)) for at, take in story.takes]
    parts += [(at, music(seconds)) for at, seconds in story.music]
    for at, part in parts:
        first = round(at * RATE)
        out[first : first + len(part)] += part[: len(out) - first]
    return out


def write_wav(path: Path, samples: Sound) -> Path:
    raw = ["-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0"]
    ffmpeg([*raw, "-c:a", "pcm_s16le", str(path)], samples.tobytes())
    return path


# --- files ---------------------------------------------------------------------------------------------------


def tags(story: Story) -> list[str]:
    return ["-metadata", f"title={story.title}", "-metadata", "comment=Made by samples/make.py; see NOTICE"]


def encode(pictures: Iterator[Frame], size: tuple[int, int], fps: int, out: Sequence[str]) -> None:
    """Pipes frames into ffmpeg; `out` holds the further inputs, the settings and the file."""
    raw = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}", "-r", str(fps), "-i", "pipe:0"]
    command = ["ffmpeg", "-v", "error", "-y", *raw, *out]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for picture in pictures:
            process.stdin.write(picture.tobytes())
    if process.returncode:
        raise SystemExit(f"ffmpeg could not write {out[-1]}; its own words stand above.")


def ffmpeg(words: Sequence[str], data: bytes | None = None) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words], input=data, check=True)


def turn_clockwise(path: Path) -> None:
    """Writes the display matrix of a quarter turn into the MP4's first track.

    By hand, because ffmpeg's own option for it has changed its name and its sign between versions.
    """
    one, whole = 1 << 16, 1 << 30
    data, upright = path.read_bytes(), struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, whole)
    track = data.index(b"tkhd")
    turned = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, whole)
    path.write_bytes(data[:track] + data[track:].replace(upright, turned, 1))


if __name__ == "__main__":
    main()
