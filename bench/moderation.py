"""What two passes find and cost, against looking finely at everything: `python -m bench.moderation [SEED]`.

A synthetic corpus of 200 recordings whose truth is known, 5 % of whose time falls under a label. A made-up model with
set rates of missing, inventing and failing writes its answers in the contract's form; all else is real: the planner's
spans and tokens, the parser, the policy, the second pass's spans. A fine look sees the same in both ways of working, so
that they differ in what is looked at alone. Costs are those of qwen3.5-omni-plus in Singapore.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench.results import verdict
from config.catalog import find_price, load_catalog
from config.policy_loader import load_policy
from prompts.reader import read_prompt
from tasks.answer.parse import parse_answer
from tasks.media_records import AudioStream, VideoStream
from tasks.moderation.findings import from_answer, merge_adjacent
from tasks.moderation.labels import moderation_instruction
from tasks.moderation.passes import after_both, cut_spans, spans_to_look_at
from tasks.moderation.records import AnsweredFinding, Finding, SegmentResult
from tasks.moderation.verdict import action_of
from tasks.planning.cost import cost_nano
from tasks.planning.plan import plan_analysis
from tasks.planning.spec import AnalysisSpec
from tasks.records import Kind, Question, Recording, Span, Tokens
from tasks.timecode import format_ms
from tasks.tokens import text_tokens

RECORDINGS = 200
FLAGGED_SHARE = 0.05
SEEDS = range(5)
MODEL, PROVIDER = "qwen3.5-omni-plus", "dashscope"
CATALOG, POLICY = load_catalog(), load_policy()
LABELS = ("violence", "violence.graphic", "hate.slur", "drugs", "self-harm", "weapons")


@dataclass(frozen=True)
class Look:
    """How well a made-up model looks in one pass."""

    scenario: str
    prompt: str
    miss: float  # share of the true spans that it does not see
    false_per_hour: float  # spans that it invents
    unreadable: float  # share of its answers that cannot be read
    blur_ms: int  # how far its times may be off


QUICK = Look("quick", "moderate-quick", miss=0.03, false_per_hour=1.0, unreadable=0.01, blur_ms=5000)
FINE = Look("fine", "moderate-fine", miss=0.02, false_per_hour=0.5, unreadable=0.005, blur_ms=500)


@dataclass(frozen=True)
class TrueSpan:
    """A span that falls under a label; `luck` says, in 0 to 1, how hard it is to see for each pass."""

    span: Span
    label: str
    severity: int
    luck: dict[str, float]


@dataclass(frozen=True)
class Film:
    """One recording and the truth about it; `false` are the spans that each pass would invent."""

    recording: Recording
    truth: tuple[TrueSpan, ...]
    false: dict[str, tuple[TrueSpan, ...]]
    seed: int


@dataclass(frozen=True)
class Found:
    """What a way of working has found over the whole corpus, and for how much."""

    true_spans: int
    found: int
    acted: int
    right: int
    cost_nano: int
    requests: int

    @property
    def recall(self) -> float:
        return self.found / self.true_spans

    @property
    def precision(self) -> float:
        return self.right / self.acted if self.acted else 1.0


def main(first_seed: int = 0) -> None:
    share = flagged_share(corpus(first_seed))
    print(f"{RECORDINGS} recordings, 1080p, 2 to 60 minutes; {share:.1%} of their time falls under a label")
    print(f"quick: {QUICK}\nfine:  {FINE}\n")
    print(f"{'':32}{'precision':>10}{'recall':>8}{'requests':>10}{'cost':>8}{'finds':>8}")
    worst_cost, worst_found = 0.0, 1.0
    for seed in (first_seed + number for number in SEEDS):
        films = corpus(seed)
        quick, fine, both = measured(films, QUICK, FINE)
        for name, result in (("quick", quick), ("fine", fine), ("both", both)):
            print(row(f"seed {seed}: {name}", result, fine))
        worst_cost = max(worst_cost, both.cost_nano / fine.cost_nano)
        worst_found = min(worst_found, both.found / fine.found)
    print()
    print(verdict("cost of both over that of fine, at worst", f"{worst_cost:.1%}", "25 %", met=worst_cost <= 0.25))
    print(verdict("finds of both over those of fine, at worst", f"{worst_found:.1%}", "95 %", met=worst_found >= 0.95))
    print()
    films = corpus(first_seed)
    for miss in (0.0, 0.05, 0.1, 0.2):
        print(row(f"both, quick misses {miss:.0%}", *of_both(films, replace(QUICK, miss=miss))))
    for rate in (0.0, 5.0, 20.0):
        print(row(f"both, quick invents {rate:g} an hour", *of_both(films, replace(QUICK, false_per_hour=rate))))
    for height in (720, 360):
        print(row(f"both, {height}p", *of_both(corpus(first_seed, height=height), QUICK)))
    print(row("both, sound alone", *of_both(corpus(first_seed, height=0), QUICK)))


def row(name: str, result: Found, fine: Found) -> str:
    share, finds = result.cost_nano / fine.cost_nano, result.found / fine.found
    counts = f"{result.precision:>10.1%}{result.recall:>8.1%}{result.requests:>10,}"
    return f"{name:32}{counts}{share:>8.1%}{finds:>8.1%}"


def of_both(films: Sequence[Film], quick: Look) -> tuple[Found, Found]:
    _, fine, both = measured(films, quick, FINE)
    return both, fine


def measured(films: Sequence[Film], quick: Look, fine: Look) -> tuple[Found, Found, Found]:
    """The whole corpus looked at quickly, finely, and in two passes."""
    ways: list[list[tuple[Film, Sequence[SegmentResult], Cost]]] = [[], [], []]
    for film in films:
        first, first_cost = look(film, quick, planned(film, quick))
        whole, whole_cost = look(film, fine, planned(film, fine))
        chosen = cut_spans(spans_to_look_at(first, POLICY, film.recording.duration_ms), longest_ms(film, fine))
        second, second_cost = look(film, fine, chosen)
        ways[0].append((film, first, first_cost))
        ways[1].append((film, whole, whole_cost))
        ways[2].append((film, after_both(first, second), first_cost + second_cost))
    quickly, finely, twice = (summed(way) for way in ways)
    return quickly, finely, twice


# --- what is looked at, and for how much -------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    requests: int = 0
    nano: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.requests + other.requests, self.nano + other.nano)


def spec_of(look: Look) -> AnalysisSpec:
    prompt = read_prompt(look.prompt)
    instruction = moderation_instruction(prompt.text, POLICY)
    question = Question(prompt.name, prompt.sha256, instruction, "sections", "auto", sections=("findings",))
    return AnalysisSpec(CATALOG.scenarios[look.scenario], CATALOG.models[MODEL], CATALOG.providers[PROVIDER], question,
                        transport="upload")  # fmt: skip


SPECS = {look.scenario: spec_of(look) for look in (QUICK, FINE)}


def planned(film: Film, look: Look) -> tuple[Span, ...]:
    return tuple(segment.span for segment in plan_analysis(film.recording, SPECS[look.scenario]).segments)


def longest_ms(film: Film, look: Look) -> int:
    scenario = CATALOG.scenarios[look.scenario]
    return (scenario.video if film.recording.video else scenario.audio).max_length_ms


def look(film: Film, how: Look, spans: Sequence[Span]) -> tuple[list[SegmentResult], Cost]:
    """The results of asking about spans, each answer written out and read, and what it cost."""
    results, cost = [], Cost()
    price = find_price(CATALOG, MODEL, CATALOG.providers[PROVIDER].price_region)
    for span in spans:
        text = answer(film, how, span)
        name = f"{film.seed}-{how.scenario}-{span.start_ms}-{span.end_ms}"
        parsed = parse_answer(text, "video", "sections", span, "stop", ["findings"])
        found = from_answer(parsed.rows("findings", AnsweredFinding) or (), name, span, POLICY)
        results.append(SegmentResult(name, span, parsed.outcome, parsed.reason, found))
        cost += Cost(1, cost_nano(asked(film.recording, how, span.duration_ms, text), price) or 0)
    return results, cost


def asked(recording: Recording, how: Look, duration_ms: int, text: str) -> Tokens:
    """The tokens of one question: those of the planner, and of the answer as it was written."""
    [segment] = plan_analysis(replace(recording, duration_ms=duration_ms), SPECS[how.scenario]).segments
    return replace(segment.tokens, output=text_tokens(text), reasoning=0)


# --- the made-up model ---------------------------------------------------------------------------------------------


def answer(film: Film, how: Look, span: Span) -> str:
    """The model's answer about a span, in the contract's form, or one that cannot be read."""
    chance = random.Random(f"{film.seed} {how.scenario} {span.start_ms} {span.end_ms}")
    if chance.random() < how.unreadable:
        return "I am sorry, I could not make out this recording."
    seen = [one for one in film.truth if one.luck[how.scenario] >= how.miss]
    invented = [one for one in film.false[how.scenario] if one.luck["invented"] < how.false_per_hour / MOST_INVENTED]
    entries = [entry(one, how, span, chance) for one in (*seen, *invented) if overlap_ms(one.span, span) >= 1000]
    return "## Findings\n" + ("\n".join(entries) or "No findings.")


def entry(one: TrueSpan, how: Look, span: Span, chance: random.Random) -> str:
    start = max(0, one.span.start_ms - span.start_ms + chance.randint(-how.blur_ms, how.blur_ms))
    end = min(span.duration_ms, one.span.end_ms - span.start_ms + chance.randint(-how.blur_ms, how.blur_ms))
    lines = [f"{format_ms(min(start, end))} - {format_ms(max(start, end))}", f"Label: {one.label}"]
    if how.scenario == "fine":
        lines += [f"Severity: {one.severity}", f"Confidence: {chance.randint(60, 95)}", "Modality: picture"]
        lines += ["Evidence: “what is seen in this stretch of the recording”", "Rationale: the label fits it"]
    return "\n".join([*lines, ""])


def overlap_ms(first: Span, second: Span) -> int:
    return min(first.end_ms, second.end_ms) - max(first.start_ms, second.start_ms)


# --- the corpus ----------------------------------------------------------------------------------------------------

MOST_INVENTED = 50.0  # spans an hour that may be invented at all; a pass invents some of the same ones


def corpus(seed: int, height: int = 1080) -> list[Film]:
    """The recordings; a third of them hold all that falls under a label."""
    chance = random.Random(seed)
    durations = [1000 * round(min(3600, max(120, chance.lognormvariate(6.4, 0.9)))) for _ in range(RECORDINGS)]
    share = FLAGGED_SHARE * sum(durations) / sum(durations[::3])
    return [
        film(seed * 1000 + number, chance, recorded(number, duration_ms, height), 0 if number % 3 else share)
        for number, duration_ms in enumerate(durations)
    ]


def flagged_share(films: Sequence[Film]) -> float:
    """The share of all time that falls under a label."""
    flagged = sum(one.span.duration_ms for film in films for one in film.truth)
    return flagged / sum(film.recording.duration_ms for film in films)


def recorded(number: int, duration_ms: int, height: int) -> Recording:
    """A video of that height, or a sound where it has none."""
    video = VideoStream(0, "h264", height * 16 // 9, height, 0, 25, 1, False, 0) if height else None
    kind: Kind = "video" if height else "audio"
    audio = AudioStream(1, "aac", 48_000, 2, 0)
    return Recording(
        f"{number:064x}", "bytes", f"{number}.mp4", "", kind, "mov", 10**9, duration_ms, video, audio, "{}"
    )


def film(seed: int, chance: random.Random, recording: Recording, share: float) -> Film:
    truth = tuple(flagged(chance, recording.duration_ms, share))
    invented = {name: tuple(inventions(chance, recording.duration_ms)) for name in ("quick", "fine")}
    return Film(recording, truth, invented, seed)


def flagged(chance: random.Random, duration_ms: int, share: float) -> Iterator[TrueSpan]:
    """Spans of 5 to 60 s, about that share of the duration, at random with gaps between them."""
    lengths: list[int] = []
    wanted = round(share * duration_ms)
    while sum(lengths) < wanted:
        lengths.append(min(chance.randint(5, 60) * 1000, wanted - sum(lengths)))
    gaps = sorted(chance.randint(0, duration_ms - sum(lengths)) for _ in lengths)
    for number, (gap, length) in enumerate(zip(gaps, lengths, strict=True)):
        start = gap + sum(lengths[:number])
        yield TrueSpan(Span(start, start + length), chance.choice(LABELS), chance.randint(3, 7), lucks(chance))


def inventions(chance: random.Random, duration_ms: int) -> Iterator[TrueSpan]:
    for _ in range(round(MOST_INVENTED * duration_ms / 3_600_000)):
        start = chance.randrange(0, max(1, duration_ms - 20_000))
        span = Span(start, min(duration_ms, start + chance.randint(3, 20) * 1000))
        yield TrueSpan(span, chance.choice(LABELS), chance.randint(2, 4), lucks(chance))


def lucks(chance: random.Random) -> dict[str, float]:
    return {name: chance.random() for name in ("quick", "fine", "invented")}


# --- what counts ---------------------------------------------------------------------------------------------------


def summed(way: Sequence[tuple[Film, Sequence[SegmentResult], Cost]]) -> Found:
    """A true span is found where a finding that is acted on overlaps it with a label of the same branch."""
    true_spans = found = acted = right = 0
    total = Cost()
    for film, results, cost in way:
        merged = merge_adjacent((f for result in results for f in result.findings), POLICY.merge_gap_ms)
        findings = [one for one in merged if action_of(one, POLICY) != "allow"]
        true_spans += len(film.truth)
        found += sum(any(fits(finding, one) for finding in findings) for one in film.truth)
        acted += len(findings)
        right += sum(any(fits(finding, one) for one in film.truth) for finding in findings)
        total += cost
    return Found(true_spans, found, acted, right, total.nano, total.requests)


def fits(finding: Finding, one: TrueSpan) -> bool:
    branch = finding.label.partition(".")[0] == one.label.partition(".")[0]
    return branch and finding.span is not None and overlap_ms(finding.span, one.span) > 0


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
