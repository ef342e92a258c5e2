"""Find words of the user's own in what is said and what is shown.

A list is a text file with a word or a phrase on each line. A line `[LABEL]` gives the label, an id of the policy, for
those below it; a line that starts with `#` is a remark.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.policy_types import OTHER, Policy
from tasks.errors import UsageError
from tasks.moderation.records import Finding, Modality
from tasks.records import Span, TextElement, Utterance

_AROUND = 80  # characters of evidence on each side of a word


@dataclass(frozen=True, slots=True)
class ListedWord:
    text: str  # as listed
    label: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage is words that were said or shown, and when."""

    segment_id: str
    span: Span | None
    text: str
    modality: Modality  # "speech" or "text"


def parse_words(lines: Iterable[str], policy: Policy, where: str = "the list") -> tuple[ListedWord, ...]:
    """Parse the lines of a list of words.

    Raises UsageError for a label that the policy does not have.

    >>> from config.policy_loader import load_policy
    >>> parse_words(["# insults", "[hate.slur]", "blockhead"], load_policy())
    (ListedWord(text='blockhead', label='hate.slur'),)
    """
    label, words = OTHER, []
    for number, line in enumerate(lines, 1):
        text = " ".join(line.split())
        if not text or text.startswith("#"):
            continue
        if text.startswith("[") and text.endswith("]"):
            label = text[1:-1].strip()
            if policy.label(label) is None:
                known = ", ".join(one.id for one in policy.labels)
                raise UsageError(
                    f'{where}, line {number}: expected a label of the policy {policy.id} ({known}), found "{label}".'
                )
        else:
            words.append(ListedWord(text, label))
    return tuple(dict.fromkeys(words))


def read_words(path: Path, policy: Policy) -> tuple[ListedWord, ...]:
    """Read the words of a list.

    Raises UsageError where the file cannot be read or used, or lists nothing.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"The word list {path} cannot be read: {reason}.") from error
    words = parse_words(lines, policy, str(path))
    if not words:
        raise UsageError(f"The word list {path} has no words: write one on each line.")
    return words


def find_words(passages: Sequence[Passage], words: Sequence[ListedWord]) -> tuple[Finding, ...]:
    """Make a finding for each listed word in each passage.

    Its evidence is the words around it.

    Case, width and accents' composition do not matter. A word stands alone ("ass" is not in "class"), except in scripts
    that put no spaces between words, where it counts anywhere.

    >>> passage = Passage("segment", Span(0, 2000), "You BLOCKHEAD, he said.", "speech")
    >>> [found.evidence for found in find_words([passage], [ListedWord("blockhead", "hate.slur")])]
    ['“blockhead” in “You BLOCKHEAD, he said.”']
    """
    patterns = [(word, _pattern(word.text)) for word in words]
    findings = []
    for passage in passages:
        text = _folded(passage.text)
        for word, pattern in patterns:
            if found := pattern.search(text):
                findings.append(_finding(passage, word, _evidence(passage.text, text, found)))
    return tuple(findings)


def passages_of(
    segment_id: str, span: Span | None, transcript: Iterable[Utterance], visible_text: Iterable[TextElement]
) -> tuple[Passage, ...]:
    """Return what was said and shown in a segment.

    What has no time of its own has the segment's `span`, which an image has none of.

    >>> said = Utterance(0, 2000, "Anna", "calm", "Good day.", "model")
    >>> passages_of("segment", Span(0, 60_000), [said], [])
    (Passage(segment_id='segment', span=Span(start_ms=0, end_ms=2000), text='Good day.', modality='speech'),)
    """
    spoken = (Passage(segment_id, _span(one, span), one.text, "speech") for one in transcript)
    shown = (Passage(segment_id, _span(one, span), one.text, "text") for one in visible_text)
    return (*spoken, *shown)


def _span(row: Utterance | TextElement, of_segment: Span | None) -> Span | None:
    if of_segment is None or row.start_ms is None or row.end_ms is None:
        return of_segment
    return Span(row.start_ms, row.end_ms)


def _finding(passage: Passage, word: ListedWord, evidence: str) -> Finding:
    return Finding(
        segment_id=passage.segment_id,
        span=passage.span,
        label=word.label,
        answered_label=None,
        severity=None,
        confidence=None,
        modality=passage.modality,
        evidence=f"“{word.text}” in “{evidence}”",
        rationale="",
        source="word_list",
        time_quality="model" if passage.span else "missing",
    )


def _pattern(word: str) -> re.Pattern[str]:
    """Match a word where it stands alone.

    Beside a script without spaces anything may stand.
    """
    folded = _folded(word)
    body = r"\s+".join(re.escape(part) for part in folded.split())
    before = r"(?<!\w)" if _is_spaced(folded[0]) else ""
    after = r"(?!\w)" if _is_spaced(folded[-1]) else ""
    return re.compile(f"{before}{body}{after}")


def _is_spaced(character: str) -> bool:
    """Tell whether a word may not go on beside this character.

    So it is with letters and digits of scripts with spaces between words.
    """
    return (character.isalnum() or character == "_") and not _UNSPACED.match(character)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _evidence(text: str, folded: str, found: re.Match[str]) -> str:
    """Quote the text as written; of a long one what stands around the word."""
    if len(text) <= 2 * _AROUND:
        return text
    if len(folded) != len(text):
        text = folded  # offsets in it are no longer those in the text as written
    start, end = max(0, found.start() - _AROUND), min(len(text), found.end() + _AROUND)
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"


# Thai, Lao, Myanmar, Khmer, kana and Han put no spaces between words; Hangul does, with endings that cling to a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
