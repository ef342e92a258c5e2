"""Imports point one way: flows -> verbs -> nouns -> records and errors. Read from the source, nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"flows", "tasks", "prompts", "config", "engine", "tests", "bench", "samples"}
VERBS = {"tasks.probe", "tasks.cut", "tasks.ask", "tasks.save", "tasks.retries"}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, *allowed: str) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in allowed)


def ours(path: Path) -> list[str]:
    return [name for name in imports(path) if name.split(".")[0] in OURS]


def is_verb(path: Path) -> bool:
    return module_name(path) in VERBS


def case(path: Path) -> str:
    return module_name(path)


NOUNS = [path for path in sources("tasks") if not is_verb(path)]


@pytest.mark.parametrize("path", NOUNS, ids=case)
def test_a_noun_never_imports_prefect(path: Path) -> None:
    assert not [name for name in imports(path) if within(name, "prefect")]


@pytest.mark.parametrize("path", NOUNS, ids=case)
def test_a_noun_imports_only_nouns_and_the_types_of_the_configuration(path: Path) -> None:
    wrong = [n for n in ours(path) if not within(n, "tasks", "config.types", "config.options") or within(n, *VERBS)]
    assert not wrong


@pytest.mark.parametrize("path", [p for p in sources("tasks") if is_verb(p)], ids=case)
def test_a_verb_imports_only_nouns_types_and_prompts(path: Path) -> None:
    assert not [n for n in ours(path) if not within(n, "tasks", "config.types", "config.options", "prompts")]


@pytest.mark.parametrize("package", ["prompts", "config"])
def test_prompts_and_config_import_nothing_of_ours_but_themselves(package: str) -> None:
    assert not [(p.name, n) for p in sources(package) for n in ours(p) if not within(n, package)]


def test_the_engine_imports_nothing_of_ours_but_the_token_formulae() -> None:
    assert not [(p.name, n) for p in sources("engine") for n in ours(p) if not within(n, "engine", "tasks.tokens")]


def test_nothing_that_is_shipped_imports_tests_benchmarks_or_samples() -> None:
    shipped = [p for package in ("flows", "tasks", "prompts", "config", "engine") for p in sources(package)]
    assert not [(p.name, n) for p in shipped for n in ours(p) if within(n, "tests", "bench", "samples")]


def test_flows_reach_the_engine_only_over_http() -> None:
    assert not [(p.name, n) for p in sources("flows") for n in ours(p) if within(n, "engine")]


def test_only_the_settings_read_the_environment_below_the_flows() -> None:
    readers = [
        module_name(path)
        for package in ("tasks", "prompts", "config")
        for path in sources(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert set(readers) <= {"config.settings"}


@pytest.mark.parametrize("path", [p for package in sorted(OURS) for p in sources(package)], ids=case)
def test_a_module_has_one_subject(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400


def test_no_flow_is_named_like_a_package_or_library() -> None:
    import sys

    names = {path.stem for path in sources("flows")} - {"__init__"}
    assert not names & (set(sys.stdlib_module_names) | OURS | {"prefect", "rich", "typer", "openai", "pandas"})
