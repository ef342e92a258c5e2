"""Find the inputs that may have words, and leave out those that have subtitles."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from flows.pipeline.current_run import Run
from flows.pipeline.inputs import identify_inputs, lost_input, use_scan
from flows.pipeline.results import PlannedInputs
from tasks.errors import MediaError, NotFound
from tasks.inputs.groups import find
from tasks.inputs.scan import MOST_LISTED, OTHER_ENDING, InputProblem, InputScan, Source
from tasks.media.formats import is_image_name
from tasks.media.remote import is_address
from tasks.records import Recording
from tasks.run.request import SubtitleRequest
from tasks.run.subtitle_sources import analyses_with_words, written_before
from tasks.sidecars.files import sha256_at
from tasks.sidecars.paths import is_subtitle_of
from tasks.system.object_store import is_stored

_SUBTITLED = "with subtitles already"


def find_talk(run: Run, request: SubtitleRequest) -> InputScan:
    """Find the files that the inputs mean, without images.

    What has no place for subtitles is a problem.
    """
    how = run.settings
    scan = find(request.inputs, how.settle_s, time.time(), tags_from_columns=how.tags_from_columns)
    images = [source for source in scan.items if is_image_name(source.name)]
    scan = _without(scan, images, OTHER_ENDING)
    why = {source: _without_place(source, request) for source in scan.items}
    lost = (InputProblem(one.uri, MediaError(f"{one.uri} {words}"), one.options) for one, words in why.items() if words)
    scan = replace(
        scan,
        items=tuple(source for source in scan.items if not why[source]),
        problems=(*scan.problems, *lost),
    )
    if request.skip_existing:
        scan = _without(scan, [source for source in scan.items if _has_sidecar(run, source)], _SUBTITLED)
    return use_scan(run, scan)


def find_transcripts(run: Run, request: SubtitleRequest) -> None:
    """Find what the dataset knows of the inputs' words.

    Where none are named, of all recordings'. A recording that was never analysed is a failure. Raises Interrupted.
    """
    scan = find_talk(run, request) if request.inputs else use_scan(run, _recordings_in(run, request))
    remembered, media_ids = identify_inputs(run, scan)
    chosen = analyses_with_words(run.session.dataset, set(media_ids.values()), request.prompt_name)
    known = [source for source in scan.items if media_ids.get(source.path) in chosen]
    lost = [
        lost_input(source, "plan", _unknown(source), media_ids.get(source.path))
        for source in scan.items
        if media_ids.get(source.path) not in chosen
    ]
    lost += [lost_input(Source(one.uri, one.uri), "input", one.error, None) for one in scan.problems]
    finished = {(media_ids[source.path], source.options): chosen[media_ids[source.path]] for source in known}
    run.planned = PlannedInputs(scan, media_ids, remembered, lost=tuple(lost), finished=finished)


def _recordings_in(run: Run, request: SubtitleRequest) -> InputScan:
    """Find the recordings of the dataset that has words, where they were seen last."""
    chosen = analyses_with_words(run.session.dataset, None, request.prompt_name)
    known = run.session.file_cache.paths_of(chosen)
    uris = run.session.history.uris(chosen)
    items, problems = [], []
    for media_id in chosen:
        paths = [one.path for one in known.get(media_id, ()) if one.holds_still()]
        path = next((one for one in (*paths, uris.get(media_id, "")) if os.path.isfile(one)), None)  # noqa: PTH113
        if path is None:
            gone = NotFound(f"{uris.get(media_id, media_id)} is not where it was: name it, so that it is found.")
            problems.append(InputProblem(uris.get(media_id, media_id), gone))
        else:
            stamp = os.stat(path)  # noqa: PTH116
            items.append(Source(path, os.path.abspath(path), stamp.st_size, stamp.st_mtime_ns))  # noqa: PTH100
    return InputScan(tuple(items), problems=tuple(problems), looked_at=time.time())


def _unknown(source: Source) -> MediaError:
    return MediaError(
        f"{source.uri} has no words in the dataset: leave out --from-dataset, so that they are asked for."
    )


def without_subtitles(request: SubtitleRequest, probed: PlannedInputs) -> PlannedInputs:
    """Leave out recordings that hold subtitles, where that is wanted."""
    if not request.skip_existing:
        return probed
    subtitled = {source.path: source.uri for source, recording in probed.probed if embedded_languages(recording)}
    if not subtitled:
        return probed
    return replace(
        probed,
        scan=_without(probed.scan, [source for source in probed.scan.items if source.path in subtitled], _SUBTITLED),
        probed=tuple(pair for pair in probed.probed if pair[0].path not in subtitled),
        notes=(*probed.notes, f"Left out, since they hold subtitles already: {', '.join(subtitled.values())}."),
    )


def embedded_languages(recording: Recording) -> list[str]:
    """Return the languages of the subtitle streams in a recording.

    One that is not said is "und".
    """
    streams = json.loads(recording.probe_json or "{}").get("streams", ())
    return [
        stream.get("tags", {}).get("language", "und") for stream in streams if stream.get("codec_type") == "subtitle"
    ]


def _without_place(source: Source, request: SubtitleRequest) -> str:
    """Say why subtitles have no place next to a recording; "" where they have one."""
    if source.members:
        return "is a group, which has no file to lay subtitles next to: name its files."
    if request.out is None and (is_address(source.path) or is_stored(source.path)):
        return "does not lie on this machine, so its subtitles need a folder: name one with --out."
    return ""


def _has_sidecar(run: Run, source: Source) -> bool:
    """Return whether somebody else's subtitles lie next to a recording."""
    folder, name = os.path.split(source.path)
    try:
        found = [entry.path for entry in os.scandir(folder) if is_subtitle_of(entry.name, name)]
    except OSError:
        return False
    ours = written_before(run.session.dataset, found) if found else {}
    return any(path not in ours or sha256_at(path) not in ours[path].all for path in found)


def _without(scan: InputScan, sources: Iterable[Source], reason: str) -> InputScan:
    """Count sources among those that are left out."""
    gone = {source.path: source.uri for source in sources}
    if not gone:
        return scan
    return replace(
        scan,
        items=tuple(source for source in scan.items if source.path not in gone),
        ignored=(*scan.ignored, *((uri, reason) for uri in gone.values()))[:MOST_LISTED],
        left_out=dict(Counter(scan.left_out) + Counter({reason: len(gone)})),
    )
