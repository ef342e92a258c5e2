"""Files in every format: read back by other people's readers, odd text included."""

from __future__ import annotations

import io
import json
import re
from xml.etree import ElementTree as ET

import pysubs2
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from tasks.subtitles.cue import Cue, CueLine, Speech, Track, Turn, Word
from tasks.subtitles.formats.registry import FORMATS, FileForm, render_track

NASTY = "a --> b & <i>c</i> {d} \\N \\h < > , ; “é” 你好 שלום 👩‍🚀"
LETTERS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


def cue(start: int, end: int, *lines: tuple[str, str]) -> Cue:
    turns = tuple(Turn(speaker, text) for speaker, text in lines)
    return Cue(start, end, turns, tuple(CueLine(speaker, text) for speaker, text in lines))


SAID = (
    Speech(1000, 2500, "Ann", "Good morning, all."),
    Speech(3000, 4000, "Bob", "Morning."),
    Speech(9000, 9900, "Bob", "[door]"),
)
CUES = (
    cue(1000, 2500, ("Ann", "Good morning,"), ("Ann", "all.")),
    cue(3_723_004, 3_725_000, ("Ann", "-Yes?"), ("Bob", "-No, <never> & 'ever.")),
)
TRACK = Track("en", SAID, CUES, "A day", "change")


def written(name: str, track: Track = TRACK) -> str:
    return render_track(track, name).decode()


def track_of(text: str) -> Track:
    return Track("en", (), (cue(0, 1500, ("Ann", text)),))


def test_registry_names_every_format_by_its_ending() -> None:
    assert list(FORMATS) == ["srt", "vtt", "ass", "ttml", "lrc", "txt", "json"]


def test_srt_is_read_by_pysubs2() -> None:
    events = pysubs2.SSAFile.from_string(written("srt"), "srt", keep_html_tags=True)
    assert [(one.start, one.end, one.text) for one in events] == [
        (1000, 2500, "Good morning,\\Nall."),
        (3_723_004, 3_725_000, "-Yes?\\N-No, ‹never› & 'ever."),
    ]


def test_vtt_is_read_by_webvtt_py_with_its_voices() -> None:
    captions = webvtt.from_string(written("vtt")).captions
    assert [(one.start, one.end, one.text) for one in captions] == [
        ("00:00:01.000", "00:00:02.500", "Good morning,\nall."),
        ("01:02:03.004", "01:02:05.000", "-Yes?\n-No, &lt;never&gt; &amp; 'ever."),
    ]
    assert captions[0].voice == "Ann"


def test_vtt_escapes_names() -> None:
    assert "<v A &amp; B &lt;C&gt;>Hi</v>" in written("vtt", Track("en", (), (cue(0, 900, ("A & B <C>", "Hi")),)))


def test_ass_keeps_speakers_for_pysubs2() -> None:
    file = pysubs2.SSAFile.from_string(written("ass"), "ass")
    assert [(one.name, one.plaintext) for one in file] == [
        ("Ann", "Good morning,\nall."),
        ("Ann / Bob", "-Yes?\n-No, <never> & 'ever."),
    ]
    assert file.info["Title"] == "A day"


def test_ttml_is_read_by_pysubs2() -> None:
    events = pysubs2.SSAFile.from_string(written("ttml"), "ttml")
    assert [(one.start, one.end, one.plaintext) for one in events] == [
        (1000, 2500, "Good morning,\nall."),
        (3_723_004, 3_725_000, "-Yes?\n-No, <never> & 'ever."),
    ]


def test_ttml_declares_the_text_profile_the_language_and_its_agents() -> None:
    root = ET.fromstring(written("ttml"))
    tt, xml = "{http://www.w3.org/ns/ttml}", "{http://www.w3.org/XML/1998/namespace}"
    profile = "{http://www.w3.org/ns/ttml#parameter}contentProfiles"
    assert (root.tag, root.get(f"{xml}lang")) == (f"{tt}tt", "en")
    assert root.get(profile) == "http://www.w3.org/ns/ttml/profile/imsc1.1/text"
    agents = {one.get(f"{xml}id") for one in root.iter("{http://www.w3.org/ns/ttml#metadata}agent")}
    named = {one.get("{http://www.w3.org/ns/ttml#metadata}agent") for one in root.iter()} - {None}
    assert agents == named == {"speaker1", "speaker2"}


def test_ttml_says_that_text_runs_from_right_to_left() -> None:
    assert 'tts:direction="rtl"' in written("ttml", Track("ar", (), ()))


def test_lrc_has_a_time_a_line_and_clears_before_a_pause() -> None:
    assert written("lrc").splitlines() == [
        "[ti:A day]",
        "[00:01.00]Ann: Good morning, all.",
        "[00:03.00]Bob: Morning.",
        "[00:04.00]",
        "[00:09.00] [door]",
        "[00:09.90]",
    ]


def test_lrc_has_the_times_of_words_where_all_are_known() -> None:
    words = (Word("La", 1000, 1400), Word("la.", 1500, 2000))
    track = Track("en", (Speech(1000, 2000, "", "La la.", words), Speech(2000, 3000, "", "Oh la.", words)), ())
    assert written("lrc", track).splitlines()[:2] == [
        "[00:01.00]<00:01.00> La <00:01.50> la. <00:02.00>",
        "[00:02.00]Oh la.",
    ]


def test_txt_has_a_paragraph_a_turn() -> None:
    assert written("txt") == "Ann: Good morning, all.\n\nBob: Morning.\n\n[door]\n"


def test_json_holds_cues_and_speech() -> None:
    content = json.loads(written("json"))
    assert content["cues"][1]["lines"][1] == {"speaker": "Bob", "text": "-No, <never> & 'ever."}
    assert content["speech"][1]["start_ms"] == 3000


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml"])
@given(text=LETTERS | st.just(NASTY))
def test_no_text_breaks_a_file(name: str, text: str) -> None:
    file = written(name, track_of(f"{text}."))
    assert len(webvtt.from_string(file).captions if name == "vtt" else pysubs2.SSAFile.from_string(file, name)) == 1


@given(text=LETTERS)
def test_vtt_gives_every_text_back(text: str) -> None:
    [caption] = webvtt.from_string(written("vtt", track_of(text))).captions
    unescaped = caption.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert unescaped == text.strip()


@given(text=LETTERS)
def test_ttml_gives_every_text_back(text: str) -> None:
    spans = ET.fromstring(written("ttml", track_of(text))).iter("{http://www.w3.org/ns/ttml}span")
    assert [span.text for span in spans] == [text]


def test_pysubs2_writes_srt_that_reads_otherwise() -> None:
    """Why the SRT is ours: what its writer does to a text, so that we notice when that changes."""
    event = pysubs2.SSAEvent(0, 1500, text="{aside} a --> b")
    file = pysubs2.SSAFile()
    file.events = [event]
    assert file.to_string("srt").splitlines()[2] == "a --> b"


@pytest.mark.parametrize("name", FORMATS)
def test_files_are_utf8_with_line_feeds(name: str) -> None:
    content = render_track(TRACK, name)
    assert content.endswith(b"\n")
    assert b"\r" not in content
    assert not content.startswith(b"\xef\xbb\xbf")


def test_file_form_has_windows_lines_and_a_mark_where_asked() -> None:
    content = render_track(TRACK, "srt", FileForm(crlf=True, bom=True))
    assert content.startswith(b"\xef\xbb\xbf1\r\n")
    assert not re.search(rb"(?<!\r)\n", content)
    assert pysubs2.SSAFile.from_file(io.StringIO(content.decode("utf-8-sig")), format_="srt")[0].end == 2500
