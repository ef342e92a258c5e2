"""Choose among the sounds of a file as somebody wants. Pure.

Sounds are counted from 0 in the order of the file, as ffmpeg's `0:a:N` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.errors import NoSuchTrack
from tasks.media.streams import is_default, usable

ALL = "all"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """An audio track says which sound of a recording is wanted."""

    name: str  # its number, "all" for all of them mixed, or the tag of a language
    tags: tuple[str, ...] = ()  # of a language: how files write it, in lower case


@dataclass(frozen=True, slots=True)
class ChosenSounds:
    """Chosen sounds are to be mixed, where they are several."""

    streams: tuple[Json, ...]
    name: str  # the number or "all"; "" where the file has a single sound, and nothing was to choose


def chosen_sounds(
    uri: str, streams: Sequence[Json], wanted: AudioTrack, bad: Collection[int], programme: Collection[int]
) -> ChosenSounds:
    """Return the sounds that are wanted of a file.

    `bad` are the indexes of streams that cannot be decoded, `programme` those that belong to the picture: only these
    are mixed. Raises NoSuchTrack.

    >>> sounds = [{"index": n, "codec_type": "audio", "codec_name": "aac", "sample_rate": 48000, "channels": 2,
    ...            "tags": {"language": tag}} for n, tag in ((1, "eng"), (2, "ger"))]
    >>> chosen_sounds("a.mkv", sounds, AudioTrack("de", ("de", "deu", "ger")), (), (1, 2)).name
    '1'
    """
    there = [stream for stream in streams if stream.get("codec_type") == "audio"]
    readable = usable(streams, "audio", bad)
    if wanted.name == ALL:
        together = [stream for stream in readable if stream["index"] in programme] or readable
        return ChosenSounds(tuple(together), ALL if len(there) > 1 else "")
    if wanted.tags:
        found = _of_language(readable, wanted.tags, programme)
    else:
        number = int(wanted.name)
        found = there[number] if number < len(there) else None
    if found is None:
        raise NoSuchTrack(_absent(uri, there, wanted))
    if found not in readable:
        raise NoSuchTrack(f"The sound {track_name(streams, found)} of {uri} cannot be decoded by this ffmpeg.")
    return ChosenSounds((found,), str(_number(streams, found)) if len(there) > 1 else "")


def track_name(streams: Sequence[Json], stream: Json) -> str:
    """Return the number of a stream among those of its kind, its language and title.

    >>> track_name([], {"index": 1, "codec_type": "audio", "tags": {"language": "eng"}})
    '#0 (eng)'
    """
    tags = stream.get("tags", {})
    words = [str(tags[name]) for name in ("language", "title") if tags.get(name) not in (None, "und", "")]
    return f"#{_number(streams, stream)}" + (f" ({', '.join(words)})" if words else "")


def _number(streams: Sequence[Json], stream: Json) -> int:
    before = [one for one in streams if one.get("codec_type") == stream["codec_type"]]
    return sum(int(one["index"]) < int(stream["index"]) for one in before)


def _of_language(readable: Sequence[Json], tags: Sequence[str], programme: Collection[int]) -> Json | None:
    """Return the sound whose tag is nearest.

    Of several it is the default one of the programme, or the first.

    A file may write a region that nobody asked for, "en-US".
    """

    def rank(stream: Json) -> tuple[int, bool, bool, int]:
        near = tags.index(_tag(stream)) if _tag(stream) in tags else len(tags)
        return near, stream["index"] not in programme, not is_default(stream), int(stream["index"])

    fitting = [stream for stream in readable if _tag(stream) in tags or _tag(stream).partition("-")[0] in tags]
    return min(fitting, key=rank, default=None)


def _tag(stream: Json) -> str:
    return str(stream.get("tags", {}).get("language", "")).replace("_", "-").lower()


def _absent(uri: str, there: Sequence[Json], wanted: AudioTrack) -> str:
    asked = f"no sound in the language {wanted.name}" if wanted.tags else f"no sound #{wanted.name}"
    if not there:
        return f"{uri} has {asked}, since it has no sound at all: leave out --audio-track."
    named = ", ".join(track_name(there, stream) for stream in there)
    return f"{uri} has {asked}; it has {named} (counted from 0): choose one of them, or leave out --audio-track."
