"""The raw answers: durable before anything is read out of them, kept until their analysis is published.

`.reelsheet/answers/<2 hex digits>/<segment_id>.json`, one file per segment: the newest answer, and in it those before.
"""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError

from tasks.errors import DatasetNotWritable
from tasks.records import Answer
from tasks.store import disk, objects
from tasks.store.dataset import Dataset, dataset_location
from tasks.store.disk import FULL, explained, make_folder, move, temporary_name, what_is_wrong, write_durably
from tasks.store.failpoints import failpoint
from tasks.store.lease import held
from tasks.system.object_store import AnyPath

_listing = threading.Lock()


class AnswerStore:
    """The raw answers of a dataset. Making one touches nothing."""

    def __init__(self, dataset: Dataset | str | AnyPath) -> None:
        self.dataset = dataset if isinstance(dataset, Dataset) else Dataset(dataset_location(dataset))

    def put(self, answer: Answer) -> DatasetNotWritable | None:
        """Keep what came of a segment's requests in place of what was kept; on return it is on the disk.

        Without a request there is nothing to keep. On a full disk the reserve is given up for it, and what is wrong is
        returned: then ask nothing more, since the reserve is for what is under way. Raises DatasetNotWritable where
        not even that helps.
        """
        if not answer.calls:
            return None
        content = _to_json(answer)
        path = self._path(answer.segment.segment_id)
        with explained(self.dataset.root, "This answer could not be kept; those before it are."):
            known = self._known()
            try:
                _write(path, content)
                if known is not None:
                    known.add(path.name)
            except OSError as error:
                if error.errno not in FULL:
                    raise
                self._give_up_reserve()
                _write(path, content)
                kept = "The answers that were under way are kept from a reserve: run again once there is room."
                return DatasetNotWritable(f"{what_is_wrong(self.dataset.root, error)} {kept}", errno=error.errno)
        return None

    def get(self, segment_id: str) -> Answer | None:
        """The kept answer. A file that cannot be read is moved aside, and counts as absent."""
        path = self._path(segment_id)
        with explained(self.dataset.root):
            known = self._known()
            if known is not None and path.name not in known:
                return None
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        try:
            answer = _adapter().validate_json(content)
        except ValidationError:
            with explained(self.dataset.root):
                move(path, temporary_name(path).with_suffix(".broken"))
            return None
        return answer if answer.segment.segment_id == segment_id else None

    def holds(self, segment_id: str) -> bool:
        """Whether something is kept that was paid for."""
        kept = self.get(segment_id)
        return kept is not None and any(is_paid(answer) for answer in (*kept.earlier, kept))

    def forget(self, segment_ids: Iterable[str]) -> None:
        """Remove answers that are published, and what a killed writer may have left of them."""
        known = self._known()
        paths = (self._path(segment_id) for segment_id in segment_ids)
        disk.each_in(self.dataset.root, disk.forget, (path for path in paths if known is None or path.name in known))

    def _known(self) -> set[str] | None:
        """The names of all answers, where they need not be looked for one by one."""
        lease = held(self.dataset.root)
        if lease is None:
            return None
        with _listing:
            if lease.answers is None:
                lease.answers = {name.rpartition("/")[2] for name in objects.below(self.dataset.answers)}
            return lease.answers

    def _path(self, segment_id: str) -> AnyPath:
        return self.dataset.answers / segment_id[:2] / f"{segment_id}.json"

    def _give_up_reserve(self) -> None:
        """Make its room free; if it is gone, that was done for an answer beside this one, and may do for both."""
        with suppress(OSError):
            # A name goes before its room is free. Emptied first, the reserve has no room any more once it is gone.
            os.truncate(self.dataset.reserve, 0)
            self.dataset.reserve.unlink(missing_ok=True)


def turn_id(segment_id: str, number: int) -> str:
    """The id under which the answer to a segment's follow-up question is kept; `number` counts from 1."""
    return f"{segment_id}.turn-{number}"


def is_paid(answer: Answer) -> bool:
    """Whether the service has done its work: there is text, or it refused."""
    return bool(answer.text) or answer.outcome == "refused"


def _write(path: AnyPath, content: bytes) -> None:
    make_folder(path.parent)
    write_durably(path, content, "answer.written")
    failpoint("answer.kept")


def _to_json(answer: Answer) -> bytes:
    text = json.dumps(dataclasses.asdict(answer), ensure_ascii=False, default=_plain)
    return text.encode("utf-8", "replace")  # a lone surrogate is no character; all around it is kept


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"An answer cannot hold a {type(value).__name__}.")


@cache
def _adapter() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)
