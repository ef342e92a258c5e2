"""Define the shape of a moderation policy, `config/policies/*.toml`.

A label's id never changes its meaning; its parent is the id up to the last dot. Severities are 0 to 7, confidences
percent. What a label leaves out it takes from its parent, a label at the top from `[thresholds]`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from config.types import Frozen

OTHER = "other"  # the label of what fits no other; every policy has it

LabelId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$")]
MlCommonsCode = Annotated[str, StringConstraints(pattern=r"^S(?:[1-9]|1[0-3])$")]
AzureCategory = Literal["Hate", "SelfHarm", "Sexual", "Violence"]
RekognitionLabel = Literal[
    "Explicit",
    "Non-Explicit Nudity of Intimate parts and Kissing",
    "Swimwear or Underwear",
    "Violence",
    "Visually Disturbing",
    "Drugs & Tobacco",
    "Alcohol",
    "Rude Gestures",
    "Gambling",
    "Hate Symbols",
]


class Threshold(Frozen):
    """A threshold is the least severity and confidence for an action.

    It takes both.
    """

    severity: int = Field(0, ge=0, le=7)
    confidence: int = Field(0, ge=0, le=100)

    def __str__(self) -> str:
        return f"severity {self.severity}, confidence {self.confidence} %"


def _table_or_never(value: object) -> object:
    if isinstance(value, str) and value != "never":
        raise ValueError(f'expected {{ severity = …, confidence = … }} or "never", found "{value}"')
    return value


When = Annotated[Threshold | Literal["never"], BeforeValidator(_table_or_never)]


class Thresholds(Frozen):
    """Thresholds are for review and for rejection; below both it is allowed."""

    review: When
    reject: When = "never"

    @model_validator(mode="after")
    def _reject_is_not_below_review(self) -> Self:
        if isinstance(self.review, Threshold) and isinstance(self.reject, Threshold):
            review, reject = self.review, self.reject
            if reject.severity < review.severity or reject.confidence < review.confidence:
                raise ValueError(f"expected reject not below review, found {reject} below {review}")
        return self


class ExternalCodes(Frozen):
    """External codes are those that others use.

    MLCommons' hazards, the top level of AWS Rekognition's moderation labels (version 7), Azure AI Content Safety's
    categories.
    """

    mlcommons: tuple[MlCommonsCode, ...] = ()
    aws: tuple[RekognitionLabel, ...] = ()
    azure: tuple[AzureCategory, ...] = ()


class PolicyLabel(Frozen):
    """A label has a `description`, the line that the model reads."""

    id: LabelId
    title: str = Field(min_length=1)
    description: str = Field(min_length=1, max_length=300, pattern=r"^[^\n]+$")
    codes: ExternalCodes = ExternalCodes()
    review: When | None = None  # None: the parent's
    reject: When | None = None

    @property
    def parent(self) -> str | None:
        """Return the label above it.

        >>> PolicyLabel(id="hate.slur", title="Slurs", description="a slur").parent
        'hate'
        """
        return self.id.rpartition(".")[0] or None


class SourceActions(Frozen):
    """These actions are the least for findings of other sources.

    It is all that is done where they have no severity.
    """

    hash_match: Literal["allow", "review", "reject"] = "review"
    word_list: Literal["allow", "review", "reject"] = "review"


class Policy(Frozen):
    """A policy says what is looked for, and what is done about it.

    Another `version` of the same `id` may change thresholds and actions without asking a model again.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    as_of: date
    review_sample: float = Field(ge=0, le=1)  # share of the clear recordings that a person sees
    indeterminate: Literal["review", "reject"] = "review"  # never "allow": nobody has judged it
    merge_gap_ms: int = Field(1000, ge=0)  # findings of one label no further apart are one
    thresholds: Thresholds
    sources: SourceActions = SourceActions()
    labels: tuple[PolicyLabel, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _labels_are_a_tree(self) -> Self:
        ids = [label.id for label in self.labels]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice:
            raise ValueError(f'expected every label once, found "{twice}" twice; merge the two or rename one')
        orphan = next((label for label in self.labels if label.parent and label.parent not in ids), None)
        if orphan:
            raise ValueError(
                f'expected a label "{orphan.parent}" above "{orphan.id}", found none; add it, or drop the dot'
            )
        if OTHER not in ids:
            raise ValueError(f'expected a label "{OTHER}" for what fits no other, found none; add it')
        for name in ids:
            self.thresholds_of(name)  # raises where reject falls below review
        return self

    def label(self, label_id: str) -> PolicyLabel | None:
        """Return the label of that id; None: there is none."""
        return next((label for label in self.labels if label.id == label_id), None)

    def thresholds_of(self, label_id: str) -> Thresholds:
        """Resolve the thresholds of a label: its own, or the nearest above it.

        An unknown id has those of `other`.
        """
        review: When | None = None
        reject: When | None = None
        label = self.label(label_id) or self.label(OTHER)
        while label is not None:
            review = label.review if review is None else review
            reject = label.reject if reject is None else reject
            label = self.label(label.parent) if label.parent else None
        given = {"review": review or self.thresholds.review, "reject": reject or self.thresholds.reject}
        try:
            return Thresholds.model_validate(given)
        except ValueError as error:
            raise ValueError(f'label "{label_id}": {_reason(error)}; mend its review or its reject') from None


def _reason(error: ValueError) -> str:
    """Return the words of a validation error without pydantic's own."""
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return str(error)
