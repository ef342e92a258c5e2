"""Take out of a transcript what is to be translated. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tasks.identity import translation_id
from tasks.run.job import Job
from tasks.run.subtitle_sources import Transcript
from tasks.run.target_language import TargetLanguage
from tasks.subtitles.second_track import lines_to_translate
from tasks.subtitles.track import Source


@dataclass(frozen=True, slots=True)
class TranslationSource:
    """A source is all that is said, and which translation of it is meant."""

    lines: Mapping[int, str]
    translation_id: str

    @classmethod
    def of(
        cls, transcript: Transcript, language: TargetLanguage, job: Job, invented: tuple[str, ...]
    ) -> TranslationSource:
        lines = lines_to_translate(transcript.utterances, Source(transcript.span, transcript.silences), invented)
        named = translation_id(
            lines=list(lines.values()),
            language=language.tag,
            words=language.words,
            terms=language.terms,
            model=f"{job.provider.name}/{job.model.name}",
        )
        return cls(lines, named)
