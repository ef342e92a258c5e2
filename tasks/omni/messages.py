"""Build a chat request from a conversation, in the dialect of the provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.types import ModelSpec, ProviderSpec
from tasks.errors import BadRequest, TooLarge
from tasks.omni.conversation import Message, UserMessage
from tasks.omni.dialects import content_parts, request_fields
from tasks.omni.encoded import Base64, json_pieces
from tasks.omni.limits import unsupported_media
from tasks.omni.parts import Link, Medium, sources
from tasks.planning.modes import TEXT, Modes, unsupported_modes

Body = dict[str, Any]

_TEMPORARY_UPLOADS = {"X-DashScope-OssResourceResolve": "enable"}  # or the service does not know `oss://` addresses


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat request reads and encodes its media while it is sent.

    Neither they nor their base64 are held in memory.
    """

    body: tuple[bytes | Base64, ...]
    headers: Mapping[str, str] = field(default_factory=dict)  # beside those of every request

    @property
    def length(self) -> int:
        """Return the bytes of the whole request."""
        return sum(len(piece) if isinstance(piece, bytes) else piece.length for piece in self.body)

    @property
    def media_bytes(self) -> int:
        """Return the bytes of the files in it, before encoding."""
        return sum(piece.size_bytes for piece in self.body if isinstance(piece, Base64))

    def pieces(self) -> Iterator[bytes]:
        """Yield the request's bytes, in order.

        Raises NotFound or NotReadable where a file is gone or has changed.
        """
        for piece in self.body:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece.pieces()


def build_request(
    provider: ProviderSpec,
    model: ModelSpec,
    messages: Sequence[Message],
    modes: Modes = TEXT,
    max_tokens: int | None = None,
) -> ChatRequest:
    """Build the request that continues a conversation.

    Raises BadRequest for what the model or the provider does not take, TooLarge where it passes the provider's limit,
    NotFound, NotReadable.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> flash = known.models["qwen3.5-omni-flash"]
    >>> build_request(known.providers["dashscope"], flash, [UserMessage("Hello?")]).media_bytes
    0
    """
    complaint = unsupported_modes(model, provider, modes) or unsupported_media(
        [t.media for t in messages if isinstance(t, UserMessage)], model, provider
    )
    if complaint is not None:
        raise BadRequest(complaint)
    links = any(isinstance(source, Link) and source.scheme == "oss" for m in _media(messages) for source in sources(m))
    body = json_pieces(request_body(provider, model, messages, modes, max_tokens))
    made = ChatRequest(body, _TEMPORARY_UPLOADS if links else {})
    limit = provider.max_data_uri_bytes
    if made.length > limit:
        raise TooLarge(
            f"A request to {provider.title} may be at most {limit:,} bytes, but this segment makes {made.length:,} "
            f"({made.media_bytes:,} bytes of media, a third more when encoded). Cut it shorter or smaller.",
            needed_bytes=made.length,
            limit_bytes=limit,
        )
    return made


def request_body(
    provider: ProviderSpec,
    model: ModelSpec,
    messages: Sequence[Message],
    modes: Modes = TEXT,
    max_tokens: int | None = None,
) -> Body:
    """Return the body of a request; files stand in it as `Encoded`.

    It is always streamed (documented: anything else is refused), with usage at its end.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> flash = known.models["qwen3.5-omni-flash"]
    >>> sorted(request_body(known.providers["dashscope"], flash, [UserMessage("Hello?")], max_tokens=9))
    ['max_tokens', 'messages', 'modalities', 'model', 'stream', 'stream_options']
    """
    body = {
        "model": model.name,
        "messages": [message_fields(message, provider) for message in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        **modes.fields(model),
        **request_fields(_media(messages), provider.dialect),
    }
    return body if max_tokens is None else {**body, "max_tokens": max_tokens}


def message_fields(message: Message, provider: ProviderSpec) -> Body:
    """Write one message: the user's media and text, the assistant's text.

    >>> from config.catalog import load_catalog
    >>> message_fields(UserMessage("Hello?"), load_catalog().providers["dashscope"])
    {'role': 'user', 'content': [{'type': 'text', 'text': 'Hello?'}]}
    """
    if not isinstance(message, UserMessage):
        return {"role": "assistant", "content": message.text}
    media = [part for medium in message.media for part in content_parts(medium, provider.dialect)]
    return {"role": "user", "content": [*media, {"type": "text", "text": message.text}]}


def _media(messages: Sequence[Message]) -> list[Medium]:
    return [medium for message in messages if isinstance(message, UserMessage) for medium in message.media]
