"""Of several sounds the one that was chosen is heard, or all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.media.audio_tracks import AudioTrack
from tasks.media.clean_copy import clean_copy
from tasks.media.cutting import cut_segment
from tasks.media.probing import probe_recording
from tasks.records import AnalysisPlan, PlannedSegment, Question, Recording, Span, Tokens
from tests.support import media_zoo as zoo
from tests.support.asking import ask_values
from tests.support.cli import reelsheet

pytestmark = pytest.mark.usefixtures("asked_once")

ENGLISH, GERMAN, BOTH = {2}, {10}, {2, 10}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tracks")


def heard(recording: Recording, folder: Path) -> set[int]:
    """The seconds of the story that are heard at 2.5 s of a clip of it."""
    segment = PlannedSegment(0, "clip", Span(0, 6000), "scenario", None, sound=True, tokens=Tokens())
    question = Question("standard", "", "", "sections", "auto")
    plan = AnalysisPlan("a", recording, "standard", question, "local", "model", "base64", (segment,), "{}")
    (clip,) = cut_segment(plan, segment, folder, 7_000_000)
    return zoo.all_heard(Path(clip.path), 2500)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_the_sound_that_was_chosen_is_heard(folder: Path, ending: str) -> None:
    path = zoo.two_languages(folder / f"two.{ending}")
    choices = {
        None: ("", ENGLISH, "of its 2 sounds #0 (eng) is analysed, and not #1 (ger)"),
        AudioTrack("0"): ("0", ENGLISH, "of its 2 sounds #0 (eng) is analysed, and not #1 (ger)"),
        AudioTrack("1"): ("1", GERMAN, "of its 2 sounds #1 (ger) is analysed, and not #0 (eng)"),
        AudioTrack("de", ("de", "deu", "ger")): ("1", GERMAN, "of its 2 sounds #1 (ger) is analysed, and not #0 (eng)"),
        AudioTrack("all"): ("all", BOTH, "of its 2 sounds #0 (eng), #1 (ger) are mixed"),
    }
    found = {}
    for track in choices:
        recording = probe_recording(path, path.name, track=track)
        found[track] = (recording.audio_track, heard(recording, folder), recording.notes[0])
    assert found == choices


@pytest.mark.parametrize(("name", "tones"), [("1", GERMAN), ("all", BOTH)])
def test_the_sound_that_was_chosen_is_that_of_every_part(folder: Path, name: str, tones: set[int]) -> None:
    part = zoo.two_languages(folder / "two.ts")
    path = zoo.joined(folder / "four.ts", part, part)
    recording = probe_recording(path, path.name, track=AudioTrack(name))
    copy = clean_copy(recording, folder)
    assert [zoo.all_heard(Path(copy.path), at_ms) for at_ms in (2500, 8500)] == [tones, tones]


@pytest.mark.long
def test_a_chosen_sound_is_another_analysis(env: dict[str, str], folder: Path, tmp_path: Path) -> None:
    two, one = zoo.two_languages(folder / "two.mkv"), zoo.made(folder / "one.mkv", *zoo.story(6), *zoo.H264)
    dataset = tmp_path / "dataset"
    words = ("--dataset", dataset, "--settle", "0", "--json")
    listed = tmp_path / "list.csv"
    listed.write_text(f"uri,audio_track\n{two},0\n{two},German\n{two},all\n{one},\n")
    ran = [
        reelsheet("analyze", two, one, *words, env=env),
        reelsheet("analyze", two, one, "--audio-track", "ger", *words, env=env),
        reelsheet("analyze", two, "--audio-track", "1", *words, env=env),
        reelsheet("analyze", listed, *words, env=env),
    ]

    assert [(each.status, each.json["requests"]) for each in ran] == [(0, 2), (1, 1), (0, 0), (0, 2)]
    [failed] = ran[1].json["failures"]
    assert (failed["uri"], failed["stage"], failed["error"]) == (str(one), "probe", "NoSuchTrack")
    assert failed["message"].endswith("it has #0 (counted from 0): choose one of them, or leave out --audio-track.")
    chosen = "SELECT params_json ->> '$.audio_track' AS track FROM analyses ORDER BY track NULLS FIRST"
    assert [track for (track,) in ask_values(dataset, chosen)] == [None, None, "0", "1", "all"]


@pytest.mark.parametrize("name", ["Klingon?", "1.5"])
def test_a_sound_that_cannot_be_meant_is_wrong_usage(env: dict[str, str], tmp_path: Path, name: str) -> None:
    ran = reelsheet("plan", tmp_path, "--audio-track", name, env=env)
    assert (ran.status, name.lower() in ran.complaint.lower()) == (2, True)
