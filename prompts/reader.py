"""Reads a prompt: a Markdown file, optionally with front matter between two `---` lines.

The front matter knows `answer` (`sections` or `text`), `modality` (`video`, `audio` or `any`) and `about` (one line).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

AnswerForm = Literal["sections", "text"]
Modality = Literal["video", "audio", "any"]
T = TypeVar("T")

_FOLDER = Path(__file__).parent
_ANSWERS: dict[str, AnswerForm] = {"sections": "sections", "text": "text"}
_MODALITIES: dict[str, Modality] = {"video": "video", "audio": "audio", "any": "any"}
_KEYS = ("answer", "modality", "about")


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


def known_prompts() -> tuple[PromptFile, ...]:
    """The shipped prompts, by name."""
    return tuple(_read(_FOLDER / f"{name}.md") for name in _shipped_names())


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
    fields, body = _front_matter(lines, path)
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
    )


def _front_matter(lines: list[str], path: Path) -> tuple[dict[str, str], list[str]]:
    """The fields between the first two `---` lines, and the lines behind them."""
    if lines[0].rstrip() != "---":
        return {}, lines
    end = next((number for number, line in enumerate(lines) if number and line.rstrip() == "---"), None)
    if end is None:
        raise PromptError(f"The front matter of {path} has no end; close it with a line ---.")
    fields: dict[str, str] = {}
    for line in lines[1:end]:
        if not line.strip():
            continue
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or key not in _KEYS or key in fields:
            problem = "twice" if key in fields else "which is not known"
            raise PromptError(
                f'The front matter of {path} says "{key}", {problem}; it takes each of {", ".join(_KEYS)} once, '
                'as "key: value".'
            )
        fields[key] = value
    return fields, lines[end + 1 :]


def _one_of(known: dict[str, T], key: str, value: str, path: Path) -> T:
    if value not in known:
        raise PromptError(f'The front matter of {path} says "{key}: {value}"; it takes {" or ".join(known)}.')
    return known[value]
