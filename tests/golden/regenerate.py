"""Writes the expected side of every golden file anew: `python -m tests.golden.regenerate`. Then read `git diff`.

Another folder joins by one line in GOLDENS: a pattern of sources below this folder, and the function that gives what is
expected for one of them, written beside it with the ending of that line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.golden.answers import case as answers
from tests.golden.subtitles import case as subtitles

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Golden:
    """`pattern` finds the sources, `expected` makes of each the text that is kept beside it."""

    pattern: str
    expected: Callable[[Path], str]
    ending: str = ".json"

    def sources(self) -> Iterator[Path]:
        yield from sorted(HERE.glob(self.pattern))


GOLDENS = (
    Golden("answers/*.md", answers.expected),
    Golden("subtitles/*.md", subtitles.expected, ".txt"),
)


def regenerate() -> list[Path]:
    """The files that changed."""
    changed = []
    for golden in GOLDENS:
        for source in golden.sources():
            target, text = source.with_suffix(golden.ending), golden.expected(source)
            if not target.exists() or target.read_text(encoding="utf-8") != text:
                target.write_text(text, encoding="utf-8")
                changed.append(target)
    return changed


if __name__ == "__main__":
    for path in regenerate():
        print(path.relative_to(HERE))  # noqa: T201
