"""Define the shapes of the facts in `config/*.toml`.

They are frozen, validated on load, and importable from everywhere. Units stand in the names: `_ms` milliseconds,
`_bytes` bytes, `_pixels` width x height of one frame.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

PartType = Literal["video_url", "video", "input_audio", "image_url"]  # of the content of a message
ModeName = Literal["thinking", "search", "voice"]
Effort = Literal["none", "low", "medium", "high", "max"]  # how long a model thinks; "none": it does not

_ALL_PARTS: tuple[PartType, ...] = ("video_url", "video", "input_audio", "image_url")
_ALL_MODES: tuple[ModeName, ...] = ("thinking", "search", "voice")


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


def _in_order(table: BaseModel, *names: str) -> None:
    """Require that the named values that are given rise, or at least stay.

    Raises ValueError.
    """
    given = [(name, value) for name in names if (value := getattr(table, name)) is not None]
    for (low_name, low), (high_name, high) in pairwise(given):
        if low > high:
            raise ValueError(f"expected {low_name} not above {high_name}, found {low} and {high}")


class TokenConstants(Frozen):
    """Token constants are those of the token formulae, one set per model family."""

    factor: PositiveInt  # f: 32 or 28; sizes are multiples of it
    audio_per_second: PositiveFloat
    speech_out_per_second: PositiveFloat
    image_min_pixels: PositiveInt
    image_max_pixels: PositiveInt
    video_min_pixels: PositiveInt
    video_max_pixels: PositiveInt  # the default of a request without `max_pixels`
    video_max_pixels_is_ceiling: bool  # true: a larger `max_pixels` is clamped to it; false: `max_pixels` replaces it
    video_total_pixels: PositiveInt
    min_frames: PositiveInt
    max_frames: PositiveInt

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        _in_order(self, "min_frames", "max_frames")
        _in_order(self, "image_min_pixels", "image_max_pixels")
        _in_order(self, "video_min_pixels", "video_max_pixels", "video_total_pixels")
        return self


class MediaLimits(Frozen):
    """Media limits bound the files of a modality, and their number in a request.

    `None`: no limit is documented.
    """

    max_bytes: PositiveInt
    max_duration_ms: PositiveInt | None = None
    per_request_url: PositiveInt
    per_request_base64: PositiveInt
    largest_max_pixels: PositiveInt | None = None
    formats: tuple[str, ...] = ()  # the documented ones, by their endings; there are more


class SpeechSpec(Frozen):
    """A speech spec has the voices of a model that speaks.

    Its sound is 16-bit PCM in one channel.
    """

    fewest_voices: PositiveInt  # how many there are, which may depend on the snapshot
    most_voices: PositiveInt
    voices: tuple[str, ...] = ()  # those whose names are known
    languages: PositiveInt  # how many languages and dialects they speak
    sample_rate: PositiveInt = 24_000  # Hz
    by_instruction: bool = False  # a sentence of the prompt sets loudness, speed and emotion

    @model_validator(mode="after")
    def _voices_are_counted(self) -> Self:
        _in_order(self, "fewest_voices", "most_voices")
        if len(set(self.voices)) != len(self.voices) or len(self.voices) > self.most_voices:
            raise ValueError(f"expected voices to be at most {self.most_voices} different names")
        return self

    @property
    def all_voices_known(self) -> bool:
        """Return whether a name that is not among `voices` is surely wrong."""
        return len(self.voices) == self.most_voices


class ModelSpec(Frozen):
    """A model spec has the facts about one model, read from `source` at `as_of`.

    `source` is "documented" (by the vendor), "seen" (in real output or use), or says which facts are which.
    """

    name: str
    family: str
    snapshots: tuple[str, ...] = ()
    as_of: date
    source: str = "documented"
    thinking: bool  # answers in text only meanwhile
    thinks_about_media: bool = True  # False: the documentation tells to describe recordings without thinking
    reasoning_efforts: tuple[Effort, ...] = ()  # that a request may name; (): thinking is on or off
    default_effort: Effort | None = None  # that our requests name, unless the user does
    search: bool
    moderates: bool = True  # it understands what it sees and hears, and so can judge it
    search_strategy: str = "agent"
    context_tokens: PositiveInt
    max_input_tokens: PositiveInt
    max_input_tokens_thinking: PositiveInt | None = None  # where it thinks; None: the same
    max_output_tokens: PositiveInt
    parts: tuple[PartType, ...] = _ALL_PARTS
    modalities_per_message: PositiveInt = 1  # beside text
    requests_per_minute: PositiveInt | None = None
    tokens_per_minute: PositiveInt | None = None  # in and out together
    min_list_frames: PositiveInt = 2  # of a list of images sent as a video
    max_list_frames: PositiveInt = 2048
    min_fps: PositiveFloat = 0.1
    max_fps: PositiveFloat = 10.0
    understood_languages: PositiveInt | None = None  # languages and dialects; those with names: [input_languages]
    video: MediaLimits
    audio: MediaLimits
    image: MediaLimits
    tokens: TokenConstants
    speech: SpeechSpec | None = None  # None: it answers with text only
    described: bool = True  # False: a name that is known to nobody here
    assumed: tuple[str, ...] = ()  # what of this nobody has stated, in words; taken over from ...
    assumed_like: str | None = None  # ... this model

    def input_limit(self, *, thinking: bool = False) -> int:
        """Return the most tokens of a request."""
        return (self.max_input_tokens_thinking if thinking else None) or self.max_input_tokens

    @model_validator(mode="after")
    def _limits_rise(self) -> Self:
        _in_order(self, "max_input_tokens_thinking", "max_input_tokens", "context_tokens")
        _in_order(self, "max_output_tokens", "context_tokens")
        _in_order(self, "min_list_frames", "max_list_frames")
        _in_order(self, "min_fps", "max_fps")
        if (self.default_effort is None) != (not self.reasoning_efforts) or (
            self.default_effort is not None and self.default_effort not in self.reasoning_efforts
        ):
            raise ValueError("expected default_effort to be one of reasoning_efforts")
        return self


class ScenarioMedia(Frozen):
    """A scenario's media have a recommended longest segment, a prompt, pixels."""

    max_length_ms: PositiveInt
    prompt: str
    min_max_pixels: PositiveInt | None = None  # a range is resolved by the source's size
    max_max_pixels: PositiveInt | None = None  # None: no picture
    answer_tokens: int = Field(0, ge=0)  # how long an answer tends to be: so much in any case ...
    answer_tokens_per_minute: int = Field(0, ge=0)  # ... and so much for each minute of the segment

    @model_validator(mode="after")
    def _pixels_are_a_range(self) -> Self:
        low, high = self.min_max_pixels, self.max_max_pixels
        if (low is None) != (high is None) or (low is not None and high is not None and low > high):
            raise ValueError("expected min_max_pixels and max_max_pixels together, the first not above the second")
        return self


