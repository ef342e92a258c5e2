"""Have the words of one recording translated into one language, in a task."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.retries import WAITS_S, retry_machine_faults
from tasks.run.job import Job
from tasks.run.subtitle_files import SubtitleChoices, SubtitleTarget
from tasks.run.subtitle_sources import read_transcripts
from tasks.run.subtitle_writing import is_translated
from tasks.run.target_language import TargetLanguage
from tasks.run.translation import TranslationResult, translate_transcript
from tasks.run.translation_source import TranslationSource
from tasks.store.dataset import Dataset
from tasks.system.stage_log import log_stage


@task(
    name="translate",
    task_run_name="translate {name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def translate(
    job: Job, name: str, target: SubtitleTarget, choices: SubtitleChoices, language: TargetLanguage
) -> TranslationResult:
    """Ask for what is not translated yet, and publish it.

    That is nothing where nobody speaks, or all speak that language.

    `name` is the task's. Raises DatasetNotWritable, Interrupted.
    """
    del name
    dataset = Dataset.at(job.dataset)
    transcript = read_transcripts(dataset, [target.analysis_id]).get(target.analysis_id)
    if transcript is None or not is_translated(transcript, choices, language):
        return TranslationResult()
    source = TranslationSource.of(transcript, language, job, choices.catalog.invented_lines)
    result = translate_transcript(dataset, job, target.uri, transcript, language, source)
    if result.failure is not None:
        log_stage("translate", target.uri, "failed", detail=result.failure.message)
    elif result.stopped is None:
        log_stage("translate", target.uri, "ok", detail=language.tag)
    return result
