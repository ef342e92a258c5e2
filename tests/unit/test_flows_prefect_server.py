"""Whether Prefect may have a server, found without loading Prefect."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.runtime.prefect_server import may_be_configured

URL = "http://127.0.0.1:4200/api"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "may"),
    [
        ("home/profiles.toml", 'active = "ephemeral"\n[profiles.ephemeral]\n', False),
        ("home/profiles.toml", f'[profiles.local]\nPREFECT_API_URL = "{URL}"\n', True),
        ("prefect.toml", f'[api]\nurl = "{URL}"\n', True),
        ("pyproject.toml", f'[tool.prefect.api]\nurl = "{URL}"\n', True),
        ("pyproject.toml", '[project]\nname = "x"\n', False),
        (".env", f"PREFECT_API_URL={URL}\n", True),
        ("else.txt", f"PREFECT_API_URL={URL}\n", False),
    ],
)
def test_a_file_of_prefects_may_name_a_server(tmp_path: Path, file: str, text: str, may: bool) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert may_be_configured({"PREFECT_HOME": str(tmp_path / "home")}) is may


def test_the_environment_names_a_server(tmp_path: Path) -> None:
    assert may_be_configured({"PREFECT_HOME": str(tmp_path), "PREFECT_API_URL": URL})
