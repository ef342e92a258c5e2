"""Resolve the languages to translate into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from config.catalog import pick_language
from config.types import Catalog
from flows.pipeline.machine import config_errors
from flows.pipeline.setup import ResolvedRun
from prompts.reader import translation_words
from tasks.errors import UsageError
from tasks.run.request import PlanRequest
from tasks.run.target_language import TargetLanguage
from tasks.subtitles.glossary import read_glossary

_REGION = re.compile(r"([A-Za-z]{2,3})-([A-Za-z]{2})")


def target_languages(names: Sequence[str], glossary: Path | None, catalog: Catalog) -> tuple[TargetLanguage, ...]:
    """Return the languages to translate into, each once, with the glossary's terms.

    Raises UsageError, ConfigError, PromptError.
    """
    if not names:
        return ()
    terms, words = {} if glossary is None else _terms_of(glossary), translation_words()
    tags = dict(_tag_and_name(name, catalog) for name in names)
    return tuple(TargetLanguage(tag, name, words, terms) for tag, name in tags.items())


def translations_of(request: PlanRequest, resolved: ResolvedRun) -> tuple[TargetLanguage, ...]:
    """Return the languages that a plan is to count. Raises UsageError."""
    with config_errors():
        languages = target_languages(request.translate, None, resolved.catalog)
    check_translations(resolved, languages)
    return languages


def check_translations(resolved: ResolvedRun, translations: Sequence[TargetLanguage]) -> None:
    """Check that who is asked can translate. Raises UsageError."""
    provider = resolved.job.provider
    if translations and provider.dialect.needs_media:
        raise UsageError(
            f"The provider {provider.name} ({provider.title}) only listens and cannot translate: choose another "
            "provider, such as --provider dashscope, or leave out --translate."
        )


def _tag_and_name(name: str, catalog: Catalog) -> tuple[str, str]:
    """Return a language's tag and English name.

    A region that is not known stays, as in pt-BR.
    """
    tag = pick_language(name, catalog)
    if tag == "auto":
        raise UsageError("--translate: expected a language, such as fr; found auto.")
    region = _REGION.fullmatch(name.strip().replace("_", "-"))
    if region and region[1].lower() == tag:
        return f"{tag}-{region[2].upper()}", f"{catalog.languages[tag]} as written in {region[2].upper()}"
    return tag, catalog.languages[tag]


def _terms_of(glossary: Path) -> dict[str, str]:
    try:
        return read_glossary(glossary.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"The glossary {glossary} is not UTF-8 text: save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(f"The glossary {glossary} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UsageError(f"The glossary {glossary}: {error}.") from error