class ScenarioImage(Frozen):
    """A scenario's images have a prompt and pixels.

    The documentation's table has none, so these are ours.
    """

    prompt: str = "structured-image"
    min_max_pixels: PositiveInt = 921_600
    max_max_pixels: PositiveInt = 2_073_600
    answer_tokens: int = Field(400, ge=0)


class ScenarioSpec(Frozen):
    name: str
    title: str
    video: ScenarioMedia
    audio: ScenarioMedia
    image: ScenarioImage = ScenarioImage()


class DialectSpec(Frozen):
    """A dialect says how a server wants its requests.

    The defaults are the ways of Qwen-Omni's own service.
    """

    name: str = "DashScope"
    parts: tuple[PartType, ...] = _ALL_PARTS  # without "video", a list of frames goes as so many "image_url"
    modalities_per_message: PositiveInt | None = None  # beside text; None: as many as the model takes
    sampling: Literal["beside", "inside", "top_level"] = "beside"  # the media's key, or of the request: fps and pixels
    audio_data: Literal["data_uri", "base64"] = "data_uri"
    audio_formats: tuple[str, ...] = ()  # of sound in base64; (): what the model takes
    audio_link: Literal["input_audio", "audio_url"] = "input_audio"  # the part that holds the address of a sound
    soundtrack_heard: bool = True  # of a video; False: it must be sent beside it, as a sound of its own
    links: tuple[str, ...] = ("https", "http", "oss")  # the kinds of addresses that it fetches by itself
    modes: tuple[ModeName, ...] = _ALL_MODES
    needs_media: bool = False  # it answers no question that shows nothing


class ProviderSpec(Frozen):
    """A provider says where a model is served, and by which dialect of the API."""

    name: str
    title: str
    base_url: str | None = None  # None: the user's own (base_url_form), or the embedded engine, started by the run
    dialect: DialectSpec = DialectSpec()
    default_model: str
    api_key_env: str | None = None  # the environment variable that holds the key; None: no key
    base_url_env: str | None = None
    base_url_form: str | None = None  # shown where there is no address that serves everybody
    hosts: tuple[str, ...] = ()  # that are of this region too, with all names that end in "." and them
    other_region: str | None = None  # named when a key is refused or nobody answers
    price_region: str | None = None
    max_data_uri_bytes: PositiveInt  # one base64 item, encoded
    uploads: bool = False  # it has the temporary upload of Qwen-Omni's own service

    def serves(self, address: str | None) -> bool:
        """Return whether an address leads to this provider, by its host."""
        host = urlsplit(address or "").hostname
        if not host:
            return False
        return host == urlsplit(self.base_url or "").hostname or any(
            host == known or host.endswith(f".{known}") for known in self.hosts
        )


