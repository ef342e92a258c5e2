"""Read a prompt: a Markdown file, with front matter between two `---` lines.

The front matter knows `answer` (`sections` or `text`), `sections` (the names of those that an answer needs, or
`none`), `modality` (`video`, `audio`, `image` or `any`), `shows` (`all` or `sound`: what of a recording is sent),
`segments` (`apart` or `overlapping`: how it is cut), `about` (one line) and `follow_up` (questions to be asked about
each answer, in lines below it that begin with "- ").
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
Shows = Literal["all", "sound"]
Segments = Literal["apart", "overlapping"]
T = TypeVar("T")

_FOLDER = Path(__file__).parent
_ANSWERS: dict[str, AnswerForm] = {"sections": "sections", "text": "text"}
_MODALITIES: dict[str, Modality] = {"video": "video", "audio": "audio", "image": "image", "any": "any"}
_SHOWS: dict[str, Shows] = {"all": "all", "sound": "sound"}
_SEGMENTS: dict[str, Segments] = {"apart": "apart", "overlapping": "overlapping"}
_KEYS = ("answer", "sections", "modality", "about", "follow_up", "shows", "segments")
_LISTS = ("sections", "follow_up")
_HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)


class PromptError(ValueError):
    """A prompt cannot be used; the message gives the reason, in one sentence."""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt file has the text as it will be sent, and what it asks for."""

    name: str
    text: str  # without front matter and outer white space, line ends as "\n"
    sha256: str  # of `text`, 64 hex digits: moving or renaming the file, or changing its front matter, keeps it
    answer: AnswerForm
    modality: Modality
    about: str
    follow_up: tuple[str, ...] = ()  # questions about the answer, in their order
    sections: tuple[str, ...] | None = None  # that an answer needs; None: the front matter does not say
    stated: bool = True  # whether the front matter says what the answers are; else it was told from the text
    shows: Shows = "all"  # what of a recording is sent: "sound" alone, or "all" of it
    segments: Segments = "apart"  # "overlapping": cut in pauses, or else overlapping, and merged to one transcript

    def is_for(self, kind: str) -> bool:
        """Return whether the prompt is made for that kind of recording.

        What is about sound, or about what follows in time, is not for images.
        """
        in_time = self.shows == "sound" or self.segments == "overlapping"
        return self.modality in (kind, "any") and not (kind == "image" and in_time)

    @property
    def notice(self) -> str:
        """Return a sentence on how answers will be read, or ""."""
        if self.stated:
            return ""
        found = "asks for headings" if self.answer == "sections" else "asks for no heading"
        read = "read into the tables" if self.answer == "sections" else "kept as text in extra_sections"
        other = "text" if self.answer == "sections" else "sections"
        return f'Prompt {self.name} {found}, so its answers are {read}; say "answer: {other}" in it to change that.'


def read_prompt(name_or_path: str) -> PromptFile:
    """Read the shipped prompt of that name, or the file at that path.

    A path is what contains a path separator or ends in `.md`. Raises PromptError.

    >>> read_prompt("quick").answer
    'text'
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
    """Return the shipped prompts, by name, as the shell completes them."""
    return tuple(_read(_FOLDER / f"{name}.md") for name in _shipped_names())


def correction_turn(required: Sequence[str], missing: Sequence[str]) -> str:
    """Return the turn that asks for the answer once more.

    It names what is `missing` in it, and shows its form by the `required` headings.
    """
    text = _read(_FOLDER / "turns" / "correction.md").text.replace("{missing}", _listed(missing))
    introduction, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = [section for section in sections if section.partition("\n")[0].removeprefix("## ") in required]
    return "".join([introduction, *kept]).strip()


def several_files(count: int | str = "{count}") -> str:
    """Return the words about a message that holds several files.

    >>> several_files(3).partition(".")[0]
    'This message holds 3 files'
    """
    return _read(_FOLDER / "parts" / "several-files.md").text.replace("{count}", str(count))


def with_roster(instruction: str, roster: Sequence[str]) -> str:
    """Return an instruction with the speakers that earlier segments have heard.

    `roster` has a line for each; without any, nothing is added.
    """
    if not roster:
        return instruction
    words = _read(_FOLDER / "turns" / "roster.md").text.replace("{roster}", "\n".join(roster))
    return f"{instruction}\n\n{words}"


def translation_words() -> str:
    """Return the turn that asks for a translation.

    It has the fields {language}, {count}, {terms}, {context} and {lines}.
    """
    return _read(_FOLDER / "turns" / "translate.md").text


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
    fields, lists, body = _front_matter(lines, path)
    text = "\n".join(body).strip()
    if not text:
        raise PromptError(f"The prompt file {path} has no text; write below the front matter what to ask the model.")
    return PromptFile(
        name=path.stem,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        answer=_one_of(_ANSWERS, "answer", fields.get("answer") or _form_of(text, lists), path),
        modality=_one_of(_MODALITIES, "modality", fields.get("modality", "any"), path),
        about=fields.get("about", ""),
        follow_up=lists.get("follow_up", ()),
        sections=lists.get("sections"),
        stated="answer" in fields or "sections" in lists,
        shows=_one_of(_SHOWS, "shows", fields.get("shows", "all"), path),
        segments=_one_of(_SEGMENTS, "segments", fields.get("segments", "apart"), path),
    )


def _form_of(text: str, lists: Mapping[str, tuple[str, ...]]) -> AnswerForm:
    """Return the form of answers where the front matter leaves it open."""
    return "sections" if "sections" in lists or _HEADING.search(text) else "text"


def _front_matter(lines: list[str], path: Path) -> tuple[dict[str, str], dict[str, tuple[str, ...]], list[str]]:
    """Return the fields and lists between the first two `---` lines, and the rest."""
    if lines[0].rstrip() != "---":
        return {}, {}, lines
    end = next((number for number, line in enumerate(lines) if number and line.rstrip() == "---"), None)
    if end is None:
        raise PromptError(f"The front matter of {path} has no end; close it with a line ---.")
    fields: dict[str, str] = {}
    items: dict[str, list[str]] = {}
    key = ""
    for line in lines[1:end]:
        if key in _LISTS and line.lstrip().startswith("- "):
            items[key].append(line.strip().removeprefix("- ").strip())
        elif line.strip():
            key, value = _field(line, fields, path)
            fields[key] = value
            items[key] = []
    if "follow_up" in fields and (fields["follow_up"] or not items["follow_up"]):
        raise PromptError(
            f'The front matter of {path} says "follow_up" without a list; write each question below it, on a line of '
            'its own that begins with "- ".'
        )
    lists = {key: tuple(items[key]) for key in _LISTS if key in fields}
    if "sections" in lists:
        lists["sections"] = _names([*fields["sections"].strip("[] \t").split(","), *lists["sections"]])
    if "sections" in fields and not fields["sections"] and not lists["sections"]:
        raise PromptError(
            f'The front matter of {path} says "sections" without any; name them as "sections: [transcript]", or say '
            '"sections: none" where any answer will do.'
        )
    if lists.get("sections") and fields.get("answer") == "text":
        raise PromptError(f'The front matter of {path} says both "answer: text" and "sections"; text has none.')
    return fields, lists, lines[end + 1 :]


def _names(listed: Sequence[str]) -> tuple[str, ...]:
    """Return the names of sections in a list; "none" is no name."""
    names = [name.strip(" \t\"'").lower().replace(" ", "_").replace("-", "_") for name in listed]
    return tuple(name for name in names if name and name != "none")


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
