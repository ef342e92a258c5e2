"""Add up a run: the counts of `--json`, the exit status, the artifact's text."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from tasks.errors import Interrupted, OverBudget, ReelsheetError, RunStopped, UsageError
from tasks.planning.budget import NANO
from tasks.records import NOT_TRANSCRIBED, Failure, Outcome, RunState, Tokens
from tasks.run.markdown import markdown_table
from tasks.run.moderation_report import FAIL_STATUS, ModerationReport
from tasks.run.usage import Usage, money, plural
from tasks.sidecars.ownership import FILE_STATUSES, SubtitleFile

RECORDING_OUTCOMES = ("ok", "partial", "failed", "refused")
SEGMENT_OUTCOMES = ("ok", "partial", "refused", "truncated", "malformed", "failed", "skipped")


_NAMES = {"output": "written", "output_audio": "spoken", "reasoning": "written, of reasoning"}
_MODALITIES = ("video", "audio", "image", "text", "output", "output_audio", "reasoning")


@dataclass(frozen=True, slots=True)
class SavedRecording:
    """A saved recording is one published attempt, as the summary adds it up."""

    uri: str
    outcome: Outcome
    coverage: float
    segments: Mapping[str, int]  # by outcome, of the whole attempt
    asked: int  # segments asked in this run; the others were answered by an earlier one
    usage: Usage
    failures: tuple[Failure, ...] = ()
    reasons: tuple[str, ...] = ()  # why segments ended other than ok
    flaws: tuple[str, ...] = ()  # what of the recording could not be read
    untranscribed: int = 0  # segments that are partial since their speech was heard and not transcribed, and no more
    language: str = "auto"  # that the model was told of
    media_id: str = ""
    analysis_id: str = ""


def one_a_recording(saved: Iterable[SavedRecording]) -> tuple[SavedRecording, ...]:
    """Add up what was saved about each recording, be it asked about several times.

    >>> quick = SavedRecording("a.mp4", "ok", 1.0, {"ok": 1}, 1, Usage(1), media_id="m1")
    >>> fine = replace(quick, segments={"ok": 2}, asked=2)
    >>> [(one.asked, one.segments["ok"]) for one in one_a_recording([quick, fine])]
    [(3, 3)]
    """
    found: dict[str, SavedRecording] = {}
    for one in saved:
        before = found.get(one.media_id)
        found[one.media_id] = one if before is None else _added(before, one)
    return tuple(found.values())


def _added(first: SavedRecording, later: SavedRecording) -> SavedRecording:
    outcomes = {first.outcome, later.outcome}
    return replace(
        first,
        outcome=first.outcome if len(outcomes) == 1 else "partial",
        segments=Counter(first.segments) + Counter(later.segments),
        asked=first.asked + later.asked,
        usage=first.usage + later.usage,
        failures=first.failures + later.failures,
        reasons=first.reasons + later.reasons,
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary adds up one run."""

    run_id: str
    dataset: str
    provider: str
    model: str
    currency: str | None
    skipped: int = 0  # recordings that were known already
    saved: tuple[SavedRecording, ...] = ()
    lost: int = 0  # recordings that never became an analysis: unreadable, or the run ended before
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    error: ReelsheetError | None = None
    estimate: Usage = field(default=Usage())  # as it was before the first request
    unpublished: Usage = field(default=Usage())  # for recordings that got no answer, since the run was stopped
    translating: Usage = field(default=Usage())  # for translations, of new recordings and of known ones
    max_cost_nano: int | None = None  # what the run might spend
    over_budget: OverBudget | None = None  # what it was not enough for
    not_reached: int = 0  # inputs that the run was stopped before
    still_changing: int = 0  # files that wait for the next run
    unreadable: int = 0  # of the skipped: an earlier run could not read them either, and they have not changed
    still_open: tuple[Failure, ...] = ()  # segments of recordings that were known, not ok since an earlier run
    ignore_known: bool = False  # these do not make the run end other than well
    moderation: ModerationReport | None = None  # None: nothing was judged
    files: tuple[SubtitleFile, ...] | None = None  # that were to be written; None: it is no such job

    @property
    def recordings(self) -> dict[str, int]:
        outcomes: Counter[str] = Counter(saved.outcome for saved in self.saved)
        outcomes["failed"] += self.lost
        new = len(self.saved) + self.lost
        counts = {"seen": new + self.skipped, "new": new, "skipped": self.skipped}
        return counts | {name: outcomes[name] for name in RECORDING_OUTCOMES}

    @property
    def segments(self) -> dict[str, int]:
        outcomes: Counter[str] = Counter()
        for saved in self.saved:
            outcomes.update(saved.segments)
        return {"asked": sum(s.asked for s in self.saved)} | {name: outcomes[name] for name in SEGMENT_OUTCOMES}

    @property
    def usage(self) -> Usage:
        """Return all that was sent.

        The cost is in billionths of the currency; None as soon as one price is missing, and where requests were sent
        and no tokens were counted: then nobody knows what they cost, unless everything is free.
        """
        used = sum((saved.usage for saved in self.saved), self.unpublished + self.translating)
        uncounted = used.requests > 0 and used.tokens == Tokens()
        is_free = self.estimate.requests > 0 and self.estimate.cost_nano == 0
        return replace(used, cost_nano=None) if uncounted and not is_free else used

    @property
    def all_failures(self) -> tuple[Failure, ...]:
        return self.failures + tuple(f for saved in self.saved for f in saved.failures)

    @property
    def by_modality(self) -> list[tuple[str, str, str]]:
        """Return estimated and actual tokens, a row for each modality that has either."""
        expected, actual = self.estimate.tokens, self.usage.tokens
        pairs = [(name, getattr(expected, name), getattr(actual, name)) for name in _MODALITIES]
        return [(_NAMES.get(name, name), f"{low:,}", f"{high:,}") for name, low, high in pairs if low or high]

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what people should know about the run as a whole."""
        left = (_not_reached_note(self.not_reached),) if self.not_reached else ()
        return (*self.warnings, *(self.moderation.warnings if self.moderation else ()), *left)

    @property
    def left_out(self) -> str:
        """Return what there was no money for, in one sentence."""
        left = plural(self.segments["skipped"], "segment")
        return f"The budget was not enough: {left} not asked, shown as skipped with the reason budget."

    @property
    def complaints(self) -> tuple[str, ...]:
        """Return why recordings are not ok.

        First what could not be read of each, then the first reason of its segments.
        """
        return tuple(f"{s.uri}: {reason}" for s in self.saved for reason in (*s.flaws, *s.reasons[:1]))

    @property
    def exit_status(self) -> int:
        """Return the exit status.

        0 all done; 1 some recording ended other than ok; 2 usage; 3 the provider; 4 a moderation found what is to fail
        it; 130 interrupted.
        """
        if self.error is not None:
            return exit_status_of(self.error)
        if self.moderation is not None and self.moderation.is_failed(self.unseen):
            return FAIL_STATUS
        counts = self.recordings
        is_open = bool(self.still_open) and not self.ignore_known
        unwritten = any(file.status == "failed" for file in self.files or ())
        return 1 if counts["new"] != counts["ok"] or self.failures or is_open or unwritten else 0

    @property
    def is_tolerable(self) -> bool:
        """Tell whether a moderation with failures has all the same done its work.

        A refusal and an unreadable answer are outcomes of it. Too many recordings that failed are not.
        """
        if self.moderation is None or self.exit_status != 1:
            return False
        counts = self.recordings
        return counts["failed"] <= self.moderation.failed_share * counts["seen"]

    @property
    def unseen(self) -> int:
        """Count the recordings that nobody could look at, in this run or before it."""
        return self.lost + self.unreadable + self.not_reached

    @property
    def speech_notes(self) -> tuple[str, ...]:
        """Return what to do about speech that was heard and not transcribed, if any was."""
        recordings: Counter[str] = Counter(saved.language for saved in self.saved if saved.untranscribed)
        before = sum(_is_untranscribed(failed) for failed in self.still_open)
        notes = [_speech_note(self.model, language, count) for language, count in sorted(recordings.items())]
        if before and not notes:
            notes = [f"Speech of known recordings is not transcribed, {plural(before, 'segment')}: {_NAME_LANGUAGE}"]
        return tuple(notes)

    @property
    def retry_command(self) -> str:
        """Return the command that asks again about what is not ok, if anything is.

        Speech that was not transcribed is no reason: the same question has the same answer.
        """
        if self.moderation is not None:
            return ""  # a moderation asks again by itself about what may succeed, and a refusal is an outcome of it
        outcomes: set[str | None] = {f.outcome for f in self.still_open if not _is_untranscribed(f)}
        for saved in self.saved:
            left = Counter(saved.segments) - Counter(partial=saved.untranscribed)
            outcomes |= {outcome for outcome, count in left.items() if count}
        named = [f"--outcome {outcome}" for outcome in SEGMENT_OUTCOMES if outcome in outcomes - {"ok", "skipped"}]
        besides = any(f.segment_id and f.outcome is None and f.retryable for f in self.all_failures)  # turns, voices
        where = f"--dataset {shlex.quote(self.dataset)}"
        return " ".join(["reelsheet retry", *named, where]) if named or besides else ""

    @property
    def hint(self) -> str:
        """Return what can be done about answers that are not ok, if there are any."""
        known = plural(len(self.still_open), "segment")
        still = f"Since an earlier run, {known} of known recordings not ok. " if self.still_open else ""
        again = f"Ask again with `{self.retry_command}`. " if self.retry_command else ""
        how = "Where that cannot help" if again else "To accept them as known"
        accept = f"{how}: `reelsheet accept ID --reason TEXT`." if self.still_open else ""
        return f"{still}{again}{accept}".rstrip()

    @property
    def state(self) -> RunState:
        """Return the run's state in the table `runs`."""
        states: dict[int, RunState] = {0: "completed", 1: "incomplete", 130: "interrupted"}
        return states.get(self.exit_status, "failed")

    @property
    def files_sentence(self) -> str:
        """Return what became of the files in one sentence; "" where there are none."""
        files = self.files or ()
        counts = Counter(file.status for file in files)
        if not files:
            return ""
        named = ", ".join(f"{counts[status]} {status}" for status in FILE_STATUSES if counts[status])
        there = [file for file in files if file.status in ("written", "unchanged")]
        broken = sum(file.violations for file in there)
        cues = plural(sum(file.cues for file in there), "cue")
        return f"{plural(len(files), 'subtitle file')}: {named}; {plural(broken, 'violation')} of the style in {cues}."

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        usage = self.usage.as_json()
        return {
            "run_id": self.run_id,
            "dataset": self.dataset,
            "provider": self.provider,
            "model": self.model,
            "recordings": self.recordings,
            "segments": self.segments,
            **usage,
            "currency": self.currency,
            "estimate": self.estimate.as_json(),
            "budget": self._budget(),
            "failures": [
                {"uri": f.uri, "stage": f.stage, "error": f.error_class, "message": f.message}
                for f in self.all_failures
            ],
            "warnings": [
                *self.notes,
                *self.speech_notes,
                *self.complaints,
                *([self.left_out] if self.over_budget else []),
            ],
            "open": [
                {"uri": f.uri, "segment_id": f.segment_id, "outcome": f.outcome, "message": f.message}
                for f in self.still_open
            ],
            "not_reached": self.not_reached,
            "still_changing": self.still_changing,
            "unreadable": self.unreadable,
            "retry": self.retry_command or None,
            "error": None if self.error is None else self.error.message,
            **(self.moderation.as_json(self.unseen) if self.moderation else {}),
            **({} if self.files is None else {"files": [asdict(file) for file in self.files]}),
        }

    def _budget(self) -> dict[str, Any] | None:
        if self.max_cost_nano is None:
            return None
        spent = self.usage.cost_nano or 0
        return {
            "max_cost": self.max_cost_nano / NANO,
            "spent": spent / NANO,
            "left": max(0, self.max_cost_nano - spent) / NANO,
            "segments_left": self.segments["skipped"],
        }

    def as_markdown(self) -> str:
        """Return the artifact in Prefect's UI."""
        counts = self.recordings
        lines = [
            f"# reelsheet run `{self.run_id}`",
            "",
            self.sentence,
            "",
            f"- dataset: `{self.dataset}`",
            f"- model: `{self.model}` at `{self.provider}`",
            f"- requests: {self.usage.requests} (estimated {self.estimate.requests})",
            f"- cost: {money(self.usage.cost_nano, self.currency)}"
            f" (estimated {money(self.estimate.cost_nano, self.currency)})",
            "",
            "| recordings | " + " | ".join(counts) + " |",
            "|---|" + "---|" * len(counts),
            "| | " + " | ".join(str(n) for n in counts.values()) + " |",
        ]
        lines += [line for note in self.speech_notes for line in ("", f"**{note}**")]
        if self.moderation is not None:
            lines += self.moderation.as_markdown(self.unseen, self.currency)
        lines += markdown_table("Tokens", ("tokens", "estimated", "actual"), self.by_modality)
        lines += markdown_table("Recordings", ("recording", "outcome", "coverage"), map(_saved_row, self.saved))
        lines += markdown_table("Failures", ("input", "stage", "what happened"), map(_failure_row, self.all_failures))
        return "\n".join(lines) + "\n"

    @property
    def sentence(self) -> str:
        """Return the run in one sentence."""
        if self.error is not None:
            return self.error.message
        counts = self.recordings
        if counts["seen"] == 0 and self.still_changing:
            return f"Nothing to analyse yet: {plural(self.still_changing, 'file')} still changing."
        if counts["seen"] == 0:
            return f"There was nothing to {'analyse' if self.moderation is None else 'moderate'}."
        if counts["new"] == 0 and self.moderation is None:
            known = plural(counts["seen"] - self.unreadable, "recording")
            if self.translating.requests:
                return f"{known} analysed before{self._unreadable}; only translations were asked for."
            return f"Nothing to do: {known} analysed before{self._unreadable}; the model was not asked."
        if self.over_budget is not None:
            spent, most = (self.usage.cost_nano or 0) / NANO, Decimal(self.max_cost_nano or 0) / NANO
            return (
                f"{self.left_out} Spent: {spent:.4f} of {most:f} {self.currency}. "
                "Run again with a higher --max-cost, and only the rest is asked."
            )
        if self.moderation is not None:
            return self.moderation.sentence(self.unseen)
        done = f"{counts['ok']} of {plural(counts['new'], 'new recording')} analysed"
        skipped = counts["skipped"] - self.unreadable
        known = f", {skipped} known already or named twice" if skipped else ""
        rest = "".join(f", {counts[o]} {o}" for o in RECORDING_OUTCOMES[1:] if counts[o])
        return f"{done}{rest}{known}{self._unreadable}."

    @property
    def _unreadable(self) -> str:
        known = f", {self.unreadable} unreadable as before (--strict tries again)"
        return known if self.unreadable else ""


def _not_reached_note(inputs: int) -> str:
    return f"The run was stopped before it reached {plural(inputs, 'input')}: the table `inputs` names them."


_NAME_LANGUAGE = "name its language and run again, as in `--language en`."


def _speech_note(model: str, language: str, recordings: int) -> str:
    heard = f"Speech was heard and not transcribed in {plural(recordings, 'recording')}"
    if language == "auto":
        return f"{heard}: {_NAME_LANGUAGE}"
    return f"{heard}, though `--language {language}` was given: {model} could not make out its words."


def _is_untranscribed(failed: Failure) -> bool:
    return failed.message == NOT_TRANSCRIBED


def _saved_row(saved: SavedRecording) -> tuple[str, str, str]:
    return saved.uri, saved.outcome, f"{saved.coverage:.0%}"


def _failure_row(failure: Failure) -> tuple[str, str, str]:
    return failure.uri, failure.stage, failure.message


def exit_status_of(error: ReelsheetError) -> int:
    """Return the command line's exit status for an error that ended a run.

    >>> exit_status_of(Interrupted("Ctrl-C"))
    130
    """
    if isinstance(error, Interrupted):
        return 130
    if isinstance(error, RunStopped):
        return 3
    return 2 if isinstance(error, UsageError) else 1
