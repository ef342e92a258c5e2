"""Resolve the options of subtitles: formats, style, languages."""

from __future__ import annotations

from config.catalog import load_catalog
from config.subtitles import load_subtitle_catalog, pick_style
from flows.pipeline.machine import config_errors
from flows.pipeline.setup import ResolvedRun
from flows.pipeline.target_languages import check_translations, target_languages
from tasks.errors import UsageError
from tasks.run.request import SubtitleRequest
from tasks.run.subtitle_files import SubtitleChoices
from tasks.subtitles.formats.registry import FORMATS, FileForm

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


def check_provider(request: SubtitleRequest, resolved: ResolvedRun, choices: SubtitleChoices) -> None:
    """Check that who is asked can do what is asked. Raises UsageError."""
    check_translations(resolved, choices.translations)
    provider = resolved.job.provider
    if request.lyrics and not request.from_dataset and provider.dialect.needs_media:
        raise UsageError(
            f"The provider {provider.name} ({provider.title}) writes down speech and no songs: choose another "
            "provider, such as --provider dashscope, or leave out --lyrics."
        )


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
