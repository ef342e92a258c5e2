"""Look for known content and listed words.

That is in what is asked about, and in what was judged before. Neither costs a call. Frames are compared by their
hashes, which are kept; words are looked for in transcripts and visible text that the dataset has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.output import progress
from flows.pipeline.inputs import probe_sources
from flows.pipeline.moderation_run import ModerationRun, Published, judge_published
from flows.pipeline.plans import Pending
from flows.pipeline.reapplying import next_attempt
from flows.pipeline.verdicts import Unlooked, judged_without_lists
from tasks.errors import MediaError
from tasks.match import match
from tasks.moderation.findings import merge_adjacent
from tasks.moderation.frame_hashes import MADE
from tasks.moderation.known import KnownList
from tasks.moderation.records import Finding
from tasks.moderation.word_list import find_words
from tasks.query.moderations import PublishedPass, read_pass
from tasks.query.passages import passages_in, words_of
from tasks.query.sql import as_rows, run_sql
from tasks.records import Recording, Span
from tasks.run.batch import PendingAnalysis
from tasks.run.moderation_report import JudgedRecording
from tasks.store.commit import publish_attempts
from tasks.store.frame_hashes import FrameHashStore
from tasks.tables.from_rows import recording_of
from tasks.tables.moderation_rows import finding_of, finding_row
from tasks.tables.rows import Row, Rows

Segments = tuple[tuple[str, Span], ...]  # ids and spans
_UNCOMPARED = "it was not compared with known content: "
_AT_ONCE = 100  # recordings judged before, whose rows are published together


def with_lists(under_way: ModerationRun, pending: Pending, report: progress.Reporter) -> Pending:
    """Find listed words and known content before these recordings are asked about."""
    under_way.listed.update(one.plan.recording.media_id for one in pending)
    return _with_known_content(under_way, _with_listed_words(under_way, pending), report)


def judge_known_by_lists(
    under_way: ModerationRun, verdicts: Mapping[str, Row]
) -> Iterator[tuple[JudgedRecording, list[Row]]]:
    """Judge those recordings anew that were judged without these lists.

    Their judgements come with the rows of their verdicts. `verdicts` are the newest, by media_id.
    """
    before = [row for media_id, row in verdicts.items() if media_id not in under_way.listed]
    left = judged_without_lists(under_way.moderation, under_way.run.session.dataset, before)
    for start in range(0, len(left.verdicts), _AT_ONCE):
        some = _with_passes(under_way, left.verdicts[start : start + _AT_ONCE])
        found = _findings_in(under_way, some, left)
        yield from _judged(under_way, some, found)


# --- recordings that are to be asked about -----------------------------------------------------------------------


def _with_listed_words(under_way: ModerationRun, pending: Pending) -> Pending:
    """Find listed words in what earlier analyses have transcribed and read.

    A model that judges is asked for findings and not for words; one that cannot is asked for the words themselves.
    """
    words, rules = under_way.moderation.words, under_way.run.job.rules
    if not words or rules is None or not rules.judges:
        return pending
    dataset = under_way.run.session.dataset
    known = words_of(dataset, {analysis.plan.recording.media_id for analysis in pending})
    under_way.without_words += sum(analysis.plan.recording.media_id not in known for analysis in pending)
    found = []
    for analysis in pending:
        recording = analysis.plan.recording
        said = passages_in(_segments(analysis), known.get(recording.media_id, ()), is_image=recording.kind == "image")
        found.append(replace(analysis, known_content=(*analysis.known_content, *find_words(said, words))))
    return tuple(found)


def _with_known_content(under_way: ModerationRun, pending: Pending, report: progress.Reporter) -> Pending:
    known = under_way.moderation.known
    if known is None or not pending:
        return pending
    found = _compared(under_way, [(one.plan.recording, _segments(one)) for one in pending], known, report)
    return tuple(
        replace(one, known_content=(*one.known_content, *found.get(one.plan.recording.media_id, ()))) for one in pending
    )


def _segments(analysis: PendingAnalysis) -> Segments:
    return tuple((segment.segment_id, segment.span) for segment in analysis.plan.segments)


def _compared(
    under_way: ModerationRun,
    recordings: Sequence[tuple[Recording, Segments]],
    known: KnownList,
    report: progress.Reporter,
) -> dict[str, tuple[Finding, ...]]:
    """Compare recordings with known content.

    What could not be compared is left with the run.
    """
    report.begin("comparing with known content", len(recordings))
    dataset = under_way.run.job.dataset
    futures = [(one.media_id, match.submit(one, segments, known, dataset)) for one, segments in recordings]
    found = {}
    for media_id, future in futures:
        result = future.result(raise_on_failure=False)
        report.advance()
        if isinstance(result, MediaError):
            under_way.uncompared[media_id] = f"{_UNCOMPARED}{result.message}"
        elif isinstance(result, BaseException):
            raise result
        else:
            found[media_id] = result
    return found


# --- recordings that were judged before --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Before:
    """A recording was judged before, by these passes."""

    verdict: Row
    media: Row
    first: PublishedPass
    second: PublishedPass | None

    @property
    def segments(self) -> Segments:
        return tuple((result.segment_id, result.span) for result in self.first.results)


def _with_passes(under_way: ModerationRun, verdicts: Sequence[Row]) -> list[_Before]:
    """Read what the verdicts rest on.

    What another run is working at is left to the next.
    """
    session, ids = under_way.run.session, [row["media_id"] for row in verdicts]
    rows = as_rows(run_sql(session.dataset, _MEDIA.format(ids=", ".join(map(repr, ids)))))
    media = {row["media_id"]: row for row in rows}
    found = []
    for row in verdicts:
        if row["media_id"] not in media or not session.claims.take(row["analysis_id"]):
            continue
        of, history = media[row["media_id"]], session.history
        first = read_pass(history, row["analysis_id"], of)
        second_id = row["second_analysis_id"]
        second = read_pass(history, second_id, of, row["second_attempt"]) if second_id else None
        if first is None:
            session.claims.release(row["analysis_id"])
        else:
            found.append(_Before(row, of, first, second))
    return found


_MEDIA = "SELECT * FROM media WHERE media_id IN ({ids})"


def _findings_in(under_way: ModerationRun, some: Sequence[_Before], left: Unlooked) -> dict[str, list[Finding]]:
    """Find listed words and known content in recordings, by media_id."""
    found: dict[str, list[Finding]] = {one.media["media_id"]: [] for one in some}
    said = words_of(under_way.run.session.dataset, left.to_read & found.keys()) if left.to_read else {}
    for one in some:
        media_id, is_image = one.media["media_id"], one.media["kind"] == "image"
        passages = passages_in(one.segments, said.get(media_id, ()), is_image=is_image)
        found[media_id] += find_words(passages, under_way.moderation.words)
    compared = [one for one in some if one.media["media_id"] in left.to_compare]
    if compared and under_way.moderation.known is not None:
        recordings = _recordings(under_way, compared)
        matched = _compared(under_way, recordings, under_way.moderation.known, progress.current())
        for media_id, findings in matched.items():
            found[media_id] += findings
    return found


def _recordings(under_way: ModerationRun, some: Sequence[_Before]) -> list[tuple[Recording, Segments]]:
    """Return recordings to compare.

    Where their hashes are kept, they are as the dataset knows them, else probed anew.
    """
    run, store = under_way.run, FrameHashStore(under_way.run.session.dataset, MADE)
    segments = {one.media["media_id"]: one.segments for one in some}
    known = [recording_of(one.media) for one in some if store.get(one.media["media_id"]) is not None]
    missing = segments.keys() - {recording.media_id for recording in known}
    media_ids = run.planned.media_ids if run.planned else {}
    sources = {media_ids[source.path]: source for source in run.scan.items if media_ids.get(source.path) in missing}
    probed = probe_sources(run.scan, tuple(sources.values()), media_ids)
    known += [recording for _, recording in probed.probed]
    for media_id in missing - {recording.media_id for recording in known}:
        under_way.uncompared[media_id] = f"{_UNCOMPARED}the file could not be read"
    return [(recording, segments[recording.media_id]) for recording in known if recording.media_id in segments]


def _judged(
    under_way: ModerationRun, some: Sequence[_Before], found: Mapping[str, Sequence[Finding]]
) -> Iterator[tuple[JudgedRecording, list[Row]]]:
    """Publish the findings that are new, and judge each recording by all."""
    session = under_way.run.session
    more = [attempt for one in some if (attempt := _with_more(under_way, one, found))]
    if more:
        name = f"{under_way.run.job.run.run_id}-{next(under_way.run.batch_numbers):05d}"
        publish_attempts(session.dataset, more, under_way.run.job.run, name)
        session.history.refresh()
    for one in some:
        first = read_pass(session.history, one.first.analysis_id, one.media) or one.first
        unread = [text for text in json.loads(one.verdict["unread_json"]) if not text.startswith(_UNCOMPARED)]
        unread += filter(None, [under_way.uncompared.get(one.media["media_id"])])
        about = Published(first, one.second, one.verdict["passes"], tuple(unread))
        yield judge_published(under_way, one.media, about)
        session.claims.release(one.verdict["analysis_id"])


def _with_more(under_way: ModerationRun, one: _Before, found: Mapping[str, Sequence[Finding]]) -> Rows | None:
    """Make the next attempt with further findings; None: it has them all."""
    policy, had = under_way.moderation.policy, [finding_of(row) for row in one.first.findings]
    findings = merge_adjacent([*had, *found[one.media["media_id"]]], policy.merge_gap_ms)
    if set(findings) == set(had):
        return None
    rows = next_attempt(under_way.run.session.history, one.first.analysis_id, one.media, under_way.run.job.run)
    of_analysis = {name: rows["analyses"][0][name] for name in one.first.of_analysis}
    rows["findings"] = [finding_row(finding, of_analysis, policy) for finding in findings]
    return rows
