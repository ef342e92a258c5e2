"""Find the inputs that may have words, and leave out those that have subtitles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from flows.pipeline.current_run import Run
from flows.pipeline.inputs import identify_inputs, use_scan
from flows.pipeline.plans import Pending
from flows.pipeline.portions import plan_in_portions
from flows.pipeline.results import PlannedInputs
from flows.pipeline.subtitle_scan import SUBTITLED, talk_in, without
from flows.pipeline.transcripts import known_transcripts, recordings_with_words
from tasks.inputs.scan import InputScan
from tasks.records import Recording
from tasks.run.request import SubtitleRequest


def find_talk(run: Run, request: SubtitleRequest) -> InputScan:
    """Find the files that the inputs mean, and that may have subtitles."""
    return use_scan(run, talk_in(run.settings, request, run.session.dataset))


def plan_talk(run: Run, request: SubtitleRequest) -> Iterator[Pending]:
    """Give what is to be asked about the inputs, portion by portion.

    Nothing is where the dataset is to know all words. Raises Interrupted.
    """
    if request.from_dataset:
        find_transcripts(run, request)
    else:
        choose = partial(without_subtitles, run, request)
        yield from plan_in_portions(run, find_talk(run, request), choose, keeps_plans=True)


def find_transcripts(run: Run, request: SubtitleRequest) -> None:
    """Find what the dataset knows of the inputs' words.

    Where none are named, of all recordings'. A recording that was never analysed is a failure. Raises Interrupted.
    """
    found = None if request.inputs else recordings_with_words(run.session, request.prompt_name)
    scan = find_talk(run, request) if found is None else use_scan(run, found)
    use_transcripts(run, scan, request)


def use_transcripts(run: Run, scan: InputScan, request: SubtitleRequest) -> None:
    """Let the run know the words of recordings that were found. Raises Interrupted."""
    remembered, media_ids = identify_inputs(run, scan)
    known = known_transcripts(run.session.dataset, scan, media_ids, request.prompt_name)
    run.planned = replace(known, remembered=remembered)


def without_subtitles(run: Run, request: SubtitleRequest, probed: PlannedInputs) -> PlannedInputs:
    """Leave recordings that hold subtitles out of the run, where that is wanted."""
    if not request.skip_existing:
        return probed
    subtitled = {source.path for source, recording in probed.probed if embedded_languages(recording)}
    if not subtitled:
        return probed
    assert run.planned is not None
    left = [source for source in run.planned.scan.items if source.path in subtitled]
    run.planned = replace(run.planned, scan=without(run.planned.scan, left, SUBTITLED))
    return replace(probed, probed=tuple(pair for pair in probed.probed if pair[0].path not in subtitled))


def embedded_languages(recording: Recording) -> list[str]:
    """Return the languages of the subtitle streams in a recording.

    One that is not said is "und".
    """
    streams = json.loads(recording.probe_json or "{}").get("streams", ())
    return [
        stream.get("tags", {}).get("language", "und") for stream in streams if stream.get("codec_type") == "subtitle"
    ]
