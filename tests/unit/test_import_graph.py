"""The reader of imports, on which the architecture tests stand."""

from __future__ import annotations

import graphlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.import_graph import circles, imports

NAMES = "abcdef"
GRAPHS = st.fixed_dictionaries({name: st.frozensets(st.sampled_from(NAMES)) for name in NAMES})


def test_imports_in_functions_and_for_types_count(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        "import a.b\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from c import D\n"
        "def f() -> None:\n    from e.f import g as h\n"
    )
    assert sorted(imports(file)) == ["a.b", "c.D", "e.f.g", "typing.TYPE_CHECKING"]


def test_a_relative_import_is_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("from . import a\n")
    with pytest.raises(AssertionError, match="relative import"):
        list(imports(file))


@given(GRAPHS)
def test_circles_are_there_where_no_order_is(graph: dict[str, frozenset[str]]) -> None:
    try:
        graphlib.TopologicalSorter(graph).prepare()
        ordered = True
    except graphlib.CycleError:
        ordered = False
    assert ordered == (circles(graph) == [])


@given(GRAPHS)
def test_each_name_stands_in_one_circle_at_most(graph: dict[str, frozenset[str]]) -> None:
    members = [name for circle in circles(graph) for name in circle]
    assert len(members) == len(set(members))
