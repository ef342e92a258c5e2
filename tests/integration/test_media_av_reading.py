"""Short recordings that PyAV has read are described word for word as by ffprobe, which is asked once a form."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from tasks.errors import MediaError, NotMedia
from tasks.inputs.scan import Source
from tasks.media import av_pool, probing, wav_forms
from tasks.media.av_forms import Forms, Reading
from tasks.media.av_pool import Readers
from tasks.media.probing import probe_recording
from tasks.probe import probe_several
from tasks.run.not_ok import SeveralNotOk
from tests.support import media
from tests.support import media_zoo as zoo

pytestmark = pytest.mark.usefixtures("asked_once")

SECONDS = (0.8, 1.0, 2.01)
ROOT = Path(__file__).parents[2]

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
B_FRAMES = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "2")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
SOUNDS = {
    "cd.flac": ("-ar", "44100", "-ac", "2"),
    "voice.flac": ("-ar", "16000"),
    "song.mp3": ("-ar", "44100", "-ac", "2", "-b:a", "128k"),
    "voice.mp3": ("-ar", "16000", "-q:a", "5"),
    "song.m4a": ("-ar", "44100", "-ac", "2", "-c:a", "aac"),
    "voice.m4a": ("-ar", "16000", "-c:a", "aac", "-movflags", "+faststart"),
    "voice.opus": ("-c:a", "libopus"),
    "song.ogg": ("-c:a", "libvorbis"),
    "voice.webm": ("-c:a", "libopus"),
    "voice.mka": ("-c:a", "flac"),
}
FILMS = {
    "plain.mp4": (*H264, "-bf", "0", "-c:a", "aac"),
    "b-frames.mp4": (*B_FRAMES, "-c:a", "aac"),
    "ntsc.mp4": (*B_FRAMES, "-r", "30000/1001", "-c:a", "aac", "-ar", "44100"),
    "mute.mp4": (*H264, "-an", "-r", "24"),
    "film.mov": (*B_FRAMES, "-c:a", "aac"),
    "film.mkv": (*B_FRAMES, "-c:a", "aac"),
    "film.webm": (*VP9, "-c:a", "libopus"),
}
VARIATIONS = {  # of a codec and container that another kind has
    *("voice.flac", "voice.mp3", "voice.m4a", "voice.mka"),
    *("plain.mp4", "ntsc.mp4", "mute.mp4", "film.mov"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reading")


@pytest.fixture(scope="module", autouse=True)
def _processes() -> Iterator[None]:
    yield
    av_pool.close()


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_forms", Forms())
    monkeypatch.setattr(wav_forms, "_known", {})


def sounds(folder: Path, name: str, words: Sequence[str], lengths: Sequence[float] = SECONDS) -> list[Path]:
    return [zoo.made(folder / f"{number}-{name}", *zoo.sound(s), *words) for number, s in enumerate(lengths)]


def films(folder: Path, name: str, words: Sequence[str]) -> list[Path]:
    story = partial(zoo.story, size="64x48")
    return [zoo.made(folder / f"{number}-{name}", *story(s), *words) for number, s in enumerate(SECONDS)]


def read(paths: Sequence[Path]) -> tuple[Reading | None, ...]:
    return av_pool.read_ahead([str(path) for path in paths])


def described(path: Path, reading: Reading | None) -> tuple[Any, ...]:
    """All that becomes of a file: its recording, or what is wrong with it, and the scan of its packets."""
    wav_forms._known.clear()  # of a form that is known, a plain WAV is described without ffprobe
    try:
        answer, scan = probing._describe(path, path.name, reading)
        scanned = (scan.streams, scan.headers, scan.done.log) if scan else None
        return answer["format"], answer["streams"], answer["warnings"], scanned, probe_recording(path, path.name)
    except MediaError as error:
        return type(error), error.message


def assert_described_alike(paths: Sequence[Path]) -> tuple[Reading | None, ...]:
    """With PyAV each file is described as without it, whichever of them comes first."""
    readings = read(paths)
    alone = [described(path, None) for path in paths]
    recordings = [one[-1] for one in alone]
    for order in (1, -1):
        probing._forms._known.clear()
        for path, reading, expected in list(zip(paths, readings, alone, strict=True))[::order]:
            assert described(path, reading) == expected
        again = [_recording(path, reading) for path, reading in zip(paths, readings, strict=True)]
        assert again == recordings
    return readings


def _recording(path: Path, reading: Reading | None) -> object:
    try:
        return probe_recording(path, path.name, reading=reading)
    except MediaError as error:
        return error.message


# --- the common kinds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        pytest.param(make, name, words, id=name, marks=[pytest.mark.long] if name in VARIATIONS else [])
        for make, kinds in ((sounds, SOUNDS), (films, FILMS))
        for name, words in kinds.items()
    ],
)
def test_a_kind_is_described_as_by_ffprobe(
    folder: Path, asked: list[str], make: Callable[..., list[Path]], name: str, words: tuple[str, ...]
) -> None:
    paths = make(folder, name, words)
    readings = assert_described_alike(paths)
    assert None not in readings
    probing._forms._known.clear()
    asked.clear()
    for path, reading in zip(paths, readings, strict=True):
        probe_recording(path, path.name, reading=reading)
    assert len(asked) <= 2  # the first, and one that shows which of two versions' answers is ffprobe's


def test_further_containers_are_described_as_by_ffprobe(folder: Path) -> None:
    """Of a sound each: an index that comes first, and a Matroska that has no picture."""
    paths = [sounds(folder, name, SOUNDS[name], SECONDS[:1])[0] for name in ("voice.m4a", "voice.mka")]
    assert None not in assert_described_alike(paths)


def test_tags_are_those_of_each_file(folder: Path) -> None:
    words = [["-metadata", f"title=a {title}\n“ü”"] for title in ("one", "two", "three")]
    paths = [
        zoo.made(folder / f"tagged{n}.m4a", *zoo.sound(1 + n), *more, "-c:a", "aac") for n, more in enumerate(words)
    ]
    assert None not in assert_described_alike(paths)


def test_late_sound_and_turned_pictures_keep_what_they_are(folder: Path) -> None:
    made = partial(media.make_video, folder, seconds=2, size="160x120")
    paths = [made("a.mp4"), made("b.mp4", audio_delay_ms=300), made("c.mp4", rotate=90), made("d.mp4", rotate=180)]
    assert_described_alike([*paths, made("e.mp4", sound=False), made("f.mov", audio_delay_ms=700)])


def test_an_older_reading_of_a_file_is_of_no_use(folder: Path, asked: list[str]) -> None:
    paths = sounds(folder, "voice.flac", SOUNDS["voice.flac"])
    for path, reading in zip(paths, read(paths), strict=True):
        probe_recording(path, path.name, reading=reading and {**reading, "mtime_ns": 1})
    assert len(asked) == len(paths)


# --- what is left to ffprobe -------------------------------------------------------------------------------------


def test_a_flac_with_damage_is_described_as_ffprobe_does(tmp_path: Path) -> None:
    """Versions divide what is damaged into packets in other ways."""
    whole = zoo.made(tmp_path / "whole.flac", *zoo.sound(2), "-ar", "44100").read_bytes()
    paths = [tmp_path / "whole.flac"]
    for number, place in enumerate(range(9_000, len(whole) - 200, len(whole) // 12)):
        paths.append(tmp_path / f"{number}.flac")
        paths[-1].write_bytes(whole[:place] + bytes(200) + whole[place + 200 :])
    assert assert_described_alike(paths)[0] is not None


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "neighbour.mp4")  # whoever opens it waits
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nneighbour.mp4\n#EXT-X-ENDLIST\n"
    (tmp_path / "hls.mp4").write_text(hls)
    (tmp_path / "concat.mkv").write_text("ffconcat version 1.0\nfile neighbour.mp4\n")
    readers = Readers(1)
    found = readers.read([str(tmp_path / "hls.mp4"), str(tmp_path / "concat.mkv"), str(tmp_path / "neighbour.mp4")])
    readers.close()
    assert (found, readers.deaths) == ((None, None, None), 0)


def test_names_are_taken_as_they_are(tmp_path: Path) -> None:
    made = zoo.made(tmp_path / "made.flac", *zoo.sound(1), "-ar", "16000").read_bytes()
    names = [b"a\nb.flac", b"-i.flac", "🎬 é.flac".encode(), b"file:x.flac", b"concat:a|b.flac", b"\xff.flac"]
    paths = [Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)) for name in names]
    for path in paths:
        path.write_bytes(made)
    *found, no_utf_8 = assert_described_alike(paths)
    assert None not in found
    assert no_utf_8 is None  # ffprobe warns of such a name


def test_an_mp3_that_counts_no_frames_ends_no_process(folder: Path) -> None:
    paths = sounds(folder, "voice.mp3", SOUNDS["voice.mp3"])
    data = bytearray(paths[0].read_bytes())
    count = max(data.find(b"Xing"), data.find(b"Info")) + 8
    data[count : count + 4] = bytes(4)
    (folder / "none.mp3").write_bytes(data)
    readers = Readers(1)
    none, other = readers.read([str(folder / "none.mp3"), str(paths[1])])
    readers.close()
    assert (none, other is None, readers.deaths) == (None, False, 0)


@pytest.mark.long
def test_damaged_files_are_described_as_by_ffprobe(folder: Path) -> None:
    whole = films(folder, "b-frames.mp4", FILMS["b-frames.mp4"])[1:] + films(folder, "film.mkv", FILMS["film.mkv"])[1:]
    spoilt = list(whole)
    for number, path in enumerate(whole, 1):
        data = bytearray(path.read_bytes())
        at = len(data) * 2 * number // 9
        data[at : at + 60] = bytes(60)
        noisy, short = folder / f"noisy-{path.name}", folder / f"short-{path.name}"
        noisy.write_bytes(data)
        short.write_bytes(data[: len(data) * 3 // 4])
        spoilt += [noisy, short]
    assert_described_alike(spoilt)


@pytest.mark.long
def test_odd_files_are_described_as_by_ffprobe(folder: Path) -> None:
    folder = folder / "odd"
    zoo.joint(folder / "c.opus", seconds=2)
    zoo.joint(folder / "c.mp3", seconds=2, other=True)
    zoo.ends_early(folder / "early.mp4", what="audio", seconds=4, after=1)
    zoo.encrypted(folder / "locked.mp4", seconds=2)
    zoo.silent_default(folder / "silent.mp4", seconds=2)
    media.make_audio_with_cover(folder, "cover.mp3", seconds=2)
    media.make_no_duration(folder, "live.mkv", seconds=2)
    media.make_vfr(folder, "vfr.mp4", seconds=2)
    assert_described_alike(sorted(path for path in folder.iterdir() if path.suffix != ".jpg"))


@pytest.mark.long
def test_the_whole_zoo_is_described_as_by_ffprobe(tmp_path: Path) -> None:
    for ending in ("mp4", "m4a", "webm", "mkv", "mp3", "flac", "mov"):
        zoo.cut_off(tmp_path / f"cut.{ending}", seconds=4)
    for name in ("c.ts", "c.vob", "c.mpg", "c.ogg", "c.opus", "c.mp3", "c.aac", "c.mkv"):
        zoo.joint(tmp_path / name, seconds=3)
    for name in ("gap.ts", "gap.mkv", "gap.mp4"):
        zoo.clock_gap(tmp_path / name, seconds=6, at=3)
    for ending in ("mp4", "mkv"):
        zoo.with_hole(tmp_path / f"hole.{ending}", seconds=6, hole=(2, 4))
        zoo.ends_early(tmp_path / f"picture.{ending}", what="video", seconds=5, after=2)
        zoo.damaged(tmp_path / f"damaged.{ending}", seconds=4)
        zoo.undecodable(tmp_path / f"unknown.{ending}", seconds=2)
        zoo.slides(tmp_path / f"slides.{ending}")
    zoo.other_ids(tmp_path / "ids.ts", seconds=3)
    zoo.changing(tmp_path / "changing.ts")
    zoo.lying_wav(tmp_path / "lying.wav", 1000, seconds=2)
    zoo.adpcm(tmp_path / "adpcm.wav", seconds=3)
    zoo.anti_phase(tmp_path / "anti.flac")
    zoo.microphones(tmp_path / "microphones.wav", 6, 2)
    zoo.two_programmes(tmp_path / "programmes.ts", seconds=2)
    assert_described_alike(sorted(tmp_path.iterdir()))


def test_the_samples_are_described_as_by_ffprobe() -> None:
    assert_described_alike(sorted(path for path in (ROOT / "samples").iterdir() if path.suffix in (".mp4", ".m4a")))


# --- the processes -----------------------------------------------------------------------------------------------


def test_several_are_probed_with_one_start_of_ffprobe(folder: Path, asked: list[str]) -> None:
    paths = sounds(folder, "voice.opus", SOUNDS["voice.opus"])
    alone = [probe_recording(path, path.name) for path in paths]
    asked.clear()
    broken = folder / "broken.opus"
    broken.write_bytes(b"OggS" + bytes(100))
    inputs = tuple((Source(path.name, str(path)), None) for path in (*paths, broken))
    state = probe_several.fn("5 inputs", inputs)
    assert isinstance(state, State)
    assert (state.name, state.message) == ("Not ok", "1 of 4 did not end ok")
    assert isinstance(state.data, SeveralNotOk)
    *found, failed = state.data.found
    assert found == alone
    assert isinstance(failed, MediaError)
    assert not isinstance(failed, NotMedia)
    assert asked == [paths[0].name, broken.name]


def test_files_of_a_process_that_is_killed_are_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is killed as soon as it is asked."""
    paths = [str(path) for path in sounds(folder, "cd.flac", SOUNDS["cd.flac"])]
    readers, answer = Readers(1), av_pool._answer

    def answer_of_killed(process: subprocess.Popen[str], paths: Sequence[str]) -> tuple[Reading | None, ...]:
        process.kill()
        process.wait()
        return answer(process, paths)

    with monkeypatch.context() as killing:
        killing.setattr(av_pool, "_answer", answer_of_killed)
        found = readers.read(paths)
    assert (found, readers.deaths) == ((None,) * len(paths), 1)
    assert None not in readers.read(paths)
    readers.close()


