"""Write every golden file and made page anew: `python -m tests.golden.regenerate`. Then read `git diff`.

Another folder joins by one line in GOLDENS: a pattern of sources below this folder, and the function that gives what is
expected for one of them, written next to it with the ending of that line. A page of docs/ joins by one line in
PAGES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks.query.dictionary import markdown
from tests.golden.answers import case as answers
from tests.golden.moderation import case as moderation
from tests.golden.source_tree import with_source_tree
from tests.golden.subtitles import case as subtitles

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


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
    Golden("moderation/*.md", moderation.expected, ".txt"),
    Golden("subtitles/*.md", subtitles.expected, ".txt"),
)
PAGES: Mapping[str, Callable[[str], str]] = {
    "docs/architecture.md": with_source_tree,
    "docs/tables.md": lambda _: markdown(),
}
"""What is made of the text that stands there."""


def regenerate() -> list[Path]:
    """Write what differs, and return those files."""
    made = {
        source.with_suffix(golden.ending): golden.expected(source) for golden in GOLDENS for source in golden.sources()
    }
    made |= {ROOT / page: make((ROOT / page).read_text(encoding="utf-8")) for page, make in PAGES.items()}
    changed = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in changed:
        path.write_text(made[path], encoding="utf-8")
    return changed


if __name__ == "__main__":
    for path in regenerate():
        print(path.relative_to(ROOT))  # noqa: T201
