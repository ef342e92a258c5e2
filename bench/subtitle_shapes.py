"""Makes talk of shapes that are hard to put together again at a seam.

Each is ten minutes without a pause that is known, so that all segments overlap.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from bench.subtitle_talk import PEOPLE, Noise, Talk, answers, in_one, sentence, units
from tasks.planning.owned_spans import plan_owned_spans
from tasks.records import Span, Utterance
from tasks.subtitles.seams import SegmentTranscript

PACE = 15.0  # characters a second
_UNSPACED_PACE = 5.0
_MINUTES = 10

INDISTINCT = "two of one voice"

SIX = {
    **PEOPLE,
    "Eve": "woman of about thirty, fast, Scottish, reports for the radio",
    "Finn": "boy, high voice, laughs a lot, the baker's son",
}
TWINS = {
    "Ann": "young woman, clear voice, no accent",
    "Bea": "young woman, clear voice, no accent",
    "Carl": "old man, hoarse voice, slow",
}
_CHINESE = (
    "我们昨天在码头等了一整天。",
    "船长说他从来没有见过这样的天气。",
    "那座老灯塔已经没有人住了。",
    "他把信放在桌子上就走了。",
    "后来大家都回家吃饭去了。",
    "你真的相信他说的话吗？",
)
_JAPANESE = (
    "昨日は港で一日中待っていました。",
    "船長はこんな天気を見たことがないと言いました。",
    "あの古い灯台には誰も住んでいません。",
    "彼は手紙を机に置いて出て行った。",
    "そのあとみんな家に帰りました。",
)
_THAI = (
    "เมื่อวานเรารออยู่ที่ท่าเรือทั้งวัน",
    "กัปตันบอกว่าไม่เคยเห็นอากาศแบบนี้",
    "ประภาคารเก่าไม่มีใครอยู่แล้ว",
    "เขาวางจดหมายไว้บนโต๊ะแล้วก็ไป",
)

Say = Callable[[random.Random, int], str]  # what is said next; the number of the utterance


def shapes(seed: int) -> dict[str, Talk]:
    """All shapes, by name."""
    chance = random.Random(seed)
    return {
        "six speakers": _talk(chance, SIX, _sentence),
        INDISTINCT: _talk(chance, TWINS, _sentence),
        "a word each in turns": _talk(chance, PEOPLE, _word),
        "a line of a minute": _talk(chance, PEOPLE, _monologue),
        "a chorus": _talk(chance, {"Ann": PEOPLE["Ann"]}, _chorus),
        "no, no, no": _talk(chance, PEOPLE, _noes),
        "numbers": _talk(chance, PEOPLE, _numbers),
        "Chinese": _talk(chance, PEOPLE, _of(_CHINESE)),
        "Japanese": _talk(chance, PEOPLE, _of(_JAPANESE)),
        "Thai": _talk(chance, PEOPLE, _of(_THAI)),
    }


def _talk(chance: random.Random, people: dict[str, str], say: Say) -> Talk:
    utterances: list[Utterance] = []
    now = 500
    while now < _MINUTES * 60_000:
        others = [name for name in people if not utterances or name != utterances[-1].speaker]
        text = say(chance, len(utterances))
        pace = PACE if units(text) == text.split() else _UNSPACED_PACE
        length = round(1000 * len(text) / (pace * chance.uniform(0.85, 1.15)))
        utterances.append(Utterance(now, now + length, chance.choice(others or list(people)), "", text, "model"))
        now += length + chance.randrange(0, 120)
    duration = now + 500
    return Talk(duration, tuple(utterances), (), plan_owned_spans(duration, 60_000, ()), people)


def _sentence(chance: random.Random, _: int) -> str:
    return sentence(chance)


def _word(chance: random.Random, _: int) -> str:
    return chance.choice(("Yes.", "No.", "Why?", "Never!", "Now?", "Here.", "Where?", "Look!", "Go on.", "I see."))


def _monologue(chance: random.Random, number: int) -> str:
    if number % 4 == 3:
        return sentence(chance)
    return ", ".join(sentence(chance).rstrip(".!?").lower() for _ in range(14)) + "."


def _chorus(chance: random.Random, number: int) -> str:
    chorus = ("Come home, come home to me.", "Come home, come home to me.", "The tide is turning,", "come home to me.")
    return chorus[number % 4] if number // 4 % 2 else sentence(chance)


def _noes(chance: random.Random, _: int) -> str:
    return chance.choice(("No, no, no.", "No.", "No, no.", sentence(chance), "No, no, no, no, no."))


def _numbers(chance: random.Random, _: int) -> str:
    numbers = ("twenty", "three", "fifty", "nineteen")
    some = chance.choices(numbers, k=4)
    return f"That makes {some[0]} boats, {some[1]} of {some[2]}, or {some[3]} a day."


def _of(lines: Sequence[str]) -> Say:
    return lambda chance, _: chance.choice(lines)


def deaf(talk: Talk, noise: Noise, seed: int, side: int) -> list[SegmentTranscript]:
    """Answers of which one side of each seam, the earlier (0) or the later (1), heard nothing where they overlap."""
    heard = answers(talk, noise, seed)
    for number, (before, after) in enumerate(pairwise(tuple(heard))):
        overlap = Span(after.span.start_ms, before.span.end_ms)
        heard[number + side] = _without(heard[number + side], overlap)
    return heard


def _without(answer: SegmentTranscript, overlap: Span) -> SegmentTranscript:
    kept = []
    for one in answer.utterances:
        start, end, words = one.start_ms or 0, one.end_ms or 0, units(one.text)
        times = [start + (end - start) * (2 * at + 1) // (2 * len(words)) for at in range(len(words))]
        left = [at for at, ms in enumerate(times) if not overlap.start_ms <= ms < overlap.end_ms]
        if left:
            text = in_one([words[at] for at in left])
            begin = start if left[0] == 0 else overlap.end_ms
            last = end if left[-1] == len(words) - 1 else overlap.start_ms
            kept.append(replace(one, text=text, start_ms=begin, end_ms=max(begin + 1, last)))
    return replace(answer, utterances=tuple(kept))
