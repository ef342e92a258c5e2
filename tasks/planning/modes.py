"""Describe what goes beyond a written answer: thinking, web search, a voice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from config.types import Catalog, Effort, ModelSpec, ModeName, ProviderSpec, SpeechSpec

_NOTHING_KNOWN = Catalog()


@dataclass(frozen=True, slots=True)
class Modes:
    """Modes say what an answer has beyond plain written text.

    Loudness, speed and emotion of a voice are no mode: a sentence of the prompt asks for them.
    """

    thinking: bool = False
    search: bool = False
    voice: str | None = None
    effort: Effort | None = None  # of the thinking, named in the request; None: it is on or off

    @property
    def names(self) -> tuple[ModeName, ...]:
        """Return the names of the modes that are on.

        >>> Modes(thinking=True).names
        ('thinking',)
        """
        known: tuple[tuple[ModeName, object], ...] = (
            ("thinking", self.thinking),
            ("search", self.search),
            ("voice", self.voice),
        )
        return tuple(name for name, value in known if value)

    def params(self) -> dict[str, Any]:
        """Return the modes that are on, for the identity of an analysis.

        What is off is left out, so that a mode added later changes no id.

        >>> Modes(search=True).params()
        {'search': True}
        """
        effort = {} if self.effort is None else {"reasoning_effort": self.effort}
        return {name: getattr(self, name) for name in self.names} | effort

    def fields(self, model: ModelSpec) -> dict[str, Any]:
        """Return the fields of a request; without any mode, those of an answer in text."""
        fields: dict[str, Any] = {"modalities": ["text"]}
        if self.voice:
            fields = {"modalities": ["text", "audio"], "audio": {"voice": self.voice, "format": "wav"}}
        if self.effort is not None:
            fields["reasoning_effort"] = self.effort
        elif self.thinking:
            fields["enable_thinking"] = True
        if self.search:
            fields["enable_search"] = True
            fields["search_options"] = {"search_strategy": model.search_strategy}
        return fields


TEXT = Modes()


def modes_for(
    model: ModelSpec,
    provider: ProviderSpec,
    *,
    thinking: bool | None = None,
    effort: Effort | None = None,
    search: bool = False,
    voice: str | None = None,
) -> Modes:
    """Return the modes that were asked for, with the model's own way to think.

    None was not asked for: then a model whose effort can be chosen thinks as little as helps, and no other thinks.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> modes_for(known.models["qwen3.8-omni-flash"], known.providers["dashscope"])
    Modes(thinking=True, search=False, voice=None, effort='low')
    """
    if effort is None and model.reasoning_efforts and "thinking" in provider.dialect.modes:
        effort = "none" if thinking is False else model.default_effort
    if effort is not None:
        thinking = effort != "none"
    return Modes(bool(thinking), search, voice, effort)


def unsupported_modes(
    model: ModelSpec, provider: ProviderSpec, modes: Modes, known: Catalog = _NOTHING_KNOWN
) -> str | None:
    """Explain why a model at a provider lacks the modes; None: it has them.

    The sentence names models and providers among `known` that would work.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> model, provider = known.models["qwen3.5-omni-flash"], known.providers["dashscope"]
    >>> unsupported_modes(model, provider, Modes(thinking=True, voice="Cherry"))
    'With thinking the answer is text only: leave out the voice, or the thinking.'
    """
    if complaint := _wrong_effort(model, modes, known):
        return complaint
    if modes.voice is not None and model.speech is None:
        return f"{model.name} {_CANNOT['voice']}.{_models_that('voice', known.models.values())}"
    if modes.thinking and modes.voice is not None:
        return "With thinking the answer is text only: leave out the voice, or the thinking."
    if modes.voice is not None and not modes.voice.strip():
        return f"A voice has a name, and none was given.{_voices(model.speech)}"
    for mode in modes.names:
        if not _CAN[mode](model):
            return f"{model.name} {_CANNOT[mode]}.{_models_that(mode, known.models.values())}"
        if mode not in provider.dialect.modes:
            others = (other.name for other in known.providers.values() if mode in other.dialect.modes)
            return f"{provider.title}: {mode} cannot be asked for there.{_try('--provider', others, mode)}"
    return _unknown_voice(model, modes.voice) if modes.voice is not None else None


def _wrong_effort(model: ModelSpec, modes: Modes, known: Catalog) -> str | None:
    if modes.effort is None or modes.effort in model.reasoning_efforts:
        return None
    if model.reasoning_efforts:
        return f"{model.name} thinks with the effort {', '.join(model.reasoning_efforts)}, not {modes.effort}."
    others = [one.name for one in known.models.values() if one.reasoning_efforts]
    elsewhere = f", or choose --model {' or '.join(others)}" if others else ""
    return f"The reasoning effort of {model.name} cannot be chosen: leave it out{elsewhere}."


_CAN: dict[ModeName, Callable[[ModelSpec], bool]] = {
    "thinking": lambda model: model.thinking,
    "search": lambda model: model.search,
    "voice": lambda model: model.speech is not None,
}

_CANNOT: dict[ModeName, str] = {
    "thinking": "has no thinking mode",
    "search": "cannot search the web",
    "voice": "answers with text only",
}


def _models_that(mode: ModeName, models: Iterable[ModelSpec]) -> str:
    return _try("--model", (model.name for model in models if _CAN[mode](model)), mode)


def _try(option: str, names: Iterable[str], mode: ModeName) -> str:
    found = list(names)
    return f" Leave out {mode}, or choose {option} {' or '.join(found)}." if found else f" Leave out {mode}."


def _unknown_voice(model: ModelSpec, voice: str) -> str | None:
    """Explain that a voice is a known one in other letters; None: it may be right.

    Of other names that are not known tasks/planning/cautions.py warns.
    """
    speech = model.speech
    if speech is None or voice in speech.voices:
        return None
    meant = next((name for name in speech.voices if name.casefold() == voice.casefold()), None)
    return f'{model.name} has no voice "{voice}"; did you mean {meant}?{_voices(speech)}' if meant else None


def _voices(speech: SpeechSpec | None) -> str:
    if speech is None or not speech.voices:
        return ""
    names = ", ".join(speech.voices)
    return f" Its voices: {names}." if speech.all_voices_known else f" One of its voices: {names}."
