"""What one message to a model may hold, as far as planning needs to know. Pure."""

from __future__ import annotations

from config.types import ModelSpec, ProviderSpec


def modalities_taken(model: ModelSpec, provider: ProviderSpec) -> int:
    """How many modalities one message may hold beside text."""
    return provider.dialect.modalities_per_message or model.modalities_per_message


def hears_soundtrack(provider: ProviderSpec) -> bool:
    """Whether the sound of a video is heard; where it is not, it has to be sent beside it."""
    return provider.dialect.soundtrack_heard
