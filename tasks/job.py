"""One run, resolved: every name looked up, every default filled in. It travels to each task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.types import ModelSpec, Price, ProviderSpec, ScenarioSpec
from tasks.errors import MediaError
from tasks.omni.modes import TEXT, Modes
from tasks.planning.plan import AnalysisSpec, plan_analysis
from tasks.planning.rate import Limits
from tasks.planning.transport import Choice
from tasks.records import AnalysisPlan, Kind, Question, Recording
from tasks.tables.rows import RunInfo


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of whom, and where the tables lie. Holds no key and no client, so it may travel."""

    run: RunInfo
    dataset: str
    scenario: ScenarioSpec
    model: ModelSpec
    provider: ProviderSpec
    base_url: str | None  # None: the embedded engine, not started yet
    price: Price | None
    questions: Mapping[Kind, Question]  # by the kind of recording that the prompt is made for
    concurrency: int
    limits: Limits = field(default=Limits())
    transport: Choice = "auto"
    modes: Modes = TEXT
    max_cost_nano: int | None = None  # what the run may spend, in billionths; None: all that it takes

    def plan(self, recording: Recording) -> AnalysisPlan:
        """The questions to ask about a recording. Raises MediaError where the prompt does not fit its kind."""
        question = self.questions.get(recording.kind)
        if question is None:
            known = " and ".join(sorted(self.questions))
            raise MediaError(
                f"The prompt is made for {known}, but {recording.name} is {recording.kind}: "
                "choose another --prompt, or leave it out to take the scenario's own."
            )
        return plan_analysis(recording, self.spec(question))

    def spec(self, question: Question) -> AnalysisSpec:
        """What is wanted of a recording that is asked about so."""
        return AnalysisSpec(self.scenario, self.model, self.provider, question, self.transport, self.modes)
