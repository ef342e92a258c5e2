"""Declare the options of the jobs once, each with type, bounds, help and default.

From these groups come the options of the commands (`flows/commands/options.py`), the parameters of the flows with the
help that Prefect's form shows (`tasks/run/request.py`), and the settings (`config/settings.py`). A job takes the groups
that it needs; what only it has is one more group. None means: not given. Pydantic lists the fields of the last base
first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt, create_model

from config.types import Effort

NonEmpty = Annotated[str, Field(min_length=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
FrameRate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Transport = Literal["auto", "base64", "upload", "frames"]
SpeakerLabels = Literal["none", "change", "always"]
Passes = Literal["quick", "fine", "both"]
FailOn = Literal["review", "reject"]

CONCURRENCY = 16  # questions at once, by default, of a provider's service
LOCAL_CONCURRENCY = 2  # of the embedded engine, which shares this machine


@dataclass(frozen=True, slots=True)
class Option:
    """Describe one option as the command line has it."""

    flag: str  # "--settle", or "--thinking/--no-thinking"
    metavar: str | None  # None: it takes no value
    help: str
    heading: str  # of its group
    default: Any  # what the settings have where nothing is given; None: nothing, or what depends on other settings


def option(
    about: str,
    metavar: str | None = None,
    *,
    flag: str | None = None,
    default: str | float | bool | None = None,
    shown: str = "",
    unset: object = None,
) -> Any:
    """Declare an option: a field that holds `unset` where it is not given.

    >>> option("how it looks", "NAME", default="plain").description
    'how it looks [default: plain]'

    `flag` is its name on the command line where that is not the field's. `default` is what the settings have where
    nothing is given; `shown` says so in words where it is no constant.
    """
    words = shown or (f"{default:g}" if type(default) is float else default)
    extra = {"flag": flag, "metavar": metavar, "default": default}
    return Field(
        unset,
        description=f"{about} [default: {words}]" if words else about,
        json_schema_extra={"option": extra},  # type: ignore[dict-item]
    )


def argument(about: str) -> Any:
    """Declare what is named without a flag, and may be left out.

    >>> argument("files").description
    'files'
    """
    return Field((), description=about, json_schema_extra={"argument": True})


def options_of(group: type[Options]) -> dict[str, Option]:
    """Return the options of a group by the names of their fields, in order.

    >>> [option.flag for option in options_of(ScanOptions).values()]
    ['--settle', '--tags-from-columns', '--verify', '--strict', '--ignore-known']
    """
    found: dict[str, Option] = {}
    bases = [base for base in group.__mro__ if issubclass(base, Options)]
    headings = {name: base.heading for base in bases for name in base.model_fields}  # at last that of its own group
    for name, field in group.model_fields.items():
        extra: Any = field.json_schema_extra
        if isinstance(extra, dict) and "option" in extra:
            declared = extra["option"]
            flag = declared["flag"] or "--" + name.replace("_", "-")
            words = field.description or ""
            found[name] = Option(flag, declared["metavar"], words, headings[name], declared["default"])
    return found


class Options(BaseModel):
    """Hold a group of options, which help shows under its heading."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    heading: ClassVar[str] = "Options"


def with_flags(group: type[Options], flags: Mapping[str, str]) -> type[Options]:
    """Add options without a value to a group, by name and help: off unless given.

    >>> list(options_of(with_flags(DatasetOptions, {"csv": "CSV"})))
    ['dataset', 'csv']
    """
    fields: dict[str, Any] = {name: (bool, option(about, unset=False)) for name, about in flags.items()}
    return create_model(group.__name__, __base__=group, **fields)


class DatasetOptions(Options):
    """Say where the tables lie."""

    heading = "Dataset"
    dataset: NonEmpty | None = option(
        "the folder of the tables, or its s3:// address",
        "DIR",
        default="./dataset",
        shown="./dataset or REELSHEET_DATASET",
    )


class ProviderOptions(Options):
    """Say who is asked."""

    heading = "Model"
    provider: str | None = option(
        "who is asked: see `reelsheet models`", "NAME", shown="local; dashscope if its key is set"
    )
    model: str | None = option("see `reelsheet models`", "NAME", shown="the provider's")
    like: str | None = option(
        "whose limits hold for a model that is not described here", "MODEL", shown="the nearest one's"
    )


class ServiceOptions(Options):
    """Say how the provider's service is reached."""

    heading = "Service"
    base_url: str | None = option("another address that speaks the provider's API", "URL")
    requests_per_minute: NonNegativeInt | None = option("at most so many; 0: no limit", "N", shown="the model's")
    tokens_per_minute: NonNegativeInt | None = option("in and out together; 0: no limit", "N", shown="the model's")


class PromptOptions(Options):
    """Say which words are put to the model."""

    heading = "Question"
    scenario: str | None = option("quick, extract, standard or fine", "NAME", default="standard")
    prompt: str | None = option("a prompt of ours or a Markdown file", "NAME|PATH", shown="the scenario's")


class MediaOptions(Options):
    """Say what is known of the recordings, and how they are shown."""

    heading = "Question"
    language: str | None = option("the language spoken, such as en or zh", "TAG", default="auto")
    audio_track: NonEmpty | None = option(
        "which of several sounds: its number, counted from 0 as in ffmpeg's a:N; a language; or all, mixed",
        "N|LANG|all",
        shown="the default one, if it is not silent",
    )
    together: bool | None = option("the files of each folder or manifest are one recording", default=False)
    frames: FrameRate | None = option("the pictures of each folder or manifest are one video, so many a second", "FPS")
    transport: Transport | None = option("how media travel: auto, base64, upload or frames", "WAY", default="auto")
    thinking: bool | None = option(
        "let the model think before it answers", flag="--thinking/--no-thinking", shown="the model's"
    )
    reasoning_effort: Effort | None = option(
        "how long it thinks: none, low, medium, high or max", "WORD", shown="the model's: low where it can be chosen"
    )


