"""Ask about a segment whatever the policy wants to know.

`tasks/omni/policy.py` decides, the answer store remembers, ffmpeg cuts what has to be smaller. Each answer is on the
disk before the next question. The answers so far are all that decides, so a request that was killed goes on where it
was, and asks nothing again that has been answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tasks.errors import MediaError, OverBudget, PromptRefused, ReelsheetError, SegmentError
from tasks.media.cutting import SHORTEST_MS, halves, take_processors
from tasks.omni.conversation import Turn
from tasks.omni.policy import (
    MOST_HALVINGS,
    AnswerCriteria,
    Ask,
    Halve,
    best_answer,
    is_retryable,
    join_halves,
    missing,
    next_move,
    required,
    with_calls,
)
from tasks.planning.members import member_lengths, with_files
from tasks.planning.picture import plan_picture
from tasks.records import AnalysisPlan, Answer, Clip, PlannedSegment, Span
from tasks.run import client_pool
from tasks.run.clips import discard, make_clips
from tasks.run.follow_up import ask_further, with_turns
from tasks.run.job import Job
from tasks.run.narrowing import RefusedSegment, narrow
from tasks.run.outcomes import unanswered
from tasks.run.prompt_check import check_prompt
from tasks.store.answers import AnswerStore
from tasks.store.voices import drop_others, seen_from, voice_file

Answers = tuple[Answer, ...]
Correction = Callable[[Sequence[str], Sequence[str]], str]
"""The words of the turn that asks for a correction, from the headings that are needed and those that are missing."""


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """A part is a planned segment, or what it was halved into."""

    segment: PlannedSegment
    halvings: int = 0
    max_tokens: int | None = None  # of each answer; None: as many as the server likes
    of_refused: bool = False  # a part of what was refused: believed at once, and not narrowed down by itself

    def halves(self, plan: AnalysisPlan, how: Halve) -> tuple[SegmentPart, SegmentPart]:
        first, second = halves(plan.analysis_id, self.segment, how.reason)
        half = replace(self, halvings=self.halvings + 1, max_tokens=how.max_tokens)
        return replace(half, segment=first), replace(half, segment=second)


@dataclass(frozen=True, slots=True)
class SegmentRequest:
    """A request asks about the segments of one recording.

    `known` are answers that an earlier attempt had for some of them.
    """

    job: Job
    plan: AnalysisPlan
    answers: AnswerStore
    known: Answers = ()
    attempt: int = 1

    def within(self, span: Span) -> SegmentRequest:
        """Keep only the known answers that lie within a span."""
        return replace(self, known=tuple(a for a in self.known if span.contains(a.segment.span)))

    def finished(self, segment: PlannedSegment) -> Answers:
        """Return the answers about a segment; () where something is left to ask."""
        return self._finished(SegmentPart(segment))

    def about(self, clip: Clip, correction: Correction) -> Answers:
        """Ask about a planned segment, or a part that was cut out of it.

        Its file is deleted once that is answered. One answer, or one for each part where it had to be halved. Raises
        RunStopped, Interrupted, DatasetNotWritable.
        """
        return self._about(SegmentPart(clip.segment), clip, correction)

    # --- the steps -----------------------------------------------------------------------------------------------

    def _finished(self, part: SegmentPart) -> Answers:
        steps = self._steps(part)
        move = self._next(part, steps)
        if isinstance(move, Halve):
            first, second = (self._finished(half) for half in part.halves(self.plan, move))
            return join_halves(self._best(part, steps), (*first, *second)) if first and second else ()
        found = self._best(part, steps) if move is None else None
        if found is not None and self._can_be_narrowed and self._is_refused(part, found):
            return narrow(RefusedSegment(self.plan.analysis_id, part.segment, found), partial(self._kept, part))
        whole = None if found is None else with_turns(self.plan, found, self.answers)
        return () if whole is None else (whole,)

    def _about(self, part: SegmentPart, clip: Clip, correction: Correction) -> Answers:
        steps = self._steps(part)
        if any(answer.step == "shrink" for answer in steps):
            clip = self._smaller(clip) or clip
        while isinstance(move := self._next(part, steps), Ask):
            if move.step == "shrink":
                smaller = self._smaller(clip)
                if smaller is None:
                    break
                clip = smaller
            try:
                answer = self._ask(part, clip, move, steps, correction)
            except OverBudget:
                kept = self._best(part, self._steps(part))
                if kept is None or not kept.text.strip():
                    raise
                discard(clip)
                return (kept,)  # there is no money for more, so this holds
            steps = (*steps, answer)
            if is_retryable(answer):
                break
        found = self._best(part, steps)
        if isinstance(move, Halve):
            discard(clip)
            answers = self._in_halves(part, found, move, Path(clip.path).parent, correction)
        elif found is not None and self._is_refused(part, found):
            discard(clip)
            answers = self._narrowed(part, found, Path(clip.path).parent, correction)
        else:
            assert found is not None  # there was a step, or it was known
            answers = (ask_further(self.job, self.plan, clip, found, self.answers),)
            discard(clip)
        drop_others(self.answers.dataset, steps, answers)
        return answers

    def _in_halves(
        self, part: SegmentPart, whole: Answer | None, how: Halve, workdir: Path, correction: Correction
    ) -> Answers:
        halves = [self._half(half, workdir, correction) for half in part.halves(self.plan, how)]
        return join_halves(whole, [answer for answers in halves for answer in answers])

    def _narrowed(self, part: SegmentPart, found: Answer, workdir: Path, correction: Correction) -> Answers:
        """Find out what of a segment is refused.

        Raises PromptRefused where it is the question itself.
        """
        try:
            calls = check_prompt(self.job, self.plan, workdir)
        except PromptRefused as stopped:
            raise stopped.replace(calls=(*found.calls, *stopped.calls)) from None
        if calls and (kept := self.answers.get(part.segment.segment_id)) is not None:
            client_pool.keep(self.answers, replace(kept, calls=(*kept.calls, *calls)))  # paid for, whatever comes next
        found = with_calls(found, [*found.calls, *calls])
        if not self._can_be_narrowed:
            return (found,)
        refused = RefusedSegment(self.plan.analysis_id, part.segment, found)

        def look(segment: PlannedSegment) -> Answers:
            return self._half(replace(part, segment=segment, of_refused=True), workdir, correction)

        return narrow(refused, look)

    def _kept(self, part: SegmentPart, segment: PlannedSegment) -> Answers:
        return self._finished(replace(part, segment=segment, of_refused=True))

    def _is_refused(self, part: SegmentPart, found: Answer) -> bool:
        """Return whether a moderation is to know what of a segment was refused."""
        rules = self.job.rules
        return rules is not None and rules.judges and found.outcome == "refused" and not part.of_refused

    @property
    def _can_be_narrowed(self) -> bool:
        return not self.plan.recording.is_single_request and not self.plan.recording.is_image_sequence

    def _half(self, part: SegmentPart, workdir: Path, correction: Correction) -> Answers:
        """Ask about a half, which is cut only if something is left to ask about it."""
        finished = self._finished(part)
        if finished:
            return finished
        try:
            with take_processors(self.plan.recording, part.segment):
                client_pool.check(self.job)
                clips = make_clips(self.job, self.plan, part.segment, workdir)
            answers = [self._about(replace(part, segment=clip.segment), clip, correction) for clip in clips]
        except (MediaError, SegmentError) as error:
            return (unanswered(part.segment, "failed", error),)
        except OverBudget as error:
            return (unanswered(part.segment, "skipped", error),)
        return tuple(answer for some in answers for answer in some)

    def _ask(self, part: SegmentPart, clip: Clip, move: Ask, steps: Answers, correction: Correction) -> Answer:
        words, earlier = self.plan.question.instruction, []
        if move.after is not None:
            criteria = self._criteria(part)
            earlier = [Turn(words, move.after.text)]
            words = with_files(correction(required(criteria), missing(move.after, criteria)), self.plan.question.files)
        with client_pool.slot(self.job) as client:
            try:
                answer = client.ask(
                    clip,
                    words,
                    move.max_tokens,
                    earlier=earlier,
                    modes=self.job.modes,
                    voice_path=self._voice(part, move),
                )
            except ReelsheetError as stopped:
                raise self._noted(part, clip, stopped, steps) from None
            answer = replace(answer, step=move.step, voice_path=seen_from(self.answers.dataset, answer.voice_path))
            client_pool.keep(self.answers, replace(answer, earlier=steps))
        return answer

    def _voice(self, part: SegmentPart, move: Ask) -> Path | None:
        """Return the path of the spoken answer, where one is wanted."""
        if self.job.modes.voice is None:
            return None
        return voice_file(self.answers.dataset, part.segment.segment_id, self.attempt, move.step)

    def _noted(self, part: SegmentPart, clip: Clip, stopped: ReelsheetError, steps: Answers) -> ReelsheetError:
        """Keep the calls of a question that was stopped, for the run that goes on.

        Returns the error. Where its calls are all there is, they stay with it, and who handles it publishes them.
        Otherwise not, since publishing a segment's calls forgets its answers.
        """
        if not steps and not part.halvings:
            return stopped
        client_pool.keep(self.answers, replace(unanswered(part.segment, "skipped", stopped), clip=clip, earlier=steps))
        return stopped.replace(calls=())

    def _smaller(self, clip: Clip) -> Clip | None:
        """Return the same span with half the pixels, or of sound alone half the bytes.

        None: that cannot be.
        """
        segment, video = clip.segment, self.plan.recording.video
        limit: int | None = clip.size_bytes // 2
        whole = self.plan.recording.is_single_request or self.plan.recording.is_image_sequence
        if clip.transport == "url":
            segment, limit = replace(segment, cut_reason="too_large"), None  # a file goes in place of the address
        elif segment.picture is not None and video is not None and not whole:
            tokens = self.job.model.tokens
            pixels = max(segment.picture.max_pixels // 2, tokens.video_min_pixels)
            picture = plan_picture(video.width, video.height, segment.span.duration_ms, pixels, tokens)
            segment, limit = replace(segment, picture=picture), None
        with suppress(MediaError, SegmentError):
            with take_processors(self.plan.recording, segment):
                made = make_clips(self.job, self.plan, segment, Path(clip.path).parent, limit)
            if len(made) == 1:
                return made[0]
            for one in made:
                discard(one)
        return None

    # --- what there is -------------------------------------------------------------------------------------------

    def _steps(self, part: SegmentPart) -> Answers:
        kept = self.answers.get(part.segment.segment_id)
        return () if kept is None else (*kept.earlier, replace(kept, earlier=()))

    def _next(self, part: SegmentPart, steps: Answers) -> Ask | Halve | None:
        if not steps and self._known(part.segment) is not None:
            return None
        inside = [answer for answer in self.known if part.segment.span.contains(answer.segment.span)]
        if not steps and inside:  # an earlier attempt has halved it
            return Halve(inside[0].segment.cut_reason)
        return next_move(steps, self._criteria(part))

    def _best(self, part: SegmentPart, steps: Answers) -> Answer | None:
        return best_answer(steps, self._criteria(part)) if steps else self._known(part.segment)

    def _known(self, segment: PlannedSegment) -> Answer | None:
        return next((a for a in self.known if a.segment.segment_id == segment.segment_id), None)

    def _criteria(self, part: SegmentPart) -> AnswerCriteria:
        recording, length = self.plan.recording, part.segment.span.duration_ms
        has_halves = not recording.is_single_request and length >= 2 * SHORTEST_MS
        if recording.is_image_sequence and part.segment.picture is not None:
            has_halves = has_halves and part.segment.picture.frames >= 2 * self.job.model.min_list_frames
        return AnswerCriteria(
            kind=recording.kind,
            form=self.plan.question.answer,
            sections=self.plan.question.sections,
            lengths=member_lengths(recording),
            model=self.job.model,
            can_halve=has_halves and part.halvings < MOST_HALVINGS,
            most_tokens=part.max_tokens,
            confirms=not part.of_refused,
        )
