"""The lines under one time of a transcript: keys (`Speaker:`, `State:`, `Content:`), `Name: “words”`, or bare words."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from tasks.answer.lines import Line, without_bullet
from tasks.answer.quotes import closes, is_quoted, split_quoted, starts_quoted, unquoted
from tasks.answer.words import Key, key_of, plain

_KEYS: tuple[Key, ...] = ("speaker", "language", "state", "content")
_VOICE = frozenset({"voice", "音色", "嗓音", "声音"})
_KEYED = re.compile(r"[*_\s]{0,4}([^:：*_\n]{1,40}?)[*_\s]{0,4}[:：][*_]{0,2}\s*")
_NEXT_KEY = re.compile(r"\s{0,4}[|;；,，/]\s{0,4}(?=[*_]{0,2}[^\W\d_][^:：|;；,，\n]{0,24}[:：])")
_NAMED = re.compile(
    r"[*_\[<【]{0,3}([^:：\"“「『«*\[\]<>【】()（）\n]{1,60}?)[*_\]>】]{0,3}\s{0,3}"
    r"(?:[(（\[]([^()（）\[\]\n]{1,120})[)）\]])?[*_]{0,3}\s{0,3}(?:[:：][*_]{0,2}|\s[-–—]{1,2}\s(?=[\"“「『«]))\s*"
)
_ROLE = re.compile(
    r"(?:speaker|voice|man|woman|boy|girl|child|male|female|narrator|host|guest|singer|reporter|announcer|interviewer|"
    r"spk|说话人|说话者|发言人|男|女|旁白|主持人|记者|歌手|解说)[\w .#-]{0,20}",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Draft:
    """An utterance while its lines are read."""

    speaker: str = ""
    states: list[str] = field(default_factory=list)
    language: str = ""
    lines: list[str] = field(default_factory=list)
    open_mark: str = ""  # the quotation mark that the content has opened and not yet closed
    closed: bool = False  # the content stands in quotation marks, and they are closed
    last: Key = "content"  # where a line without a key belongs
    keyed: bool = False
    remark: bool = False  # not said by anybody

    @property
    def text(self) -> str:
        if self.open_mark:
            return "\n".join(self.lines)[1:].strip()  # cut off before its quote closed
        if len(self.lines) > 1 and all(is_quoted(line) for line in self.lines):
            return "\n".join(unquoted(line) for line in self.lines)
        return unquoted("\n".join(self.lines).strip())

    @property
    def state(self) -> str:
        return "\n".join(self.states)

    def add_words(self, text: str) -> None:
        if not self.lines and starts_quoted(text) and split_quoted(text) is None:
            self.open_mark = text[0]
        elif self.open_mark and closes(text, self.open_mark):
            self.open_mark, self.closed = "", True
        elif is_quoted(text):
            self.closed = True
        if text:
            self.lines.append(text)
        self.last = "content"

    def is_empty(self) -> bool:
        return not (self.speaker or self.states or self.lines or self.language)


def read_drafts(lines: Sequence[Line], names: Set[str]) -> list[Draft]:
    """The utterances in the lines of one block. `names` are the known speakers, in the form of `words.plain`."""
    drafts = [Draft()]
    has_content = any(key_line(line.text, ("content",)) for line in lines)
    for line in lines:
        text = without_bullet(line.text)
        if drafts[-1].open_mark:
            drafts[-1].add_words(line.text)
        elif keyed := key_line(text, _KEYS):
            _take_keyed(drafts, *keyed, has_content)
        else:
            _take_words(drafts, text, names)
    return [draft for draft in drafts if not draft.is_empty()]


def key_line(text: str, keys: tuple[Key, ...]) -> tuple[Key, str, str] | None:
    """Key, value, and the key's word as written, of a line `Key: value`."""
    found = _KEYED.match(text)
    key = key_of(found[1], keys) if found else None
    return (key, text[found.end() :].strip(), found[1].strip()) if found and key else None


def spoken_line(text: str, names: Set[str]) -> tuple[str, str, str] | None:
    """Speaker, state and words of `Name: “words”` or `Name (state): words`; None where no name is plausible."""
    found = _NAMED.match(text)
    if not found:
        return None
    name, words = found[1].strip("*_ "), text[found.end() :].strip()
    if not name or not (is_quoted(words) or plain(name) in names or is_plausible_name(name)):
        return None
    return name, (found[2] or "").strip(), words


def is_plausible_name(name: str) -> bool:
    """A title-cased name of at most four words, or a role such as "woman 2"; not "She said"."""
    if _ROLE.fullmatch(name):
        return True
    words = name.split()
    return len(words) <= 4 and len(name) <= 30 and all(not word[0].islower() for word in words)


def _take_keyed(drafts: list[Draft], key: Key, value: str, word: str, has_content: bool) -> None:
    draft = drafts[-1]
    if key == "speaker" and plain(word) in _VOICE and draft.speaker and not draft.lines:
        key = "state"  # the voice of a speaker who is named already
    if key == "content":
        if draft.lines:
            drafts.append(draft := Draft(draft.speaker, [*draft.states], draft.language))
        draft.keyed = True
        draft.add_words(value)
        return
    if key == "speaker" and not has_content and is_quoted(value):
        drafts.append(Draft(word))  # `Narrator: “words”`, where the name is also a key
        drafts[-1].add_words(value)
        return
    value, following = _split_at_key(value, ("language", "state", "content") if key != "state" else ("content",))
    if key == "speaker":
        if not draft.is_empty():
            drafts.append(draft := Draft())
        draft.speaker = unquoted(value.strip("*_` "))
    else:
        if draft.lines:
            drafts.append(draft := Draft(draft.speaker))
        if key == "language":
            draft.language = value.strip("*_` ")
        else:
            draft.states += [value] if value else []
    draft.keyed, draft.last = True, key
    if following:
        _take_keyed(drafts, *following, has_content)


def _split_at_key(value: str, keys: tuple[Key, ...]) -> tuple[str, tuple[Key, str, str] | None]:
    """The value, and the next key where several share a line: `Alice | State: calm | Content: “Hi”`."""
    for separator in _NEXT_KEY.finditer(value):
        if key_line(value[separator.end() : separator.end() + 60], keys):
            return value[: separator.start()].rstrip(), key_line(value[separator.end() :], keys)
    return value, None


def _take_words(drafts: list[Draft], text: str, names: Set[str]) -> None:
    draft = drafts[-1]
    spoken = spoken_line(text, names)
    if spoken and not (draft.keyed and draft.last != "content"):
        speaker, state, words = spoken
        if not draft.keyed or is_quoted(words):
            drafts.append(Draft(speaker, [state] if state else []))
            drafts[-1].add_words(words)
            return
    if plain(text[:80]) in names and not draft.keyed:
        drafts.append(Draft(text.strip("*_`:： ")))
    elif draft.keyed and draft.last == "state" and not starts_quoted(text):
        draft.states.append(text)
    elif draft.closed and not is_quoted(text):
        drafts.append(Draft(lines=[text], remark=True))  # behind the closing quote: about the words, not said
    else:
        draft.add_words(text)
