"""Hold what the steps of a run come to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from flows.pipeline.session import Session
from tasks.errors import OverBudget, ReelsheetError
from tasks.inputs.changes import InputFacts, InputRow, judge_inputs
from tasks.inputs.overrides import InputOptions, options_json
from tasks.inputs.scan import InputScan, Source
from tasks.records import AnalysisPlan, Failure, Recording
from tasks.run.batch import PendingAnalysis
from tasks.run.summary import SavedRecording
from tasks.run.usage import Usage


@dataclass(frozen=True, slots=True)
class PlannedInputs:
    """Planned inputs have been probed and planned.

    Until they are planned, `plans` and `pending` are empty. `published` takes the place of what is published.
    """

    scan: InputScan
    media_ids: Mapping[str, str] = field(default_factory=dict)  # by path, of every file that was remembered or read
    remembered: Collection[str] = ()  # paths of unchanged files
    probed: tuple[tuple[Source, Recording], ...] = ()  # those that were
    plans: tuple[tuple[Source, AnalysisPlan], ...] = ()
    pending: tuple[PendingAnalysis, ...] = ()
    lost: tuple[tuple[Failure, InputOptions, str], ...] = ()  # what failed, what it wanted, and its tags
    changed: tuple[str, ...] = ()  # uris of files that are being written
    notes: tuple[str, ...] = ()  # about recordings; those about the search are the scan's
    unreadable: tuple[Source, ...] = ()  # that an earlier run has reported, and that have not changed
    finished: Mapping[tuple[str, InputOptions], str] = field(default_factory=dict)  # analyses with nothing left to ask
    published: Mapping[tuple[str, InputOptions], str] = field(default_factory=dict)  # analyses by this run

    def without_plans(self, analysis_ids: Collection[str]) -> PlannedInputs:
        """Let go of the plans and recordings of published analyses.

        The tables have their rows. They take 3 kB each, with what ffprobe found in the file.
        """
        mine = [(plan.recording.media_id, one.options, plan) for one, plan in self.plans]
        gone = {(media_id, options): p.analysis_id for media_id, options, p in mine if p.analysis_id in analysis_ids}
        media_ids = {media_id for media_id, _ in gone}
        return replace(
            self,
            probed=tuple(one for one in self.probed if one[1].media_id not in media_ids),
            plans=tuple(one for one in self.plans if one[1].analysis_id not in analysis_ids),
            pending=tuple(one for one in self.pending if one.plan.analysis_id not in analysis_ids),
            published={**self.published, **gone},
        )

    def __add__(self, later: PlannedInputs) -> PlannedInputs:
        """Return both; of two names of the same bytes the first counts."""
        known = {one.plan.analysis_id for one in self.pending} | set(self.published.values())
        asked = known | {one.plan.analysis_id for one in later.pending}
        finished = {key: one for key, one in {**self.finished, **later.finished}.items() if one not in asked}
        return PlannedInputs(
            scan=self.scan,
            media_ids={**self.media_ids, **later.media_ids},
            remembered={*self.remembered, *later.remembered},
            probed=self.probed + later.probed,
            plans=self.plans + later.plans,
            pending=(*self.pending, *(one for one in later.pending if one.plan.analysis_id not in known)),
            lost=self.lost + later.lost,
            changed=self.changed + later.changed,
            notes=self.notes + later.notes,
            unreadable=self.unreadable + later.unreadable,
            finished=finished,
            published={**self.published, **later.published},
        )

    @property
    def asked(self) -> int:
        """Return about how many recordings the run asks, published or not."""
        return len(self.pending) + len(self.published)

    @property
    def recordings(self) -> tuple[Recording, ...]:
        return tuple(recording for _, recording in self.probed)

    @property
    def failures(self) -> tuple[Failure, ...]:
        return tuple(failed for failed, _, _ in self.lost)

    def inputs(self, session: Session, done_elsewhere: Collection[str]) -> list[InputRow]:
        """Return the status of every input.

        `done_elsewhere` are analyses that another run has published meanwhile.
        """
        open_ = {analysis.plan.analysis_id for analysis in self.pending} - set(done_elsewhere)
        asked = {
            **self.published,
            **{
                (plan.recording.media_id, source.options): plan.analysis_id
                for source, plan in self.plans
                if plan.analysis_id in open_
            },
        }
        failed = {
            (one.uri, options): InputRow(one.uri, one.media_id, "failed", options_json=options_json(options, tags_json))
            for one, options, tags_json in self.lost
        }
        failed |= {
            (one.uri, one.options): InputRow(
                one.uri, self.media_ids[one.path], "failed", options_json=options_json(one.options, one.tags_json)
            )
            for one in self.unreadable
        }
        several = session.history.several({media_id for media_id, _ in self.finished})
        again = {key: analysis_id for key, analysis_id in self.finished.items() if key[0] in several}
        facts = InputFacts(self.media_ids, self.remembered, asked, failed, self.changed, again)
        before = facts.unasked(self.scan)
        return judge_inputs(self.scan, facts, session.file_cache.paths_of(before), session.history.uris(before))


@dataclass(frozen=True, slots=True)
class AskedAnalyses:
    """Asked analyses are recordings that were asked about, and their outcome."""

    saved: tuple[SavedRecording, ...] = ()
    failures: tuple[Failure, ...] = ()
    done_elsewhere: frozenset[str] = frozenset()  # analyses that another run has published meanwhile
    error: ReelsheetError | None = None  # what stopped the run
    over_budget: OverBudget | None = None  # what there was no money for
    unpublished: Usage = field(default=Usage())  # what was sent about recordings that got no answer
    translating: Usage = field(default=Usage())  # what was sent for translations

    def __add__(self, later: AskedAnalyses) -> AskedAnalyses:
        return AskedAnalyses(
            saved=self.saved + later.saved,
            failures=self.failures + later.failures,
            done_elsewhere=self.done_elsewhere | later.done_elsewhere,
            error=self.error or later.error,
            over_budget=self.over_budget or later.over_budget,
            unpublished=self.unpublished + later.unpublished,
            translating=self.translating + later.translating,
        )

    @property
    def is_stopped(self) -> bool:
        """Return whether nothing more may be asked in this run."""
        return self.error is not None or self.over_budget is not None
