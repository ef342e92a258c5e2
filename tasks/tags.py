"""Tag tasks in Prefect, by recording, provider, model and scenario."""

from __future__ import annotations

from collections.abc import Iterable

from prefect.context import TaskRunContext

from tasks.records import AnalysisPlan

MOST_TAGS = 80  # of a task: Prefect drops its event where tags and other related resources are more than 100


def tag_task(tags: Iterable[str]) -> None:
    """Add tags to the task under way; Prefect's server has them once it ends.

    Outside of a task nothing happens. A task over more recordings than it can have tags names the rest in its log.

    Weighed against `prefect.tags`, for which Prefect asks its server about a limit of each tag before each task, and
    keeps a service of its own for each set of them: 200 tasks of 200 recordings took 34 s in place of 2, and 180 MB.
    """
    context = TaskRunContext.get()
    if context is not None:
        new = [tag for tag in tags if tag not in context.task_run.tags]
        context.task_run.tags = [*context.task_run.tags, *new][:MOST_TAGS]


def recording_tag(name: str) -> str:
    """Return the tag of a recording, or of another input.

    >>> recording_tag("talk.mp4")
    'recording:talk.mp4'
    """
    return f"recording:{name}"


def plan_tags(plan: AnalysisPlan) -> tuple[str, ...]:
    """Return the tags of what is done about one recording."""
    return (
        f"provider:{plan.provider}",
        f"model:{plan.model}",
        f"scenario:{plan.scenario}",
        recording_tag(plan.recording.name),
    )
