"""Write cues and speech as JSON (.json), for programs."""

from __future__ import annotations

import json

from tasks.subtitles.cue import Track


def render_json(track: Track) -> str:
    """Write an object with language, cues, and the speech that they were made of.

    >>> json.loads(render_json(Track("en", (), ())))
    {'language': 'en', 'title': '', 'cues': [], 'speech': []}
    """
    cues = [
        {
            "start_ms": cue.start_ms,
            "end_ms": cue.end_ms,
            "lines": [{"speaker": line.speaker or None, "text": line.text} for line in cue.lines],
        }
        for cue in track.cues
    ]
    speech = [
        {
            "start_ms": one.start_ms,
            "end_ms": one.end_ms,
            "speaker": one.speaker or None,
            "text": one.text,
            "words": [{"text": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms} for word in one.words],
        }
        for one in track.speech
    ]
    content = {"language": track.language, "title": track.title, "cues": cues, "speech": speech}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
