"""Decide which inputs are new, and the status of each in the table `inputs`.

Pure, but for a look whether files are still there. An unchanged file costs two look-ups in the file cache, made for
all files at once: it is not opened, probed or planned. One that is new here is hashed first, and probed only if its
bytes are new, too.

    remembered = {} if verify else file_cache.media_ids(scan.items)
    media_ids = dict(remembered)
    for group in identify(s for s in scan.items if s.path not in remembered):
        file_cache.remember(group, scan.looked_at)
        media_ids |= {source.path: media_id for source, media_id in group}
    for options, sources in by_options(scan.items):
        planned = file_cache.analyses(fingerprint_of(job, options), media_ids.values())
        for source in unfinished(sources, media_ids, planned, history.done(planned.values())):
            ... probe(source, media_ids.get(source.path)), plan, ask ...
        file_cache.remember_analyses(fingerprint_of(job, options), ...)
    facts = InputFacts(media_ids, remembered, asked, failed, changed)
    unasked = facts.unasked(scan)
    rows = judge_inputs(scan, facts, file_cache.paths_of(unasked), history.uris(unasked))

The status of an input:

- `new`: this run asks about its bytes. Also where they are known but were asked about in another way, moved or not.
- `duplicate`: an earlier input of this run is the same file (a link, or named twice), or has the same bytes and is new,
  and the same is asked about both. A recording about which a manifest asks in two ways is new twice.
- `known`: there is nothing to ask.
- `moved`: there is nothing to ask, the bytes were not known from this path before, and at none of the paths that they
  are known from are they still. Of several such paths the first is `moved`, the others are copies of it.
- `ignored`: left out for the reason that the row gives, such as that a run was stopped before it reached the input.
- `failed`: it could not be read or planned.

So a copy next to its original is known, and so is a hard link. What is moved twice is moved twice; moved back to
where it was, it is known. Another file put under the old name is new, and what had been there is moved all the same.
Where the file cache is lost, the path where a recording was first seen stands in for what it knew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tasks.inputs.file_cache import KnownPath
from tasks.inputs.overrides import InputOptions, options_json
from tasks.inputs.scan import InputScan, Source, printable
from tasks.records import InputStatus

NOTHING_TO_ASK = ("known", "moved", "duplicate")
"""The statuses of inputs about which this run has nothing to ask."""
CHANGED = "changed while it was read"
NOT_REACHED = "not reached before the run was stopped"
_UPWARDS = re.compile(r"^(\.\./)+")


class InputRow(NamedTuple):
    """An input's row, as the table `inputs` shows it."""

    uri: str
    media_id: str | None
    status: InputStatus
    reason: str = ""
    options_json: str | None = None
    analysis_id: str | None = None


@dataclass(frozen=True, slots=True)
class InputFacts:
    """The facts that a run found out about its inputs decide their statuses."""

    media_ids: Mapping[str, str]  # path -> media_id, of every file that was remembered or read
    remembered: Collection[str] = ()  # paths whose media_id was remembered, and trusted
    asked: Mapping[tuple[str, InputOptions], str] = field(
        default_factory=dict
    )  # by media_id and options, the run's analyses
    failed: Mapping[tuple[str, InputOptions], InputRow] = field(
        default_factory=dict
    )  # by uri; also arguments that mean no file
    changed: Collection[str] = ()  # uris of files that changed while they were read
    again: Mapping[tuple[str, InputOptions], str] = field(
        default_factory=dict
    )  # by media_id and options, finished analyses that the run came upon, of several about the recording

    def unasked(self, scan: InputScan) -> list[str]:
        """Return the media_ids, new at their paths, about which there is nothing to ask.

        They may have been moved.
        """
        fresh = ((self.media_ids.get(s.path), s.options) for s in scan.items if s.path not in self.remembered)
        return [
            media_id for media_id, options in fresh if media_id is not None and (media_id, options) not in self.asked
        ]


def by_options(sources: Iterable[Source]) -> dict[InputOptions, list[Source]]:
    """Group the sources by their options, in their order.

    >>> len(by_options([Source("a.mp4", "/a.mp4"), Source("b.mp4", "/b.mp4")]))
    1
    """
    found: dict[InputOptions, list[Source]] = {}
    for source in sources:
        found.setdefault(source.options, []).append(source)
    return found


