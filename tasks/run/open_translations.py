"""Find out which translations are still open, and what they will come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.run.job import Job
from tasks.run.subtitle_files import SubtitleChoices
from tasks.run.subtitle_sources import known_lines, read_transcripts
from tasks.run.subtitle_writing import is_translated
from tasks.run.target_language import TargetLanguage, translation_usage
from tasks.run.translation_source import TranslationSource
from tasks.run.usage import Usage
from tasks.store.dataset import Dataset
from tasks.subtitles.translation_tokens import expected_of_lines

_AT_ONCE = 50  # transcripts in memory


@dataclass(frozen=True, slots=True)
class OpenTranslation:
    """An open translation has lines that nobody has translated yet."""

    analysis_id: str
    language: TargetLanguage
    lines: Mapping[int, str]


def open_translations(
    dataset: Dataset, job: Job, analysis_ids: Sequence[str], choices: SubtitleChoices
) -> tuple[OpenTranslation, ...]:
    """List what is to be asked for of analyses that are published."""
    ids = list(dict.fromkeys(analysis_ids)) if choices.translations else []
    return tuple(
        one
        for begin in range(0, len(ids), _AT_ONCE)
        for one in _open(dataset, job, ids[begin : begin + _AT_ONCE], choices)
    )


def _open(dataset: Dataset, job: Job, ids: Sequence[str], choices: SubtitleChoices) -> list[OpenTranslation]:
    transcripts, invented = read_transcripts(dataset, ids), choices.catalog.invented_lines
    sources = [
        (transcript.analysis_id, language, TranslationSource.of(transcript, language, job, invented))
        for transcript in transcripts.values()
        for language in choices.translations
        if is_translated(transcript, choices, language)
    ]
    known = known_lines(dataset, [source.translation_id for _, _, source in sources])
    left = [
        (
            analysis_id,
            language,
            {n: t for n, t in source.lines.items() if n not in known.get(source.translation_id, {})},
        )
        for analysis_id, language, source in sources
    ]
    return [OpenTranslation(*one) for one in left if one[2]]


def estimate_lines(job: Job, translations: Sequence[OpenTranslation]) -> Usage:
    """Estimate what open translations come to."""
    of = (expected_of_lines(one.lines, one.language.wanted(job), job.model, job.modes) for one in translations)
    return sum((translation_usage(job, requests, tokens) for requests, tokens in of), Usage())
