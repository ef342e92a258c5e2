"""The image: its Dockerfile read as it stands, and where Docker runs, built and started."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib

import pytest

from tests.support.cli import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
INSTRUCTIONS = [
    (line.split(maxsplit=1)[0], line.split(maxsplit=1)[1])
    for line in re.sub(r"\\\n\s*|^#.*$", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).splitlines()
    if line.strip()
]
IMAGE = "reelsheet-test"


def given(instruction: str) -> list[str]:
    return [words for name, words in INSTRUCTIONS if name == instruction]


def docker(*words: str) -> str:
    ran = subprocess.run(["docker", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout.strip()


def why_not() -> str:
    """Why no image can be built here; "" where it can."""
    if shutil.which("docker") is None:
        return "Docker is not installed"
    asked = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    return "" if asked.returncode == 0 else f"Docker does not run: {asked.stderr.strip()[-200:]}"


def test_the_image_pins_a_python_that_the_project_takes() -> None:
    [base] = given("FROM")
    pinned = re.fullmatch(r"python:(3\.\d+)\.\d+-slim-\w+", base)
    assert pinned, base
    assert f">={pinned[1]}" == PROJECT["requires-python"]


def test_the_image_runs_as_a_user_without_rights() -> None:
    names = [name for name, _ in INSTRUCTIONS]
    [user] = given("USER")
    assert user not in ("root", "0")
    assert f"useradd --create-home --uid 10001 {user}" in " ".join(given("RUN"))
    assert max(at for at, name in enumerate(names) if name in ("RUN", "COPY")) < names.index("USER")


def test_the_image_starts_and_checks_what_is_installed() -> None:
    [entry], [check] = map(json.loads, given("ENTRYPOINT")), given("HEALTHCHECK")
    assert entry == ["reelsheet"]
    assert set(entry) <= set(PROJECT["scripts"])
    assert json.loads(check.partition("CMD ")[2]) == ["reelsheet", "doctor"]


def test_the_image_holds_no_secret() -> None:
    assert not re.search(r"key|token|secret|password", " ".join([*given("ENV"), *given("ARG")]), re.IGNORECASE)
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".env", "*.env"} <= set(left_out), "docs/deploy.md keeps the key in reelsheet.env"


def test_what_is_copied_and_installed_is_there() -> None:
    sources = [word for words in given("COPY") for word in words.split()[:-1] if not word.startswith("--")]
    named = re.findall(r"--constraint (\S+)", " ".join(given("RUN")))
    extras = re.findall(r"'\.\[(\w+)\]'", " ".join(given("RUN")))
    assert [name for name in [*sources, *named] if not (ROOT / name).exists()] == []
    assert set(extras) <= set(PROJECT["optional-dependencies"])


@pytest.mark.long
def test_the_image_is_built_and_runs() -> None:
    if reason := why_not():
        pytest.skip(reason)
    docker("build", "--quiet", "--tag", IMAGE, ".")
    try:
        assert "moderate" in docker("run", "--rm", IMAGE, "--help")
        assert docker("run", "--rm", "--entrypoint", "id", IMAGE, "-u") == "10001"
        assert docker("run", "--rm", "--entrypoint", "ffmpeg", IMAGE, "-version").startswith("ffmpeg version")
    finally:
        subprocess.run(["docker", "image", "rm", "--force", IMAGE], capture_output=True, check=False)
