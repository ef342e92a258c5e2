"""Fingerprint a way of asking: what a plan depends on, the recording aside. Pure."""

from __future__ import annotations

import hashlib

from tasks.identity import canonical_json
from tasks.inputs.overrides import AS_THE_RUN, InputOptions
from tasks.run.job import Job

# Facts about a provider that decide whom to ask, not what: an analysis is the same at another address.
_OF_THE_CONNECTION = {
    *("base_url", "base_url_env", "api_key_env", "title", "other_region", "price_region", "default_model"),
    *("base_url_form", "hosts"),
}


def fingerprint_of(job: Job, options: InputOptions = AS_THE_RUN) -> str:
    """Return what a recording's plan depends on, itself aside, as 32 hex digits.

    It changes at least when some recording's analysis_id may: by what is asked, of which model, within which limits,
    or by another version of the planner. Not by address, key, price, concurrency or where anything lies.
    """
    question_set = job.question_set(options)
    basis = {
        "version": job.run.code_version,
        "scenario": question_set.scenario.model_dump(mode="json"),
        "model": job.model.model_dump(mode="json"),
        "provider": job.provider.model_dump(mode="json", exclude=_OF_THE_CONNECTION),
        "transport": job.transport,
        "questions": {
            kind: [
                *(question.prompt_sha256, question.instruction, question.language, question.follow_up),
                *(question.shows, question.segments, question.files),
            ]
            for kind, question in question_set.questions.items()
        },
        "modes": job.modes.params(),
        **({"audio_track": question_set.audio_track.name} if question_set.audio_track else {}),
        **({"pass": job.rules.pass_name} if job.rules else {}),
    }
    return hashlib.sha256(canonical_json(basis).encode()).hexdigest()[:32]
