"""How a command gets the options that are declared in the configuration, and what becomes of what was given."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import AwareDatetime, Field, NonNegativeFloat, PositiveFloat, PositiveInt
from typer.testing import CliRunner

from config.options import Options, option
from flows.commands.options import Json, takes
from tasks.errors import UsageError


class CaptionOptions(Options):
    """The options of a job that there is not."""

    files: tuple[str, ...] = Field(min_length=1, description="recordings")
    style: str | None = option("how captions look [or not]", "NAME", default="plain")
    line_s: NonNegativeFloat | None = option("shortest line", "SECONDS", flag="--line")
    rate: PositiveFloat | None = option("speed", "N")
    lines: PositiveInt | None = option("at once", "N")
    burn: bool | None = option("into the picture", flag="--burn/--no-burn")
    words: tuple[str, ...] | None = option("to leave out", "TEXT", flag="--word")
    kinds: tuple[Literal["srt", "vtt"], ...] = option("forms", "NAME", flag="--kind", unset=())
    since: AwareDatetime | None = option("newer ones", "WHEN")


def given(*argv: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a command gets for a command line: the request's fields, and its own."""
    seen: dict[str, Any] = {}

    @takes(CaptionOptions, without=without)
    def caption(
        options: CaptionOptions, loud: Annotated[bool, typer.Option("--loud")] = False, as_json: Json = False
    ) -> None:
        """Write captions."""
        seen.update(options.model_dump(exclude_unset=True), loud=loud, as_json=as_json)

    app = typer.Typer(rich_markup_mode="markdown")
    app.command()(caption)
    result = CliRunner().invoke(app, argv, catch_exceptions=False)
    return seen or {"status": result.exit_code, "output": result.output}


def test_takes_gives_a_command_only_what_was_given() -> None:
    assert given("a.wav") == {"files": ("a.wav",), "loud": False, "as_json": False}


def test_takes_turns_each_option_into_its_type() -> None:
    found = given("a", "b", "--style", "x", "--line", "2", "--lines", "3", "--no-burn", "--loud", "--json")
    assert found == {
        "files": ("a", "b"), "style": "x", "line_s": 2.0, "lines": 3, "burn": False, "loud": True, "as_json": True,
    }  # fmt: skip


def test_takes_keeps_each_of_several_words_once() -> None:
    found = given("a", "--kind", "vtt", "--kind", "srt", "--kind", "vtt", "--word", "um", "--word", "um")
    assert (found["kinds"], found["words"]) == (("vtt", "srt"), ("um", "um"))


def test_takes_reads_a_moment() -> None:
    assert given("a", "--since", "2026-11-01")["since"].isoformat() == "2026-11-01T00:00:00+00:00"


def test_takes_leaves_options_out() -> None:
    assert "No such option" in given("a", "--style", "x", without=("style",))["output"]


def test_takes_wants_what_is_required() -> None:
    assert "Missing argument" in given()["output"]


@pytest.mark.parametrize("words", ["--lines 0", "--line -1", "--lines many"])
def test_takes_knows_the_bounds_of_a_number(words: str) -> None:
    found = given("a", *words.split())
    assert (found["status"], "Invalid value" in found["output"]) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--kind doc", 'There is no kind "doc". Known: srt, vtt.'),
        ("--kind sr", 'There is no kind "sr"; did you mean srt? Known: srt, vtt.'),
        ("--since once", 'A date (2026-11-01), a moment (2026-11-01T12:00, in UTC) or a span (12h, 3d) was expected'),
        ("--rate 0", "--rate: expected a number greater than 0, found 0.0."),
    ],
)  # fmt: skip
def test_takes_refuses_a_wrong_value_in_one_sentence(words: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        given("a", *words.split())
    assert str(refused.value).startswith(message)


def test_takes_shows_help_as_it_is_declared() -> None:
    shown = " ".join(given("--help")["output"].replace("│", "").split())
    assert "how captions look [or not] [default: plain]" in shown
