"""Resolve a moderation: its policy, its lists, and the job of each pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from config.catalog import pick
from config.moderation import ModerationFacts, load_moderation_facts
from config.options import FailOn
from config.policy_loader import load_policy
from config.policy_types import Policy
from config.settings import Settings
from config.types import Catalog
from flows.pipeline.machine import config_errors
from flows.pipeline.setup import (
    ResolvedRun,
    audio_track_of,
    model_of,
    question_of,
    question_set_of,
    resolve_with,
    settings_of,
)
from prompts.reader import read_prompt
from tasks.moderation.known import KnownList, read_known
from tasks.moderation.labels import moderation_instruction
from tasks.moderation.rules import Passes, PassName, Rules
from tasks.moderation.word_list import ListedWord, read_words
from tasks.records import Kind
from tasks.run.job import QuestionSet
from tasks.run.request import ModerateRequest

_PROMPTS: Mapping[PassName, str] = {"quick": "moderate-quick", "fine": "moderate-fine"}
_PASSES: Mapping[Passes, tuple[PassName, ...]] = {
    "quick": ("quick",),
    "fine": ("fine",),
    "both": ("quick", "fine"),
    "words": ("words",),
}
_KINDS: tuple[Kind, ...] = ("video", "audio", "image")
_OWN_NOTE = (
    "{model} cannot judge what it hears and reads, so every recording comes out indeterminate; only words of a list "
    "(--words FILE) are found in it. Choose a provider whose model moderates."
)


@dataclass(frozen=True, slots=True)
class Moderation:
    """A moderation is resolved: what each pass asks, and what is judged by."""

    resolved: ResolvedRun  # of the first pass
    policy: Policy
    passes: Passes
    words: tuple[ListedWord, ...]
    known: KnownList | None
    fail_on: FailOn | None
    facts: ModerationFacts

    @property
    def pass_names(self) -> tuple[PassName, ...]:
        return _PASSES[self.passes]

    def for_pass(self, name: PassName, run: ResolvedRun) -> ResolvedRun:
        """Return the run as it asks in a pass, also about inputs with own options."""
        ask = partial(question_set_for, name, self.policy)
        job, settings = run.job, run.settings
        with config_errors():
            whole = ask(settings, run.catalog)
            sets = {
                options: ask(settings.model_copy(update=options.given), run.catalog) for options in job.question_sets
            }
        rules = Rules(self.policy, name, self.words)
        job = replace(job, scenario=whole.scenario, questions=whole.questions, question_sets=sets, rules=rules)
        return replace(run, job=job, ask=ask)


def resolve_moderation(request: ModerateRequest, cwd: str | None = None) -> Moderation:
    """Resolve a request to moderate.

    Raises UsageError with one sentence for a wrong name, file or value.
    """
    with config_errors():
        catalog, settings = settings_of(request)
        policy = load_policy(settings.policy)
        words = read_words(settings.words, policy) if settings.words else ()
        known = read_known(settings.known, policy) if settings.known else None
        passes: Passes = settings.passes if model_of(settings, catalog).moderates else "words"
        first = _PASSES[passes][0]
        resolved = resolve_with(request, settings, catalog, partial(question_set_for, first, policy), cwd)
        instructions = {name: _instructions(name, policy, settings, catalog) for name in _PASSES[passes]}
    job = replace(resolved.job, rules=Rules(policy, first, words))
    recorded = {
        "moderation": {
            "policy": policy.model_dump(mode="json"),
            "passes": passes,
            "instructions": instructions,
            "words_sha256": _digest(settings.words),
            "known_sha256": _digest(settings.known),
        }
    }
    config = {**json.loads(job.run.config_json), **recorded}
    job = replace(job, run=replace(job.run, config_json=json.dumps(config, sort_keys=True)))
    resolved = replace(resolved, job=job)
    return Moderation(resolved, policy, passes, words, known, settings.fail_on, load_moderation_facts())


def question_set_for(name: PassName, policy: Policy, settings: Settings, catalog: Catalog) -> QuestionSet:
    """Make the questions of a pass.

    A model that cannot judge is asked for a report, in which words can be found. Raises ConfigError, PromptError.
    """
    if name == "words":
        return question_set_of(settings.model_copy(update={"scenario": "standard", "prompt": None}), catalog)
    prompt = read_prompt(_PROMPTS[name])
    prompt = replace(prompt, text=moderation_instruction(prompt.text, policy))
    scenario = pick("scenario", name, catalog.scenarios)
    questions = {kind: question_of(prompt, kind, settings, catalog) for kind in _KINDS}
    return QuestionSet(scenario, questions, audio_track_of(settings, catalog))


def _instructions(name: PassName, policy: Policy, settings: Settings, catalog: Catalog) -> dict[str, str]:
    """Return the words that are sent in a pass, by the kind of recording."""
    asked = question_set_for(name, policy, settings, catalog).questions
    return {kind: question.instruction for kind, question in asked.items()}


def cannot_judge(moderation: Moderation) -> str:
    """Return a sentence on what the model cannot do, or ""."""
    return _OWN_NOTE.format(model=moderation.resolved.job.model.name) if moderation.passes == "words" else ""


def _digest(path: Path | None) -> str | None:
    return None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()
