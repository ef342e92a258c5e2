"""A provider that wants a key is not asked without one: nothing is cut, nothing sent, one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.cli import reelsheet
from tests.support.media import make_audio
from tests.support.service import FakeService


def test_run_without_a_key_ends_before_anything_is_sent(
    env: Mapping[str, str], service: FakeService, tmp_path: Path
) -> None:
    make_audio(tmp_path, "call.wav", seconds=5)
    keyless = {name: value for name, value in env.items() if name != "DASHSCOPE_API_KEY"}
    words = ("--provider", "dashscope", "--base-url", service.base_url, "--dataset", tmp_path / "dataset", "--json")

    ran = reelsheet("analyze", tmp_path / "call.wav", *words, env=keyless)

    assert (ran.status, len(service.requests), (tmp_path / "dataset").exists()) == (2, 0, False)
    assert "wants a key, and none is set: export DASHSCOPE_API_KEY=" in ran.complaint
    assert ran.json == {"error": ran.complaint}


def test_doctor_says_the_same_of_a_missing_key(env: Mapping[str, str], tmp_path: Path) -> None:
    keyless = {name: value for name, value in env.items() if name != "DASHSCOPE_API_KEY"}
    ran = reelsheet("doctor", "--provider", "dashscope", "--dataset", tmp_path / "dataset", env=keyless)
    assert "MEND  provider" in ran.out
    assert "wants a key, and none is set" in ran.out
