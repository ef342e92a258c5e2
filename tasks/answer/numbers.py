"""Read whole numbers in times.

They are in any script's digits, in Chinese, and in English up to ninety-nine.
"""

from __future__ import annotations

HAN = "零一二三四五六七八九"
ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

NUMBER_AHEAD = rf"(?=[\d十{HAN}{''.join({word[0]: '' for word in (*ONES, *TEENS, *TENS)})}])"
HAN_NUMBER = "(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[零一二三四五六七八九])"
ENGLISH_NUMBER = rf"(?:(?:{'|'.join(TENS)})(?:[-\s](?:{'|'.join(ONES[1:10])}))?|{'|'.join((*TEENS, *ONES[::-1]))})"
WHOLE_NUMBER = rf"(?:\d{{1,5}}+|{HAN_NUMBER}|{ENGLISH_NUMBER})"


def whole_number(text: str) -> int:
    """Return the number that a text matching `WHOLE_NUMBER` writes; "" is nought.

    >>> whole_number("٤٢"), whole_number("二十四"), whole_number("Twenty-five")
    (42, 24, 25)
    """
    if not text:
        return 0
    if text.isdecimal():
        return int(text)
    if text[0].isascii():
        return sum(_ENGLISH[word] for word in text.lower().replace("-", " ").split())
    tens, ten, ones = text.rpartition("十")
    return (HAN.index(tens or "一") * 10 if ten else 0) + (HAN.index(ones) if ones else 0)


_ENGLISH = {word: number for number, word in enumerate((*ONES, *TEENS))}
_ENGLISH |= {word: 10 * (number + 2) for number, word in enumerate(TENS)}
