"""Lists on the command line: copies of known content are found, and a new list reaches what was judged before."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import ffmpeg
import pytest

from tasks.media.probing import probe_recording
from tasks.moderation.frame_hashes import recording_hashes
from tests.support.asking import ask_values as ask
from tests.support.cli import reelsheet
from tests.support.media import make_video
from tests.support.moderating import Bench, Moderator
from tests.support.service import FakeService
from tests.support.service_specs import KEY

SAMPLES = Path(__file__).parents[2] / "samples"
FOUND = "SELECT uri, source, label FROM held_findings GROUP BY ALL ORDER BY ALL"


@pytest.fixture
def bench(session_env: dict[str, str], tmp_path: Path) -> Iterator[Bench]:
    """A model that finds nothing."""
    with FakeService(api_key=KEY, answer=Moderator()) as service:
        yield Bench(tmp_path, service, Moderator(), {**session_env, "DASHSCOPE_BASE_URL": service.base_url})


def piece(bench: Bench, sample: str, name: str, start: float = 0, **filters: object) -> Path:
    """Three seconds of a sample, made smaller or cropped, encoded anew and badly."""
    source = ffmpeg.input(str(SAMPLES / sample), ss=start, t=3)
    picture = source.video.filter("scale", w=filters.get("w", -2), h=filters.get("h", 480))
    if share := filters.get("crop"):
        picture = source.video.filter("crop", f"iw*{share}", f"ih*{share}")
        picture = picture.filter("scale", w="trunc(iw/2)*2", h="trunc(ih/2)*2")
    path = bench.folder / name
    encoding = {"vcodec": "libx264", "preset": "ultrafast", "crf": filters.get("crf", 23), "pix_fmt": "yuv420p"}
    ffmpeg.output(picture, str(path), **encoding).run(quiet=True)
    return path


def known_list(bench: Bench, original: Path) -> str:
    """A list with the hashes of a video's frames, as they are."""
    frames = recording_hashes(probe_recording(original, original.name))
    rows = [{"hash": one.variants[0].hex(), "label": "violence", "name": f"frame {one.at_ms}"} for one in frames]
    with (bench.folder / "known.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["hash", "label", "name"])
        writer.writeheader()
        writer.writerows(rows)
    return "known.csv"


@pytest.mark.long
def test_copies_of_known_content_match_and_others_do_not(bench: Bench) -> None:
    pytest.importorskip("pdqhash", reason="the extra `known` is not installed: it needs a compiler")
    original = piece(bench, "harbour-day.mp4", "original.mp4", h=720)
    known = known_list(bench, original)
    original.unlink()
    piece(bench, "harbour-day.mp4", "encoded.mp4", crf=38, h=720)
    piece(bench, "harbour-day.mp4", "smaller.mp4", h=240)
    piece(bench, "harbour-day.mp4", "cropped.mp4", crop=0.96)
    piece(bench, "phone-ferry.mp4", "another.mp4")
    assert bench.moderate(".", "--pass", "quick", "--known", known).status == 0
    copies = ["./cropped.mp4", "./encoded.mp4", "./smaller.mp4"]
    assert ask(bench.dataset, FOUND) == [(uri, "hash_match", "violence") for uri in copies]
    assert ask(bench.dataset, "SELECT uri, outcome FROM current_verdicts WHERE outcome <> 'flagged'") == [
        ("./another.mp4", "clear")
    ]


def test_a_new_known_list_reaches_what_was_judged_before(bench: Bench) -> None:
    pytest.importorskip("pdqhash", reason="the extra `known` is not installed: it needs a compiler")
    film = piece(bench, "harbour-day.mp4", "film.mp4", h=240)
    piece(bench, "phone-ferry.mp4", "another.mp4", h=240)
    assert bench.moderate(".", "--pass", "quick", "--json").json["outcomes"]["clear"] == 2
    asked, known = len(bench.service.requests), known_list(bench, film)
    ran = bench.moderate(".", "--pass", "quick", "--known", known, "--json")
    assert len(bench.service.requests) == asked, "no call is needed"
    assert (ran.json["outcomes"]["flagged"], ran.json["outcomes"]["clear"]) == (1, 1)
    assert {(one["uri"], one["source"], one["action"]) for one in ran.json["findings"]} == {
        ("./film.mp4", "hash_match", "review")
    }
    rows = ask(bench.dataset, "SELECT count(*) FROM verdicts")
    again = bench.moderate(".", "--pass", "quick", "--known", known, "--json")
    assert (again.json["findings"], again.json["outcomes"]["flagged"]) == ([], 1)
    assert ask(bench.dataset, "SELECT count(*) FROM verdicts") == rows, "a list is applied once"
    kept = bench.dataset / ".reelsheet" / "frame-hashes"
    assert len(list(kept.rglob("*.pdq"))) == 2
    forget = ("forget", "./film.mp4", "--dataset", "dataset")
    assert reelsheet(*forget, env=bench.env, cwd=bench.folder).status == 0
    assert len(list(kept.rglob("*.pdq"))) == 1, "and its hashes go with a recording"


def test_new_words_reach_what_was_judged_before(bench: Bench) -> None:
    make_video(bench.folder, "film.mp4", seconds=4, size="96x96")
    words = ("analyze", "film.mp4", "--dataset", "dataset", "--settle", 0)
    assert reelsheet(*words, env=bench.env, cwd=bench.folder).status == 0
    assert bench.moderate("film.mp4", "--json").json["outcomes"]["clear"] == 1
    (bench.folder / "words.txt").write_text("[hate.slur]\nthis lasts\n")
    asked = len(bench.service.requests)
    ran = bench.moderate("film.mp4", "--words", "words.txt", "--json")
    assert len(bench.service.requests) == asked
    assert [(one["label"], one["source"], one["action"]) for one in ran.json["findings"]] == [
        ("hate.slur", "word_list", "review")
    ]
    [(item,)] = ask(bench.dataset, "SELECT finding_id FROM held_findings")
    trail = bench.review("show", item, "--json").json
    assert (trail["verdict"]["judged_again"], trail["finding"]["source"]) == ("the same", "word_list")
