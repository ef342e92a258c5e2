"""Turn findings into an answer, of sections or as a short plain text. Pure.

Sections have the documented form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from engine.findings import Findings, Shot, SoundKinds, Stretch, TextSightings, Utterance, VisibleText
from engine.prompting import AnswerSpec
from engine.stretches import at_least, clipped, joined, without

NOT_TRANSCRIBED = (
    "Speech was detected but not transcribed: this engine transcribes English only, and the prompt does not say that "
    "the speech is in English. The storyline tells where it is."
)
BLACK_BRIGHTNESS, BLACK_CONTRAST = 20.0, 12.0
PLAIN_CONTRAST = 4.0
STILL_MOTION, LIVELY_MOTION = 1.0, 8.0
SHORTEST_EVENT_MS = 1_000
MOST_QUOTES = 12  # texts that one event of the storyline quotes
MOST_QUOTED_CHARACTERS = 600
THROUGHOUT = 0.9  # of an event
SHORTEST_NAMED_MS = 300  # a kind of sound is named in an event from this length on


def render(findings: Findings, spec: AnswerSpec) -> str:
    if not spec.sections:
        return "\n".join([*_plain(findings), "", f"Not analysed: {_not_analysed(findings)}"])
    sections = []
    if spec.storyline:
        sections.append("\n".join(["## Storyline", *_storyline(findings)]))
    if spec.visible_text:
        sections.append("\n".join(["## Visible Text", *_visible_text(findings.texts.texts if findings.texts else ())]))
    if spec.speech:
        sections.append("\n".join(["## Speakers and Transcript", *_speech(findings)]))
    sections.append(f"## Not Analysed\n{_not_analysed(findings)}")
    return "\n\n".join(sections)


def file_by_file(texts: Sequence[str], spec: AnswerSpec) -> str:
    """Join the answers about several files, each below the name of its file."""
    if len(texts) == 1:
        return texts[0]
    mark = "# " if spec.sections else ""
    return "\n\n".join(f"{mark}File {number}\n\n{text.strip()}" for number, text in enumerate(texts, 1)) + "\n"


def clock(ms: int) -> str:
    """Write a time as mm:ss.mmm, with minutes above 59 in a long clip."""
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def span(start_ms: int, end_ms: int) -> str:
    return f"{clock(start_ms)} - {clock(end_ms)}"


# --- storyline -------------------------------------------------------------------------------------------------


def events(findings: Findings) -> list[Stretch]:
    """Return an event for each shot, or without picture for each kind of sound.

    Short ones join the one before.
    """
    if findings.shots:
        edges = [shot.start_ms for shot in findings.shots]
    else:
        edges = [edge for edge, _ in _kind_changes(findings)]
    kept = [0]
    for edge in sorted(edges):
        if edge - kept[-1] >= SHORTEST_EVENT_MS and findings.duration_ms - edge >= SHORTEST_EVENT_MS:
            kept.append(edge)
    return [Stretch(start, end) for start, end in zip(kept, [*kept[1:], findings.duration_ms], strict=True)]


def _kind_changes(findings: Findings) -> list[tuple[int, str]]:
    if findings.sound is None:
        return []
    marks: list[tuple[int, str]] = []
    for name, stretches in _kinds(findings.sound):
        for each in at_least(joined(stretches, gap_ms=SHORTEST_EVENT_MS), SHORTEST_EVENT_MS):
            marks += [(each.start_ms, name), (each.end_ms, name)]
    return sorted(marks)


def _storyline(findings: Findings) -> Iterator[str]:
    for event in events(findings):
        yield span(event.start_ms, event.end_ms)
        yield " ".join(_paragraph(findings, event))


def _paragraph(findings: Findings, event: Stretch) -> Iterator[str]:
    if findings.shots is not None:
        yield _picture(findings.shots, event)
        yield _texts(findings.texts, event)
    yield _sounds(findings.sound, event) if findings.sound is not None else "There is no sound track."


def _texts(found: TextSightings | None, event: Stretch) -> str:
    """Quote the texts of an event, as many as stay readable, and count the rest."""
    shown = list(dict.fromkeys(each.text for each in (found.texts if found else ()) if _meets(each, event)))
    if not shown:
        return "No text on screen."
    quoted: list[str] = []
    for text in shown[:MOST_QUOTES]:
        if quoted and sum(map(len, quoted)) + len(text) > MOST_QUOTED_CHARACTERS:
            break
        quoted.append(text)
    more = f", and {len(shown) - len(quoted)} more" if len(shown) > len(quoted) else ""
    return f"Text on screen: {', '.join(f'“{text}”' for text in quoted)}{more}."


def _picture(shots: Sequence[Shot], event: Stretch) -> str:
    inside = [shot for shot in shots if _meets(shot, event)]
    longest = max(inside, key=lambda shot: min(shot.end_ms, event.end_ms) - max(shot.start_ms, event.start_ms))
    light = _brightness(longest)
    if light in ("black", "plain"):
        return "The picture is black." if light == "black" else "The picture is one plain tone."
    return f"A {light} {_liveliness(longest)}."


def _brightness(shot: Shot) -> str:
    if shot.brightness < BLACK_BRIGHTNESS and shot.contrast < BLACK_CONTRAST:
        return "black"
    if shot.contrast < PLAIN_CONTRAST:
        return "plain"
    if shot.brightness < 70:
        return "dark"
    return "bright" if shot.brightness > 170 else "medium-bright"


def _liveliness(shot: Shot) -> str:
    if shot.motion < STILL_MOTION:
        return "still picture"
    return "picture with much motion" if shot.motion > LIVELY_MOTION else "picture with some motion"


def _sounds(sound: SoundKinds, event: Stretch) -> str:
    """Name what is heard in an event; in a silent instant that is silence alone."""
    quiet = _named(clipped(sound.silence, event.start_ms, event.end_ms))
    named = {name: _named(clipped(stretches, event.start_ms, event.end_ms)) for name, stretches in _kinds(sound)}
    parts = {
        name: quiet if name == "silence" else at_least(without(heard, quiet), SHORTEST_NAMED_MS)
        for name, heard in named.items()
    }
    audible = any(heard for name, heard in parts.items() if name != "silence")
    sentences = [
        _heard(name, heard, event, alone=not (audible if name == "silence" else quiet))
        for name, heard in parts.items()
        if heard
    ]
    return f"Heard: {'; '.join(sentences)}." if sentences else "Nothing clear is heard."


def _heard(name: str, parts: Sequence[Stretch], event: Stretch, *, alone: bool) -> str:
    """Name a kind of sound and when it is heard.

    `alone`: nothing that would contradict it is heard in the event.
    """
    if alone and sum(part.duration_ms for part in parts) >= THROUGHOUT * event.duration_ms:
        return f"{name} throughout"
    return f"{name} ({', '.join(span(part.start_ms, part.end_ms) for part in parts)})"


def _named(stretches: Iterable[Stretch]) -> list[Stretch]:
    return at_least(joined(stretches, gap_ms=1_000), SHORTEST_NAMED_MS)


def _kinds(sound: SoundKinds) -> list[tuple[str, Sequence[Stretch]]]:
    return [("speech", sound.speech), ("music", sound.music), ("silence", sound.silence)]


def _meets(one: Shot | VisibleText | Stretch, other: Stretch) -> bool:
    return one.start_ms < other.end_ms and one.end_ms > other.start_ms


# --- text and speech -------------------------------------------------------------------------------------------


def _visible_text(texts: Sequence[VisibleText]) -> Iterator[str]:
    if not texts:
        yield "No text appears."
    for (start, end), group in groupby(texts, key=lambda each: (each.start_ms, each.end_ms)):
        yield span(start, end)
        yield from (f"“{each.text}”: {each.appearance}" for each in group)


def _speech(findings: Findings) -> Iterator[str]:
    if findings.sound is None or not findings.sound.speech:
        yield "No speech appears."
    elif findings.utterances is None:
        yield NOT_TRANSCRIBED
    elif not findings.utterances:
        yield "Speech was detected, but no words could be made out."
    else:
        yield "Speaker profiles:"
        yield from _profiles(findings)
        for each in findings.utterances:
            yield ""
            yield span(each.start_ms, each.end_ms)
            yield f"Speaker: {_name(each)}"
            yield f"Content: “{each.text}”"


def _profiles(findings: Findings) -> list[str]:
    names = list(dict.fromkeys(_name(each) for each in findings.utterances or ()))
    if not findings.speakers_told_apart:
        return [f"{name} - all speech; speakers were not told apart" for name in names]
    return [f"{name} - a voice told apart by its sound; accent, tone and identity were not analysed" for name in names]


def _name(utterance: Utterance) -> str:
    return "Speaker" if utterance.speaker is None else f"Speaker {utterance.speaker}"


def _plain(findings: Findings) -> Iterator[str]:
    yield from (
        f"{span(event.start_ms, event.end_ms)} {' '.join(_paragraph(findings, event))}" for event in events(findings)
    )
    for each in findings.utterances or ():
        yield f"{span(each.start_ms, each.end_ms)} {_name(each)} says: “{each.text}”"


def _texts_left_out(found: TextSightings | None) -> list[str]:
    if found is None:
        return []
    unread = f"some of the text in {clock(found.unread_ms)} that showed more than could be read in time"
    unlisted = f"{found.unlisted} texts that went by faster than a person could read them"
    return [unread] * bool(found.unread_ms) + [unlisted] * bool(found.unlisted)


def _not_analysed(findings: Findings) -> str:
    left = ["what the scenes show and mean", "people, objects and actions"] if findings.shots is not None else []
    left += _texts_left_out(findings.texts)
    left += ["emotions, accents and manner of speaking", "kinds of sound beyond speech, music and silence"]
    if findings.sound is not None and findings.sound.speech:
        if findings.utterances is None:
            left.append("the words spoken")
        elif not findings.speakers_told_apart:
            left.append("who is speaking")
        left.append("speech in other languages than English")
    return (
        f"This answer comes from the embedded engine's detectors, not from a language model. Not analysed: "
        f"{', '.join(left)}; no moderation verdict was made."
    )
