"""Which recordings are known to be unreadable, whatever their name is next."""

from __future__ import annotations

import pytest

from tasks.query.open_failures import unreadable
from tasks.store.commit import publish_run
from tasks.store.dataset import Dataset
from tests.support.dataset_rows import row, run

BYTES = "ee" * 32


@pytest.mark.parametrize(
    ("error_class", "known"),
    [
        ("NotMedia", {BYTES}),
        ("FfmpegFailed", {BYTES}),
        ("NoSuchTrack", set()),
        ("NotFound", set()),
        ("NotReadable", set()),
    ],
)
def test_unreadable_is_what_bytes_are_to_blame_for(dataset: Dataset, error_class: str, known: set[str]) -> None:
    failed = row("failures", run_id="r", uri="x.mp4", media_id=BYTES, stage="probe", error_class=error_class)
    failed |= {"segment_id": None, "retryable": False}
    publish_run(dataset, {"failures": [failed]}, run("r"))
    assert unreadable(dataset, {BYTES, "ab" * 32}) == known
