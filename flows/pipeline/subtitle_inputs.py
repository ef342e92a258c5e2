"""Find the inputs that may have words, and leave out those that have subtitles."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

from flows.pipeline.current_run import Run
from flows.pipeline.inputs import identify_inputs, lost_input, use_scan
from flows.pipeline.results import PlannedInputs
from flows.pipeline.subtitle_scan import SUBTITLED, talk_in, without
from tasks.errors import MediaError, NotFound
from tasks.inputs.scan import InputProblem, InputScan, Source
from tasks.records import Recording
from tasks.run.request import SubtitleRequest
from tasks.run.subtitle_sources import analyses_with_words


def find_talk(run: Run, request: SubtitleRequest) -> InputScan:
    """Find the files that the inputs mean, and that may have subtitles."""
    return use_scan(run, talk_in(run.settings, request, run.session.dataset))


def find_transcripts(run: Run, request: SubtitleRequest) -> None:
    """Find what the dataset knows of the inputs' words.

    Where none are named, of all recordings'. A recording that was never analysed is a failure. Raises Interrupted.
    """
    scan = find_talk(run, request) if request.inputs else use_scan(run, _recordings_in(run, request))
    use_transcripts(run, scan, request)


def use_transcripts(run: Run, scan: InputScan, request: SubtitleRequest) -> None:
    """Let the run know the words of recordings that were found. Raises Interrupted."""
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
        scan=without(probed.scan, [source for source in probed.scan.items if source.path in subtitled], SUBTITLED),
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
