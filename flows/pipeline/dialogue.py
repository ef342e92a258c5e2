"""Ask a model one question after the other about what it is shown.

Without Prefect, and nothing is written but what the caller keeps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.pipeline.overrides import with_audio_tracks
from flows.pipeline.setup import ResolvedRun
from flows.runtime.network import prepare_network
from tasks.errors import UsageError
from tasks.inputs.groups import find
from tasks.inputs.probe_input import probe_source, together
from tasks.inputs.scan import Source
from tasks.media.ffmpeg import require_ffmpeg
from tasks.omni.budget_guard import BudgetGuard
from tasks.omni.client import OmniClient
from tasks.omni.conversation import Turn
from tasks.omni.limiter import Limiter
from tasks.omni.parts import of_clip
from tasks.omni.stream import Listener
from tasks.omni.wire import Endpoint
from tasks.planning.transport import clip_budget
from tasks.records import AnalysisPlan, Answer, Clip, PlannedSegment, Recording, Span, Tokens
from tasks.run.clips import make_clips
from tasks.run.job import Job
from tasks.timecode import format_ms
from tasks.tokens import text_tokens

_EXPECTED_ANSWER = 300  # tokens


@dataclass(frozen=True, slots=True)
class ShownMedia:
    """Shown media have a plan and a clip for each kind of media."""

    plans: tuple[AnalysisPlan, ...] = ()
    clips: tuple[Clip, ...] = ()

    @property
    def tokens(self) -> Tokens:
        return sum((clip.segment.tokens for clip in self.clips), Tokens())


@dataclass(slots=True)
class Dialogue:
    """A dialogue is a client, what is shown, and the turns so far."""

    job: Job
    client: OmniClient
    shown: ShownMedia = field(default=ShownMedia())
    turns: list[Turn] = field(default_factory=list)

    def ask(self, question: str, voice_path: Path | None = None) -> Answer:
        """Ask the next question; what has words is remembered for the one after it.

        Raises RunStopped, OverBudget, Interrupted.
        """
        words = self._words(question)
        media = tuple(medium for clip in self.shown.clips for medium in of_clip(clip))
        modes = self.job.modes if voice_path is not None else replace(self.job.modes, voice=None)
        answer = self.client.ask(
            self._clip(words), words, media=media, modes=modes, voice_path=voice_path, earlier=self.turns
        )
        if answer.text.strip():
            self.turns.append(Turn(words, answer.text))
        return answer

    def _words(self, question: str) -> str:
        """Return a question as it is sent.

        The first one names the language and the files of what is shown.
        """
        return question if self.turns or not self.shown.plans else self.shown.plans[0].question.instruction

    def _clip(self, question: str) -> Clip:
        """Return a clip that stands for all media, with their tokens and transport."""
        if not self.shown.clips:
            words = text_tokens(question) + sum(text_tokens(turn.question + turn.answer) for turn in self.turns)
            tokens = Tokens(text=words, output=_EXPECTED_ANSWER)
            return Clip(PlannedSegment(0, "", Span(0, 0), "whole", None, False, tokens), "", "", 0, "absent", "absent")
        first = self.shown.clips[0]
        uploaded = any(clip.transport == "upload" for clip in self.shown.clips)
        segment = replace(first.segment, tokens=self.shown.tokens)
        return replace(first, segment=segment, transport="upload" if uploaded else first.transport)


@contextmanager
def open_dialogue(
    resolved: ResolvedRun, job: Job, inputs: Sequence[str] = (), listener: Listener | None = None
) -> Iterator[Dialogue]:
    """Open a dialogue about inputs, or about nothing; `job` has the address to ask.

    Raises UsageError, MediaError, and as OmniClient does.
    """
    assert job.base_url is not None
    prepare_network([job.base_url])
    endpoint = Endpoint(job.base_url, resolved.settings.key_for(job.provider), kept=1)
    budget = BudgetGuard(job.max_cost_nano, job.price)
    resolved.settings.workdir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="reelsheet-ask-", dir=resolved.settings.workdir) as folder:
        shown = _shown(resolved, job, inputs, Path(folder)) if inputs else ShownMedia()
        limiter = Limiter(job.limits)
        with OmniClient(job.provider, job.model, endpoint, limiter=limiter, budget=budget, listener=listener) as client:
            yield Dialogue(job, client, shown)


def recordings_of(resolved: ResolvedRun, inputs: Sequence[str]) -> tuple[Recording, ...]:
    """Probe the inputs; several of one kind become one recording.

    Raises UsageError, MediaError.
    """
    require_ffmpeg()
    scan = find(inputs, 0.0, time.time(), fps=resolved.settings.frames)
    for problem in scan.problems:
        raise problem.error
    if not scan.items:
        raise UsageError(f"There is nothing to ask about. {' '.join(scan.notes)}".strip())
    scan = with_audio_tracks(resolved.job, scan)
    probed = sorted((probe_source(source) for source in scan.items), key=lambda one: one.kind)
    kinds = (tuple(some) for _, some in groupby(probed, key=lambda one: one.kind))
    return tuple(some[0] if len(some) == 1 else _as_one(some) for some in kinds)


def _as_one(some: tuple[Recording, ...]) -> Recording:
    names = ", ".join(one.uri for one in some)
    return together(some, Source(names, some[0].path))


def _shown(resolved: ResolvedRun, job: Job, inputs: Sequence[str], folder: Path) -> ShownMedia:
    """Make what is asked about into clips. Raises UsageError, MediaError."""
    plans = tuple(job.plan(one) for one in recordings_of(resolved, inputs))
    for plan in plans:
        if len(plan.segments) > 1:
            raise UsageError(
                f"{plan.recording.uri} lasts {format_ms(plan.recording.duration_ms)}, which takes "
                f"{len(plan.segments)} questions in the scenario {plan.scenario} of {plan.model}: use `reelsheet "
                "analyze`, or ask about a part of it."
            )
    most = clip_budget(job.provider) // len(plans) if len(plans) > 1 else None
    made = [make_clips(job, plan, plan.segments[0], folder, most) for plan in plans]
    for plan, clips in zip(plans, made, strict=True):
        if len(clips) > 1:
            raise UsageError(
                f"{plan.recording.uri} cannot be made small enough for one question: use `reelsheet analyze`, or "
                "--scenario quick."
            )
    return ShownMedia(plans, tuple(clips[0] for clips in made))
