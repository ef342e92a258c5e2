"""Name subtitle files. Pure.

They lie next to their recording, or below a folder that keeps the tree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from urllib.parse import urlsplit

UNDETERMINED = "und"  # BCP 47

ENDINGS = frozenset(("srt", "vtt", "ass", "ssa", "sub", "ttml", "dfxp", "lrc", "smi", "sbv", "stl"))
"""The endings of files that players take for subtitles."""


def stem_paths(recordings: Mapping[str, str]) -> dict[str, str]:
    """Return the path, without endings, of each recording's files.

    `recordings`: the recording's path -> the path that its files should have, with the recording's own ending. That
    goes away, unless another recording would then have the same: `talk.mp4` next to `talk.mkv` keeps it.

    >>> stem_paths({"/a/talk.mp4": "/a/talk.mp4", "/a/talk.mkv": "/a/talk.mkv", "/a/tea.mp3": "/a/tea.mp3"})
    {'/a/talk.mp4': '/a/talk.mp4', '/a/talk.mkv': '/a/talk.mkv', '/a/tea.mp3': '/a/tea'}
    """
    stems = {recording: _without_ending(path) for recording, path in recordings.items()}
    shared = Counter(stems.values())
    return {
        recording: path if shared[stems[recording]] > 1 else stems[recording] for recording, path in recordings.items()
    }


def file_path(stem: str, language: str, name: str, *, sdh: bool = False, is_second: bool = False) -> str:
    """Return the path of a file: `talk.en.srt`, as players match it.

    Where nobody knows the language (`und`) it is `talk.srt`, which players show as a track of unknown language; none
    takes `und` for a language. Lyrics have no language in their name, since players look for `song.lrc`, unless they
    are a translation (`is_second`).

    >>> file_path("/a/talk", "en", "srt"), file_path("/a/talk", "en", "vtt", sdh=True)
    ('/a/talk.en.srt', '/a/talk.en.sdh.vtt')
    >>> file_path("/a/song", "en", "lrc"), file_path("/a/talk", "und", "srt")
    ('/a/song.lrc', '/a/talk.srt')
    """
    if name == "lrc":
        return f"{stem}.{language}.lrc" if is_second else f"{stem}.lrc"
    tag = "" if language == UNDETERMINED else f".{language}"
    return f"{stem}{tag}{'.sdh' if sdh else ''}.{name}"


def below(out: str, recording: str, folders: Sequence[str]) -> str:
    """Return where a recording would lie below `out`, the tree being kept.

    That is the tree below the folders that were searched. What was named itself, or has an address, has no tree.

    >>> below("/subs", "/talks/2026/tea.mp4", ["/talks"]), below("/subs", "/talks/tea.mp4", [])
    ('/subs/2026/tea.mp4', '/subs/tea.mp4')
    >>> below("/subs", "https://example.org/a/tea.mp4?token=1", ["/talks"])
    '/subs/tea.mp4'
    """
    if "://" in recording:
        return str(PurePath(out, PurePath(urlsplit(recording).path).name))
    path = PurePath(recording)
    inside = [path.relative_to(folder) for folder in folders if path.is_relative_to(folder)]
    return str(PurePath(out, min(inside, key=lambda one: len(one.parts), default=path.name)))


def is_subtitle_of(name: str, recording: str) -> bool:
    """Tell whether a file in a recording's folder holds subtitles of it, by its name.

    >>> is_subtitle_of("talk.de.srt", "talk.mp4"), is_subtitle_of("talk2.srt", "talk.mp4")
    (True, False)
    """
    ending = name.rpartition(".")[2].lower()
    return ending in ENDINGS and name.startswith(f"{_without_ending(recording)}.")


def _without_ending(path: str) -> str:
    pure = PurePath(path)
    return str(pure.with_suffix("")) if pure.suffix else path
