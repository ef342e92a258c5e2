"""Sounds are chosen by their number, counted from 0, by language, or all of them."""

from __future__ import annotations

import pytest

from config.catalog import load_catalog
from config.errors import ConfigError
from config.track_languages import track_language
from tasks.errors import NoSuchTrack
from tasks.media.audio_tracks import ALL, AudioTrack, chosen_sounds

PICTURE = {"index": 0, "codec_type": "video", "codec_name": "h264", "width": 96, "height": 64}


def a_sound(index: int, language: str = "", **more: object) -> dict[str, object]:
    tags = {"tags": {"language": language}} if language else {}
    facts = {"index": index, "codec_type": "audio", "codec_name": "aac", "sample_rate": "48000", "channels": 2}
    return {**facts, **tags, **more}


FILM = [PICTURE, a_sound(1, "eng"), a_sound(2, "ger"), a_sound(3, "eng", disposition={"default": 1}), a_sound(4)]
EVERYTHING = range(10)


def wanted(name: str) -> AudioTrack:
    return AudioTrack(name) if name.isdecimal() or name == ALL else AudioTrack(*track_language(name, load_catalog()))


def chosen(name: str, film: list[dict[str, object]] = FILM, programme: object = EVERYTHING) -> tuple[list[object], str]:
    found = chosen_sounds("a.mkv", film, wanted(name), (), programme)  # type: ignore[arg-type]
    return [stream["index"] for stream in found.streams], found.name


@pytest.mark.parametrize(
    ("name", "indexes", "called"),
    [
        ("0", [1], "0"),
        ("3", [4], "3"),
        ("eng", [3], "2"),  # of two the default one
        ("en-US", [3], "2"),
        ("English", [3], "2"),
        ("de", [2], "1"),
        ("deu", [2], "1"),
        ("all", [1, 2, 3, 4], "all"),
    ],
)
def test_sounds_are_chosen_by_number_language_or_all(name: str, indexes: list[int], called: str) -> None:
    assert chosen(name) == (indexes, called)


def test_sounds_of_a_nearer_tag_and_the_programme_come_first() -> None:
    portuguese = [a_sound(0, "por"), a_sound(1, "pt-BR"), a_sound(2, "por")]
    assert [chosen("pt-br", portuguese), chosen("por", portuguese, (2,)), chosen("all", portuguese, (1, 2))] == [
        ([1], "1"),
        ([2], "2"),
        ([1, 2], "all"),
    ]


@pytest.mark.parametrize("name", ["0", "eng", "all"])
def test_sounds_of_one_are_no_choice(name: str) -> None:
    assert chosen(name, [PICTURE, a_sound(1, "eng")]) == ([1], "")


@pytest.mark.parametrize(
    ("name", "film", "words"),
    [
        ("4", FILM, r"has no sound #4; it has #0 \(eng\), #1 \(ger\), #2 \(eng\), #3 \(counted from 0\)"),
        ("fr", FILM, r"no sound in the language fr; it has #0"),
        ("0", [PICTURE], r"has no sound #0, since it has no sound at all"),
        ("0", [a_sound(0, codec_name="unknown")], r"#0 of a\.mkv cannot be decoded"),
    ],
)
def test_sounds_that_do_not_exist_are_named(name: str, film: list[dict[str, object]], words: str) -> None:
    with pytest.raises(NoSuchTrack, match=words):
        chosen(name, film)


def test_sounds_of_a_silent_film_are_none_of_all() -> None:
    assert chosen("all", [PICTURE]) == ([], "")


@pytest.mark.parametrize(
    ("name", "tag"), [("en", "en"), ("FRE", "fr"), ("chi", "zh"), ("Mandarin", "zh"), ("qaa", "qaa"), ("es_MX", "es")]
)
def test_track_languages_are_read_in_every_spelling(name: str, tag: str) -> None:
    assert track_language(name, load_catalog())[0] == tag


@pytest.mark.parametrize("name", ["Englisch!", "auto", "-1", "1.5"])
def test_track_languages_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        track_language(name, load_catalog())
