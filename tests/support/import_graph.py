"""Reads from the source which module imports which; nothing is run.

Imports inside functions and those for type checkers alone count as well: they tie two files together like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
Graph = Mapping[str, frozenset[str]]
"""The names that each name imports."""


@cache
def modules(*packages: str) -> Mapping[str, Path]:
    """Find the modules of top-level packages, by their dotted names."""
    return {_dotted(path): path for package in packages for path in sorted((ROOT / package).rglob("*.py"))}


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, ours or not."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_graph(found: Mapping[str, Path]) -> Graph:
    """Tie each module to those of the same set that it imports."""
    return {
        name: frozenset(target for full in imports(path) if (target := _module_of(full, found)) and target != name)
        for name, path in found.items()
    }


def package_graph(files: Graph) -> Graph:
    """Tie packages together as their files are; a file at the top of `flows` or `tasks` counts as a package."""
    ties: dict[str, set[str]] = {}
    for name, targets in files.items():
        ties.setdefault(package_of(name), set()).update(package_of(target) for target in targets)
    return {name: frozenset(targets - {name}) for name, targets in ties.items()}


def package_of(module: str) -> str:
    """Name the package that a module belongs to.

    >>> package_of("tasks.store.commit"), package_of("tasks.records"), package_of("config.types")
    ('tasks.store', 'tasks.records', 'config')
    """
    top, *rest = module.split(".")
    return ".".join([top, *rest[:1]]) if top in {"flows", "tasks"} else top


def circles(graph: Graph) -> list[list[str]]:
    """Find the strongly connected components: names each of which leads to all others of its component.

    >>> circles({"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("bd"), "d": frozenset()})
    [['b', 'c']]
    """
    ahead = {name: _reachable(graph, name) for name in graph}
    found = {frozenset(other for other in ahead[name] if name in ahead[other]) for name in graph if name in ahead[name]}
    return sorted(map(sorted, found))


def _reachable(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += graph[name]
    return seen


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module_of(name: str, found: Mapping[str, Path]) -> str | None:
    """The module that holds what is imported: `tasks.errors.UsageError` comes from `tasks.errors`."""
    while name and name not in found:
        name = name.rpartition(".")[0]
    return name or None
