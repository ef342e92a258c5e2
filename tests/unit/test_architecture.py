"""What holds for every file: who imports whom, how large things are, what is documented. Read from the source alone.

Each test names all offenders at once. `LAYERS` is the one way of imports; docs/architecture.md draws it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

import pytest

from tests.support.import_graph import (
    ROOT,
    Graph,
    circles,
    file_graph,
    imports,
    modules,
    package_graph,
    package_of,
    tree,
)

SHIPPED = ("reelsheet", "flows", "tasks", "prompts", "config", "engine")
FILES = modules(*SHIPPED)

VERBS = {
    *("tasks.probe", "tasks.match", "tasks.listen", "tasks.cut", "tasks.ask", "tasks.ask_several", "tasks.save"),
    *("tasks.render", "tasks.embed", "tasks.translate"),
}
LAYERS: tuple[set[str], ...] = (  # from the top: each package imports itself and what stands in a line below its own
    {"engine", "reelsheet"},  # one is spoken to over HTTP, the other is for programs of users: nothing imports them
    {"flows.entrypoint"},
    {"flows.cli"},
    {"flows.analyze", "flows.moderate", "flows.subtitle", "flows.retry", "flows.compact"},
    {"flows.commands"},
    {"flows.pipeline"},
    {"flows.runtime"},
    {"flows.output"},
    {"config"},  # but for its types and options
    VERBS,
    {"tasks.retries", "tasks.tags", "prompts"},
    {"tasks.run", "tasks.maintenance"},
    {"tasks.query"},
    {"tasks.inputs", "tasks.omni"},
    {"tasks.store"},
    {"tasks.tables"},
    {"tasks.answer"},
    {"tasks.moderation", "tasks.subtitles", "tasks.sidecars"},
    {"tasks.media", "tasks.planning"},
    {"tasks.system"},
    {"tasks.identity", "tasks.errors"},
    {"tasks.records", "tasks.tokens"},
    {"tasks.media_records"},
    {"tasks.spans"},
    {"tasks.timecode", "config.types", "config.options", "config.policy_types"},
)
ALONE = {"config": {"config"}, "prompts": {"prompts"}, "engine": {"engine", "tasks.tokens"}}
"""What a package that could serve other programs may import of ours."""

MOST_LINES = 400
MOST_PARAMETERS = 7

SHOWN = {
    *("config.catalog", "config.options", "config.policy_loader", "config.policy_types"),
    *("config.subtitles",),
    *("tasks.answer", "tasks.identity", "tasks.subtitles", "tasks.timecode", "tasks.tokens"),
    *("tasks.inputs.changes", "tasks.inputs.manifest_row", "tasks.inputs.overrides", "tasks.inputs.scan"),
    *("tasks.maintenance.attempts",),
    *("tasks.media.encoding", "tasks.media.faults", "tasks.media.formats"),
    *("tasks.moderation.findings", "tasks.moderation.labels", "tasks.moderation.reapply"),
    *("tasks.moderation.records", "tasks.moderation.refusals", "tasks.moderation.review_csv"),
    *("tasks.moderation.review_queue", "tasks.moderation.review_stats", "tasks.moderation.reviews"),
    *("tasks.moderation.verdict",),
    *("tasks.omni.conversation", "tasks.omni.dialects", "tasks.omni.encoded", "tasks.omni.error_table"),
    *("tasks.omni.limits", "tasks.omni.messages", "tasks.omni.policy"),
    *("tasks.planning.budget", "tasks.planning.cost", "tasks.planning.modes", "tasks.planning.picture"),
    *("tasks.planning.rate", "tasks.planning.request_limits", "tasks.planning.spans"),
    *("tasks.planning.transport", "tasks.planning.owned_spans", "tasks.planning.waves"),
    *("tasks.run.summary", "tasks.sidecars.paths", "tasks.sidecars.ownership"),
    *("tasks.store.layout",),
    *("tasks.system.dates",),
    *("tasks.tables.columns", "tasks.tables.current_views", "tasks.tables.schemas"),
    *("tasks.tables.merged_transcript",),
}
"""Pure packages and modules: each of their public functions shows an example, which pytest runs. Add likewise."""

VERBLESS = re.compile(r"(What|How|Whether|Where|Which|Who|Why|From|For|With|Without|Those|Both)\b")
"""Beginnings of first lines that are no sentence."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def within(name: str, *prefixes: str) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def layer_of(module: str) -> int | None:
    """The number of a module's layer, counted from the top; None where nobody has said."""
    for name in (module, package_of(module)):
        for number, layer in enumerate(LAYERS):
            if name in layer:
                return number
    return None


