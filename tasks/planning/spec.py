"""Hold what the planner takes, the analysis spec, and what it makes of media."""

from __future__ import annotations

from dataclasses import dataclass

from config.types import ModelSpec, ProviderSpec, ScenarioSpec
from tasks.planning.modes import TEXT, Modes
from tasks.planning.transport import TransportChoice
from tasks.records import CutReason, Picture, Question, Span, Tokens, Transport


@dataclass(frozen=True, slots=True)
class AnalysisSpec:
    """An analysis' spec has a scenario's question, asked of a model at a provider."""

    scenario: ScenarioSpec
    model: ModelSpec
    provider: ProviderSpec
    question: Question
    transport: TransportChoice = "auto"
    modes: Modes = TEXT
    spans: tuple[Span, ...] = ()  # the parts of a recording to ask about; (): all of it, as of what is never cut
    marks: tuple[tuple[str, str], ...] = ()  # names and values that are part of the identity, for the job that plans
    silences: tuple[Span, ...] | None = None  # of the recording; None: nobody listened


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """A media plan says what is shown: the spans, and the picture and tokens of each.

    The tokens are those of the media, without text and answer.
    """

    spans: tuple[Span, ...]
    pictures: tuple[Picture | None, ...]
    tokens: tuple[Tokens, ...]
    reason: CutReason  # what set the length of the spans
    transport: Transport
    heard: bool
    params: dict[str, object]  # what of it is part of the identity
    owned: tuple[Span, ...] = ()  # the window of each span, where spans may overlap
