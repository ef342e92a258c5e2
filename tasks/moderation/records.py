"""Define the frozen records of moderation.

Times are integer milliseconds, from the recording's start unless it says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tasks.records import Outcome, Span, TimeQuality

Modality = Literal["picture", "speech", "text", "sound"]
Source = Literal["model", "provider_block", "hash_match", "word_list"]
Action = Literal["allow", "review", "reject"]
ModerationOutcome = Literal["clear", "flagged", "indeterminate", "blocked"]
Decision = Literal["allow", "reject", "escalate", "claim", "release"]

MOST_SEVERE = 7
OUTCOMES: tuple[ModerationOutcome, ...] = ("clear", "flagged", "indeterminate", "blocked")
_STRENGTH: dict[Action, int] = {"allow": 0, "review": 1, "reject": 2}


def strongest(*actions: Action) -> Action:
    """Return the strongest of some actions; of none, allow.

    >>> strongest("allow", "reject", "review")
    'reject'
    """
    return max(actions, key=_STRENGTH.__getitem__, default="allow")


@dataclass(frozen=True, slots=True)
class AnsweredFinding:
    """An answered finding is as the answer states it, not yet judged.

    The label is as written; what is missing is None or "".

    As read, times count from the clip's start, neither shifted nor clamped.
    """

    start_ms: int | None
    end_ms: int | None
    label: str  # "" where none was readable
    severity: int | None  # 0 to 7
    confidence: int | None  # percent
    modality: Modality | None
    evidence: str
    rationale: str
    time_quality: TimeQuality
    member_seq: int | None = None  # of several files in one message the one that it is in, from 1; times are of it


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of any source has a label of the policy.

    Raw: a policy makes an action of it, any number of times.
    """

    segment_id: str  # of several that it reaches over, the first
    span: Span | None  # None: an image, which has no times
    label: str
    answered_label: str | None  # where that was not the policy's: as it was answered
    severity: int | None
    confidence: int | None
    modality: Modality | None
    evidence: str
    rationale: str
    source: Source
    time_quality: TimeQuality
    distance: int | None = None  # of a hash match: bits that differ
    member_seq: int | None = None  # of several files in one message the one that it is in; `span` is of that file


@dataclass(frozen=True, slots=True)
class FrameHash:
    """A frame's hashes are perceptual (PDQ, 32 bytes each) and of one picture.

    The first is of the picture as it is, the others as if its cropped edges were back.
    """

    at_ms: int | None  # None: an image
    quality: int  # percent; below 50 there is too little in the picture to tell it from others
    variants: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """A segment's result has the facts that it is judged by.

    `not_shown` are the parts of it that the model did not get, as sentences; `can_judge` is false of a model that
    cannot moderate, such as the embedded engine.
    """

    segment_id: str
    span: Span
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    not_shown: tuple[str, ...] = ()
    can_judge: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict is a policy's outcome and action for a segment or a recording.

    `reasons` are sentences for people; there are none where it is clear.
    """

    outcome: ModerationOutcome
    action: Action
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A review is one row of the table `reviews`.

    It is never changed, at most superseded.
    """

    review_id: str
    finding_id: str | None  # None: the recording as a whole, which has no finding
    media_id: str
    reviewer: str
    decision: Decision
    reason: str
    policy_version: str
    supersedes: str | None  # the review that this one takes the place of
    decided_at: datetime  # aware
