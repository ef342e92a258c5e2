"""Reads a prompt: a Markdown file, optionally with front matter between two `---` lines.

The front matter knows `answer` (`sections` or `text`), `modality` (`video`, `audio`, `image` or `any`), `about` (one
line) and `follow_up`: questions to be asked about each answer, each on a line of its own that begins with "- ".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

AnswerForm = Literal["sections", "text"]
Modality = Literal["video", "audio", "image", "any"]
T = TypeVar("T")

_FOLDER = Path(__file__).parent
_ANSWERS: dict[str, AnswerForm] = {"sections": "sections", "text": "text"}
_MODALITIES: dict[str, Modality] = {"video": "video", "audio": "audio", "image": "image", "any": "any"}
_KEYS = ("answer", "modality", "about", "follow_up")


class PromptError(ValueError):
    """A prompt cannot be used; the message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt as it will be sent, and what it asks for."""

    name: str
    text: str  # without front matter and outer white space, line ends as "\n"
    sha256: str  # of `text`, 64 hex digits: moving or renaming the file, or changing its front matter, keeps it
    answer: AnswerForm
    modality: Modality
    about: str
    follow_up: tuple[str, ...] = ()  # questions about the answer, in their order


def read_prompt(name_or_path: str) -> PromptFile:
    """The prompt of that name among the shipped ones, or the file at that path.

    A path is what contains a path separator or ends in `.md`. Raises PromptError.
    """
    if "/" in name_or_path or "\\" in name_or_path or name_or_path.endswith(".md"):
        return _read(Path(name_or_path))
    shipped = _FOLDER / f"{name_or_path}.md"
    if name_or_path not in _shipped_names():
        raise PromptError(
            f'There is no prompt "{name_or_path}"; the known ones are {", ".join(_shipped_names())}, '
            "or name a file by a path that ends in .md."
        )
    return _read(shipped)


def correction_turn(required: Sequence[str], missing: Sequence[str]) -> str:
    """The turn that asks for the answer once more: what is `missing` in it, and its form by the `required` headings."""
    text = _read(_FOLDER / "turns" / "correction.md").text.replace("{missing}", _listed(missing))
    introduction, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = [section for section in sections if section.partition("\n")[0].removeprefix("## ") in required]
    return "".join([introduction, *kept]).strip()


def _listed(headings: Sequence[str]) -> str:
    *first, last = [f"“## {heading}”" for heading in headings]
    return f"{', '.join(first)} and {last}" if first else last


def _shipped_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.md")))


def _read(path: Path) -> PromptFile:
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise PromptError(f"There is no prompt file {path}; give the path of a Markdown file.") from error
    except UnicodeDecodeError as error:
        raise PromptError(f"The prompt file {path} is not UTF-8 text; save it as UTF-8.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise PromptError(f"The prompt file {path} cannot be read: {reason}.") from error
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fields, follow_up, body = _front_matter(lines, path)
    text = "\n".join(body).strip()
    if not text:
        raise PromptError(f"The prompt file {path} has no text; write below the front matter what to ask the model.")
    return PromptFile(
        name=path.stem,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        answer=_one_of(_ANSWERS, "answer", fields.get("answer", "sections"), path),
        modality=_one_of(_MODALITIES, "modality", fields.get("modality", "any"), path),
        about=fields.get("about", ""),
        follow_up=follow_up,
    )


def _front_matter(lines: list[str], path: Path) -> tuple[dict[str, str], tuple[str, ...], list[str]]:
    """The fields between the first two `---` lines, the list of follow-up questions, and the lines behind them."""
    if lines[0].rstrip() != "---":
        return {}, (), lines
    end = next((number for number, line in enumerate(lines) if number and line.rstrip() == "---"), None)
    if end is None:
        raise PromptError(f"The front matter of {path} has no end; close it with a line ---.")
    fields: dict[str, str] = {}
    questions: list[str] = []
    key = ""
    for line in lines[1:end]:
        if not line.strip():
            continue
        if key == "follow_up" and line.lstrip().startswith("- "):
            questions.append(line.strip().removeprefix("- ").strip())
            continue
        key, value = _field(line, fields, path)
        fields[key] = value
    if "follow_up" in fields and (fields["follow_up"] or not questions):
        raise PromptError(
            f'The front matter of {path} says "follow_up" without a list; write each question below it, on a line of '
            'its own that begins with "- ".'
        )
    return fields, tuple(questions), lines[end + 1 :]


def _field(line: str, known: Mapping[str, str], path: Path) -> tuple[str, str]:
    key, colon, value = (part.strip() for part in line.partition(":"))
    if not colon or key not in _KEYS or key in known:
        problem = "twice" if key in known else "which is not known"
        raise PromptError(
            f'The front matter of {path} says "{key}", {problem}; it takes each of {", ".join(_KEYS)} once, '
            'as "key: value".'
        )
    return key, value


def _one_of(known: dict[str, T], key: str, value: str, path: Path) -> T:
    if value not in known:
        raise PromptError(f'The front matter of {path} says "{key}: {value}"; it takes {" or ".join(known)}.')
    return known[value]
