"""Cut text into chunks and say how bad a line break behind each would be.

The order of badness follows the line treatment of the style guides: after a sentence, after a clause, before a
conjunction or preposition, between any two words; badly between a first and a last name or behind a pronoun, auxiliary,
preposition; never inside a number, after an initial or title, between article and noun.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from config.types import LineBreakWords
from tasks.subtitles.cue import Layout
from tasks.subtitles.measure import UNSPACED, text_width
from tasks.subtitles.segmenter import characters, phrases

SENTENCE, CLAUSE, BEFORE_CLAUSE, PLAIN, NAME, BAD = 0, 2, 4, 7, 10, 12
GLUED = 100  # broken only where a chain of glued chunks is wider than a line

_SPACES = re.compile("[ \t\n\r\f\v\x1c-\x1f\x85\u1680\u2000-\u2006\u2008-\u200b\u2028\u2029\u205f\u3000]+")
_INSIDE = re.compile(
    r"(?<=[^\W_])(?:[—–…]|\.\.\.|--)(?=[^\W_])"
)  # a dash or ellipsis between two words, without spaces
_CLOSERS = "\"'”’»›)]}）」』】》〉"
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।॥]\Z")
_CLAUSE_END = re.compile(r"[,;:—–、，；：،؛]\Z")
_SIGNS = re.compile(r"[^\w]+\Z")
_OPENING_SIGNS = re.compile(r"[\"'“‘«‹(\[{¿¡（「『【《♪♫#-]+\Z")
_DIGIT_END = re.compile(r"\d[.,]?\Z")
_GROUP = re.compile(r"\d{3}(?!\d)")
_UNIT = re.compile(r"(?:%|‰|°[CF]?|[kcmµ]?m[²³]?|k?g|mg|[km]?l|s|ms|min|h|k?Hz|[kMG]B|km/h|mph|[€$£¥]|€|kW|V|W)\W*\Z")
_CURRENCY = re.compile(r"[€$£¥₩₹№#§]\Z|(?i:\b(?:no|nr|n°|núm|№)\.?)\Z")
_YEAR = re.compile(r"\d{4}(?!\d)")
_DAY = re.compile(r"\d{1,2},\Z")  # "January 12," before the year
_ORDINAL = re.compile(r"\d{1,3}\.\Z")
_HOUR = re.compile(r"(?:h|uhr|kl\.)\Z", re.IGNORECASE)  # "15 h 30", "kl. 8"
_INITIAL = re.compile(r"[\"'“‘«(]*(?:[^\W\d_]\.){1,4}\Z")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Hold a part of a text that no line break divides."""

    text: str
    spaced: bool  # a space stands before it, unless it begins a line
    after: int  # how bad a break behind it is: SENTENCE to GLUED


def chunk_text(text: str, layout: Layout) -> tuple[Chunk, ...]:
    """Cut a text into chunks by the layout's language.

    Joined again, with the spaces, they are the text.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> [chunk.text for chunk in chunk_text("At 5 000 km the", plain_layout("en"))]
    ['At', '5', '000', 'km', 'the']
    """
    parts = list(_parts(text, layout))
    followings = [*parts[1:], ("", True)][: len(parts)]
    return tuple(
        Chunk(part, spaced, _badness(part, *following, layout.words))
        for (part, spaced), following in zip(parts, followings, strict=True)
    )


def _parts(text: str, layout: Layout) -> Iterator[tuple[str, bool]]:
    """Give each part, and whether a space stands before it.

    A phrase that is wider than a line comes in characters.
    """
    widest = layout.limits.characters_per_line
    spaced = False
    for token in filter(None, _SPACES.split(text)):
        for piece in _divided(token):
            for phrase in phrases(piece, layout.language):
                fits = text_width(phrase, layout.limits.counting) <= widest or not UNSPACED.search(phrase)
                for part in [phrase] if fits else characters(phrase):
                    yield part, spaced
                    spaced = False
        spaced = True


def _divided(token: str) -> Iterator[str]:
    """Cut a token behind the dashes and ellipses inside of it."""
    start = 0
    for sign in _INSIDE.finditer(token):
        yield token[start : sign.end()]
        start = sign.end()
    yield token[start:]


def _badness(part: str, following: str, spaced: bool, words: LineBreakWords) -> int:
    """Rate a break between a part and the one that follows."""
    if not following:
        return SENTENCE
    if _is_glued(part, following, words):
        return GLUED
    bare = part.rstrip(_CLOSERS)
    if _SENTENCE_END.search(bare):
        runs_on = following[0].islower() and bare.endswith((".", "…"))
        return CLAUSE if runs_on else SENTENCE
    if _CLAUSE_END.search(bare):
        return CLAUSE
    word, next_word = _core(part), _core(following)
    if word in words.not_after or word in words.before:
        return BAD
    if next_word in words.before:
        return BEFORE_CLAUSE
    if spaced and part[:1].isupper() and (following[:1].isupper() or following[:1].isdigit()):
        return PLAIN if UNSPACED.match(part) else NAME
    return PLAIN


def _is_glued(part: str, following: str, words: LineBreakWords) -> bool:
    lower = part.lower().lstrip("\"'“‘«(¿¡-")
    return bool(
        (_SIGNS.match(following) and not _OPENING_SIGNS.match(following))
        or _OPENING_SIGNS.match(part)
        or (_DIGIT_END.search(part) and (_GROUP.match(following) or _UNIT.match(following)))
        or (part[-1:].isdigit() and _core(following) in words.numerals)
        or (_DAY.search(part) and _YEAR.match(following))
        or (_ORDINAL.fullmatch(lower) and words.dotted_ordinals and following[:1].isalnum())
        or (_HOUR.match(lower) and following[:1].isdigit())
        or (_CURRENCY.search(part) and following[:1].isdigit())
        or _INITIAL.match(part)
        or _core(following) in words.particles
        or lower in words.titles
        or lower in words.articles
    )


def _core(part: str) -> str:
    """Give the word without its punctuation, in lower case."""
    return part.lower().strip("\"'“”‘’«»‹›()[]{}.,;:!?…¿¡-—–").replace("’", "'")
