"""Run `reelsheet subtitle` over a folder of talks, and see what became of each file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.cli import Ran, reelsheet


def subtitled(env: Mapping[str, str], talks: Path, *options: object) -> Ran:
    """A run over the folder, with its dataset next to it."""
    where = ("--settle", "0", "--dataset", talks.parent / "dataset", "--json")
    return reelsheet("subtitle", talks, *where, *options, env=env)


def statuses(ran: Ran) -> dict[str, str]:
    """The status of each file by its name."""
    return {Path(file["path"]).name: file["status"] for file in ran.json["files"]}
