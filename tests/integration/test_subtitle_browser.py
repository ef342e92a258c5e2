"""A browser plays a recording with the WebVTT that was written for it, and shows each cue at its time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.subtitles.cue import Cue, CueLine, Track
from tasks.subtitles.formats.registry import render_track
from tests.support.browser import needs_chromium, open_page
from tests.support.cli import reelsheet
from tests.support.media import make_video
from tests.support.service import Asked, FakeService
from tests.support.service_specs import KEY
from tests.support.talking import NOBODY, PROFILES

Env = dict[str, str]

WORDS = (
    ("00:01.000 - 00:02.500", "Ann", "Fish & chips, 3 < 5 > 4, and so on?"),
    ("00:04.000 - 00:05.500", "Bob & Co", "“Ça va?” 你好 שלום --> 👩‍🚀"),
    ("00:07.000 - 00:08.000", "Ann", "Not here."),
)

# Shows the cues at given times, first by seeking, then by playing on from 6.5 s until the last one has been taken off.
PAGE = """\
<!doctype html><meta charset="utf-8">
<video id="film" muted><track id="words" kind="subtitles" srclang="en" src="film.en.vtt" default></video>
<script>
const film = document.getElementById("film"), track = document.getElementById("words").track;
const shown = () => Array.from(track.activeCues, cue => cue.getCueAsHTML().textContent);
const once = (target, name) => new Promise(resolve => target.addEventListener(name, resolve, {once: true}));
const result = {played: []};

async function seek(seconds) {
  const done = once(film, "seeked");
  film.currentTime = seconds;
  await done;
  await new Promise(resolve => setTimeout(resolve, 100));
  return shown();
}

async function run() {
  const loaded = track.cues && track.cues.length ? null : once(document.getElementById("words"), "load");
  film.src = URL.createObjectURL(await (await fetch("film.webm")).blob());
  await Promise.all([once(film, "loadeddata"), loaded]);
  result.cues = Array.from(track.cues, cue => [cue.startTime, cue.endTime]);
  const voices = cue => Array.from(cue.getCueAsHTML().querySelectorAll("span"), voice => voice.title);
  result.voices = Array.from(track.cues, voices);
  result.sought = [];
  for (const seconds of [0.5, 1.5, 3.9, 4.1, 7.5, 8.9]) result.sought.push([seconds, await seek(seconds)]);
  await seek(6.5);
  track.addEventListener("cuechange", () => result.played.push([film.currentTime, shown()]));
  await Promise.all([once(film, "ended"), film.play()]);
}

run().catch(error => { result.error = String(error); })
  .finally(() => fetch("/result", {method: "POST", body: JSON.stringify(result)}));
</script>
"""


def words(asked: Asked) -> str:
    if not asked.is_heard:
        return NOBODY
    entries = (f"{span}\nSpeaker: {speaker}\nContent: “{text}”\n" for span, speaker, text in WORDS)
    return f"{PROFILES}Ann - warm\nBob & Co - low\n\n" + "\n".join(entries)


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService(api_key=KEY, answer=words) as running:
        yield running


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text(PAGE)
    return make_video(tmp_path, "film.webm", seconds=10, size="96x96")


@needs_chromium
def test_a_browser_shows_each_cue_at_its_time(env: Env, film: Path, tmp_path: Path) -> None:
    where = ("--settle", "0", "--dataset", tmp_path / "dataset", "--language", "en", "--format", "vtt", "--json")
    ran = reelsheet("subtitle", film, *where, env=env)
    assert ran.status == 0, ran.err
    played = open_page(tmp_path, "page.html")
    assert "error" not in played
    first, second, third = (text for _, _, text in WORDS)
    assert played["sought"] == [[0.5, []], [1.5, [first]], [3.9, []], [4.1, [second]], [7.5, [third]], [8.9, []]]
    assert played["voices"] == [["Ann"], ["Bob & Co"], ["Ann"]]
    assert [text for _, text in played["played"]] == [[third], []]
    starts_and_ends = [seconds for seconds, _ in played["played"]]
    assert starts_and_ends == pytest.approx(played["cues"][2], abs=0.3)


@needs_chromium
def test_a_browser_shows_odd_text_as_it_is(film: Path) -> None:
    lines = (
        [CueLine("A & B <C>", "-<i>a</i> &amp; {b} \\N"), CueLine("Bob", "-c --> d")],
        [CueLine("", "00:01.000 --> 00:02.000"), CueLine("", "NOTE <00:05.000> <c.red>")],
        [CueLine("Ann", "WEBVTT"), CueLine("Ann", "STYLE")],
    )
    starts = (1000, 4000, 7000)
    cues = tuple(Cue(start, start + 1000, (), tuple(some)) for start, some in zip(starts, lines, strict=True))
    film.with_name("film.en.vtt").write_bytes(render_track(Track("en", (), cues), "vtt"))
    played = open_page(film.parent, "page.html")
    shown = {seconds: texts for seconds, texts in played["sought"] if texts}
    assert shown == {
        1.5: ["-<i>a</i> &amp; {b} \\N\n-c --> d"],
        4.1: ["00:01.000 --> 00:02.000\nNOTE <00:05.000> <c.red>"],
        7.5: ["WEBVTT\nSTYLE"],
    }
    assert played["voices"] == [["A & B <C>", "Bob"], [], ["Ann"]]
