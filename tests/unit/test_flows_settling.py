"""Files that have just been copied are waited for, a minute at most."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.settings import Settings, load_settings
from flows.pipeline.settling import wait_until_settled

NOW = 2_000_000_000.0


@dataclass
class Clock:
    """A clock that only sleeping moves; a file may change meanwhile."""

    now: float = NOW
    changing: Path | None = None
    shown: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.changing is not None:
            os.utime(self.changing, (self.now, self.now))

    def wait(self, settings: Settings, folder: Path) -> float:
        """Return for how many seconds was waited."""
        wait_until_settled(settings, [str(folder)], self.shown.append, self.sleep, lambda: self.now)
        return self.now - NOW


def a_file(folder: Path, name: str, age_s: float) -> Path:
    path = folder / name
    path.write_bytes(b"x")
    os.utime(path, (NOW - age_s, NOW - age_s))
    return path


def settings(settle_s: float = 30.0) -> Settings:
    return load_settings(environ={}, settle_s=settle_s)


@pytest.mark.parametrize(("age_s", "waited_s"), [(5, 25), (29, 1), (31, 0)])
def test_a_young_file_is_waited_for(tmp_path: Path, age_s: float, waited_s: float) -> None:
    a_file(tmp_path, "a.wav", age_s)
    a_file(tmp_path, "notes.txt", 0)
    assert Clock().wait(settings(), tmp_path) == pytest.approx(waited_s, abs=0.1)


def test_what_is_waited_for_is_shown(tmp_path: Path) -> None:
    clock = Clock()
    for name in ("a.wav", "b.wav"):
        a_file(tmp_path, name, 5)
    clock.wait(settings(), tmp_path)
    assert clock.shown[0] == "Waiting 25 s for 2 files that changed just now (`--settle 0` does not wait)"


def test_what_takes_longer_than_a_minute_is_not_waited_for(tmp_path: Path) -> None:
    a_file(tmp_path, "a.wav", 0)
    assert Clock().wait(settings(settle_s=90), tmp_path) == 0


def test_a_file_that_goes_on_changing_is_left_in_the_end(tmp_path: Path) -> None:
    clock = Clock(changing=a_file(tmp_path, "a.wav", 0))
    assert 30 <= clock.wait(settings(), tmp_path) <= 60


def test_nothing_is_waited_for_where_files_may_be_young(tmp_path: Path) -> None:
    a_file(tmp_path, "a.wav", 0)
    assert Clock().wait(settings(settle_s=0), tmp_path) == 0