class ModeOptions(Options):
    """Say what is wanted beyond a plain written answer."""

    heading = "Question"
    search: bool | None = option(
        "let the model search the web, for a fee that is in no price table", flag="--search/--no-search", default=False
    )
    voice: str | None = option("have each answer spoken as well, by a voice of `reelsheet models`", "NAME")
    follow_up: tuple[str, ...] | None = option(
        "one more question about each answer; may be given several times", "TEXT", shown="the prompt's"
    )


class SpokenAnswerOptions(Options):
    """Say where a single answer is spoken to."""

    heading = "Question"
    voice_file: Path | None = option("have the answer spoken as well, into this file", "WAV", flag="--voice")
    voice_name: NonEmpty | None = option("the voice that speaks, of `reelsheet models`", "NAME", shown="the first")


class QuestionOptions(ModeOptions, MediaOptions, PromptOptions):
    """Say what is asked about each recording."""

    heading = "Question"


class ModerationOptions(Options):
    """Say by which policy recordings are judged, and how closely they are looked at."""

    heading = "Moderation"
    policy: NonEmpty | None = option("a policy of ours or a TOML file", "NAME|PATH", default="default")
    passes: Passes | None = option(
        "quick: a cheap look at everything; fine: a close one; both: a close one at what the quick one flags",
        "PASS",
        flag="--pass",
        default="both",
    )
    known: Path | None = option("a CSV file with perceptual hashes (PDQ) of known pictures", "FILE")
    words: Path | None = option("a text file with words to find in transcripts and visible text", "FILE")
    fail_on: FailOn | None = option("exit with 4 where something is to be reviewed, or rejected", "ACTION")


class RunOptions(Options):
    """Bound what a run may take."""

    heading = "Run"
    max_cost: Amount | None = option("stop before the request that would cost more, in all, than this", "AMOUNT")
    concurrency: PositiveInt | None = option(
        "questions under way at once", "N", shown=f"{CONCURRENCY}; {LOCAL_CONCURRENCY} with the embedded engine"
    )
    workdir: Path | None = option("where clips lie until answered", "DIR", shown="the system's")


class ScanOptions(Options):
    """Say how the inputs are looked at."""

    heading = "Inputs"
    settle_s: NonNegativeFloat | None = option(
        "in folders, files changed this recently wait for the next run", "SECONDS", flag="--settle", default=30.0
    )
    tags_from_columns: bool | None = option("columns of a manifest that are not known are tags", default=False)
    verify: bool | None = option("hash every file anew, also where it looks unchanged", default=False)
    strict: bool | None = option("try again also what could not be read before and has not changed", default=False)
    ignore_known: bool | None = option("end well though earlier answers about these inputs are not ok", default=False)


class TranslationOptions(Options):
    """Say into which languages words are translated."""

    heading = "Translation"
    translate: tuple[NonEmpty, ...] = option(
        "also subtitles in this language, such as fr; may be repeated", "LANG", unset=()
    )
    bilingual: bool = option("with --translate: one file with both languages in each cue", unset=False)
    glossary: Path | None = option("with --translate: a text file with a line for each term, quay = Kai", "FILE")


class SubtitleOptions(Options):
    """Say how words become files."""

    heading = "Subtitles"
    formats: NonEmpty = option(
        "srt, vtt, ass, ttml, lrc, txt or json; several with commas", "LIST", flag="--format", shown="srt", unset=""
    )
    style: NonEmpty = option("netflix, bbc, youtube, or a style file", "NAME|PATH", shown="netflix", unset="netflix")
    speakers: SpeakerLabels = option(
        "names in the text: none, at each change, or always", "WHEN", shown="change", unset="change"
    )
    sdh: bool = option("for the deaf and hard of hearing: sounds in brackets, too", unset=False)
    lyrics: bool = option("songs: one sung sentence a line, as lrc unless --format says otherwise", unset=False)
    with_picture: bool = option("send the picture, too: for names that are shown; costs much more", unset=False)
    out: Path | None = option("write below this folder, the tree kept", "DIR", shown="next to each recording")
    report: Path | None = option("write every violation of the style to a CSV file", "FILE")
    mux: bool = option("videos: also a copy with the subtitles as a track, below --out", unset=False)
    burn: bool = option("videos: also a copy with the subtitles in the picture, below --out", unset=False)
    crlf: bool = option("lines end as on Windows", unset=False)
    bom: bool = option("begin with a byte order mark, for old players", unset=False)
    skip_existing: bool = option("leave out recordings that have subtitles already", unset=False)
    force: bool = option("replace also files that others wrote or edited", unset=False)
    from_dataset: bool = option("ask nothing: take what `analyze` has found already", unset=False)


class ConfigOptions(Options):
    """Name a file of settings and facts."""

    heading = "Configuration"
    config_file: Path | None = option(
        "a TOML file with settings, models and providers of yours", "FILE", flag="--config"
    )


class AnalyzeOptions(ScanOptions, RunOptions, QuestionOptions, ServiceOptions, ProviderOptions, DatasetOptions):
    """Hold what the environment or a file of settings may give, too."""
