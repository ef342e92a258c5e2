"""Write TTML files (.ttml) in the text profile of IMSC 1.1.

https://www.w3.org/TR/ttml-imsc1.1/

Ours: pysubs2's TTML has no profile, no region, no language and no speakers.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tasks.subtitles.cue import Cue, Track
from tasks.subtitles.formats.clock import hours_ms

_TT = "http://www.w3.org/ns/ttml"
_ROOT = {
    "xmlns": _TT,
    "xmlns:ttp": f"{_TT}#parameter",
    "xmlns:tts": f"{_TT}#styling",
    "xmlns:ttm": f"{_TT}#metadata",
    "ttp:contentProfiles": f"{_TT}/profile/imsc1.1/text",
    "ttp:timeBase": "media",
}
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_STYLE = {
    "tts:fontFamily": "proportionalSansSerif",
    "tts:fontSize": "100%",
    "tts:lineHeight": "125%",
    "tts:color": "white",
    "tts:textAlign": "center",
}
_REGION = {"tts:origin": "10% 10%", "tts:extent": "80% 80%", "tts:displayAlign": "after"}


def render_ttml(track: Track) -> str:
    """Write the cues at the bottom of the picture, with the speakers as agents.

    >>> '<p xml:id="cue1" begin="00:00:00.000"' in render_ttml(Track("en", (), (Cue(0, 1500, (), ()),)))
    True
    """
    agents = _agents(track)
    root = ET.Element("tt", {**_ROOT, "xml:lang": "" if track.language == "auto" else track.language})
    _add_head(root, track, agents)
    division = _child(_child(root, "body", {"region": "bottom", "style": "text"}), "div")
    for number, cue in enumerate(track.cues, 1):
        _add_cue(division, number, cue, agents)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _agents(track: Track) -> dict[str, str]:
    """Give each speaker an id."""
    speakers = dict.fromkeys(line.speaker for cue in track.cues for line in cue.lines if line.speaker)
    return {speaker: f"speaker{number}" for number, speaker in enumerate(speakers, 1)}


def _add_head(root: ET.Element, track: Track, agents: dict[str, str]) -> None:
    head = _child(root, "head")
    metadata = _child(head, "metadata")
    if track.title:
        _child(metadata, "ttm:title").text = track.title
    for speaker, identity in agents.items():
        agent = _child(metadata, "ttm:agent", {"xml:id": identity, "type": "person"})
        ET.SubElement(agent, "ttm:name", {"type": "full"}).text = speaker
    is_right_to_left = track.language.partition("-")[0] in _RIGHT_TO_LEFT
    style = {**_STYLE, "tts:direction": "rtl"} if is_right_to_left else _STYLE
    _child(_child(head, "styling"), "style", {"xml:id": "text", **style})
    _child(_child(head, "layout"), "region", {"xml:id": "bottom", **_REGION})


def _add_cue(division: ET.Element, number: int, cue: Cue, agents: dict[str, str]) -> None:
    times = {"begin": hours_ms(cue.start_ms, "."), "end": hours_ms(cue.end_ms, ".")}
    paragraph = _child(division, "p", {"xml:id": f"cue{number}", **times})
    speakers = {line.speaker for line in cue.lines}
    if len(speakers) == 1 and "" not in speakers:
        paragraph.set("ttm:agent", agents[speakers.pop()])
    for position, line in enumerate(cue.lines):
        if position:
            ET.SubElement(paragraph, "br")
        agent = {"ttm:agent": agents[line.speaker]} if len(speakers) > 1 and line.speaker else {}
        ET.SubElement(paragraph, "span", agent).text = line.text


def _child(parent: ET.Element, name: str, attributes: dict[str, str] | None = None) -> ET.Element:
    """Add an element on a line of its own.

    Not inside of a cue, where white space would be shown.
    """
    child = ET.SubElement(parent, name, attributes or {})
    parent.text, child.tail = parent.text or "\n", "\n"
    return child
