"""Read the lines under one time of a transcript.

They are keys (`Speaker:`, `State:`, `Content:`), `Name: “words”`, or bare words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tasks.answer.fields import Field, field_of
from tasks.answer.keyed_form import key_and_value
from tasks.answer.lines import Line, Record, without_bullet
from tasks.answer.names import ROLE, SOUNDS, UNHEARD, bare_name, is_plausible_name, without_verb
from tasks.answer.patterns import lazy
from tasks.answer.quotes import closes, is_quoted, split_quoted, starts_quoted, unquoted
from tasks.answer.words import is_profile_key, plain

KEYS: tuple[Field, ...] = ("speaker", "language", "state", "content")
Names = Mapping[str, str]
"""The known speakers: how each is written, by its name in the form of `words.plain`."""


@dataclass(slots=True)
class Draft:
    """A draft is an utterance while its lines are read."""

    speaker: str = ""
    states: list[str] = field(default_factory=list)
    language: str = ""
    lines: list[str] = field(default_factory=list)
    open_mark: str = ""  # the quotation mark that the content has opened and not yet closed
    closed: bool = False  # the content stands in quotation marks, and they are closed
    last: Field = "content"  # where a line without a key belongs
    keyed: bool = False
    content_first: bool = False  # the words came before the other keys, which follow them
    remark: bool = False  # not said by anybody

    @property
    def text(self) -> str:
        if self.open_mark:
            return "\n".join(self.lines)[1:].strip()  # cut off before its quote closed
        if len(self.lines) > 1 and all(is_quoted(line) for line in self.lines):
            return "\n".join(unquoted(line) for line in self.lines)
        text = unquoted("\n".join(self.lines).strip())
        return text if self.closed else without_emphasis(text)

    @property
    def state(self) -> str:
        return "\n".join(self.states)

    def add_words(self, text: str) -> None:
        """Add a line of what is said; a remark in brackets around the words is the state."""
        if not self.open_mark:
            bare = without_emphasis(text)
            text = self._without_state(bare if starts_quoted(bare) else text)
        if not self.lines and starts_quoted(text) and split_quoted(text) is None:
            self.open_mark = text[0]
        elif self.open_mark and closes(text, self.open_mark):
            self.open_mark, self.closed = "", True
        elif unquoted(text) != text:
            self.closed = True
        if text:
            self.lines.append(text)
        self.last = "content"

    def is_empty(self) -> bool:
        return not (self.speaker or self.states or self.lines or self.language)

    def _without_state(self, text: str) -> str:
        """Take the state off `(calm) “Hi.”` and `“Hi.” (laughs)`, and keep it."""
        if (lead := _STATE_BEFORE.match(text)) and not UNHEARD.fullmatch(lead[1]) and _is_state(lead[1], lead[2]):
            self.states.append(lead[1].strip())
            return lead[2]
        if starts_quoted(text) and (parts := split_quoted(text)) and (tail := _STATE_BEHIND.fullmatch(parts[1])):
            self.states.append(tail[1].strip())
            return text[: len(text) - len(parts[1])].rstrip()
        return text


def read_drafts(lines: Sequence[Line], names: Names) -> list[Draft]:
    """Return the utterances in the lines of one block.

    `names` are the known speakers.

    >>> from tasks.answer.lines import read_lines
    >>> [(draft.speaker, draft.state) for draft in read_drafts(read_lines("Ann (calm): “Hello.”"), {})]
    [('Ann', 'calm')]
    """
    drafts = [Draft()]
    has_content = any((keyed := key_line(line.text)) and keyed[0] == "content" for line in lines)
    for line in lines:
        text = _CHANGE.sub("", without_bullet(line.text))
        if line.record is not None:
            drafts += [_of_record(line.record), Draft()]
        elif drafts[-1].open_mark:
            drafts[-1].add_words(line.text)
        elif keyed := key_line(text):
            _take_keyed(drafts, *keyed, has_content)
        else:
            _take_words(drafts, text, names)
    return [draft for draft in drafts if not draft.is_empty()]


def key_line(text: str, keys: tuple[Field, ...] = KEYS) -> tuple[Field, str, str] | None:
    """Return field, value, and the key's word as written, of a line `Key: value`.

    >>> key_line("**Speaker:** Ann")
    ('speaker', 'Ann', 'Speaker')
    """
    found = key_and_value(text) if ":" in text or "：" in text else None
    key = field_of(found[0], keys) if found else None
    return (key, found[1], found[0]) if found and key else None


def spoken_line(text: str, names: Names) -> tuple[str, str, str] | None:
    """Read speaker, state and words of a line with a name in front.

    The forms are `Name: “words”`, `Name (state): words` and `[Name] words`; None without a name.

    >>> spoken_line("Ann (calm): “Hello.”", {})
    ('Ann', 'calm', '“Hello.”')
    """
    found = _NAMED.match(text)
    if not found:
        return _framed_line(text, names)
    name, words = without_verb(bare_name(found[1])), text[found.end() :].strip()
    if not name or not (is_quoted(words) or plain(name) in names or is_plausible_name(name)):
        return None
    head, _, manner = name.partition(",")
    if manner.strip().islower() and is_plausible_name(head):  # "Ann, calmly: …"
        return head, ", ".join(filter(None, [manner.strip(), (found[2] or "").strip()])), words
    if plain(name) in names or not key_line(f"{name}: x"):
        return name, (found[2] or "").strip(), words
    return None


def _framed_line(text: str, names: Names) -> tuple[str, str, str] | None:
    found = _FRAMED.match(text) or _IN_ROUND.match(text)
    name, words = (bare_name(found[1]), found[2].strip()) if found else ("", "")
    if not words or not name:
        return None
    plausible = ROLE.fullmatch(name) if text[0] in "(（" else is_plausible_name(name)
    return (name, "", words) if plain(name) in names or (plausible and not SOUNDS.fullmatch(name)) else None


def opens_utterance(text: str) -> bool:
    """Say whether a line begins an utterance.

    By a key, or by a name before what is said.

    >>> opens_utterance("Ann: “Hello.”"), opens_utterance("A bell rings.")
    (True, False)
    """
    keyed = key_line(text)
    return (keyed is not None and keyed[0] in ("speaker", "content")) or spoken_line(text, {}) is not None


def without_emphasis(text: str) -> str:
    """Return words without the Markdown around all of them.

    >>> without_emphasis("*Hello.*")
    'Hello.'
    """
    found = _EMPHASIS.fullmatch(text)
    return found[2] if found else text


def unframed(text: str) -> str:
    """Return a value without the brackets and the Markdown around all of it.

    >>> unframed("*(softly)*")
    'softly'
    """
    text = text.strip("*_` ")
    found = _BRACKETED.fullmatch(text)
    return found[1].strip() if found else text


def _of_record(record: Record) -> Draft:
    """Return the utterance of a table's row or of an object.

    What has no field of its own is part of the state.
    """
    draft = Draft(keyed=True, closed=True)
    for name, value in record.items():
        match field_of(name, ("content", "speaker", "language", "state")):
            case "content":
                draft.lines.append(unquoted(value) if is_quoted(value) else without_emphasis(value))
            case "speaker":
                draft.speaker = bare_name(value)
            case "language":
                draft.language = value
            case "state":
                draft.states.append(value)
            case _:
                draft.states.append(f"{name}: {value}")
    return draft


def _take_keyed(drafts: list[Draft], key: Field, value: str, word: str, has_content: bool) -> None:
    draft = drafts[-1]
    if key == "speaker" and draft.speaker and not draft.lines and is_profile_key(word):
        key = "state"  # the voice or the role of a speaker who is named already
    if key == "content":
        if draft.lines:
            drafts.append(draft := Draft(draft.speaker, [*draft.states], draft.language))
        draft.keyed, draft.content_first = True, not draft.speaker
        draft.add_words(value)
        return
    if key == "speaker" and not has_content and is_quoted(value):
        drafts.append(Draft(word))  # `Narrator: “words”`, where the name is also a key
        drafts[-1].add_words(value)
        return
    if key == "speaker":
        if draft.speaker or (draft.lines and not draft.content_first):
            drafts.append(draft := Draft())
        draft.speaker = bare_name(value)
    else:
        if draft.lines and not draft.content_first:
            drafts.append(draft := Draft(draft.speaker))
        value = unframed(value)
        if key == "language":
            draft.language = value
        else:
            draft.states += [value] if value else []
    draft.keyed, draft.last = True, key


def _take_words(drafts: list[Draft], text: str, names: Names) -> None:
    draft = drafts[-1]
    if not draft.keyed and (signed := _signed(text)):
        drafts.append(Draft(signed[1]))
        drafts[-1].add_words(signed[0])
        return
    spoken = spoken_line(text, names)
    if spoken and not (draft.keyed and draft.last != "content"):
        speaker, state, words = spoken
        if not draft.keyed or is_quoted(words):
            drafts.append(Draft(speaker, [state] if state else []))
            drafts[-1].add_words(words)
            return
    if not draft.keyed and text and (plain(text[:80]) in names or _is_name_alone(text, draft)):
        drafts.append(Draft(bare_name(text)))
    elif draft.keyed and draft.last == "state" and not starts_quoted(text):
        draft.states.append(text)
    elif (draft.closed and not is_quoted(text)) or _NAME_ALONE.fullmatch(text):
        drafts.append(Draft(lines=[text], remark=True))  # behind the closing quote: about the words, not said
    else:
        draft.add_words(text)


def _signed(text: str) -> tuple[str, str] | None:
    """Return quoted words and the name behind them, as in `“No.” — Ann`."""
    parts = split_quoted(text) if starts_quoted(text) else None
    found = _SIGNATURE.fullmatch(parts[1]) if parts else None
    name = bare_name(found[1]) if found else ""
    if parts is None or not name or not is_plausible_name(name) or SOUNDS.fullmatch(name):
        return None
    return text[: len(text) - len(parts[1])].rstrip(), name


def _is_name_alone(text: str, draft: Draft) -> bool:
    """Say whether a line is a name, with what is said below it.

    It is in bold or brackets, or a role with a number.
    """
    framed = _NAME_ALONE.fullmatch(text)
    if framed is None and _NUMBERED_ROLE.fullmatch(text):
        return draft.is_empty()
    name = bare_name(framed[1]) if framed else ""
    return bool(name) and draft.is_empty() and is_plausible_name(name) and not SOUNDS.fullmatch(name)


def _is_state(words: str, rest: str) -> bool:
    """Say whether a remark in brackets before the words says how they are said."""
    return is_quoted(rest) or (SOUNDS.fullmatch(words.strip()) is not None and any(sign.isalnum() for sign in rest))


_STATE_BEFORE = lazy(r"[(（\[【]([^()（）\[\]【】\n]{1,80})[)）\]】]\s*(.+)", re.DOTALL)
_STATE_BEHIND = lazy(r"\s*[(（\[【]([^()（）\[\]【】\n]{1,80})[)）\]】]\s*")
_FRAMED = lazy(r"[*_]{0,2}[\[<【〔＜]([^\]>】〕＞\n]{1,60})[\]>】〕＞][*_]{0,2}\s*[:：]?\s*(.*)", re.DOTALL)
_IN_ROUND = lazy(r"[(（]([^()（）\n]{1,60})[)）]\s*[:：]?\s*(.*)", re.DOTALL)
_NUMBERED_ROLE = lazy(r"(?:speaker|voice|man|woman|singer|说话人|男声|女声|話者|화자)[ _]?\d{1,2}[:：]?", re.IGNORECASE)
_CHANGE = lazy(r"^>{2,3}\s?")  # of the speaker, in captions
_SIGNATURE = lazy(r"[-–—]{1,2}\s?([^\W\d][^:：,，]{0,30})")
_NAME_ALONE = lazy(r"(?:\*\*|__|[\[<【])([^*_\[\]<>【】\n]{1,40}?)(?:\*\*|__|[\]>】])\s*[:：]?")
_NAMED = lazy(
    r"[*_\[<【@]{0,3}([^:：\"“「『«*\[\]<>【】()（）\n]{1,60}?)[*_\]>】]{0,3}\s{0,3}"
    r"(?:[(（\[]([^()（）\[\]\n]{1,120})[)）\]])?[*_]{0,3}\s{0,3}(?:[:：][*_]{0,2}|\s[-–—]{1,2}\s(?=[\"“「『«]))\s*"
)
_BRACKETED = lazy(r"[<(\[（【]([^<>()\[\]（）【】]+)[>)\]）】]")
_EMPHASIS = lazy(r"(\*\*|__|\*|_|`)(?!\s)([^*_`\n]+)(?<!\s)\1")
