"""Read what moderation runs go by beyond a policy: `config/moderation.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import Field, PositiveInt

from config.types import Frozen

_FILE = Path(__file__).parent / "moderation.toml"


class ExpectedCost(Frozen):
    """Hold what is guessed before a run."""

    second_pass_share: float = Field(ge=0, le=1)  # of the cost of a close look at everything


class FailureBounds(Frozen):
    """Hold how many failures are too many."""

    failed_share: float = Field(ge=0, le=1)


class FlaggedRateBounds(Frozen):
    """Hold how far off the trailing mean a flagged rate is worth a warning."""

    trailing_runs: PositiveInt
    least_recordings: PositiveInt
    factor: float = Field(gt=1)


class ModerationFacts(Frozen):
    """Hold what moderation runs go by."""

    expected: ExpectedCost
    failures: FailureBounds
    flagged_rate: FlaggedRateBounds


def load_moderation_facts() -> ModerationFacts:
    """Load the facts."""
    return ModerationFacts.model_validate(tomllib.loads(_FILE.read_text(encoding="utf-8")))
