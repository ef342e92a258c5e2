"""Find the words of recordings that the dataset has already. Without Prefect."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from flows.pipeline.known_inputs import lost_input
from flows.pipeline.results import PlannedInputs
from flows.pipeline.session import Knowledge
from tasks.errors import MediaError, NotFound
from tasks.inputs.scan import InputProblem, InputScan, Source
from tasks.run.subtitle_sources import analyses_with_words
from tasks.store.dataset import Dataset


def known_transcripts(dataset: Dataset, scan: InputScan, media_ids: Mapping[str, str], prompt: str) -> PlannedInputs:
    """Choose the analysis that has an input's words; an input without one is lost.

    `media_ids` are by path, `prompt` is the one that has to have been asked.
    """
    chosen = analyses_with_words(dataset, set(media_ids.values()), prompt)
    known = [source for source in scan.items if media_ids.get(source.path) in chosen]
    lost = [
        lost_input(source, "plan", _unknown(source), media_ids.get(source.path))
        for source in scan.items
        if media_ids.get(source.path) not in chosen
    ]
    lost += [lost_input(Source(one.uri, one.uri), "input", one.error, None) for one in scan.problems]
    finished = {(media_ids[source.path], source.options): chosen[media_ids[source.path]] for source in known}
    return PlannedInputs(scan, media_ids, lost=tuple(lost), finished=finished)


def recordings_with_words(knowledge: Knowledge, prompt: str) -> InputScan:
    """Find the recordings whose words the dataset has, where they were seen last."""
    chosen = analyses_with_words(knowledge.dataset, None, prompt)
    known = knowledge.file_cache.paths_of(chosen)
    uris = knowledge.history.uris(chosen)
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
