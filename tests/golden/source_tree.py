"""Write the tree of the source, file by file, into docs/architecture.md: the first lines of the docstrings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.support.import_graph import ROOT, modules, tree

PACKAGES = ("flows", "tasks", "prompts", "config", "engine")
_MADE = re.compile(r"(<!-- made by `make golden` -->\n).*?(<!-- end -->)", re.DOTALL)


def with_source_tree(page: str) -> str:
    """Replace what stands between the two marks of the page.

    Raises ValueError where they are missing.
    """
    if not _MADE.search(page):
        raise ValueError("Expected <!-- made by `make golden` --> and <!-- end --> in docs/architecture.md.")
    return _MADE.sub(lambda found: f"{found[1]}{source_tree()}{found[2]}", page)


def source_tree() -> str:
    """List every package with its modules, as Markdown."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    for path in sorted(modules(*PACKAGES).values(), key=lambda path: (path.parent, path.name)):
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0].rstrip(".")
        if path.name == "__init__.py":
            yield f"- **`{path.parent.relative_to(ROOT)}/`** {first}"
        else:
            yield f"  - `{path.name}` {first}"
