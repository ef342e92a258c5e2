"""Where spoken answers lie: `.reelsheet/voices/<2 hex digits>/<segment_id>-<attempt>.wav`, out of every table's glob.

Nothing half is ever found under such a name (tasks/omni/voice.py writes beside it and renames). The attempt is part of
the name, since an answer that is asked for again must not change what an older row points to.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tasks.records import Answer, Step
from tasks.store.dataset import Dataset
from tasks.store.disk import explained, unfinished, write_durably
from tasks.store.lease import HIDDEN


def voice_file(dataset: Dataset, segment_id: str, attempt: int, step: Step) -> Path:
    """The file of a spoken answer; what a killed run may have left of it is removed."""
    asked_again = "" if step == "ask" else f"-{step}"
    path = _here(dataset) / HIDDEN / "voices" / segment_id[:2] / f"{segment_id}-{attempt}{asked_again}.wav"
    for leftover in unfinished(path):
        leftover.unlink(missing_ok=True)
    return path


def seen_from(dataset: Dataset, answer_path: str | None) -> str | None:
    """The path as rows hold it: from the dataset's folder, so that the whole may be moved.

    Where that is in an object store, the voice is put there now. Raises DatasetNotWritable.
    """
    if answer_path is None:
        return None
    spoken = Path(answer_path)
    name = spoken.relative_to(_here(dataset)).as_posix()
    if not isinstance(dataset.root, Path):
        with explained(dataset.root, "This spoken answer could not be kept; those before it are."):
            write_durably(dataset.root / name, spoken.read_bytes())
        spoken.unlink()
    return name


def drop_others(dataset: Dataset, asked: Iterable[Answer], chosen: Iterable[Answer]) -> None:
    """Remove the voices of answers that were not chosen."""
    kept = {answer.voice_path for answer in chosen}
    for answer in asked:
        if answer.voice_path is not None and answer.voice_path not in kept:
            (dataset.root / answer.voice_path).unlink(missing_ok=True)


def _here(dataset: Dataset) -> Path:
    """The folder on this machine under which voices are written while they are spoken."""
    return dataset.root if isinstance(dataset.root, Path) else dataset.local_cache_dir
