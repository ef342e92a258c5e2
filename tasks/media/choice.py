"""Choose the picture and the sound of a recording, and say what is left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ffmpeg

from tasks.media.audio_tracks import AudioTrack, ChosenSounds, chosen_sounds, track_name
from tasks.media.declared import encrypted_kinds
from tasks.media.ffmpeg import media_input, run
from tasks.media.streams import is_unreadable, pick, seconds, undecodable, usable
from tasks.media.transport_tables import scrambled_ids
from tasks.media_records import MissingPart, MissingReason

Json = Mapping[str, Any]

_LISTENED_S = 20  # of a track, at some places
_PLACES = (0.0, 0.3, 0.6, 0.85)  # of its length
_SILENT_DB = -60.0
_TIME_LIMIT_S = 120
_MAX_VOLUME = re.compile(r"max_volume: (-?[\d.]+|-inf) dB")


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice has the streams to be analysed, and the kinds that cannot be read."""

    video: Json | None
    audio: Json | None
    unreadable: Mapping[str, MissingReason] = field(default_factory=dict)
    mixed: tuple[Json, ...] = ()  # the sounds that are mixed, of which `audio` is one; (): it alone
    audio_track: str = ""  # as somebody chose it, the number or "all"; "": nobody did
    notes: tuple[str, ...] = ()

    def missing(self, duration_ms: int) -> tuple[MissingPart, ...]:
        """Return the kinds that cannot be read as parts that are missing."""
        names = {"video": "picture", "audio": "sound"}
        return tuple(
            MissingPart("picture" if names[kind] == "picture" else "sound", 0, duration_ms, reason)
            for kind, reason in self.unreadable.items()
        )


def choose_streams(path: Path | None, answer: Json, uri: str = "", wanted: AudioTrack | None = None) -> Choice:
    """Return the default picture, and its sound or the one that is wanted.

    Of several sounds, one that is heard is preferred to a silent default; there is no `path` to what lies at an
    address, and nobody listens. Raises NoSuchTrack.
    """
    streams: Sequence[Json] = answer["streams"]
    bad = undecodable(answer.get("warnings", ()))
    encrypted = [stream for stream in streams if int(stream["index"]) in _encrypted(path, answer)] if path else []
    locked = {str(stream.get("codec_type")) for stream in encrypted}
    bad |= {int(stream["index"]) for stream in encrypted}
    unreadable: dict[str, MissingReason] = {}
    if is_unreadable(streams, "video", bad):
        unreadable["video"] = "encrypted" if "video" in locked else "undecodable"
    if is_unreadable(streams, "audio", bad):
        unreadable["audio"] = "encrypted" if "audio" in locked else "undecodable"
    video = pick(streams, "video", bad)
    together = _programme(answer, video)
    tracks = usable([stream for stream in streams if stream.get("index") in together], "audio", bad)
    tracks = tracks or usable(streams, "audio", bad)
    audio, chosen = pick(tracks, "audio"), ChosenSounds((), "")
    if wanted is not None:
        chosen = chosen_sounds(uri, streams, wanted, bad, together)
        audio = pick(chosen.streams, "audio")
    elif path is not None and audio is not None and len(tracks) > 1:
        audio = _heard(path, audio, tracks, seconds(answer["format"].get("duration")) or 0.0)
    mixed = chosen.streams if len(chosen.streams) > 1 else ()
    notes = (*_left_out(streams, "audio", mixed or (audio,), bad), *_left_out(streams, "video", (video,), bad))
    return Choice(video, audio, unreadable, mixed, chosen.name, notes)


def _encrypted(path: Path, answer: Json) -> frozenset[int]:
    """Return the indexes of the streams that are encrypted, of which ffmpeg would decode noise."""
    container, streams = str(answer["format"]["format_name"]), answer["streams"]
    if "mov" in container.split(","):
        kinds = encrypted_kinds(path)
        return frozenset(int(stream["index"]) for stream in streams if stream.get("codec_type") in kinds)
    if container != "mpegts":
        return frozenset()
    ids = scrambled_ids(path)
    return frozenset(int(stream["index"]) for stream in streams if int(str(stream.get("id", "0")), 16) in ids)


def _programme(answer: Json, video: Json | None) -> frozenset[int]:
    """Return the streams of the programme that has the picture.

    Of a file without programmes they are all of them.
    """
    for programme in answer.get("programs", ()):
        indexes = frozenset(int(stream["index"]) for stream in programme.get("streams", ()))
        if video is not None and int(video["index"]) in indexes:
            return indexes
    return frozenset(int(stream["index"]) for stream in answer["streams"])


def _heard(path: Path, default: Json, tracks: Sequence[Json], duration_s: float) -> Json:
    """Return the default, or where that is silent the first track that is not."""
    others = [track for track in tracks if track is not default]
    return next((track for track in (default, *others) if _is_heard(path, track, duration_s)), default)


def _is_heard(path: Path, track: Json, duration_s: float) -> bool:
    for place in _PLACES:
        at = duration_s * place
        seek = {"ss": round(at, 3)} if at else {}
        heard = media_input(path, **seek, t=_LISTENED_S)[str(track["index"])].filter("volumedetect")
        command = ffmpeg.output(heard, "-", format="null", max_error_rate=1)
        done = run(command, _TIME_LIMIT_S, f"listening to a track of {path.name}", check=False)
        loud = [match[1] for line in done.log if (match := _MAX_VOLUME.search(line.text))]
        if loud and float(loud[-1]) > _SILENT_DB:
            return True
        if duration_s <= _LISTENED_S:
            break
    return False


def _left_out(streams: Sequence[Json], kind: str, taken: Sequence[Json | None], bad: Collection[int]) -> Iterator[str]:
    """Yield a note where a file holds more of a kind than one."""
    of_kind = usable(streams, kind, bad)
    there = ", ".join(track_name(streams, stream) for stream in of_kind if stream in taken)
    others = ", ".join(track_name(streams, stream) for stream in of_kind if stream not in taken)
    several = f"of its {len(of_kind)} {'sounds' if kind == 'audio' else 'pictures'}"
    if len(taken) > 1:
        yield f"{several} {there} are mixed" + (f", and not {others}" if others else "")
    elif there and others:
        yield f"{several} {there} is analysed, and not {others}"
