"""Where the sound lies in a file, by a header that may be damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.media.sound_data import sound_data


@pytest.mark.parametrize("size", [1 << 40, 1 << 62, (1 << 64) - 2])
def test_sound_data_is_not_where_no_file_can_reach(tmp_path: Path, size: int) -> None:
    path = tmp_path / "sound.caf"
    path.write_bytes(b"caff\0\1\0\0" + b"desc" + size.to_bytes(8, "big") + b"data" + (4).to_bytes(8, "big") + b"1234")
    assert sound_data(path) is None
