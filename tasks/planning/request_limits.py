"""Know what one message to a model may hold, as far as planning needs it. Pure."""

from __future__ import annotations

from config.types import ModelSpec, ProviderSpec


def modalities_taken(model: ModelSpec, provider: ProviderSpec) -> int:
    """Count the modalities that one message may hold, text aside.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> modalities_taken(known.models["qwen3.5-omni-flash"], known.providers["vllm"])
    2
    """
    return provider.dialect.modalities_per_message or model.modalities_per_message


def hears_soundtrack(provider: ProviderSpec) -> bool:
    """Return whether the sound of a video is heard; if not, it is sent as a file.

    >>> from config.catalog import load_catalog
    >>> hears_soundtrack(load_catalog().providers["vllm"])
    False
    """
    return provider.dialect.soundtrack_heard
