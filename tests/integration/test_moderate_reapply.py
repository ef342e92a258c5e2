"""Another policy over what is stored: shown first, then applied, without a call; reviews go on to hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from tests.support.asking import ask_values as ask
from tests.support.media import make_video
from tests.support.moderating import FINE, QUICK, Bench, Moderator
from tests.support.service import FakeService
from tests.support.service_specs import KEY

DEFAULT = Path(config.__file__).parent / "policies" / "default.toml"
HELD = "SELECT finding_id, action, policy_version FROM held_findings"


@pytest.fixture(scope="module")
def moderated(session_env: dict[str, str], media: Path) -> Iterator[Bench]:
    """A film with a finding of severity 5 that was moderated, and a stricter policy."""
    moderator = Moderator({4.0: QUICK}, {4.0: FINE})
    with FakeService(api_key=KEY, answer=moderator) as service:
        make_video(media, "film.mp4", seconds=4, size="96x96")
        stricter = DEFAULT.read_text().replace('version = "1"', 'version = "2"')
        (media / "stricter.toml").write_text(
            stricter.replace('reject = "never"', "reject = { severity = 5, confidence = 50 }", 1)
        )
        made = Bench(media, service, moderator, {**session_env, "DASHSCOPE_BASE_URL": service.base_url})
        assert made.moderate("film.mp4").status == 0
        yield made


@pytest.fixture
def bench(moderated: Bench, tmp_path: Path) -> Bench:
    return moderated.copy_in(tmp_path)


def test_a_trial_shows_what_would_change_and_changes_nothing(bench: Bench) -> None:
    before = ask(bench.dataset, HELD)
    ran = bench.moderate("--policy", "stricter.toml", "--reapply", "--dry-run", "--json")
    assert ran.json["changes"] == [{"uri": "film.mp4", "before": ["flagged", "review"], "after": ["flagged", "reject"]}]
    assert any("reject at never -> severity 5" in line for line in ran.json["differences"])
    assert (ask(bench.dataset, HELD), len(bench.service.requests)) == (before, 2)


def test_another_policy_is_applied_without_a_call(bench: Bench) -> None:
    [(finding, _, _)] = ask(bench.dataset, HELD)
    assert bench.review("decide", finding, "allow", "--reviewer", "ada").status == 0
    assert bench.moderate("--policy", "stricter.toml", "--reapply").status == 0
    assert ask(bench.dataset, HELD) == [(finding, "reject", "2")], "it is the same finding"
    assert bench.review("show", finding, "--json").json["reviews"][0]["decision"] == "allow"
    assert bench.review("show", finding, "--json").json["verdict"]["judged_again"] == "the same"
    known = bench.moderate("film.mp4", "--policy", "stricter.toml", "--fail-on", "reject")
    assert (known.status, len(bench.service.requests)) == (4, 2)


def test_a_new_policy_alone_says_that_known_recordings_keep_theirs(bench: Bench) -> None:
    ran = bench.moderate("film.mp4", "--policy", "stricter.toml", "--json")
    assert len(bench.service.requests) == 2
    assert any("--reapply" in note for note in ran.json["warnings"])
