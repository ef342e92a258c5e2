"""What the model answers in tests of subtitles: somebody talks from the first second to the last."""

from __future__ import annotations

from tests.support.service import Asked

PROFILES = "## Speakers and Transcript\nSpeaker profiles:\n"
NOBODY = "## Speakers and Transcript\nNo speech appears.\n"


def talk(asked: Asked) -> str:
    """Ann and Bob say a sentence every four seconds, under the names that the question knows."""
    if asked.is_follow_up or not asked.seen:
        return "Nothing more."
    if not asked.is_heard:
        return NOBODY
    seconds = range(0, min(58, max(2, asked.duration_ms // 1000)) - 1, 4)
    entries = (_entry(second, "Ann" if number % 3 else "Bob") for number, second in enumerate(seconds))
    return f"{PROFILES}Bob - low, calm\nAnn - Irish, warm\n\n" + "\n".join(entries)


def _entry(second: int, speaker: str) -> str:
    return (
        f"00:{second:02d}.000 - 00:{second + 1:02d}.500\nSpeaker: {speaker}\nLanguage: English\n"
        f"Content: “This is said at {second} seconds.”\n"
    )
