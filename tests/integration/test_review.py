"""review on the command line: a queue, claims, decisions that stay, a trail from which all can be judged again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.policy_loader import load_policy
from tasks.query.moderations import judge_again, newest_verdicts, policy_in
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tests.support.asking import ask
from tests.support.media import make_video
from tests.support.moderating import FINE, QUICK, Bench, Moderator
from tests.support.service import FakeService
from tests.support.service_specs import KEY

WORSE = FINE.replace("Severity: 5", "Severity: 7")


@pytest.fixture(scope="module")
def moderated(session_env: dict[str, str], media: Path) -> Iterator[Bench]:
    """Three films, moderated by a policy whose whole rest is sampled: two have a finding, the third is clear."""
    moderator = Moderator({4.0: QUICK, 3.0: QUICK}, {4.0: FINE, 3.0: WORSE})
    with FakeService(api_key=KEY, answer=moderator) as service:
        for seconds in (2, 3, 4):
            make_video(media, f"{seconds}.mp4", seconds=seconds, size="96x96")
        text = Path(load_policy.__code__.co_filename).with_name("policies").joinpath("default.toml").read_text()
        (media / "ours.toml").write_text(text.replace("review_sample = 0.02", "review_sample = 1.0"))
        made = Bench(media, service, moderator, {**session_env, "DASHSCOPE_BASE_URL": service.base_url})
        assert made.moderate("2.mp4", "3.mp4", "4.mp4", "--policy", "ours.toml").status == 0
        yield made


@pytest.fixture
def bench(moderated: Bench, tmp_path: Path) -> Bench:
    return moderated.copy_in(tmp_path)


def listed(bench: Bench, *words: object) -> list[dict[str, object]]:
    ran = bench.review("list", "--json", *words)
    assert ran.status == 0, ran.err
    found: list[dict[str, object]] = ran.json
    return found


def test_the_queue_is_by_severity_with_the_sample_among_it(bench: Bench) -> None:
    items = listed(bench, "--reviewer", "ada")
    assert [item["uri"] for item in items if item["start_ms"] is not None] == ["3.mp4", "4.mp4"]
    assert {str(item["uri"]) for item in items} == {"2.mp4", "3.mp4", "4.mp4"}
    assert {len(str(item["item"])) for item in items} == {32}, "an item of the sample looks like any other"


def test_what_is_claimed_nobody_else_gets(bench: Bench) -> None:
    mine = listed(bench, "--reviewer", "ada", "--claim", 2)
    assert len(mine) == 2
    theirs = listed(bench, "--reviewer", "bob", "--claim", 2)
    assert len(theirs) == 1
    taken = bench.review("decide", mine[0]["item"], "allow", "--reviewer", "bob")
    assert (taken.status, "being reviewed by ada" in taken.complaint) == (2, True)


def test_decisions_come_back_from_a_csv_and_are_measured(bench: Bench) -> None:
    assert bench.review("export", "queue.csv").status == 0
    rows = list(csv.DictReader(io.StringIO((bench.folder / "queue.csv").read_text())))
    assert "severity" not in rows[0], "what the model thought is not told"
    for row in rows:
        row |= {"reviewer": "ada", "decision": "reject" if row["start"] else "allow", "reason": "seen"}
    with (bench.folder / "decided.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert bench.review("import", "decided.csv").out == "3 decisions taken in from decided.csv.\n"
    assert listed(bench) == []
    found = bench.review("stats", "--json").json
    assert found["precision"] == [{"label": "violence.graphic", "decided": 2, "rejected": 2, "precision": 1.0}]
    assert found["sampled_clear"] == {"decided": 1, "rejected": 0}


def test_the_trail_of_a_finding_is_whole(bench: Bench) -> None:
    [worst, *_] = [item for item in listed(bench) if item["start_ms"] is not None]
    assert bench.review("decide", str(worst["item"])[:8], "escalate", "--reason", "ask legal").status == 0
    found = bench.review("show", worst["item"], "--json").json
    assert (found["recording"]["uri"], found["finding"]["severity"]) == ("3.mp4", 7)
    quick, fine = found["looked_at"]
    assert (quick["pass"], fine["pass"]) == ("quick", "fine")
    assert fine["segments"][0]["raw_answer"] == WORSE
    assert fine["segments"][0]["request_id"]
    assert "Severity says how bad it is" in fine["instruction"]
    assert found["policy"]["reject"] == "never"
    assert [one["reason"] for one in found["reviews"]] == ["ask legal"]
    assert found["verdict"]["judged_again"] == "the same"


def test_every_verdict_can_be_reproduced_from_the_dataset_alone(bench: Bench) -> None:
    asked = len(bench.service.requests)
    dataset = Dataset.existing(bench.dataset)
    configs = {row["run_id"]: row["config_json"] for row in ask(bench.dataset, "SELECT * FROM runs")}
    media = {row["media_id"]: row for row in ask(bench.dataset, "SELECT * FROM media")}
    verdicts = newest_verdicts(dataset)
    assert len(verdicts) == 3
    with History(dataset) as history:
        for media_id, row in verdicts.items():
            again = judge_again(history, row, media[media_id], policy_in(configs[row["run_id"]])).verdict
            assert (again.outcome, again.action, "\n".join(again.reasons)) == (
                row["outcome"],
                row["action"],
                row["reasons"],
            )
    assert json.loads(next(iter(configs.values())))["moderation"]["instructions"]["quick"]["video"]
    assert len(bench.service.requests) == asked