class Price(Frozen):
    """A price is money per million tokens; `None` is unknown, never 0."""

    model: str
    region: str
    currency: str
    as_of: date
    source: str = "documented"
    text_in: float | None = Field(None, ge=0)
    image_video_in: float | None = Field(None, ge=0)
    audio_in: float | None = Field(None, ge=0)
    text_out: float | None = Field(None, ge=0)  # with multimodal input
    text_out_text_only: float | None = Field(None, ge=0)  # None: the same as `text_out`
    audio_out: float | None = Field(None, ge=0)
    cached_in: float | None = Field(None, ge=0)  # input that the service had cached; None: as other input

    @model_validator(mode="after")
    def _cached_input_is_of_any_kind(self) -> Self:
        if self.cached_in is not None and not self.text_in == self.image_video_in == self.audio_in:
            raise ValueError("expected cached_in only where all input costs the same, as nobody says what was cached")
        return self


class Catalog(Frozen):
    """A catalog holds everything known, by name."""

    models: dict[str, ModelSpec] = Field(default_factory=dict)
    scenarios: dict[str, ScenarioSpec] = Field(default_factory=dict)
    providers: dict[str, ProviderSpec] = Field(default_factory=dict)
    prices: tuple[Price, ...] = ()
    languages: dict[str, str] = Field(default_factory=dict)  # BCP 47 tag -> English name
    language_names: dict[str, str] = Field(default_factory=dict)  # a further name -> tag
    input_languages: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # family -> tags it understands
    spoken_languages: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # family -> tags its voices speak


class SubtitleLimits(Frozen):
    """Subtitle limits bound the cues of one language, by one style."""

    # "characters": each counts one; "half_width": a half-width character counts half, as in Chinese, Japanese, Korean.
    # Marks that take no room of their own count nothing either way.
    counting: Literal["characters", "half_width"] = "characters"
    characters_per_line: PositiveFloat
    max_lines: PositiveInt
    characters_per_second: PositiveFloat
    sdh_characters_per_second: PositiveFloat | None = None  # for the deaf and hard of hearing; None: the same
    min_duration_ms: PositiveInt
    max_duration_ms: PositiveInt
    min_gap_frames: int = Field(ge=0)  # between two cues
    close_gaps_below_ms: int = Field(ge=0)  # a shorter gap is closed to the smallest; 0: gaps stay
    max_lead_ms: int = Field(ge=0)  # a cue may start so much before its words, where it needs the time ...
    max_delay_ms: int = Field(ge=0)  # ... and so much after them, where the one before does
    dash: str  # before each line of a cue with two speakers

    @model_validator(mode="after")
    def _durations_rise(self) -> Self:
        _in_order(self, "min_duration_ms", "max_duration_ms")
        return self


class SubtitleStyle(Frozen):
    """A subtitle style has a house's rules, read from `source` at `as_of`."""

    name: str
    title: str
    as_of: date
    source: str
    limits: SubtitleLimits  # of every language that has none of its own
    languages: dict[str, SubtitleLimits] = Field(default_factory=dict)  # by BCP 47 tag

    def limits_for(self, language: str) -> SubtitleLimits:
        """Return the limits of a tag, or of the tag without its last parts.

        "zh-TW" has those of "zh".
        """
        parts = language.split("-")
        tags = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self.languages[tag] for tag in tags if tag in self.languages), self.limits)


class LineBreakWords(Frozen):
    """Hold the words of a language that decide where a line may end, in lower case."""

    articles: tuple[str, ...] = ()  # never at the end of a line
    titles: tuple[str, ...] = ()  # likewise, with their dots: "mr."
    numerals: tuple[str, ...] = ()  # never apart from a number before them: "million"
    before: tuple[str, ...] = ()  # a line breaks well before them: conjunctions and prepositions
    not_after: tuple[str, ...] = ()  # a line breaks badly behind them: pronouns, auxiliaries, negations
    particles: tuple[str, ...] = ()  # never at the beginning of a line: they belong to the word before
    dotted_ordinals: bool = False  # "3. November": a small number with a dot does not end a sentence


class SubtitleCatalog(Frozen):
    """Hold everything known about subtitles."""

    styles: dict[str, SubtitleStyle]
    line_breaks: dict[str, LineBreakWords]  # by language
    invented_lines: tuple[str, ...]  # what models write where nothing is said, as they write it
    three_letters: dict[str, str] = Field(default_factory=dict)  # of a language, as ISO 639-2 has them
    bibliographic: dict[str, str] = Field(default_factory=dict)  # the older code of ISO 639-2 by the newer one
