"""Warn of what is likely to cost money for nothing, before anything is asked.

What surely fails is refused elsewhere (tasks/planning/modes.py); this may work, though the documentation does not say
so. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from config.types import Catalog, ModelSpec
from tasks.planning.modes import Modes


def cautions(model: ModelSpec, modes: Modes, languages: Iterable[str], known: Catalog) -> tuple[str, ...]:
    """Return a sentence for each thing that people should know before they pay.

    `languages` are the tags of the speech that is to be heard; "auto" and what is only looked at say nothing.
    """
    found = [assumed_facts(model), unadvised_thinking(model, modes), unlisted_voice(model, modes.voice)]
    found += [unlisted_language(model, tag, known) for tag in languages]
    return tuple(dict.fromkeys(sentence for sentence in found if sentence))


def assumed_facts(model: ModelSpec) -> str | None:
    """Say what is assumed of a model that nobody has described.

    >>> from config.catalog import load_catalog
    >>> assumed_facts(load_catalog().models["qwen3.5-omni-plus"]) is None
    True
    """
    if model.described:
        return None
    return (
        f"{model.name} is not described here: its {_listed(model.assumed, 'and')} are assumed to be those of "
        f"{model.assumed_like} (--like MODEL names another), and its price is not known."
    )


def unadvised_thinking(model: ModelSpec, modes: Modes) -> str | None:
    """Say where the documentation tells to ask about recordings without thinking.

    >>> from config.catalog import load_catalog
    >>> unadvised_thinking(load_catalog().models["qwen3-omni-flash"], Modes(thinking=True))
    'The documentation tells to run qwen3-omni-flash without thinking on sound and video: leave out --thinking.'
    """
    if not modes.thinking or model.thinks_about_media:
        return None
    return f"The documentation tells to run {model.name} without thinking on sound and video: leave out --thinking."


def unlisted_voice(model: ModelSpec, voice: str | None) -> str | None:
    """Say where a voice is not among those whose names are known.

    >>> from config.catalog import load_catalog
    >>> unlisted_voice(load_catalog().models["qwen-omni-turbo"], "Chelsy").partition("?")[0]
    'qwen-omni-turbo is not known to have a voice "Chelsy"; did you mean Chelsie'
    """
    speech = model.speech
    if voice is None or speech is None or not speech.voices or voice in speech.voices:
        return None
    close = get_close_matches(voice, speech.voices, n=1)
    meant = f"; did you mean {close[0]}?" if close else "."
    names = ", ".join(speech.voices)
    known = f"Its {len(speech.voices)}" if speech.all_voices_known else f"Known of its {speech.most_voices}"
    return f'{model.name} is not known to have a voice "{voice}"{meant} {known}: {names}.'


def unlisted_language(model: ModelSpec, tag: str, known: Catalog) -> str | None:
    """Say where a model's family does not list a language or dialect.

    >>> from config.catalog import load_catalog
    >>> unlisted_language(load_catalog().models["qwen-omni-turbo"], "fr", load_catalog()).partition(",")[0]
    'qwen-omni-turbo is not documented to understand French'
    """
    listed = known.input_languages.get(model.family)
    if tag == "auto" or listed is None or tag in listed:
        return None
    better = [
        one.name for one in known.models.values() if one.speech and tag in known.input_languages.get(one.family, ())
    ]
    choose = f", or choose --model {_listed(better, 'or')}" if better else ""
    if better and _is_alone(model, known):
        choose = ", or choose --provider dashscope"
    name = known.languages.get(tag, tag)
    return f"{model.name} is not documented to understand {name}, so it may mishear: leave out --language{choose}."


def _is_alone(model: ModelSpec, known: Catalog) -> bool:
    """Return whether a model is the embedded engine's, which has no other."""
    return any(
        one.default_model == model.name and one.base_url is None and one.base_url_form is None
        for one in known.providers.values()
    )


def _listed(words: Iterable[str], last: str) -> str:
    *most, final = words
    return f"{', '.join(most)} {last} {final}" if most else final
