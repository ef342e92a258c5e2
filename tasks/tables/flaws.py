"""Judge what of a recording could not be read, and what that makes of it. Pure.

The same from a run's records and from the rows that are read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.errors import PartlyReadable
from tasks.records import Answer, Failure, Recording


@dataclass(frozen=True, slots=True)
class MediaFlaw:
    """A flaw is a reason why a recording is not whole, in a word and in a sentence."""

    reason: str
    sentence: str


def media_flaws(recording: Recording, answers: Sequence[Answer]) -> list[MediaFlaw]:
    """Return what of the recording could not be read.

    It was found while the recording was probed, or cut for these answers.
    """
    flaws = [MediaFlaw(part.reason, part.sentence) for part in recording.missing]
    seen = {answer.segment.span: answer.clip for answer in answers if answer.clip is not None}
    clips = {span: clip for span, clip in seen.items() if clip.damaged_packets}
    if clips:
        count = sum(clip.damaged_packets for clip in clips.values())
        first, last = min(clips), max(clips)
        where = first.label if first == last else f"{first.label} to {last.label}"
        flaws.append(MediaFlaw("damaged_packets", f"ffmpeg left out damaged packets ({count:,}, in {where})"))
    return flaws


def flaw_failure(recording: Recording, flaws: Sequence[MediaFlaw], occurred_at: datetime) -> Failure:
    """Return the failure that says how much of a recording is missing.

    Asking again does not mend it.
    """
    message = f"{'; '.join(flaw.sentence for flaw in flaws)}. The rest was analysed; bring the file whole."
    return Failure(
        uri=recording.uri,
        media_id=recording.media_id,
        segment_id=None,
        stage="probe",
        error_class=PartlyReadable.__name__,
        message=message,
        retryable=False,
        attempts=1,
        occurred_at=occurred_at,
    )
