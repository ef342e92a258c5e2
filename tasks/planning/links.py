"""Know which addresses a model's server can fetch by itself, as they are. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from config.types import MediaLimits
from tasks.planning.spec import AnalysisSpec
from tasks.records import Recording

_KNOWN_BY = {"matroska": "mkv", "asf": "wmv"}
_IMAGES = frozenset({"png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe"})  # that the service reads
_FRAME_OF_A_LIST = ""  # of which nobody has looked at more than its size


def may_be_linked(recording: Recording, spec: AnalysisSpec, seen: str | None = None) -> bool:
    """Return whether the server can fetch a file, and takes it as it is.

    `seen` is what the file is asked about as, where that is not its kind.
    """
    limits: MediaLimits = getattr(spec.model, seen or recording.kind)
    dialect = spec.provider.dialect
    return (
        recording.id_basis == "url"
        and not recording.audio_track  # the server would hear another one
        and urlsplit(recording.path).scheme in dialect.links
        and 0 < recording.size_bytes <= limits.max_bytes
        and (_image_is_taken(recording) if recording.kind == "image" else _is_taken(recording, spec, limits))
    )


def may_all_be_linked(recording: Recording, spec: AnalysisSpec) -> bool:
    """Return whether the server can fetch every file of a recording."""
    return spec.transport == "auto" and all(may_be_linked(member, spec) for member in recording.members or (recording,))


def _is_taken(recording: Recording, spec: AnalysisSpec, limits: MediaLimits) -> bool:
    names = {_KNOWN_BY.get(name, name) for name in recording.container.split(",")}
    heard = spec.provider.dialect.soundtrack_heard or recording.audio is None or recording.video is None
    return heard and bool(names & set(limits.formats))


def _image_is_taken(recording: Recording) -> bool:
    """Return whether nobody has to convert a picture, or turn it upright."""
    taken = recording.container in _IMAGES or recording.container == _FRAME_OF_A_LIST
    return taken and '"Display Matrix"' not in recording.probe_json
