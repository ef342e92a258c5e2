"""Add up a moderation: outcomes, findings, costs, and what to warn about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from config.options import FailOn
from tasks.moderation.records import OUTCOMES, Action, ModerationOutcome, strongest
from tasks.planning.budget import NANO
from tasks.run.usage import Usage, plural
from tasks.timecode import format_ms

if TYPE_CHECKING:  # the command's help needs neither
    from tasks.moderation.judgement import Judgement
    from tasks.tables.rows import Row

_OF_FINDING = ("finding_id", "start_ms", "end_ms", "label", "severity", "confidence", "source", "action")
_REACHED: Mapping[FailOn, tuple[Action, ...]] = {"review": ("review", "reject"), "reject": ("reject",)}
_MOST_FINDINGS = 20  # an artifact is for looking, not for data
FAIL_STATUS = 4  # of a run in which something is to be reviewed or rejected, where that is to fail it


class RateBounds(Protocol):
    """Bounds say how far off the trailing mean a flagged rate is worth a warning.

    They stand in `config/moderation.toml`.
    """

    @property
    def trailing_runs(self) -> int: ...
    @property
    def least_recordings(self) -> int: ...
    @property
    def factor(self) -> float: ...


@dataclass(frozen=True, slots=True)
class JudgedRecording:
    """A judged recording has its judgement, and the rows of the findings that hold."""

    media_id: str
    uri: str
    judgement: Judgement
    findings: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class PassUsage:
    """The usage of one pass over all recordings."""

    name: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class ModerationReport:
    """A report adds up what a run of moderation came to."""

    policy: str  # id and version
    judged: tuple[JudgedRecording, ...] = ()
    known: tuple[tuple[ModerationOutcome, Action], ...] = ()  # outcome and action of recordings that were judged before
    passes: tuple[PassUsage, ...] = ()
    everywhere: Usage = field(default=Usage())  # what a close look at everything would come to; nothing: not asked
    expected_nano: int | None = None  # what both passes were expected to come to, before the first
    fail_on: FailOn | None = None
    failed_share: float = 0.0  # of the recordings; above it the run has failed, below it completed with failures
    warnings: tuple[str, ...] = ()

    def outcomes(self, unread: int) -> dict[str, int]:
        """Count the recordings by outcome; `unread` are those that nobody could look at.

        >>> ModerationReport("default 1", known=(("clear", "allow"),)).outcomes(1)
        {'clear': 1, 'flagged': 0, 'indeterminate': 1, 'blocked': 0}
        """
        counts = Counter(one.judgement.verdict.outcome for one in self.judged)
        counts.update(outcome for outcome, _ in self.known)
        counts["indeterminate"] += unread
        return {name: counts[name] for name in OUTCOMES}

    @property
    def action(self) -> Action:
        """Return the strongest of all actions."""
        return strongest(*(one.judgement.verdict.action for one in self.judged), *(action for _, action in self.known))

    def is_failed(self, unread: int) -> bool:
        """Tell whether `--fail-on` makes this run a failure.

        What nobody could look at goes to review.
        """
        action = strongest(self.action, "review" if unread else "allow")
        return self.fail_on is not None and action in _REACHED[self.fail_on]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Return the findings about which something is done.

        The strongest action comes first, then the highest severity.
        """
        found = [
            {"uri": one.uri, **{name: row[name] for name in _OF_FINDING}}
            for one in self.judged
            for row in one.findings
            if row["action"] != "allow"
        ]
        return sorted(found, key=lambda row: (row["action"] != "reject", -(row["severity"] or 0)))

    @property
    def share_of_everywhere(self) -> float | None:
        """Return the cost of all passes as a share of a close look at everything."""
        spent, whole = sum((one.usage for one in self.passes), Usage()), self.everywhere
        if spent.cost_nano is not None and whole.cost_nano:
            return spent.cost_nano / whole.cost_nano
        return None

    def as_markdown(self, unread: int, currency: str | None) -> list[str]:
        """Return the artifact's lines: outcomes, costs, findings to look at first."""
        counts = self.outcomes(unread)
        lines = [
            "",
            f"## Moderation by policy {self.policy}",
            "",
            "| " + " | ".join(counts) + " |",
            "|" + "---|" * len(counts),
            "| " + " | ".join(str(count) for count in counts.values()) + " |",
        ]
        if self.passes:
            lines += ["", "| pass | requests | cost |", "|---|---|---|"]
            lines += [f"| {' | '.join(row)} |" for row in self.cost_lines(currency)]
        if found := self.findings[:_MOST_FINDINGS]:
            lines += [
                "",
                "## Findings",
                "",
                "| item | recording | from | label | severity | action |",
                "|---|---|---|---|---|---|",
            ]
            lines += [
                f"| `{row['finding_id'][:10]}` | {_cell(row['uri'])} | {_from(row)} | {row['label']} | "
                f"{'?' if row['severity'] is None else row['severity']} | {row['action']} |"
                for row in found
            ]
            lines += ["", "`reelsheet review show ITEM` tells the rest, with the whole trail."]
        return lines

    def as_json(self, unread: int) -> dict[str, Any]:
        """Return what `--json` has beyond the object of `analyze`."""
        return {
            "policy": self.policy,
            "outcomes": self.outcomes(unread),
            "findings": self.findings,
            "passes": {one.name: one.usage.as_json() for one in self.passes},
            "expected_cost": None if self.expected_nano is None else self.expected_nano / NANO,
            "fine_everywhere": self.everywhere.as_json() if self.everywhere.requests else None,
        }

    def sentence(self, unread: int) -> str:
        """Return the outcomes in one sentence.

        >>> ModerationReport("default 1", known=(("clear", "allow"),)).sentence(0)
        '1 recording: 1 clear.'
        """
        counts = self.outcomes(unread)
        told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        return f"{plural(sum(counts.values()), 'recording')}: {told}."

    def cost_lines(self, currency: str | None) -> list[tuple[str, str, str]]:
        """Return each pass with its requests and cost, a row each."""
        rows = [(one.name, f"{one.usage.requests:,}", _amount(one.usage.cost_nano, currency)) for one in self.passes]
        if self.everywhere.requests:
            share = self.share_of_everywhere
            rows.append(("both passes, expected", "", _amount(self.expected_nano, currency)))
            rows.append(("fine everywhere, estimated", f"{self.everywhere.requests:,}",
                         _amount(self.everywhere.cost_nano, currency)))  # fmt: skip
            if share is not None:
                rows.append(("both passes, of that", "", f"{share:.0%}"))
        return rows


