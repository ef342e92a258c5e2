"""Read speaker profiles: `name - what they are like`.

They stand on one line or over several, as a list, a table or JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasks.answer.absence import is_absence
from tasks.answer.fields import field_of
from tasks.answer.lines import Line, Record, without_bullet
from tasks.answer.names import bare_name, is_plausible_name
from tasks.answer.patterns import lazy
from tasks.answer.quotes import is_quoted
from tasks.answer.utterances import key_line, spoken_line
from tasks.answer.words import is_profile_key, plain
from tasks.records import SpeakerProfile


@dataclass(slots=True)
class Profiles:
    """This collects the profiles read so far."""

    drafts: list[tuple[str, list[str]]] = field(default_factory=list)  # speaker, lines of the profile
    names: dict[str, str] = field(default_factory=dict)  # of speakers as written, by `words.plain`
    dialects: dict[str, str] = field(default_factory=dict)  # of those whose profile names one, by `words.plain`
    absent: bool = False  # it is said that there are none

    @property
    def rows(self) -> tuple[SpeakerProfile, ...]:
        return tuple(SpeakerProfile(name, "\n".join(lines)) for name, lines in self.drafts)

    def take(self, lines: list[Line], sure: bool) -> list[Line]:
        """Read profiles and return the lines that are none.

        `sure`: what is no utterance is a profile.
        """
        others: list[Line] = []
        indent = min((line.indent for line in lines), default=0)
        sure = sure or any(is_quoted(_behind_colon(line.text)) for line in lines)
        has_content = any(key_line(line.text, ("content",)) for line in lines)
        speaking = False
        for line in lines:
            text = without_bullet(line.text)
            if line.record is not None:
                others += [] if self._take_record(line.record) else [line]
                continue
            speaking = speaking or (has_content and _opens_utterance(text))
            if is_absence(text) and not speaking:
                self.absent = self.absent or is_absence(text, strict=True)
                others += [] if is_absence(text, strict=True) or self.drafts or sure else [line]
                continue
            spoken = speaking or is_quoted(_behind_colon(text))
            if spoken or not self._take_line(text, nested=line.indent > indent, sure=sure):
                others.append(line)
        return others

    def _take_line(self, text: str, nested: bool, sure: bool) -> bool:
        """Add a profile, or a line to the last one; False where the line is no profile."""
        name, profile = _split(text)
        if self.drafts and plain(name) in _DIALECT and profile:
            self.dialects[plain(self.drafts[-1][0])] = profile
        if plain(name) in _NAME_KEYS and profile and not nested:
            name, profile = bare_name(profile), ""
        is_new = name and (sure or (profile and is_plausible_name(name) and spoken_line(text, {}) is None))
        if self.drafts and (nested or is_profile_key(name) or not is_new):
            self.drafts[-1][1].append(text)
        elif is_new:
            self._add(name, [profile] if profile else [])
        else:
            return False
        return True

    def _take_record(self, record: Record) -> bool:
        """Add the profile that a table's row or an object holds.

        False where it holds what was said.
        """
        if _value(record, "content") is not None:
            return False
        name = _value(record, "speaker") or next(iter(record.values()))
        others = {key: text for key, text in record.items() if text != name}
        lines = list(others.values()) if len(others) == 1 else [f"{key}: {text}" for key, text in others.items()]
        self._add(bare_name(name), lines)
        if dialect := next((text for key, text in others.items() if plain(key) in _DIALECT), ""):
            self.dialects[plain(bare_name(name))] = dialect
        return True

    def _add(self, name: str, lines: list[str]) -> None:
        if name:
            self.drafts.append((name, lines))
            self.names.setdefault(plain(name), name)


def _value(record: Mapping[str, str], wanted: str) -> str | None:
    return next((text for key, text in record.items() if field_of(key, (wanted,))), None)


def _opens_utterance(text: str) -> bool:
    """Say whether a line is `Speaker: name`, or its words at once.

    "Name:" and "Voice:" may be parts of a profile.
    """
    keyed = key_line(text, ("speaker", "content"))
    return keyed is not None and not is_profile_key(keyed[2]) and plain(keyed[2]) != "name"


def _split(text: str) -> tuple[str, str]:
    """Return name and profile; a whole sentence has no name."""
    found = _SPLIT.search(text[: _LONGEST_NAME + 10])
    if found is None:
        bare = text.strip("*_` ")
        is_name = len(bare) <= _LONGEST_NAME and len(bare.split()) <= 6 and not bare.endswith((".", "。", "!", "?"))
        return (bare_name(bare), "") if is_name else ("", "")
    return bare_name(text[: found.start()]), text[found.end() :].strip().removeprefix("**").strip()


def _behind_colon(text: str) -> str:
    found = _COLON.search(text[: _LONGEST_NAME + 20])
    return text[found.end() :] if found else ""


_DIALECT = frozenset({"dialect", "dialects", "方言", "方言口音"})
_NAME_KEYS = frozenset(
    {"name", "speaker", "speaker name", "说话人", "姓名", "名称", "話者", "화자", "nombre", "nom", "имя"}
)
_SPLIT = lazy(r"\s+[-‐–—−]+\s+|\s*[–—]+\s*|\s*[:：]\s*")
_COLON = lazy(r"[:：][*_]{0,2}\s*")
_LONGEST_NAME = 60  # characters
