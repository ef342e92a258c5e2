"""Lines are asked for until each has its own translation, whatever the answers are like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from tasks.subtitles.translator import LINES_A_REQUEST, Reply, Wanted, translate_lines

WANTED = Wanted("Backwards", "{language} {count} {terms} {context}\nLines:\n{lines}")
Answering = Callable[[list[str]], list[tuple[int, str]]]


def backwards(text: str) -> str:
    return text[::-1]


def lines_in(question: str) -> list[str]:
    """The lines that a question asks for, in order; their numbers are 1, 2, 3 …"""
    return re.findall(r"^\d+\. (.*)$", question.partition("Lines:\n")[2], flags=re.MULTILINE)


def _honest(lines: list[str]) -> list[tuple[int, str]]:
    return [(number, backwards(line)) for number, line in enumerate(lines, 1)]


def _drops(at: int) -> Answering:
    return lambda lines: [pair for pair in _honest(lines) if pair[0] != 1 + at % len(lines)]


def _merges(at: int, *, moves: bool) -> Answering:
    def answer(lines: list[str]) -> list[tuple[int, str]]:
        pairs = _honest(lines)
        first = at % len(pairs)
        if first + 1 == len(pairs):
            return pairs
        both = (pairs[first][0], f"{pairs[first][1]} {pairs[first + 1][1]}")
        rest = [(number - moves, text) for number, text in pairs[first + 2 :]]
        return [*pairs[:first], both, *rest]

    return answer


def _divides(at: int) -> Answering:
    def answer(lines: list[str]) -> list[tuple[int, str]]:
        pairs = _honest(lines)
        first = at % len(pairs)
        number, text = pairs[first]
        return [
            *pairs[:first],
            (number, text[:1]),
            (number + 1, text[1:]),
            *((n + 1, t) for n, t in pairs[first + 1 :]),
        ]

    return answer


def _renumbers(by: int) -> Answering:
    return lambda lines: [(number + by, text) for number, text in _honest(lines)]


def _stops_early(at: int) -> Answering:
    return lambda lines: _honest(lines)[: at % (len(lines) + 1)]


def _repeats(at: int) -> Answering:
    return lambda lines: [*_honest(lines), _honest(lines)[at % len(lines)]]


FAULTS = st.integers(0, 50).flatmap(
    lambda at: st.sampled_from(
        [
            *(_honest, _drops(at), _merges(at, moves=True), _merges(at, moves=False)),
            *(_divides(at), _renumbers(at), _stops_early(at), _repeats(at)),
        ]
    )
)
CHATTER = st.sampled_from(["", "Of course!\n", "Here you are:\n\n"])
CLOSING = st.sampled_from(["", "\n\nI hope this helps!", "\nThat was all.", "\n\nTERMS\nnothing = nothing"])
SENTENCES = st.text(st.characters(codec="ascii", categories=["L", "Nd"]), min_size=2, max_size=12).map(
    lambda text: f"!{text}."  # both ends tell whether a line was divided
)


@given(st.lists(SENTENCES, min_size=1, max_size=60), st.lists(st.tuples(FAULTS, CHATTER, CLOSING)))
def test_translate_lines_never_moves_a_line(texts: list[str], answers: list[tuple[Answering, str, str]]) -> None:
    sources = dict(enumerate(texts, 1))
    left = list(answers)

    def ask(question: str, number: int) -> Reply:
        answering, opening, closing = left.pop(0) if left else (_honest, "", "")
        pairs = answering(lines_in(question))
        return Reply(opening + "\n".join(f"{number}. {text}" for number, text in pairs) + closing)

    done = translate_lines(sources, WANTED, ask)
    assert {number: backwards(text) for number, text in done.lines.items()} == {
        number: sources[number] for number in done.lines
    }
    assert bool(done.reason) == (len(done.lines) < len(sources))


@given(st.lists(SENTENCES, min_size=1, max_size=60), FAULTS)
def test_translate_lines_asks_a_bounded_number_of_times(texts: list[str], answering: Answering) -> None:
    asked: list[int] = []

    def ask(question: str, number: int) -> Reply:
        lines = lines_in(question)
        asked.append(len(lines))
        return Reply("\n".join(f"{number}. {text}" for number, text in answering(lines)))

    translate_lines(dict(enumerate(texts, 1)), WANTED, ask)
    assert len(asked) <= 4 * len(texts)


def recording(sources: Mapping[int, str], replies: Mapping[str, Reply]) -> tuple[list[str], Mapping[int, str], str]:
    """The questions that are asked; `replies` are by a text that a question contains, the rest is honest."""
    questions: list[str] = []

    def ask(question: str, number: int) -> Reply:
        questions.append(question)
        special = (reply for text, reply in replies.items() if text in question.partition("Lines:\n")[2])
        honest = Reply("\n".join(f"{number}. {text}" for number, text in _honest(lines_in(question))))
        return next(special, honest)

    done = translate_lines(sources, WANTED, ask)
    return questions, done.lines, done.reason


def test_translate_lines_asks_for_missing_lines_alone() -> None:
    sources = dict(enumerate(["Good.", "So be it.", "Yes!", "No."], 1))
    replies = {"4. No.": Reply("1. .dooG\n2. .ti eb oS !seY\n4. .oN")}
    questions, lines, _ = recording(sources, replies)
    assert (lines_in(questions[1]), lines) == (["So be it.", "Yes!"], {n: backwards(t) for n, t in sources.items()})


def test_translate_lines_shows_the_lines_before() -> None:
    sources = {number: f"Line {number}." for number in range(1, LINES_A_REQUEST + 2)}
    questions, _, _ = recording(sources, {})
    assert questions[1] == "Backwards 1 none > Line 39.\n> Line 40.\nLines:\n1. Line 41."


def test_translate_lines_keeps_to_terms_over_a_recording() -> None:
    sources = {number: f"The quay {number}." for number in range(1, LINES_A_REQUEST + 2)}
    honest = "\n".join(f"{number}. {backwards(text)}" for number, text in sources.items() if number <= LINES_A_REQUEST)
    questions, _, _ = recording(sources, {"40. ": Reply(f"{honest}\n\nTERMS\nquay = yauq\nThe = Die")})
    assert questions[1].startswith("Backwards 1 quay = yauq >")


def test_translate_lines_puts_the_users_terms_first() -> None:
    asked: list[str] = []

    def ask(question: str, number: int) -> Reply:
        asked.append(question)
        return Reply("1. Am Kai.")

    translate_lines({1: "On the quay."}, Wanted("German", "{terms}", {"quay": "Kai", "tide": "Flut"}), ask)
    assert asked == ["quay = Kai"]


def test_translate_lines_ends_at_what_prevents_an_answer() -> None:
    questions, lines, reason = recording({1: "Yes.", 2: "No."}, {"": Reply(reason="the service was not reached")})
    assert (len(questions), lines, reason) == (1, {}, "the service was not reached")


def test_translate_lines_finds_the_line_that_is_refused() -> None:
    sources = dict(enumerate(["One.", "Two.", "Bad.", "Four."], 1))
    _, lines, reason = recording(sources, {"Bad": Reply(is_refused=True, reason="refused")})
    assert (lines, reason) == ({1: ".enO", 2: ".owT"}, "refused")


def test_translate_lines_asks_only_for_what_is_not_known() -> None:
    asked: list[str] = []

    def ask(question: str, number: int) -> Reply:
        asked.extend(lines_in(question))
        return Reply("1. .owT")

    done = translate_lines({1: "One.", 2: "Two."}, WANTED, ask, {1: ".enO"})
    assert (asked, done.lines) == (["Two."], {1: ".enO", 2: ".owT"})
