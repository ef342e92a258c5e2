"""Keep spoken answers in `.reelsheet/voices/`, out of every table's glob.

They are `<2 hex digits>/<segment_id>-<attempt>.wav` there. Nothing half is ever found under such a name
(tasks/omni/voice.py writes beside it and renames). The attempt is part of the name, since an answer that is asked for
again must not change what an older row points to.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tasks.records import Answer, Step
from tasks.store.dataset import Dataset
from tasks.store.disk import unfinished
from tasks.store.layout import VOICES
from tasks.store.storage import explained


def voice_file(dataset: Dataset, segment_id: str, attempt: int, step: Step) -> Path:
    """Return the file of a spoken answer.

    What a killed run may have left of it is removed.
    """
    asked_again = "" if step == "ask" else f"-{step}"
    path = dataset.storage.work_dir / VOICES / segment_id[:2] / f"{segment_id}-{attempt}{asked_again}.wav"
    with suppress(OSError):  # then the voice is lost, not the answer: who writes it says why
        for leftover in unfinished(path):
            leftover.unlink(missing_ok=True)
    return path


def seen_from(dataset: Dataset, answer_path: str | None) -> str | None:
    """Return the path as rows hold it: from the dataset's folder.

    So the whole may be moved. Where that is in an object store, the voice is put there now. Raises
    DatasetNotWritable.
    """
    if answer_path is None:
        return None
    name = Path(answer_path).relative_to(dataset.storage.work_dir).as_posix()
    with explained(dataset.storage, "This spoken answer could not be kept; those before it are."):
        dataset.storage.take_in(name)
    return name


def drop_others(dataset: Dataset, asked: Iterable[Answer], chosen: Iterable[Answer]) -> None:
    """Remove the voices of answers that were not chosen."""
    kept = {answer.voice_path for answer in chosen}
    for answer in asked:
        if answer.voice_path is not None and answer.voice_path not in kept:
            dataset.storage.remove(answer.voice_path)
