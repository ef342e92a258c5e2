"""What is wanted of a recording, as the planner takes it."""

from __future__ import annotations

from dataclasses import dataclass

from config.types import ModelSpec, ProviderSpec, ScenarioSpec
from tasks.planning.modes import TEXT, Modes
from tasks.planning.transport import TransportChoice
from tasks.records import CutReason, Picture, Question, Span, Tokens, Transport


@dataclass(frozen=True, slots=True)
class AnalysisSpec:
    """A scenario's question, asked of a model at a provider."""

    scenario: ScenarioSpec
    model: ModelSpec
    provider: ProviderSpec
    question: Question
    transport: TransportChoice = "auto"
    modes: Modes = TEXT


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """What is shown of a recording: its spans, and of each the picture and the tokens, without text and answer."""

    spans: tuple[Span, ...]
    pictures: tuple[Picture | None, ...]
    tokens: tuple[Tokens, ...]
    reason: CutReason  # what set the length of the spans
    transport: Transport
    heard: bool
    params: dict[str, object]  # what of it is part of the identity
