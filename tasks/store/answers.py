"""Keep the raw answers until their analysis is published.

They are durable before anything is read out of them. `.reelsheet/answers/<2 hex digits>/<segment_id>.json`, one file
per segment: the newest answer, and in it those before.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import PurePosixPath

from pydantic import TypeAdapter, ValidationError

from tasks.errors import DatasetNotWritable
from tasks.records import Answer
from tasks.store.dataset import Dataset
from tasks.store.disk import FULL, temporary_name
from tasks.store.failpoints import failpoint
from tasks.store.layout import ANSWERS
from tasks.store.storage import explained


class AnswerStore:
    """The store keeps the raw answers of a dataset.

    Making one touches nothing.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._storage = dataset.storage

    def put(self, answer: Answer) -> DatasetNotWritable | None:
        """Keep what came of a segment's requests in place of what was kept.

        On return it is on the disk. Without a request there is nothing to keep. On a full disk the reserve is given
        up for it, and what is wrong is returned: then ask nothing more, since the reserve is for what is under way.
        Raises DatasetNotWritable where not even that helps.
        """
        if not answer.calls:
            return None
        content = _to_json(answer)
        name = _name(answer.segment.segment_id)
        with explained(self._storage, "This answer could not be kept; those before it are."):
            known = self._storage.answer_names()
            try:
                self._write(name, content)
                if known is not None:
                    known.add(_file(name))
            except OSError as error:
                if error.errno not in FULL:
                    raise
                self._storage.free_reserve()
                self._write(name, content)
                kept = "The answers that were under way are kept from a reserve: run again once there is room."
                return DatasetNotWritable(f"{self._storage.what_is_wrong(error)} {kept}", errno=error.errno)
        return None

    def get(self, segment_id: str) -> Answer | None:
        """Return the kept answer.

        A file that cannot be read is moved aside, and counts as absent.
        """
        name = _name(segment_id)
        with explained(self._storage):
            known = self._storage.answer_names()
            if known is not None and _file(name) not in known:
                return None
            try:
                content = self._storage.read(name)
            except FileNotFoundError:
                return None
        try:
            answer = _adapter().validate_json(content)
        except ValidationError:
            with explained(self._storage):
                self._storage.move(name, str(temporary_name(PurePosixPath(name)).with_suffix(".broken")))
            return None
        return answer if answer.segment.segment_id == segment_id else None

    def holds(self, segment_id: str) -> bool:
        """Return whether something is kept that was paid for."""
        kept = self.get(segment_id)
        return kept is not None and any(is_paid(answer) for answer in (*kept.earlier, kept))

    def forget(self, segment_ids: Iterable[str]) -> None:
        """Remove answers that are published, and what killed writers have left of them."""
        known = self._storage.answer_names()
        names = (_name(segment_id) for segment_id in segment_ids)
        self._storage.each(self._storage.remove, (name for name in names if known is None or _file(name) in known))

    def _write(self, name: str, content: bytes) -> None:
        self._storage.write(name, content, "answer.written")
        failpoint("answer.kept")


def turn_id(segment_id: str, number: int) -> str:
    """Return the id under which the answer to a follow-up question is kept.

    `number` counts from 1.
    """
    return f"{segment_id}.turn-{number}"


def is_paid(answer: Answer) -> bool:
    """Return whether the service has done its work: there is text, or it refused."""
    return bool(answer.text) or answer.outcome == "refused"


def _name(segment_id: str) -> str:
    return f"{ANSWERS}/{segment_id[:2]}/{segment_id}.json"


def _file(name: str) -> str:
    return name.rpartition("/")[2]


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
