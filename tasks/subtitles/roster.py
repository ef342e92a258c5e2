"""Make one speaker of the names that segments gave the same person.

A segment hears people under names of its own. They are the same person as one of the roster's where both segments heard
them say the same words, where the profiles read alike, or where the name is the same; in this order of weight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.records import SpeakerProfile
from tasks.subtitles.profiles import likeness

Votes = Mapping[tuple[int, str], float]  # (position in the roster, name in the segment) -> words that both said alike

_ENOUGH_WORDS = 3  # heard by both, from which on they tell who speaks
_FEWEST_WORDS, _OF_FEW = 2, 0.4  # from which on they tell something, and how much
_WORDS, _PROFILE, _NAME, _PLAIN_NAME = 2.0, 1.0, 0.6, 0.25
_ENOUGH = 0.36  # of a score, from which on two names are one person; the likeliest pairs are taken first
_UNLIKE = 0.3  # of a likeness, below which the same name is another person's
# "Speaker 1", "Man", "女1": a name that any segment may give to anybody
_PLAIN = re.compile(
    r"(?:(?:the |unknown |unidentified )?(?:speaker|voice|man|woman|boy|girl|male|female|child|person|narrator|host|"
    r"guest|interviewer|spk|sprecher(?:in)?|locuteur|hablante|说话人|说话者|發言人|发言人|男声?|女声?|男聲?|女聲?|旁白|主持人|話者|화자)"
    r"[\W_]*(?:[0-9]{1,3}|[a-z]|[一二三四五六七八九甲乙丙丁])?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RosterSpeaker:
    """Hold a person of the recording, with the name that each segment gave them."""

    name: str  # the first that is more than "Speaker 1", else the first
    profile: str  # the first that was given
    names: tuple[tuple[str, str], ...]  # (segment_id, name in that segment)
    profiles: tuple[str, ...] = ()  # all that were given, without repetition


@dataclass(frozen=True, slots=True)
class Roster:
    """Hold the speakers of a recording so far, in the order of their first words."""

    speakers: tuple[RosterSpeaker, ...] = ()

    def lines(self) -> list[str]:
        """Write one line a speaker, for the prompt of a later segment.

        >>> Roster((RosterSpeaker("Ann", "Irish, warm", ()),)).lines()
        ['Ann - Irish, warm']
        """
        return [f"{one.name} - {one.profile}" if one.profile else one.name for one in self.speakers]


@dataclass(frozen=True, slots=True)
class Matched:
    """Hold the roster with a segment's speakers, and the positions of their names."""

    roster: Roster
    positions: dict[str, int]


def match_speakers(
    roster: Roster, segment_id: str, names: Iterable[str], profiles: Sequence[SpeakerProfile], votes: Votes
) -> Matched:
    """Find each of a segment's speakers in the roster, or add them.

    Two names of a segment are never one person.

    `names` are those of its utterances; `votes` count the words that the roster's speakers and the segment's said alike
    where the segments overlap.

    >>> roster = match_speakers(Roster(), "a", ["Ann"], [SpeakerProfile("Ann", "Irish, warm")], {}).roster
    >>> match_speakers(roster, "b", ["Woman"], [SpeakerProfile("Woman", "Warm, Irish")], {}).positions
    {'Woman': 0}
    """
    described = {one.speaker: one.profile for one in profiles}
    local = list(dict.fromkeys(name for name in [*names, *described] if name))
    scored = sorted(
        (
            (-_score(speaker, _Local(name, described.get(name, "")), _share(position, name, votes)), position, name)
            for position, speaker in enumerate(roster.speakers)
            for name in local
        ),
        key=lambda entry: (entry[0], entry[1], local.index(entry[2])),
    )
    positions: dict[str, int] = {}
    for negative, position, name in scored:
        if -negative >= _ENOUGH and name not in positions and position not in positions.values():
            positions[name] = position
    speakers = list(roster.speakers)
    for name in local:
        if name not in positions:
            positions[name] = len(speakers)
            speakers.append(RosterSpeaker(_new_name(name, speakers), described.get(name, ""), ()))
        position = positions[name]
        speakers[position] = _with_name(speakers[position], segment_id, name, described.get(name, ""))
    return Matched(Roster(tuple(speakers)), positions)


def is_plain_name(name: str) -> bool:
    """Tell whether a name says only that somebody speaks.

    >>> is_plain_name("Speaker 2"), is_plain_name("Ann")
    (True, False)
    """
    return _PLAIN.fullmatch(name.strip()) is not None


@dataclass(frozen=True, slots=True)
class _Local:
    """Hold a speaker as one segment names and describes them."""

    name: str
    profile: str


def _with_name(speaker: RosterSpeaker, segment_id: str, name: str, profile: str) -> RosterSpeaker:
    better = name if is_plain_name(speaker.name) and not is_plain_name(name) else speaker.name
    return replace(
        speaker,
        name=better,
        profile=speaker.profile or profile,
        names=(*speaker.names, (segment_id, name)),
        profiles=tuple(dict.fromkeys([*speaker.profiles, *([profile] if profile else [])])),
    )


def _new_name(name: str, speakers: Sequence[RosterSpeaker]) -> str:
    """Give the name or, where it is taken, the name with the first free number."""
    taken = {speaker.name.casefold() for speaker in speakers}
    if name.casefold() not in taken:
        return name
    stem = re.sub(r"[\W_]*[0-9]+$", "", name) if is_plain_name(name) else name
    numbered = (f"{stem} {number}" for number in range(2, len(speakers) + 3))
    return next(one for one in numbered if one.casefold() not in taken)


def _score(speaker: RosterSpeaker, local: _Local, heard: float) -> float:
    """Rate how surely a segment's name means a speaker of the roster.

    `heard` is the share of words that both said alike.
    """
    known = speaker.profiles or ((speaker.profile,) if speaker.profile else ())
    alike = max((likeness(profile, local.profile) for profile in known), default=0.0) if local.profile else 0.0
    named = {speaker.name.casefold(), *(given.casefold() for _, given in speaker.names)}
    weight = _NAME
    if known and local.profile:
        weight = 0.0 if alike < _UNLIKE else _PLAIN_NAME if is_plain_name(local.name) else _NAME
    return _WORDS * heard + _PROFILE * alike + weight * (local.name.casefold() in named)


def _share(position: int, name: str, votes: Votes) -> float:
    """Give the share of a speaker's words that were this one's in the roster."""
    count = votes.get((position, name), 0)
    if count < _FEWEST_WORDS:
        return 0
    share = count / sum(votes[pair] for pair in votes if pair[1] == name)
    return share if count >= _ENOUGH_WORDS else _OF_FEW * share
