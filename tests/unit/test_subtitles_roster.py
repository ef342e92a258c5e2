"""Who is who: by the words that both segments heard, by profiles, by names."""

from __future__ import annotations

import pytest

from tasks.records import SpeakerProfile
from tasks.subtitles.profiles import likeness
from tasks.subtitles.roster import Roster, Votes, is_plain_name, match_speakers

WOMAN, MAN = "Woman with a warm, low voice, Irish", "Young man, quick and nervous"


def roster_of(**people: str) -> Roster:
    profiles = [SpeakerProfile(name, profile) for name, profile in people.items()]
    return match_speakers(Roster(), "first", people, profiles, {}).roster


def matched(roster: Roster, people: dict[str, str], votes: Votes | None = None) -> dict[str, str]:
    profiles = [SpeakerProfile(name, profile) for name, profile in people.items()]
    found = match_speakers(roster, "second", people, profiles, votes or {})
    return {name: found.roster.speakers[position].name for name, position in found.positions.items()}


def test_match_speakers_knows_people_by_their_profiles() -> None:
    roster = roster_of(Ann=WOMAN, Bob=MAN)
    people = {"Speaker 1": "A nervous, quick young man", "Speaker 2": "Irish woman, low warm voice"}
    assert matched(roster, people) == {"Speaker 1": "Bob", "Speaker 2": "Ann"}


def test_match_speakers_believes_shared_words_before_profiles() -> None:
    roster = roster_of(Ann=WOMAN, Bob=MAN)
    people = {"Speaker 1": MAN, "Speaker 2": WOMAN}
    assert matched(roster, people, {(0, "Speaker 1"): 8, (1, "Speaker 2"): 9}) == {
        "Speaker 1": "Ann",
        "Speaker 2": "Bob",
    }


def test_match_speakers_does_not_believe_two_words() -> None:
    roster = roster_of(Ann=WOMAN, Bob=MAN)
    assert matched(roster, {"Speaker 1": MAN, "Speaker 2": WOMAN}, {(0, "Speaker 1"): 2})["Speaker 1"] == "Bob"


def test_match_speakers_takes_the_name_where_nothing_else_is_known() -> None:
    assert matched(roster_of(Ann="", Bob=""), {"Bob": "", "Ann": ""}) == {"Bob": "Bob", "Ann": "Ann"}


def test_match_speakers_tells_a_new_person_of_a_known_name() -> None:
    roster = roster_of(**{"Speaker 1": WOMAN})
    assert matched(roster, {"Speaker 1": MAN}) == {"Speaker 1": "Speaker 2"}


def test_match_speakers_never_makes_one_person_of_two_names() -> None:
    assert len(set(matched(roster_of(Ann=WOMAN), {"Woman": WOMAN, "Irish woman": WOMAN}).values())) == 2


def test_match_speakers_prefers_a_real_name_once_there_is_one() -> None:
    assert matched(roster_of(**{"Speaker 1": WOMAN}), {"Ann": WOMAN}) == {"Ann": "Ann"}


def test_match_speakers_keeps_the_map() -> None:
    found = match_speakers(roster_of(Ann=WOMAN), "second", ["Woman"], [SpeakerProfile("Woman", WOMAN)], {})
    assert found.roster.speakers[0].names == (("first", "Ann"), ("second", "Woman"))


@pytest.mark.parametrize(
    "name", ["Speaker 1", "speaker b", "The man", "Unknown woman 2", "说话人1", "旁白", "Sprecherin"]
)
def test_is_plain_name_knows_names_that_tell_nothing(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize("name", ["Ann", "Mr. Doyle", "The harbour master", "林老师"])
def test_is_plain_name_lets_real_names_be(name: str) -> None:
    assert not is_plain_name(name)


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (WOMAN, "Irish woman, warm voice", True),
        ("年轻女性，声音温柔，主持人", "女主持人，温柔的声音", True),
        ("年轻女性，声音温柔，主持人", "中年男性，低沉，记者", False),
        (WOMAN, MAN, False),
        ("Young man, calm", "Old man, calm", False),
        ("", MAN, False),
    ],
)
def test_likeness_tells_voices_apart(first: str, second: str, alike: bool) -> None:
    assert (likeness(first, second) > 0.36) is alike