def warnings_about(
    report: ModerationReport, seen: int, other_policy: int, earlier: Sequence[Sequence[Row]], bounds: RateBounds
) -> tuple[str, ...]:
    """Return what people should know about a run beyond its outcomes.

    `seen`: so many recordings there were, judged or not. `other_policy`: so many known recordings were judged by
    another policy or version. `earlier`: the verdicts of earlier runs, a list for each.
    """
    notes = []
    if other_policy:
        notes.append(
            f"{plural(other_policy, 'known recording')} judged by another policy or version: "
            "`reelsheet moderate --reapply` judges them anew without a call; add --dry-run to see what would change."
        )
    if not seen:
        notes.append("No recording was seen: is the input right, and mounted?")
    if jump := _rate_jump(report, earlier, bounds):
        notes.append(jump)
    return tuple(notes)


def _rate_jump(report: ModerationReport, earlier: Sequence[Sequence[Row]], bounds: RateBounds) -> str:
    trailing = [row["outcome"] for run in earlier[-bounds.trailing_runs :] for row in run]
    now = [one.judgement.verdict.outcome for one in report.judged]
    if min(len(now), len(trailing)) < bounds.least_recordings:
        return ""
    rate, mean = now.count("flagged") / len(now), trailing.count("flagged") / len(trailing)
    least = 1 / len(trailing)  # so that a first finding after none is no jump by itself
    if max(rate, least) <= bounds.factor * max(mean, least) and max(mean, least) <= bounds.factor * max(rate, least):
        return ""
    return f"{rate:.0%} of the recordings flagged, where {mean:.0%} is the mean of earlier runs: look at what changed."


def _from(row: Mapping[str, Any]) -> str:
    return "" if row["start_ms"] is None else format_ms(row["start_ms"])


def _cell(uri: str) -> str:
    """Keep a name within its cell; an address becomes a link."""
    plain = uri.replace("|", "\\|")
    return f"[{plain}]({plain})" if uri.startswith(("http://", "https://")) else plain


def _amount(nano: int | None, currency: str | None) -> str:
    return "unknown" if nano is None else f"{nano / NANO:.4f} {currency or ''}".rstrip()
