"""Pages of docs/ that are made from the source are as they would be made now."""

from __future__ import annotations

import pytest

from tests.golden.regenerate import PAGES, ROOT
from tests.golden.source_tree import with_source_tree


@pytest.mark.parametrize("page", PAGES)
def test_a_made_page_is_up_to_date(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert PAGES[page](text) == text, "run: make golden"


def test_the_source_tree_needs_its_marks() -> None:
    with pytest.raises(ValueError, match="make golden"):
        with_source_tree("# Architecture")