def definitions(module: str) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Every function and class of a module, also those within others, with its full name."""

    def inside(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function | ast.ClassDef]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function | ast.ClassDef):
                yield f"{prefix}.{child.name}", child
                yield from inside(child, f"{prefix}.{child.name}")

    return inside(tree(FILES[module]), module)


def parameters(function: Function) -> int:
    """How many parameters there are to know, without the object or class itself."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return file_graph(FILES)


def test_files_import_each_other_in_no_circle(graph: Graph) -> None:
    assert circles(graph) == []


def test_packages_import_each_other_in_no_circle(graph: Graph) -> None:
    assert circles(package_graph(graph)) == []


def test_each_package_stands_in_one_layer() -> None:
    facts = {"config.types", "config.options", "config.policy_types"}
    packages = {package_of(name) for name in FILES} - {"flows", "tasks"} | facts
    assert sorted(name for layer in LAYERS for name in layer) == sorted(packages)


def test_imports_point_down(graph: Graph) -> None:
    assert [
        f"{name} imports {target}"
        for name, targets in graph.items()
        for target in sorted(targets)
        if package_of(name) != package_of(target)
        if not (layer_of(name) or 0) < (layer_of(target) or 0)
    ] == []


def test_what_could_serve_other_programs_stands_alone(graph: Graph) -> None:
    assert [
        f"{name} imports {target}"
        for name, targets in graph.items()
        for target in sorted(targets)
        if (allowed := ALONE.get(package_of(name))) and not within(target, *allowed)
    ] == []


def test_nouns_never_import_prefect() -> None:
    nouns = [name for name in FILES if within(name, "tasks") and name not in VERBS | {"tasks.retries", "tasks.tags"}]
    assert [name for name in nouns if any(within(each, "prefect") for each in imports(FILES[name]))] == []


def test_nothing_shipped_imports_tests_or_benchmarks() -> None:
    assert [
        f"{name} imports {each}"
        for name, path in FILES.items()
        for each in imports(path)
        if within(each, "tests", "bench", "samples")
    ] == []


def test_only_the_settings_read_the_environment() -> None:
    assert [
        name
        for name, path in FILES.items()
        if not within(name, "flows", "engine", "config.settings")
        if any(isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} for node in ast.walk(tree(path)))
    ] == []


def test_flows_holds_flows_and_the_command_line() -> None:
    files = [name for name, path in FILES.items() if path.parent == ROOT / "flows" and name != "flows"]
    decorated = {name: [ast.unparse(d) for _, node in definitions(name) for d in node.decorator_list] for name in files}
    assert [
        name for name, decorators in decorated.items() if not any(each.startswith("flow(") for each in decorators)
    ] == ["flows.cli", "flows.entrypoint"]


def test_no_flow_is_named_like_a_package_or_library() -> None:
    # Prefect loads flows/x.py as the module x
    libraries = {"prefect", "rich", "typer", "openai", "pandas"}
    taken = set(sys.stdlib_module_names) | libraries | {*SHIPPED, "tests", "bench", "samples"}
    assert sorted({path.stem for path in (ROOT / "flows").rglob("*.py")} & taken) == []


def test_a_package_has_at_least_two_modules() -> None:
    folders = [path.parent for path in FILES.values() if path.name == "__init__.py"]
    small = [str(folder.relative_to(ROOT)) for folder in folders if len(list(folder.glob("*.py"))) < 3]
    assert small == ["prompts"], "its prompts are Markdown"


def test_a_module_has_one_subject() -> None:
    everything = modules(*SHIPPED, "tests", "bench", "samples")
    lines = {name: path.read_text(encoding="utf-8").count("\n") for name, path in everything.items()}
    assert [f"{name}: {count} lines" for name, count in lines.items() if count > MOST_LINES] == []


def test_functions_take_few_parameters() -> None:
    assert [
        name
        for module in FILES
        for name, node in definitions(module)
        if isinstance(node, Function) and parameters(node) > MOST_PARAMETERS
    ] == []


def test_docstrings_begin_with_one_short_sentence() -> None:
    described = [
        (name, ast.get_docstring(node))
        for module in FILES
        for name, node in [(module, tree(FILES[module])), *definitions(module)]
    ]
    first = {name: text.splitlines()[0] for name, text in described if text}
    assert [f"{name}: {line}" for name, line in first.items() if len(line) >= 80 or VERBLESS.match(line)] == []


def test_public_functions_of_pure_modules_show_an_example() -> None:
    assert [
        f"{module}.{node.name}"
        for module in FILES
        if within(module, *SHOWN)
        for node in tree(FILES[module]).body
        if isinstance(node, Function) and not node.name.startswith("_")
        if ">>>" not in (ast.get_docstring(node) or "")
    ] == []
