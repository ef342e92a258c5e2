"""Find quotation marks around exact words, in every script that answers use."""

from __future__ import annotations

# Each opening mark with the marks that close it; the first is the right one, the others are what people type.
_CLOSING = {
    "“": "”\"“",
    '"': "\"”“",
    "„": "“”\"",
    "”": "”\"",
    "＂": "＂",
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
    "〝": "〞〟",
    "‘": "’'",
    "'": "'’",
}  # fmt: skip
_PERIODS = (".", "。", ",", "，")  # that English and Russian put behind the quotation mark
_FOLLOWING = tuple(":：-–—−,，(（|.。→=*;；")


def starts_quoted(text: str) -> bool:
    """Say whether a quotation mark opens the text.

    >>> starts_quoted("“Exit”"), starts_quoted("Exit")
    (True, False)
    """
    return text[:1] in _CLOSING and text[:1] != ""


def is_quoted(text: str) -> bool:
    """Say whether one pair of quotation marks is around the text.

    In `“Hi,” he said, “bye.”` there are two.

    >>> is_quoted("“Hi”"), is_quoted("“Hi,” he said, “bye.”")
    (True, False)
    """
    if len(text) < 2 or text[0] not in _CLOSING or text[-1] not in _CLOSING[text[0]]:
        return False
    opening, closing = text[0], _CLOSING[text[0]][0]
    if opening == closing:  # the same mark opens and closes: look at the spaces around it
        inner = text.find(opening, 1, len(text) - 1)
        return inner < 0 or text[inner - 1].isspace() or not (text[inner + 1].isspace() or text[inner + 1] in ",.;:!?")
    depth = at = 0
    while (close := text.find(closing, at, len(text) - 1)) >= 0:  # does any pair end before the text does?
        depth += text.count(opening, at, close) - 1
        if depth <= 0:
            return False
        at = close + 1
    return True


def unquoted(text: str) -> str:
    """Return the words between the quotation marks around a text.

    One without them stays as it is.

    >>> unquoted("“Hi”."), unquoted("“Hi,” she said")
    ('Hi', '“Hi,” she said')
    """
    if is_quoted(text):
        return text[1:-1].strip()
    return text[1:-2].strip() if text[-1:] in _PERIODS and is_quoted(text[:-1]) else text


def closes(text: str, opening: str) -> bool:
    """Say whether the text has the mark that closes `opening`.

    >>> closes("Exit” on a door", "“"), closes("Exit on a door", "“")
    (True, False)
    """
    return _CLOSING[opening][0] in text


def split_quoted(text: str) -> tuple[str, str] | None:
    """Split a text into the words that it quotes first, and what follows.

    None where they do not close.

    The closing mark is the first one with an end or a separator behind it, so that quotes inside of quotes stay.

    >>> split_quoted("“Exit”: white on green")
    ('Exit', ': white on green')
    """
    if text[:1] not in _CLOSING or not text:
        return None
    closing = _CLOSING[text[0]]
    right = closing[0]
    last = text.find(right, 1)
    if last < 0:
        return _split_at_any(text, closing[1:])
    while (following := text.find(right, last + 1)) >= 0 and not _ends_at(text, last):
        last = following
    return text[1:last].strip(), text[last + 1 :].strip()


def _ends_at(text: str, place: int) -> bool:
    """Say whether a quotation may end at a mark.

    An end or a separator stands behind it.
    """
    behind = text[place + 1 : place + 20].lstrip()
    return not behind or behind.startswith(_FOLLOWING)


def _split_at_any(text: str, closing: str) -> tuple[str, str] | None:
    """Return the same for marks that are typed in place of the right one."""
    last = None
    for at in range(1, len(text)):
        if text[at] in closing:
            last = at
            if _ends_at(text, at):
                break
    return None if last is None else (text[1:last].strip(), text[last + 1 :].strip())


def first_quoted(text: str) -> str | None:
    """Return the first words in quotation marks anywhere in the text.

    Apostrophes do not count as marks.

    >>> first_quoted("A sign reads “Exit” in green.")
    'Exit'
    """
    for at, mark in enumerate(text):
        if mark in _CLOSING and mark not in "'‘”»":
            ends = [end for close in _CLOSING[mark] if (end := text.find(close, at + 1)) > 0]
            return text[at + 1 : min(ends)].strip() or None if ends else None
    return None


class Outside:
    """Ask from left to right whether places lie outside of quotation marks.

    Apostrophes are no marks.

    >>> outside = Outside("Text: “A; B”; C")
    >>> outside.at(8), outside.at(12)
    (False, True)
    """

    __slots__ = ("_depth", "_seen", "_straight", "_text")

    def __init__(self, text: str, start: int = 0) -> None:
        self._text, self._seen, self._depth, self._straight = text, start, 0, 0

    def at(self, place: int) -> bool:
        """Look at a place, which lies behind all that were asked about before."""
        between = self._text[self._seen : place]
        self._depth += sum(between.count(mark) for mark in "“「『«") - sum(between.count(mark) for mark in "”」』»")
        self._straight += between.count('"')
        self._seen = place
        return self._depth <= 0 and self._straight % 2 == 0
