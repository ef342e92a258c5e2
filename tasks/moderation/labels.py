"""Write a policy's labels for the model, and read labels as answered.

Pure. A policy's words are part of the instruction, so that a changed description is another question; thresholds,
titles and codes are not, so that they may change without a call.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from config.policy_types import OTHER, Policy, PolicyLabel


@dataclass(frozen=True, slots=True)
class ResolvedLabel:
    """A resolved label is one of the policy's.

    `answered` is what was answered, where that was not its id.
    """

    label: str
    answered: str | None = None


def render_labels(policy: Policy) -> str:
    """Write the labels for the prompt, one a line, children below their parents.

    >>> from config.policy_loader import load_policy
    >>> render_labels(load_policy()).splitlines()[1]
    '- violence: real or staged physical violence against people or animals'
    """
    lines: list[str] = []

    def add(parent: str | None, depth: int) -> None:
        for label in policy.labels:
            if label.parent == parent:
                lines.append(f"{'  ' * depth}- {label.id}: {label.description}")
                add(label.id, depth + 1)

    add(None, 0)
    return "\n".join(["Labels:", *lines])


def moderation_instruction(prompt: str, policy: Policy) -> str:
    """Put the policy's labels below the words of a prompt.

    >>> from config.policy_loader import load_policy
    >>> moderation_instruction("Check this clip.", load_policy()).splitlines()[:3]
    ['Check this clip.', '', 'Labels:']
    """
    return f"{prompt}\n\n{render_labels(policy)}"


def asks_the_same(first: Policy, second: Policy) -> bool:
    """Tell whether two policies put the same question.

    If so, findings under one can be judged by the other.

    >>> from config.policy_loader import load_policy
    >>> asks_the_same(load_policy(), load_policy().model_copy(update={"version": "2"}))
    True
    """
    return render_labels(first) == render_labels(second)


def resolve_labels(answered: str, policy: Policy) -> tuple[ResolvedLabel, ...]:
    """Return the labels that an answer means by one label, which may name several.

    An id, a title, an MLCommons code (of several labels with it the first), or the last part of an id that only one
    label has; of an id that is not the
    policy's the nearest label above it; else `other`. What was answered is kept wherever it is not the id itself.

    >>> from config.policy_loader import load_policy
    >>> resolve_labels("violence.stabbing", load_policy())
    (ResolvedLabel(label='violence', answered='violence.stabbing'),)
    """
    if found := _known(answered, policy):
        return (found,)
    parts = [part for part in _SEVERAL.split(answered) if part.strip()]
    if len(parts) > 1:
        known = [found for part in parts if (found := _known(part, policy))]
        if known:
            distinct = {found.label: found for found in reversed(known)}
            unknown = len(known) < len(parts)
            rest = (ResolvedLabel(OTHER, answered),) if unknown and OTHER not in distinct else ()
            return (*(distinct[name] for name in dict.fromkeys(found.label for found in known)), *rest)
    return (ResolvedLabel(_ancestor(answered, policy) or OTHER, answered or None),)


def is_guessed(answered: str | None, policy: Policy) -> bool:
    """Tell whether no label of the policy has the name that was answered.

    It stands for the nearest label above it, or `other`.

    >>> from config.policy_loader import load_policy
    >>> is_guessed("sexual.swimwear.other", load_policy()), is_guessed("Violence", load_policy())
    (True, False)
    """
    return bool(answered) and any(_known(one, policy) is None for one in (answered or "").split("\n"))


def _known(answered: str, policy: Policy) -> ResolvedLabel | None:
    """Find the label whose id, title, code or last part the words are.

    They may have a remark behind them.
    """
    for words in (answered, *_REMARK.split(answered)[:1]):
        wanted = _plain(words)
        found = next((label for label in policy.labels if wanted in (_plain(label.id), _plain(label.title))), None)
        found = found or next((label for label in policy.labels if words.strip() in label.codes.mlcommons), None)
        found = found or _only([label for label in policy.labels if wanted == _plain(label.id.rpartition(".")[2])])
        if found:
            return ResolvedLabel(found.id, None if answered == found.id else answered)
    return None


def _ancestor(answered: str, policy: Policy) -> str | None:
    """Find the nearest label above an id that the policy does not have.

    Of "violence.stabbing" that is "violence".
    """
    parts = [_plain(part) for part in _LEVELS.split(answered.strip())]
    ids = {_plain(label.id): label.id for label in policy.labels}
    for length in range(len(parts) - 1, 0, -1):
        if found := ids.get(" ".join(parts[:length])):
            return found
    return None


def _only(labels: list[PolicyLabel]) -> PolicyLabel | None:
    return labels[0] if len(labels) == 1 else None


def _plain(words: str) -> str:
    """Lower case, words alone: "Self_Harm", "self-harm" and "Self harm" are one."""
    return " ".join(_NO_WORD.sub(" ", unicodedata.normalize("NFKC", words).casefold()).split())


_NO_WORD = re.compile(r"[\W_]+")
_LEVELS = re.compile(r"\s{0,4}(?:[./\\>→»:]|::)\s{0,4}")
_SEVERAL = re.compile(r"\s{0,4}(?:[,;|、，；+&]|\s(?:and|or|und|et|y)\s)\s{0,4}")
_REMARK = re.compile(r"\s{0,4}(?:[(（\[]|[:：]\s|\s[-–—]\s)")
