"""Keep the recording's clock where only its sound is read.

In transport streams, program streams and Ogg, ffmpeg lets time begin with the first of the streams that it reads
(`correct_input_start_times` in fftools). Sound that starts later than the picture would come too early by that much
when the picture is not read, up to the first place that is sought. So the picture is read too, and thrown away.
"""

from __future__ import annotations

from typing import Any

import ffmpeg

from tasks.media.formats import NEW_CLOCK
from tasks.records import Recording


def with_clock(recording: Recording, source: Any, output: Any, from_ms: int = 0, length_ms: int | None = None) -> Any:
    """Add to an output of sound what keeps the clock, where that is needed.

    Reading begins at `from_ms` of the recording, and the sound is needed for `length_ms` from there (None: to the end).
    """
    picture, sound = recording.video, recording.audio
    if recording.container not in NEW_CLOCK or picture is None or sound is None:
        return output
    if sound.start_ms <= max(picture.start_ms, from_ms):
        return output
    options = {"t": f"{length_ms}ms"} if length_ms is not None else {}
    thrown_away = ffmpeg.output(source[str(picture.index)], "-", format="null", codec="copy", **options)
    return ffmpeg.merge_outputs(output, thrown_away)
