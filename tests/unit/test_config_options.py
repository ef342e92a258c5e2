"""The options of the jobs: each is declared once, and the settings and requests agree with that."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from config.options import (
    AnalyzeOptions,
    ModerationOptions,
    Options,
    SpokenAnswerOptions,
    SubtitleOptions,
    TranslationOptions,
    option,
    options_of,
)
from config.settings import Settings
from tasks.run.request import AnalyzeRequest, CompactRequest, RetryRequest


class CaptionOptions(Options):
    """What one job alone has."""

    heading = "Captions"
    style: str | None = option("how captions look", "NAME", default="plain")
    line_ms: int | None = option("shortest line", "MS", flag="--line", shown="the style's")
    burn: bool = option("also into the picture", unset=False)


def never_none(kind: Any) -> Any:
    """Return a type without its None, with its bounds."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    left = [each for each in get_args(kind) if each is not NoneType]
    return left[0] if len(left) == 1 else Union[tuple(left)]  # noqa: UP007 - of a list


def test_option_shows_its_default_in_the_help() -> None:
    assert [each.help for each in options_of(CaptionOptions).values()] == [
        "how captions look [default: plain]",
        "shortest line [default: the style's]",
        "also into the picture",
    ]


def test_option_is_named_by_its_field_or_its_flag() -> None:
    assert [each.flag for each in options_of(CaptionOptions).values()] == ["--style", "--line", "--burn"]


def test_option_holds_what_stands_for_not_given() -> None:
    assert CaptionOptions().model_dump() == {"style": None, "line_ms": None, "burn": False}


def test_options_of_a_job_keep_the_heading_of_their_group() -> None:
    class Captions(CaptionOptions, AnalyzeOptions):
        """A job with an option of its own."""

    found = options_of(Captions)
    assert (found["dataset"].heading, found["scenario"].heading, found["style"].heading) == (
        "Dataset",
        "Question",
        "Captions",
    )
    assert [*found][-3:] == ["style", "line_ms", "burn"]


def test_each_option_belongs_to_one_group() -> None:
    groups = [group for group in Options.__subclasses__() if group.__module__ == "config.options"]
    names = [name for group in groups for name in group.model_fields]
    of_jobs = (AnalyzeOptions, ModerationOptions, SpokenAnswerOptions, SubtitleOptions, TranslationOptions)
    assert sorted(names) == sorted({*(name for job in of_jobs for name in job.model_fields), "config_file"})


def test_settings_differ_from_options_only_in_never_being_none() -> None:
    declared, narrowed = (get_type_hints(kind, include_extras=True) for kind in (AnalyzeOptions, Settings))
    own = [name for name in Settings.__annotations__ if name in AnalyzeOptions.model_fields]
    assert {name: narrowed[name] for name in own} == {name: never_none(declared[name]) for name in own}


def test_settings_have_no_none_where_there_is_a_default() -> None:
    narrowed = {name for name in Settings.__annotations__ if name in AnalyzeOptions.model_fields}
    constant = {name for name, each in options_of(AnalyzeOptions).items() if each.default is not None}
    assert narrowed - constant == {"provider", "concurrency", "workdir"}  # whose defaults depend
    assert constant - narrowed == set()


@pytest.mark.parametrize("request_", [AnalyzeRequest, RetryRequest, CompactRequest])
def test_every_parameter_of_a_flow_is_described(request_: type[Options]) -> None:
    shown = request_.model_json_schema()["properties"]
    assert [name for name, schema in shown.items() if not schema.get("description")] == []


def test_request_keeps_the_same_parameters() -> None:
    """A deployment has them written down."""
    assert {*RetryRequest.model_fields} == {
        *("dataset", "outcomes", "stages", "since", "max_cost", "concurrency", "requests_per_minute"),
        *("tokens_per_minute", "base_url", "workdir", "config_file", "trigger"),
    }
    assert {*AnalyzeRequest.model_fields} == {
        *("inputs", "dataset", "provider", "base_url", "model", "scenario", "prompt", "language", "thinking"),
        *("like", "reasoning_effort"),
        *("search", "voice", "follow_up", "max_cost", "together", "frames", "transport", "concurrency"),
        *("requests_per_minute", "tokens_per_minute", "workdir", "settle_s", "verify", "config_file", "trigger"),
        *("strict", "ignore_known", "tags_from_columns", "audio_track"),
    }


def test_request_comes_back_from_its_json() -> None:
    request = AnalyzeRequest(inputs=("a.wav",), workdir="clips", follow_up=("Who?",), settle_s=0)
    assert AnalyzeRequest.model_validate_json(request.model_dump_json()) == request
