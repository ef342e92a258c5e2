"""Run `reelsheet ask`: one question, the answer streamed to the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.options import (
    ConfigOptions,
    DatasetOptions,
    NonEmpty,
    ProviderOptions,
    QuestionOptions,
    ServiceOptions,
    SpokenAnswerOptions,
    option,
)
from flows.commands.options import Json, takes
from flows.commands.usage import complain, tidy_interrupts
from flows.output.console import print_json
from tasks.errors import UsageError
from tasks.run.request import AnalyzeRequest

if TYPE_CHECKING:
    from flows.pipeline.dialogue import Dialogue
    from flows.pipeline.setup import ResolvedRun
    from tasks.records import Answer

_NOT_HERE = ("prompt", "together", "voice")  # of the options that other commands have
_OWN = {"voice_file", "voice_name", "follow_up", *_NOT_HERE}


class AskOptions(ConfigOptions, SpokenAnswerOptions, QuestionOptions, ServiceOptions, ProviderOptions, DatasetOptions):
    """Say how one question is asked."""

    dataset: NonEmpty | None = option("also write the answer to the tables of this folder", "DIR")
    scenario: str | None = option("how closely it looks: quick, extract, standard or fine", "NAME", default="quick")
    follow_up: tuple[str, ...] | None = option("one more question; may be given several times", "TEXT")


@takes(AskOptions, without=_NOT_HERE)
def ask(
    options: AskOptions,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="the question")],
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="FILE|URL", help="what it is about, where it is about something")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask one question, with recordings or without, and read the answer as it comes.

    The quickest way to see that a key works. On a terminal you may ask further; an empty line ends it. Nothing is
    written to tables, unless with `--dataset`.

    Examples: `reelsheet ask "Who are you?"` · `reelsheet ask "What is she singing?" song.mp3` ·
    `reelsheet ask "What is this?" photo.jpg --follow-up "How old is it?"` ·
    `reelsheet ask "Say hello." --voice hello.wav`
    """
    from flows.output.answer_printer import AnswerPrinter
    from flows.pipeline.dialogue import open_dialogue
    from flows.pipeline.setup import require_key
    from flows.runtime.engine_server import with_engine

    named = tuple(inputs or ())
    _check(text, options, named)
    with TemporaryDirectory(prefix="reelsheet-question-") as folder:
        resolved = _resolved(options, text, named, Path(folder))
    require_key(resolved)
    if not named and resolved.job.provider.dialect.needs_media:
        raise UsageError(
            f"{resolved.job.provider.title} answers only about recordings: name one, or choose --provider dashscope."
        )
    resolved = _without_needless_cautions(resolved, named)
    for caution in resolved.job.cautions:
        sys.stderr.write(f"Note: {caution}\n")
    printer = AnswerPrinter(silent=as_json)
    answers: list[tuple[str, Answer]] = []
    with tidy_interrupts(), with_engine(resolved.job) as job, open_dialogue(resolved, job, named, printer) as dialogue:
        sys.stderr.write(f"{_asked_of(resolved, dialogue)}\n")
        for number, question in enumerate(_questions(text, options, as_json), 1):
            answer = dialogue.ask(question, _voice_path(options.voice_file, number))
            printer.end()
            answers.append((question, answer))
            if not answer.text.strip():
                break
    written = _kept(options, text, named, answers) if options.dataset else None
    raise typer.Exit(_conclude(resolved, options, answers, written, as_json))


def _check(text: str, options: AskOptions, inputs: Sequence[str]) -> None:
    """Raise UsageError for what cannot be asked."""
    if not text.strip():
        raise UsageError("A question has words, and none were given.")
    if options.voice_name and options.voice_file is None:
        raise UsageError("--voice-name needs a file that is spoken to, such as --voice answer.wav.")
    if options.voice_file is not None and options.voice_file.suffix.lower() != ".wav":
        raise UsageError(
            f"--voice: expected a file that ends in .wav, found {options.voice_file}; a voice's name goes with "
            "--voice-name."
        )
    if options.dataset and len(inputs) != 1:
        raise UsageError("--dataset keeps the answer about one recording: name one, or leave out --dataset.")
    if options.dataset and options.voice_file is not None:
        raise UsageError(
            "A spoken answer is kept by `reelsheet analyze --voice NAME`: leave out --voice, or --dataset."
        )


def _resolved(
    options: AskOptions, text: str, inputs: Sequence[str], folder: Path, follow_up: tuple[str, ...] = ()
) -> ResolvedRun:
    """Resolve the question as if it were a run's. Raises UsageError."""
    from flows.pipeline.kept_question import question_file
    from flows.pipeline.setup import resolve

    request = _request(options, inputs, question_file(text, folder), follow_up)
    resolved = resolve(request)
    if options.voice_file is None:
        return resolved
    speech = resolved.job.model.speech
    voice = options.voice_name or (speech.voices[0] if speech and speech.voices else None)
    if voice is None and speech is not None:
        raise UsageError(f"No voice of {resolved.job.model.name} is known by name: name one with --voice-name.")
    return resolve(request.model_copy(update={"voice": voice or "any"}))