def test_one_that_ended_while_idle_is_replaced(folder: Path) -> None:
    paths = [str(path) for path in sounds(folder, "cd.flac", SOUNDS["cd.flac"])]
    readers = Readers(1)
    readers.read(paths)
    readers._idle[0].kill()
    readers._idle[0].wait()
    assert None not in readers.read(paths)
    readers.close()
    assert readers.deaths == 0


def test_after_three_deaths_ffprobe_is_asked_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = [sys.executable, "-c", "input()"]
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(program, stdin=pipe, stdout=pipe, encoding="ascii"))
        return started[-1]

    monkeypatch.setattr(av_pool, "_started", start)
    readers = Readers(2)
    assert [readers.read(["a", "b"]) for _ in range(5)] == [(None, None)] * 5
    assert len(started) == 3


def test_the_processes_end_with_the_program(folder: Path) -> None:
    (path, *_) = sounds(folder, "cd.flac", SOUNDS["cd.flac"])
    words = "\n".join(
        (
            "import sys, time",
            "from tasks.media import av_pool",
            "assert av_pool.read_ahead([sys.argv[1]])[0]",
            "print(av_pool._readers._idle[0].pid, flush=True)",
            "time.sleep(60)",
        )
    )
    program = subprocess.Popen([sys.executable, "-c", words, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert program.stdout is not None
    reader = int(program.stdout.readline())
    program.kill()
    program.communicate()
    while True:
        try:
            os.kill(reader, 0)
            if Path(f"/proc/{reader}/stat").read_text().split()[2] == "Z":
                break  # nobody reaps it here
        except (ProcessLookupError, FileNotFoundError):
            break
        time.sleep(0.05)
