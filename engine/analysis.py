"""Analyse one request, from its media to findings.

Sound and picture are analysed at the same time, each reading as it goes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine import usage
from engine.decoding import FRAME_RATE, Frame, Sound, analysed_rate, decode_sound, frames
from engine.failures import Abandoned, Refusal
from engine.findings import Findings, Shot, SoundKinds, TextSightings, Utterance
from engine.hearing import hear
from engine.listening import transcribe
from engine.media import Media, probed, stored
from engine.pictures import picture_frames, size_of
from engine.progress import HEAR, TELL_APART, TRANSCRIBE, Progress
from engine.prompting import AnswerSpec
from engine.request import ChatRequest
from engine.shots import ShotMeter
from engine.texts import TextFollower
from engine.usage import PictureSize
from engine.voices import tell_apart

MOST_MEDIA_MS = 3 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip has the media of a request, on the disk and known to be readable."""

    folder: Path
    duration_ms: int
    video: Media | None
    pictures: tuple[Path, ...]
    picture_rate: float
    sound: Media | None
    tokens: dict[str, int]  # of the media, by modality


def prepared(request: ChatRequest, folder: Path) -> Clip:
    """Put the media of a request into files, ready to be analysed.

    Raises Refusal where the media are missing, unreadable, or not what the part says.
    """
    video = probed(stored(request.video, folder, "video")) if request.video else None
    audio = probed(stored(request.audio, folder, "audio")) if request.audio else None
    pictures = tuple(stored(each, folder, f"picture-{number}") for number, each in enumerate(request.pictures))
    if video is None and audio is None and not pictures:
        raise Refusal("The request holds no media; the embedded engine answers only about a recording or an image.")
    if audio is not None and not audio.has_sound:
        raise Refusal("The part input_audio holds no sound.")
    if video is not None and not video.width:
        raise Refusal("The part video_url holds no picture; send sound as input_audio.")
    sound = audio or (video if video and video.has_sound else None)
    lengths = [each.duration_ms for each in (video, audio) if each] + [round(len(pictures) * 1000 / request.fps)]
    if max(lengths) > MOST_MEDIA_MS:
        raise Refusal("The media file is too long: at most 3 hours.")
    tokens = _tokens(request, video, pictures, sound)
    return Clip(folder, max(lengths), video, pictures, request.fps, sound, tokens)


def pictures_apart(clip: Clip) -> tuple[Clip, ...]:
    """Return a clip of several images as one clip for each; another as it is."""
    if len(clip.pictures) < 2 or clip.sound:
        return (clip,)
    shown_ms = round(1000 / clip.picture_rate)
    return tuple(replace(clip, pictures=(picture,), duration_ms=shown_ms) for picture in clip.pictures)


def _tokens(
    request: ChatRequest, video: Media | None, pictures: tuple[Path, ...], sound: Media | None
) -> dict[str, int]:
    counted = {"text": usage.text_tokens(request.prompt)}
    if video and request.video:
        rate = video.frame_rate or FRAME_RATE
        shown = max(1, round(video.duration_ms * rate / 1000))
        size = PictureSize(video.width, video.height, shown, rate, request.video.max_pixels)
        counted["video"] = usage.video_tokens(size)
    if pictures:
        sizes = [size_of(path) for path in pictures]
        limit = request.pictures[0].max_pixels
        if request.pictures_are_frames:
            counted["video"] = usage.video_tokens(PictureSize(*sizes[0], len(sizes), FRAME_RATE, limit))
        else:
            counted["image"] = sum(usage.image_tokens(PictureSize(*size, 1, 1, limit)) for size in sizes)
    if sound:
        counted["audio"] = usage.audio_tokens(sound.duration_ms)
    return counted


def analyse(
    clip: Clip, spec: AnswerSpec, tell_speakers_apart: bool, gone: threading.Event, progress: Progress
) -> Findings:
    """Find what the spec asks for in a clip.

    `progress` is told how far it is. Raises Abandoned soon after `gone` is set, Refusal where the media turn out to be
    damaged.
    """
    stop = threading.Event()

    def check() -> None:
        if gone.is_set() or stop.is_set():
            raise Abandoned

    def see() -> tuple[tuple[Shot, ...], TextSightings] | None:
        return _see(clip, check, progress)

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="picture") as beside:
        seeing = beside.submit(see)
        try:
            kinds, said, apart, heard_ms = _listen(clip, spec, tell_speakers_apart, check, progress)
            seen = seeing.result()
        finally:
            stop.set()
    return Findings(
        duration_ms=max(clip.duration_ms, heard_ms, 1),
        shots=seen[0] if seen else None,
        texts=seen[1] if seen else None,
        sound=kinds,
        utterances=said,
        speakers_told_apart=apart,
    )


def _see(clip: Clip, check: Callable[[], None], progress: Progress) -> tuple[tuple[Shot, ...], TextSightings] | None:
    if clip.video is None and not clip.pictures:
        return None
    rate = analysed_rate(clip.video) if clip.video else clip.picture_rate
    meter, follower, count = ShotMeter(), TextFollower(rate), 0
    ahead = max(1.0, clip.duration_ms * rate / 1000)
    progress.picture = 0.0
    with _frames(clip) as pictures:
        for frame in pictures:
            check()
            meter.add(frame)
            follower.add(frame)
            count += 1
            progress.picture = min(1.0, count / ahead)
    if not count:
        raise Refusal("The picture could not be decoded: the file is damaged.")
    duration = max(clip.duration_ms, 1)
    return tuple(meter.shots(rate, duration)), follower.texts(duration)


@contextmanager
def _frames(clip: Clip) -> Iterator[Iterator[Frame]]:
    if clip.video is None:
        yield picture_frames(clip.pictures)
        return
    with frames(clip.video) as pictures:
        yield pictures


def _listen(
    clip: Clip, spec: AnswerSpec, tell_speakers_apart: bool, check: Callable[[], None], progress: Progress
) -> tuple[SoundKinds | None, tuple[Utterance, ...] | None, bool, int]:
    """Return kinds of sound, utterances, whether speakers are told apart, the length."""
    if clip.sound is None:
        return None, None, False, 0
    apart = spec.english and tell_speakers_apart and spec.profiles
    progress.begin_sound([HEAR, *([TELL_APART] if apart else []), *([TRANSCRIBE] if spec.english else [])])

    def part(name: str) -> AbstractContextManager[Callable[[float], None]]:
        return _part(name, check, progress)

    with part("sounds") as reached:
        sound: Sound = decode_sound(clip.sound, clip.folder / "sound.s16le")
        kinds = hear(sound, reached)
    if not spec.english or not kinds.speech:
        progress.sound = 1.0
        return kinds, None, False, sound.duration_ms
    turns = None
    if apart:
        with part("voices") as reached:
            turns = tell_apart(sound, kinds.speech, reached)
    with part("words") as reached:
        said = tuple(transcribe(sound, kinds.speech, turns, reached))
    return kinds, said, apart, sound.duration_ms


@contextmanager
def _part(name: str, check: Callable[[], None], progress: Progress) -> Iterator[Callable[[float], None]]:
    """Give a part of listening what it calls with the share that is done."""

    def reached(share: float) -> None:
        check()
        progress.heard(share)

    progress.begin_part(name)
    yield reached
    progress.end_part()