def _request(
    options: AskOptions, inputs: Sequence[str], prompt: Path, follow_up: tuple[str, ...] = ()
) -> AnalyzeRequest:
    given = {name: value for name, value in options.model_dump().items() if name not in _OWN}
    scenario = options.scenario or "quick"
    return AnalyzeRequest(
        **{**given, "scenario": scenario},
        inputs=tuple(inputs) or ("-",),
        prompt=str(prompt),
        follow_up=follow_up or None,
        settle_s=0.0,
    )


def _without_needless_cautions(resolved: ResolvedRun, inputs: Sequence[str]) -> ResolvedRun:
    """Leave out what is to be known of sound and video, where none are shown."""
    from tasks.planning.cautions import assumed_facts, unlisted_voice

    job = resolved.job
    if inputs:
        return resolved
    found = (assumed_facts(job.model), unlisted_voice(job.model, job.modes.voice))
    return replace(resolved, job=replace(job, cautions=tuple(filter(None, found))))


def _asked_of(resolved: ResolvedRun, dialogue: Dialogue) -> str:
    """Say who is asked, and what that will come to as far as anybody knows."""
    job, shown = resolved.job, dialogue.shown.tokens.input
    about = f", about {shown:,} tokens in" if shown else ""
    return f"{job.model.name} at {job.provider.name} ({resolved.settings.provider_reason}){about}"


def _questions(text: str, options: AskOptions, as_json: bool) -> Iterator[str]:
    """Yield the questions: those given, and on a terminal those that are typed."""
    yield text
    yield from options.follow_up or ()
    while not as_json and sys.stdin.isatty() and sys.stdout.isatty():
        try:
            typed = input("\nAnother question, or nothing to end: ").strip()
        except EOFError:
            return
        if not typed:
            return
        yield typed


def _voice_path(file: Path | None, number: int) -> Path | None:
    """Return where an answer is spoken to: answer.wav, answer-2.wav, …"""
    if file is None or number == 1:
        return file
    return file.with_stem(f"{file.stem}-{number}")


def _kept(options: AskOptions, text: str, inputs: Sequence[str], asked: Sequence[tuple[str, Answer]]) -> str | None:
    """Write what was answered to the dataset's tables; return what that came to."""
    from config.settings import load_settings
    from flows.pipeline.datasets import ready
    from flows.pipeline.dialogue import recordings_of
    from flows.pipeline.kept_question import keep_answers, question_file
    from flows.pipeline.machine import config_errors
    from flows.pipeline.setup import resolve
    from flows.runtime.launch import run_flow

    if not asked[0][1].text.strip():
        return None
    with config_errors():
        folder = load_settings(options.config_file).cache_dir.expanduser() / "questions"
    follow_up = tuple(question for question, answer in asked[1:] if answer.text.strip())
    request = _request(options, inputs, question_file(text, folder), follow_up)
    resolved = resolve(request)
    [recording] = recordings_of(resolved, inputs)
    answers = [answer for _, answer in asked[: 1 + len(follow_up)]]
    keep_answers(ready(resolved), resolved.job.plan(recording), answers)
    return str(run_flow("analyze", request).sentence)


def _conclude(
    resolved: ResolvedRun,
    options: AskOptions,
    asked: Sequence[tuple[str, Answer]],
    written: str | None,
    as_json: bool,
) -> int:
    """Print what the questions came to, and return the exit status."""
    from tasks.planning.cost import cost_nano
    from tasks.records import Tokens
    from tasks.run.usage import Usage, money, plural

    job = resolved.job
    calls = [call for _, answer in asked for call in answer.calls]
    tokens = sum((call.tokens for call in calls if call.tokens), Tokens())
    usage = Usage(len(calls), tokens, cost_nano(tokens, job.price, search=job.modes.search))
    failed = next((answer for _, answer in asked if not answer.text.strip()), None)
    if as_json:
        found: dict[str, Any] = {
            "provider": job.provider.name,
            "model": job.model.name,
            "turns": [_turn(question, answer) for question, answer in asked],
            **usage.as_json(),
            "currency": job.price.currency if job.price else None,
            "warnings": list(resolved.job.cautions),
            "dataset": options.dataset,
            "error": failed.reason if failed else None,
        }
        print_json(found)
        sys.stderr.write(f"reelsheet: {failed.reason}\n" if failed else "")
        return 1 if failed else 0
    cost = money(usage.cost_nano, job.price.currency if job.price else None)
    thought = f" ({tokens.reasoning:,} of reasoning)" if tokens.reasoning else ""
    if calls:
        spent = f"{tokens.input:,} tokens in, {tokens.output:,} out{thought}, {cost}"
        sys.stderr.write(f"{plural(len(calls), 'request')}: {spent}\n")
    for _, answer in asked:
        if answer.voice_path:
            sys.stderr.write(f"Spoken: {answer.voice_path}\n")
    if written:
        sys.stderr.write(f"{written}\n")
    return complain(failed.reason, 1) if failed else 0


def _turn(question: str, answer: Answer) -> dict[str, Any]:
    return {
        "question": question,
        "answer": answer.text or None,
        "reasoning": answer.reasoning or None,
        "finish_reason": answer.finish_reason,
        "model": answer.model_snapshot,
        "request_id": answer.request_id,
        "voice": answer.voice_path,
    }
