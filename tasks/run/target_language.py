"""Hold a language to translate into, and estimate what that comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tasks.planning.cost import cost_nano
from tasks.records import Tokens
from tasks.run.job import Job
from tasks.run.usage import Usage, money, plural
from tasks.subtitles.translation_tokens import expected_of_talk
from tasks.subtitles.translator import CHARACTERS_A_REQUEST, Wanted


@dataclass(frozen=True, slots=True)
class TargetLanguage:
    """A target language is one to translate into, and how that is asked for."""

    tag: str  # BCP 47
    name: str  # in English
    words: str  # the prompt
    terms: Mapping[str, str] = field(default_factory=dict)  # of the user's glossary

    def wanted(self, job: Job) -> Wanted:
        most = min(CHARACTERS_A_REQUEST, job.model.max_output_tokens)
        return Wanted(self.name, self.words, self.terms, most)


def estimate_talk(job: Job, durations_ms: Sequence[int], languages: Sequence[TargetLanguage]) -> Usage:
    """Estimate what translating recordings comes to that nobody has heard yet."""
    of = (
        expected_of_talk(duration_ms, language.wanted(job), job.model, job.modes)
        for duration_ms in durations_ms
        for language in languages
    )
    return sum((translation_usage(job, requests, tokens) for requests, tokens in of), Usage())


def estimate_sentence(job: Job, languages: Sequence[TargetLanguage], expected: Usage) -> str:
    """Say what translations are expected to come to."""
    names = ", ".join(language.name for language in languages)
    tokens = expected.tokens.input + expected.tokens.output
    cost = money(expected.cost_nano, job.price.currency if job.price else None)
    return f"To translate into {names}: about {plural(expected.requests, 'request')}, {tokens:,} tokens, {cost}."


def translation_usage(job: Job, requests: int, tokens: Tokens) -> Usage:
    """Return what so many requests on text alone use and cost."""
    return Usage(requests, tokens, cost_nano(tokens, job.price, text_only_input=True))