def unfinished(
    sources: Iterable[Source], media_ids: Mapping[str, str], planned: Mapping[str, str], done: Collection[str]
) -> list[Source]:
    """Return the files to be probed: all but those whose analysis is done.

    `media_ids`: by path. `planned`: media_id -> analysis_id. `done`: analysis_ids with nothing left to ask.

    >>> unfinished([Source("a.mp4", "/a.mp4")], {"/a.mp4": "m1"}, {"m1": "a1"}, done={"a1"})
    []
    """
    finished = {media_id for media_id, analysis_id in planned.items() if analysis_id in done}
    return [source for source in sources if media_ids.get(source.path) not in finished]


def judge_inputs(
    scan: InputScan, intake: InputFacts, known_paths: Mapping[str, Sequence[KnownPath]], first_seen: Mapping[str, str]
) -> list[InputRow]:
    """Return the row of every input of a run.

    One that an interrupted run did not get to is ignored. `known_paths` and `first_seen` say where the recordings
    without questions were seen before this run, by media_id: in the file cache, and in the table `media`. The latter
    counts where there is none of the former.

    >>> from tasks.inputs.scan import Source
    >>> scan = InputScan((Source("a.mp4", "/a.mp4"),), ignored=(("b.txt", "with another ending"),))
    >>> facts = InputFacts({"/a.mp4": "5f"}, remembered={"/a.mp4"})
    >>> [(row.uri, row.status) for row in judge_inputs(scan, facts, {}, {})]
    [('a.mp4', 'known'), ('b.txt', 'ignored')]
    """
    statuses = _Statuses(intake, known_paths, first_seen)
    media_ids, remembered, asked = intake.media_ids, intake.remembered, intake.asked
    changed = set(intake.changed)
    seen = []
    for source in scan.items:
        media_id = media_ids.get(source.path)
        failed = intake.failed.get((source.uri, source.options))
        manifest = options_json(source.options, source.tags_json)
        if source.uri in changed or (media_id is None and failed):
            continue
        if media_id is None:
            seen.append(InputRow(source.uri, None, "ignored", NOT_REACHED, manifest))
            continue
        if failed and (failed.media_id == media_id or (media_id, source.options) not in asked):
            continue  # only of what a retry looks for may another have failed that had the same name
        is_known = source.path in remembered and (media_id, source.options) not in asked
        status: InputStatus = "known" if is_known else statuses.of(source, media_id)
        again = intake.again.get((media_id, source.options))
        seen.append(InputRow(source.uri, media_id, status, options_json=manifest, analysis_id=again))
    seen += intake.failed.values()
    seen += [InputRow(uri, None, "ignored", CHANGED) for uri in intake.changed]
    seen += [InputRow(uri, media_ids.get(first.path), "duplicate") for uri, first in scan.duplicates]
    seen += [InputRow(uri, None, "ignored", reason) for uri, reason in scan.ignored]
    return seen


class _Statuses:
    """Find the status of one recording after the other, in the order of the inputs."""

    def __init__(
        self, intake: InputFacts, known_paths: Mapping[str, Sequence[KnownPath]], first_seen: Mapping[str, str]
    ) -> None:
        self._media_ids, self._asked = intake.media_ids, intake.asked
        self._known_paths, self._first_seen = known_paths, first_seen
        self._met: set[str] = set()  # media_ids of earlier inputs, and analyses

    def of(self, source: Source, media_id: str) -> InputStatus:
        analysis = self._asked.get((media_id, source.options))
        again = (analysis or media_id) in self._met
        self._met.add(analysis or media_id)
        if analysis:
            return "duplicate" if again else "new"
        return "known" if again or self._is_where_it_was(source, media_id) else "moved"

    def _is_where_it_was(self, source: Source, media_id: str) -> bool:
        """Return whether the bytes are still at a path that they are known from."""
        known_paths = self._known_paths.get(media_id)
        if known_paths:
            return any(known.path == source.path or self._holds(known, media_id) for known in known_paths)
        uri = self._first_seen.get(media_id)
        return uri in (None, printable(source.path)) or _means(uri, printable(source.path)) or os.path.lexists(uri)

    def _holds(self, known: KnownPath, media_id: str) -> bool:
        """Return whether a known path still holds the bytes.

        What this run has read there decides, before what its size and time suggest.
        """
        if known.path in self._media_ids:
            return self._media_ids[known.path] == media_id
        return known.holds_still()


def _means(uri: str, path: str) -> bool:
    """Return whether a name, perhaps relative to some folder, may mean the path."""
    named = _UPWARDS.sub("", os.path.normpath(uri))
    return path == named or path.endswith(f"/{named}")
