"""Hold what one pass of a moderation goes by: policy, words, and its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from config.policy_types import Policy
from tasks.moderation.word_list import ListedWord

PassName = Literal["quick", "fine", "words"]
"""A cheap look, a close look, or the words alone, of a model that cannot judge."""

Passes = Literal["quick", "fine", "both", "words"]
"""The passes over a recording; both: a quick one over everything, a fine one over what it flags or cannot judge."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one pass; they travel with the job."""

    policy: Policy
    pass_name: PassName
    words: tuple[ListedWord, ...] = ()

    @property
    def judges(self) -> bool:
        """Return whether the model is asked to judge."""
        return self.pass_name in ("quick", "fine")
