"""The answers that the stand-in for the service makes up. The same media and question always get the same answer."""

from __future__ import annotations

import re

from tests.support.service_families import family_of
from tests.support.service_faults import Say
from tests.support.service_request import Asked, Body


def answer_to(asked: Asked) -> str:
    """The sections if the prompt names them, otherwise one line. It says how long the media is and if it was heard."""
    if _wants_sections(asked.instruction):
        return sections_by_file(asked) if "File 1" in asked.instruction else sections(asked)
    seconds = f"{asked.duration_ms / 1000:.3f}"
    if not asked.seen:
        return f"Nothing was shown. The question was: “{_shortened(asked.instruction)}”"
    if asked.is_follow_up:
        return f"About these {seconds} seconds, to “{_shortened(asked.instruction)}”: nothing more can be said."
    if not asked.duration_ms:
        sizes = ", ".join(f"{seen.width}x{seen.height}" for seen in asked.subject)
        return f"Pictures of {sizes} pixels. Nothing in them calls for attention."
    heard = "" if asked.is_heard else " Nothing was heard."
    return f"A recording of {seconds} seconds. Nothing in it calls for attention.{heard}"


def sections(asked: Asked, start_ms: int = 0, end_ms: int | None = None) -> str:
    """The structured answer, whose times fill `start_ms` to `end_ms`: the whole duration, unless told otherwise."""
    end_ms = asked.duration_ms if end_ms is None else end_ms
    middle_ms = start_ms + (end_ms - start_ms) // 2
    seconds = f"{asked.duration_ms / 1000:.3f}"
    halves = (_range(start_ms, middle_ms), _range(middle_ms, end_ms))
    story = "\n".join(
        f"{part}\nWhat is seen and heard in part {no} of {seconds} s." for no, part in enumerate(halves, 1)
    )
    texts = f"## Visible Text\n{_range(start_ms, end_ms)}\n“Part {seconds}”: white letters at the bottom\n"
    speech = (
        f"Speaker profiles:\nAnna - a calm voice, the narrator\n{halves[0]}\nSpeaker: Anna\nState: calm\n"
        f"Content: “This lasts {seconds} seconds.”\n"
        if asked.is_heard
        else "No speech appears.\n"
    )
    return f"## Storyline\n{story}\n{texts if asked.is_shown else ''}## Speakers and Transcript\n{speech}"


def sections_by_file(asked: Asked) -> str:
    """The structured answer about several files, each named under each heading, with times of its own."""
    story, texts, speech = "## Storyline\n", "## Visible Text\n", "## Speakers and Transcript\n"
    for number, seen in enumerate(asked.subject, 1):
        name, whole = f"### File {number}\n", _range(0, seen.duration_ms)
        story += f"{name}{whole}\nWhat is seen and heard in file {number}.\n"
        texts += f"{name}{whole}\n“File {number}”: white letters at the bottom\n"
        speech += f"{name}{whole}\nSpeaker: Anna\nContent: “This is file {number}.”\n" if seen.heard else ""
    return story + (texts if asked.is_shown else "") + (speech if asked.is_heard else f"{speech}No speech appears.\n")


def good_answer(asked: Asked, text: str) -> Say:
    """The text as an answer: cut by `max_tokens` if that is too small, and thought about first if that is asked for."""
    most = asked.body.get("max_tokens")
    reasoning = f"It lasts {asked.duration_ms} ms, so two parts will do." if thinks(asked.body) else ""
    if most is not None and len(text) // 4 > most:
        return Say(text[: most * 4], finish_reason="length", reasoning=reasoning)
    return Say(text, reasoning=reasoning)


def thinks(body: Body) -> bool:
    """Whether a request is thought about: where that is on, or not turned off."""
    efforts = family_of(body["model"]).efforts
    return body.get("reasoning_effort") != "none" if efforts else bool(body.get("enable_thinking"))


def _wants_sections(instruction: str) -> bool:
    return "storyline" in instruction.lower()


def _shortened(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:80]


def _range(start_ms: int, end_ms: int) -> str:
    return f"{_clock(start_ms)} - {_clock(end_ms)}"


def _clock(ms: int) -> str:
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
