"""Tags of a task, as many as Prefect takes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from prefect.context import TaskRunContext

from tasks.tags import MOST_TAGS, recording_tag, tag_task


def test_a_task_has_no_more_tags_than_prefect_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    run = SimpleNamespace(tags=["nightly"])
    monkeypatch.setattr(TaskRunContext, "get", lambda: SimpleNamespace(task_run=run))
    for number in range(300):
        tag_task(["provider:local", recording_tag(f"{number}.mp4")])
    assert (run.tags[:3], len(run.tags)) == (["nightly", "provider:local", "recording:0.mp4"], MOST_TAGS)
