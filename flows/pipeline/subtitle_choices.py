"""Resolve the options of subtitles: formats, style, languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from config.catalog import load_catalog, pick_language
from config.subtitles import load_subtitle_catalog, pick_style
from config.types import Catalog
from flows.pipeline.setup import ResolvedRun, config_errors
from prompts.reader import translation_words
from tasks.errors import UsageError
from tasks.run.request import PlanRequest, SubtitleRequest
from tasks.run.subtitle_files import SubtitleChoices
from tasks.run.translation import TargetLanguage
from tasks.subtitles.formats.registry import FORMATS, FileForm
from tasks.subtitles.glossary import read_glossary

_REGION = re.compile(r"([A-Za-z]{2,3})-([A-Za-z]{2})")
_DEFAULT, _OF_SONGS = ("srt",), ("lrc",)


def choices_of(request: SubtitleRequest) -> SubtitleChoices:
    """Resolve what a request says of its files. Raises UsageError."""
    if not request.inputs and not request.from_dataset:
        raise UsageError("Recordings were expected, and none are named: name files or folders, or add --from-dataset.")
    if (request.mux or request.burn) and request.out is None:
        raise UsageError("--mux and --burn make copies of videos, which need a folder: name one with --out.")
    if (request.bilingual or request.glossary) and not request.translate:
        raise UsageError("--bilingual and --glossary are about a translation: name its language with --translate.")
    with config_errors():
        catalog = load_subtitle_catalog()
        style = pick_style(request.style, catalog)
        known = load_catalog(request.config_file)
        translations = target_languages(request.translate, request.glossary, known)
    return SubtitleChoices(
        formats=formats_of(request),
        style=style,
        catalog=catalog,
        languages=known.languages,
        labels=request.speakers,
        sdh=request.sdh,
        form=FileForm(request.crlf, request.bom),
        force=request.force,
        copies=(*(("mux",) if request.mux else ()), *(("burn",) if request.burn else ())),
        translations=translations,
        bilingual=request.bilingual,
    )


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
            f"{provider.title} only listens and cannot translate: choose another provider, such as --provider "
            "dashscope, or leave out --translate."
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


def formats_of(request: SubtitleRequest) -> tuple[str, ...]:
    """Return the formats by name, each once. Raises UsageError for an unknown one."""
    if not request.formats:
        return _OF_SONGS if request.lyrics else _DEFAULT
    names = [name.strip().lower().lstrip(".") for name in request.formats.split(",")]
    for name in names:
        if name not in FORMATS:
            raise UsageError(
                f'--format: there is no format "{name}"; known: {", ".join(FORMATS)}, several with commas.'
            )
    return tuple(dict.fromkeys(names))
