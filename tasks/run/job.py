"""Hold a run with every name looked up and every default filled in.

It travels to each task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from config.types import ModelSpec, Price, ProviderSpec, ScenarioSpec
from tasks.errors import MediaError
from tasks.inputs.overrides import AS_THE_RUN, InputOptions
from tasks.media.audio_tracks import AudioTrack
from tasks.moderation.rules import Rules
from tasks.planning.modes import TEXT, Modes
from tasks.planning.plan import AnalysisSpec, plan_analysis
from tasks.planning.rate import RateLimits
from tasks.planning.transport import TransportChoice
from tasks.records import AnalysisPlan, Kind, Question, Recording, Span
from tasks.tables.rows import RunInfo


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A question set is one way of asking.

    It has a scenario, and a question for each kind of recording that the prompt is made for.
    """

    scenario: ScenarioSpec
    questions: Mapping[Kind, Question]
    audio_track: AudioTrack | None = None  # which sound of a recording is wanted


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a recording is what a pass looks at, and the analysis that chose it."""

    spans: tuple[Span, ...] = ()  # (): all of it
    after: str = ""  # an analysis_id; "": nothing came before


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Job:
    """A job says what is asked of whom, and where the tables lie.

    It holds no key and no client, so it may travel.
    """

    run: RunInfo
    dataset: str
    scenario: ScenarioSpec
    model: ModelSpec
    provider: ProviderSpec
    base_url: str | None  # None: the embedded engine, not started yet
    price: Price | None
    questions: Mapping[Kind, Question]  # by the kind of recording that the prompt is made for
    concurrency: int
    limits: RateLimits = field(default=RateLimits())
    transport: TransportChoice = "auto"
    modes: Modes = TEXT
    max_cost_nano: int | None = None  # what the run may spend, in billionths; None: all that it takes
    question_sets: Mapping[InputOptions, QuestionSet] = field(
        default_factory=dict
    )  # of the inputs that are asked about in their own way
    cautions: tuple[str, ...] = ()  # what people should know before they pay
    audio_track: AudioTrack | None = None  # which sound of a recording is wanted
    rules: Rules | None = None  # of a moderation's pass; None: nothing is judged

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what people should know, also about how answers will be read."""
        sets = (self.questions, *(one.questions for one in self.question_sets.values()))
        notes = (question.note for each in sets for question in each.values() if question.note)
        return tuple(dict.fromkeys((*self.cautions, *notes)))

    def question_set(self, options: InputOptions = AS_THE_RUN) -> QuestionSet:
        """Return the question set of an input with these options.

        Raises KeyError for options that were not resolved.
        """
        as_the_run = QuestionSet(self.scenario, self.questions, self.audio_track)
        return as_the_run if options == AS_THE_RUN else self.question_sets[options]

    def plan(
        self,
        recording: Recording,
        options: InputOptions = AS_THE_RUN,
        silences: tuple[Span, ...] | None = None,
        part: Part = WHOLE,
    ) -> AnalysisPlan:
        """Plan the questions about a recording or a part of it; silences may be known.

        Raises MediaError where the prompt does not fit its kind.
        """
        question_set = self.question_set(options)
        question = question_set.questions.get(recording.asked_as)
        if question is None:
            known = " and ".join(sorted(question_set.questions))
            raise MediaError(
                f"The prompt is made for {known}, but {recording.name} is {recording.kind}: "
                "choose another --prompt, or leave it out to take the scenario's own."
            )
        marks = (("pass", self.rules.pass_name),) if self.rules else ()
        after = (("after", part.after),) if part.after else ()
        spec = self._spec(question_set.scenario, question)
        spec = replace(spec, spans=part.spans, marks=(*marks, *after), silences=silences)
        return plan_analysis(recording, spec)

    def is_listened_to(self, recording: Recording, options: InputOptions = AS_THE_RUN) -> bool:
        """Return whether the plan of a recording depends on where it is silent."""
        question = self.question_set(options).questions.get(recording.asked_as)
        return question is not None and question.segments == "overlapping"

    def spec(self, plan: AnalysisPlan) -> AnalysisSpec:
        """Return the spec of an analysis, as it was planned."""
        own = (
            question_set.scenario
            for question_set in self.question_sets.values()
            if question_set.scenario.name == plan.scenario
        )
        return self._spec(next(own, self.scenario), plan.question)

    def _spec(self, scenario: ScenarioSpec, question: Question) -> AnalysisSpec:
        return AnalysisSpec(scenario, self.model, self.provider, question, self.transport, self.modes)
