"""Many short videos are cut and asked about several in a task; the tables say what they say of each alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import media
from tests.support.asking import ask_values
from tests.support.cli import reelsheet
from tests.support.tables import content_of, differences

SENT = "SELECT parse_filename(uri), video_sent, audio_sent, s.outcome FROM segments s JOIN media USING (media_id)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixteen videos: one black and silent, one without sound, one damaged, others in two containers."""
    folder = tmp_path / "in"
    for number in range(13):
        ending = "mkv" if number % 3 == 0 else "mp4"
        media.make_video(folder, f"{number:02}.{ending}", seconds=1 + number / 5, size="128x96", fps=5)
    media.make_video(folder, "black.mp4", seconds=2, size="128x96", fps=5, picture="black", sound="silence")
    media.make_video(folder, "mute.mp4", seconds=2, size="128x96", fps=5, sound=False)
    damaged = bytearray(media.make_video(folder, "torn.mp4", seconds=3, size="128x96", fps=5).read_bytes())
    middle = damaged.index(b"mdat") + 1000
    damaged[middle : middle + 1000] = b"\xa5" * 1000
    (folder / "torn.mp4").write_bytes(damaged)
    return folder


def test_together_they_have_the_rows_that_each_has_alone(env: Mapping[str, str], folder: Path) -> None:
    for concurrency in (8, 1):  # with 8 of 16, two share a task
        where = ("--dataset", folder.parent / str(concurrency), "--concurrency", concurrency)
        assert reelsheet("analyze", folder, *where, "--settle", "0", env=env).status in (0, 1)
    together, alone = folder.parent / "8", folder.parent / "1"
    assert differences(content_of(together), content_of(alone)) == []
    sent = {name: tuple(found) for name, *found in ask_values(together, SENT)}
    assert len(sent) == 16
    assert sent["black.mp4"] == ("black", "silent", "ok")
    assert sent["mute.mp4"] == ("sent", "absent", "ok")
