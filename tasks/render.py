"""Write the subtitle files of some recordings, in a task."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.retries import WAITS_S, retry_machine_faults
from tasks.run.job import Job
from tasks.run.subtitle_files import SubtitleChoices, SubtitleTarget
from tasks.run.subtitle_writing import Rendered, write_subtitles, write_translations
from tasks.run.target_language import TargetLanguage
from tasks.store.dataset import Dataset
from tasks.system.stage_log import log_stage


@task(
    name="render",
    task_run_name="render {name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def render(
    job: Job,
    name: str,
    targets: Sequence[SubtitleTarget],
    choices: SubtitleChoices,
    language: TargetLanguage | None = None,
) -> tuple[Rendered, ...]:
    """Make the files of the targets, and write those that may be written.

    They are in their own language, or in another.

    `name` is that of the commit. Raises DatasetNotWritable.
    """
    dataset = Dataset.at(job.dataset)
    if language is None:
        rendered = write_subtitles(dataset, job, name, targets, choices)
    else:
        rendered = write_translations(dataset, job, name, targets, choices, language)
    for one in rendered:
        log_stage("save", one.file.uri, one.file.status, detail=f"{one.file.path} {one.file.reason}".strip())
    return rendered
