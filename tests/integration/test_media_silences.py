"""Several short sounds are listened to in one run of ffmpeg, and have the silences that each has alone."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import Source
from tasks.media.silences import can_be_heard_together, find_silences, find_silences_of, find_silences_together
from tasks.records import Recording
from tests.support import media

ENDINGS = ("wav", "mp3", "m4a", "ogg", "flac")
# Half a second of tone in each second, but for the first 300 ms; of each file another tone, in one channel or two.
_SOUND = "aevalsrc=0.3*sin(2*PI*t*{hertz})*lt(mod(t\\,1)\\,0.5):d={seconds}:s=44100,adelay=300:all=1"


def run_ffmpeg(*words: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", *words], check=True)


def probed(path: Path) -> Recording:
    stamp = path.stat()
    return probe_source(Source(path.name, str(path), stamp.st_size, stamp.st_mtime_ns))


def sounds(folder: Path, endings: Sequence[str] = ENDINGS) -> list[Recording]:
    found = []
    for number, ending in enumerate(endings):
        path = folder / f"it's {number}, [odd]; é:.{ending}"
        sound = _SOUND.format(hertz=300 + 50 * number, seconds=2 + number)
        run_ffmpeg("-f", "lavfi", "-i", sound, "-ac", str(1 + number % 2), f"file:{path}")
        found.append(probed(path))
    return found


def test_sounds_have_the_same_silences_together_and_alone(tmp_path: Path) -> None:
    recordings = sounds(tmp_path)
    assert all(map(can_be_heard_together, recordings))
    together = find_silences_together(recordings)
    assert together == [find_silences(one) for one in recordings]
    assert [len(found or ()) for found in together] == [3, 4, 5, 6, 7]


def test_where_one_sound_is_broken_each_is_heard_alone(tmp_path: Path) -> None:
    recordings = sounds(tmp_path, ("wav", "mp3"))
    Path(recordings[1].path).write_bytes(b"no sound at all, though its name says so")
    assert find_silences_together(recordings) is None
    assert find_silences_of(recordings) == [find_silences(one) for one in recordings]


def test_long_ones_and_broadcasts_are_heard_alone(tmp_path: Path) -> None:
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=31", str(tmp_path / "long.wav"))
    for name in ("film.mp4", "film.mkv", "film.ts"):
        media.make_video(tmp_path, name, seconds=1)
    found = {path.name: can_be_heard_together(probed(path)) for path in tmp_path.iterdir()}
    assert found == {"long.wav": False, "film.mp4": True, "film.mkv": True, "film.ts": False}


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_late_sound_of_a_video_is_as_late_together(tmp_path: Path, name: str) -> None:
    film = probed(media.make_video(tmp_path, name, seconds=3, audio_delay_ms=700))
    [sound] = sounds(tmp_path, ("wav",))
    assert find_silences_together([film, sound]) == [find_silences(film), find_silences(sound)]
    assert (find_silences(film) or ())[0].end_ms > 600


def test_of_any_recordings_each_has_its_own_silences(tmp_path: Path) -> None:
    first, second = sounds(tmp_path, ("wav", "m4a"))
    run_ffmpeg("-f", "lavfi", "-i", "anullsrc=d=1", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64", str(tmp_path / "a.mp4"))
    assert [len(found or ()) for found in find_silences_of([first, probed(tmp_path / "a.mp4"), second])] == [3, 1, 4]
