"""Manifests: what their rows name and say, and that a bad row says why and costs no other."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import BadManifest, NotFound, NotReadable, UsageError
from tasks.identity import canonical_json
from tasks.inputs.manifest_kinds.manifest_file import ManifestFile, Rows
from tasks.inputs.manifest_kinds.registry import KINDS, ManifestKind
from tasks.inputs.manifest_row import ManifestRow
from tasks.inputs.manifests import read_manifest
from tasks.inputs.overrides import InputOptions


def read(path: Path, content: str | bytes = "") -> tuple[list[ManifestRow], list[str]]:
    """The rows of a manifest `m`, and the warnings."""
    if content:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    warnings: list[str] = []
    return list(read_manifest(str(path), "m", warnings.append)), warnings


def as_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["uri", "scenario", "prompt", "language", "tags", "group"])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


# --- what rows say -------------------------------------------------------------------------------------------------


def test_all_that_a_row_may_say_is_told(tmp_path: Path) -> None:
    row = {"uri": "a b.mp4", "scenario": "fine", "prompt": "p/x.md", "language": "en", "group": "g"}
    tags = {"show": "A", "no": [1, None]}
    for name, content in (
        ("m.csv", as_csv([{**row, "tags": json.dumps(tags)}])),
        ("m.jsonl", as_jsonl([{**row, "tags": tags}])),
    ):
        [found], warnings = read(tmp_path / name, content)
        assert found.options == InputOptions("fine", f"{tmp_path}/p/x.md", "en")
        assert (found.uri, found.tags_json, found.group) == ("a b.mp4", '{"no":[1,null],"show":"A"}', "g")
        assert (found.fault, warnings) == ("", [])


def test_a_parquet_file_may_hold_tags_as_a_struct_or_as_json(tmp_path: Path) -> None:
    for tags in (pa.array([{"show": "A"}, None]), pa.array(['{"show": "A"}', None])):
        table = pa.table({"uri": ["a.mp4", "b.mp4"], "tags": tags, "scenario": pa.array([None, "fine"])})
        pq.write_table(table, tmp_path / "m.parquet")
        rows, _ = read(tmp_path / "m.parquet")
        assert [(row.where, row.uri, row.tags_json) for row in rows] == [
            ("m, row 1", "a.mp4", '{"show":"A"}'),
            ("m, row 2", "b.mp4", ""),
        ]
        assert [row.options for row in rows] == [InputOptions(), InputOptions(scenario="fine")]


def test_a_prompts_name_is_no_path(tmp_path: Path) -> None:
    [row], _ = read(tmp_path / "m.jsonl", '{"uri": "a", "prompt": "quick"}')
    assert row.options == InputOptions(prompt="quick")


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_unknown_columns_are_tags_where_wanted(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"m{ending}"
    table = pa.table({"uri": ["a.mp4"], "show": ["Ferry"], "city": [""], "tags": ['{"show":"Ferry 2"}']})
    if ending == ".parquet":
        pq.write_table(table, path)
    else:
        csv_text = 'uri,show,city,tags\na.mp4,Ferry,,"{""show"":""Ferry 2""}"\n'
        path.write_text(csv_text if ending == ".csv" else as_jsonl(table.to_pylist()))
    warnings: list[str] = []
    [row] = read_manifest(str(path), "m", warnings.append, tags_from_columns=True)
    assert (row.tags_json, warnings) == ('{"show":"Ferry 2"}', [])
    pq.write_table(table.drop_columns(["tags"]), tmp_path / "n.parquet")
    [row] = read_manifest(str(tmp_path / "n.parquet"), "m", warnings.append, tags_from_columns=True)
    assert (row.tags_json, warnings) == ('{"show":"Ferry"}', [])


def test_columns_that_nobody_knows_are_named_once(tmp_path: Path) -> None:
    content = as_jsonl([{"uri": "a", "colour": "red"}, {"uri": "b", "colour": "blue", "size": 3}])
    rows, [warning] = read(tmp_path / "m.jsonl", content)
    assert [row.uri for row in rows] == ["a", "b"]
    assert "'colour', 'size'. Known: uri, scenario" in warning


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=20)
TEXTS = CELLS.map(str.strip)
TAGS = st.dictionaries(TEXTS, st.one_of(st.none(), st.booleans(), st.integers(), TEXTS), min_size=1, max_size=3)
NAMED = st.fixed_dictionaries(
    {"uri": TEXTS.filter(bool), "scenario": TEXTS, "language": TEXTS, "tags": TAGS, "group": TEXTS}
)


@given(st.lists(NAMED, min_size=1, max_size=5))
def test_the_three_kinds_of_tables_say_the_same(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("tables")
    told = [{**row, "tags": json.dumps(row["tags"])} for row in rows]
    pq.write_table(pa.Table.from_pylist(told), folder / "m.parquet")
    by_csv, _ = read(folder / "m.csv", as_csv(told))
    by_json, _ = read(folder / "m.jsonl", as_jsonl(rows))
    by_parquet, _ = read(folder / "m.parquet")
    wanted = [(r["uri"], InputOptions(r["scenario"] or None, None, r["language"] or None), r["group"]) for r in rows]
    for found in (by_csv, by_json, by_parquet):
        assert [row.fault for row in found] == [""] * len(rows)
        assert [(row.uri, row.options, row.group) for row in found] == wanted
        assert [row.tags_json for row in found] == [canonical_json(row["tags"]) for row in rows]


# --- bad rows ------------------------------------------------------------------------------------------------------

BAD_LINES: dict[str, tuple[str | bytes, str]] = {
    "no uri": ('{"scenario": "fine"}', "uri is empty"),
    "broken": ('{"uri": "a"', "broken JSON"),
    "no object": ('["a"]', "found a list"),
    "a number": ('{"uri": 7}', "uri is a number"),
    "tags in a list": ('{"uri": "a", "tags": ["x"]}', "tags is a list; expected a JSON object"),
    "tags that are no JSON": ('{"uri": "a", "tags": "x"}', "tags is no JSON object"),
    "not a number": ('{"uri": "a", "tags": {"x": NaN}}', "NaN is no JSON"),
    "half a sign in the tags": ('{"uri": "a", "tags": {"x": "\\ud800"}}', "tags cannot be kept"),
    "half a sign in an option": ('{"uri": "a", "prompt": "\\ud800"}', "prompt is not UTF-8"),
    "another encoding": ('{"uri": "é"}'.encode("latin-1"), "save the manifest as UTF-8"),
    "deep": ('{"uri": "a", "tags": ' + '{"a":' * 20_000 + "1" + "}" * 20_001, ""),
    "too long": ('{"uri": "' + "a" * (1 << 20) + '"}', "more than 1,048,576 characters"),
}


@pytest.mark.parametrize(("line", "says"), BAD_LINES.values(), ids=list(BAD_LINES))
def test_a_bad_line_of_json_says_why_and_costs_no_other(tmp_path: Path, line: str | bytes, says: str) -> None:
    bad = line if isinstance(line, bytes) else line.encode()
    rows, _ = read(tmp_path / "m.jsonl", b'{"uri": "one"}\n\n' + bad + b'\n{"uri": "two"}\n')
    assert [(row.where, row.uri) for row in rows if not row.fault] == [("m, line 1", "one"), ("m, line 4", "two")]
    [fault] = [row for row in rows if row.fault]
    assert fault.where == "m, line 3"
    assert says in fault.fault


BAD_CELLS: dict[str, tuple[str | bytes, str]] = {
    "no uri": (",fine", "uri is empty"),
    "too many cells": ("a,fine,too,many", "expected 2 cells as in the header, found 4"),
    "an open quote": ('"a,fine', "no row of CSV"),
    "a quote amid": ('a 5" disk,fine', "no row of CSV"),
    "words behind a quote": ('"a"b,fine', "no row of CSV"),
    "another encoding": ("é,fine".encode("latin-1"), "save the manifest as UTF-8"),
}


@pytest.mark.parametrize(("line", "says"), BAD_CELLS.values(), ids=list(BAD_CELLS))
def test_a_bad_row_of_csv_says_why_and_costs_no_other(tmp_path: Path, line: str | bytes, says: str) -> None:
    bad = line if isinstance(line, bytes) else line.encode()
    rows, _ = read(tmp_path / "m.csv", b"uri,scenario\none,\n" + bad + b'\n"two",fine\nthree\n')
    assert [row.uri for row in rows if not row.fault] == ["one", "two", "three"]
    [fault] = [row for row in rows if row.fault]
    assert fault.where == "m, line 3"
    assert says in fault.fault


def test_a_cell_in_quotes_may_hold_line_ends_and_the_next_row_knows_its_line(tmp_path: Path) -> None:
    rows, _ = read(tmp_path / "m.csv", 'uri,tags\r\na,"{\r\n""x"": 1\r\n}"\r\n,\r\nb,{\r\n')
    assert [(row.where, row.uri, row.tags_json) for row in rows[:1]] == [("m, line 2", "a", '{"x":1}')]
    assert [(row.where, row.fault[:4]) for row in rows[1:]] == [("m, line 6", "tags")]


def test_text_in_parquet_that_is_no_utf_8_is_a_bad_row(tmp_path: Path) -> None:
    odd = pa.array([b"a", b"\xff", b"c"]).view(pa.string())
    pq.write_table(pa.table({"uri": odd}), tmp_path / "m.parquet")
    rows, _ = read(tmp_path / "m.parquet")
    assert [(row.where, row.uri, bool(row.fault)) for row in rows] == [
        ("m, row 1", "a", False),
        ("m, row 2", "", True),
        ("m, row 3", "c", False),
    ]


@given(st.binary(max_size=200))
def test_whatever_the_bytes_there_are_rows_or_one_error(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    folder = tmp_path_factory.mktemp("noise")
    for name in ("m.csv", "m.jsonl", "m.parquet", "m.txt"):
        rows: list[ManifestRow] = []
        with suppress(BadManifest):
            rows, _ = read(folder / name, b"uri\n" + noise)
        assert all(row.fault or row.uri for row in rows)


def test_read_manifest_knows_a_kind_by_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def semicolon_rows(file: ManifestFile) -> Rows:
        return ((f"{file.name}, line {n}", {"uri": u}) for n, line in file.lines() for u in (line or "").split(";"))

    monkeypatch.setitem(KINDS, ".list", ManifestKind(".list", semicolon_rows))
    rows, _ = read(tmp_path / "m.list", "a.mp4;b.mp4\n")
    assert [row.uri for row in rows] == ["a.mp4", "b.mp4"]


# --- manifests that cannot be read at all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("m.csv", "url;scenario\n", "no column uri.*found: url;scenario; columns are separated by commas"),
        ("m.csv", "uri,uri\n", "column uri twice"),
        ("m.csv", "\n\n", "expected a header"),
        ("m.csv", "uri\na\n".encode("utf-16"), "UTF-16"),
        ("m.jsonl", "{}\n".encode("utf-16"), "UTF-16"),
        ("m.parquet", b"no parquet", "no Parquet file"),
    ],
)
def test_what_no_row_can_be_read_of_is_one_error(tmp_path: Path, name: str, content: str | bytes, says: str) -> None:
    with pytest.raises(BadManifest, match=says):
        read(tmp_path / name, content)


def test_a_manifest_that_is_not_there_or_a_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(NotFound, match="does not exist"):
        read(tmp_path / "gone.csv")
    with pytest.raises(NotReadable, match="cannot be read"):
        read(tmp_path / "folder.csv")
    with pytest.raises(UsageError, match=r"\.csv, \.jsonl, \.parquet"):
        read(tmp_path / "m.xlsx")
