"""Check what a model and its server take in one request, before anything is sent.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config.types import MediaLimits, ModelSpec, PartType, ProviderSpec
from tasks.omni.parts import File, Frames, Image, Link, Medium, Sound, Video, modality, sources
from tasks.planning.request_limits import hears_soundtrack, modalities_taken

Media = Sequence[Medium]

_PART: dict[type[Medium], PartType] = {
    Video: "video_url",
    Frames: "video",
    Image: "image_url",
    Sound: "input_audio",
}


def unsupported_media(messages: Sequence[Media], model: ModelSpec, provider: ProviderSpec) -> str | None:
    """Explain why these media cannot be asked about; None: they can.

    `messages` are the media of each user message.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> dashscope, flash = known.providers["dashscope"], known.models["qwen3.5-omni-flash"]
    >>> unsupported_media([[Sound(Link("ftp://a.example/a.wav"))]], flash, dashscope).rpartition("; ")[2]
    'found ftp://.'
    """
    complaints = (
        complaint
        for check in (_modalities, _soundtracks, _parts, _frames, _links, _formats, _counts)
        for complaint in check(messages, model, provider)
    )
    return next(complaints, None)


def _modalities(messages: Sequence[Media], model: ModelSpec, provider: ProviderSpec) -> Iterator[str]:
    most = modalities_taken(model, provider)
    for media in messages:
        kinds = list(dict.fromkeys(modality(medium) for medium in media))
        if len(kinds) > most:
            taken = "one modality" if most == 1 else f"{most} modalities"
            yield (
                f"{model.name} at {provider.title} takes {taken} beside text in one message, "
                f"but this one holds {' and '.join(kinds)}. Ask about each in a message of its own."
            )


def _soundtracks(messages: Sequence[Media], model: ModelSpec, provider: ProviderSpec) -> Iterator[str]:
    del model
    for media in messages:
        videos = sum(isinstance(medium, Video) and medium.sound for medium in media)
        sounds = sum(isinstance(medium, Sound) for medium in media)
        if not hears_soundtrack(provider) and videos > sounds:
            yield (
                f"{provider.title} does not hear the soundtrack of a video, "
                "so it must be sent beside the video as a sound of its own."
            )


def _parts(messages: Sequence[Media], model: ModelSpec, provider: ProviderSpec) -> Iterator[str]:
    for medium in _all(messages):
        part = _PART[type(medium)]
        if part not in model.parts:
            yield f"{model.name} takes no {part}, only {', '.join(model.parts)}."
        spoken = "image_url" if part == "video" and "video" not in provider.dialect.parts else part
        if spoken not in provider.dialect.parts:
            yield f"{provider.title} takes no {spoken}, only {', '.join(provider.dialect.parts)}."


def _frames(messages: Sequence[Media], model: ModelSpec, provider: ProviderSpec) -> Iterator[str]:
    del provider
    fewest, most = model.min_list_frames, model.max_list_frames
    for medium in _all(messages):
        if isinstance(medium, Frames) and not fewest <= len(medium.pictures) <= most:
            yield (
                f"{model.name} takes a list of {fewest:,} to {most:,} frames as a video, "
                f"but this one has {len(medium.pictures):,}."
            )
        rate = None if isinstance(medium, Sound) else medium.sampling.fps
        if rate is not None and not model.min_fps <= rate <= model.max_fps:
            yield f"{model.name} looks at {model.min_fps:g} to {model.max_fps:g} frames per second, not at {rate:g}."


def _links(messages: Sequence[Media], model: ModelSpec, provider: ProviderSpec) -> Iterator[str]:
    del model
    for medium in _all(messages):
        for source in sources(medium):
            if isinstance(source, Link) and source.scheme not in provider.dialect.links:
                known = " or ".join(", ".join(f"{scheme}://" for scheme in provider.dialect.links).rsplit(", ", 1))
                wanted = f"only addresses that begin with {known}" if known else "no addresses: send the file itself"
                yield f"{provider.title} fetches {wanted}; found {source.scheme or 'no scheme'}://."


def _formats(messages: Sequence[Media], model: ModelSpec, provider: ProviderSpec) -> Iterator[str]:
    del model
    taken = provider.dialect.audio_formats
    for medium in _all(messages):
        if isinstance(medium, Sound) and isinstance(medium.source, File) and taken:
            found = medium.source.media_format
            if found not in taken:
                yield f"{provider.title} takes sound as {' or '.join(taken)}, not as {found}."


def _counts(messages: Sequence[Media], model: ModelSpec, provider: ProviderSpec) -> Iterator[str]:
    """Check the files of each modality in one request, and those in base64.

    A list of frames counts as one video.
    """
    del provider
    limits: tuple[tuple[str, MediaLimits], ...] = (
        ("video", model.video),
        ("audio", model.audio),
        ("image", model.image),
    )
    for kind, limit in limits:
        found = [medium for medium in _all(messages) if modality(medium) == kind]
        files = [medium for medium in found if any(isinstance(source, File) for source in sources(medium))]
        if len(found) > limit.per_request_url:
            yield _too_many(model, limit.per_request_url, kind, "", len(found))
        if len(files) > limit.per_request_base64:
            yield _too_many(model, limit.per_request_base64, kind, " in base64", len(files))


def _too_many(model: ModelSpec, most: int, kind: str, how: str, found: int) -> str:
    files = "file" if most == 1 else "files"
    return f"{model.name} takes {most:,} {kind} {files} per request{how}, but this one has {found:,}."


def _all(messages: Sequence[Media]) -> Iterator[Medium]:
    return (medium for media in messages for medium in media)
