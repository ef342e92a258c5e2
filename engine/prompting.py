"""Read what a prompt asks for from its words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADINGS = {
    "storyline": re.compile(r"(?m)#+[ \t]*\W*Storyline\b|^\W*Storyline\W*$", re.IGNORECASE),
    "visible_text": re.compile(r"(?m)#+[ \t]*\W*Visible Text\b|^\W*Visible Text\W*$", re.IGNORECASE),
    "speech": re.compile(r"(?m)#+[ \t]*\W*Speakers? and Transcript\b|^\W*Speakers? and Transcript\W*$", re.IGNORECASE),
}
_FILES = re.compile(r"\bFile 1 to File \d")
_PROFILES = re.compile(r"\bprofiles?\b", re.IGNORECASE)
_ABOUT_SPEECH = re.compile(r"\b(speech|spoken|language|speaks?|speakers?)\b", re.IGNORECASE)
_ENGLISH = re.compile(r"\bEnglish\b(?! names?\b)")
_ABOUT_THE_ANSWER = re.compile(
    r"\b(answer|reply|respond|report|write|describe|translate|translation|not|never|isn't|no)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AnswerSpec:
    """An answer's spec names the sections that a prompt asks for.

    It also has what the prompt says about the recording.
    """

    storyline: bool
    visible_text: bool
    speech: bool
    profiles: bool
    english: bool  # the prompt says that the speech is English
    by_file: bool = False  # the prompt gives names to several files

    @property
    def sections(self) -> bool:
        """Say whether the prompt names headings.

        Otherwise a short plain text answers it.
        """
        return self.storyline or self.visible_text or self.speech


def read_prompt(prompt: str) -> AnswerSpec:
    asked = {name: bool(pattern.search(prompt)) for name, pattern in _HEADINGS.items()}
    sentences = re.split(r"[.!?;\n。；]+", prompt)
    return AnswerSpec(
        **asked,
        profiles=bool(_PROFILES.search(prompt)),
        by_file=bool(_FILES.search(prompt)),
        english=any(_says_english(sentence) for sentence in sentences),
    )


def _says_english(sentence: str) -> bool:
    """Return whether a sentence says that the speech is in English.

    "The speech in this recording is in English" does, "Answer in English, whatever the language" does not.
    """
    return bool(_ENGLISH.search(sentence) and _ABOUT_SPEECH.search(sentence) and not _ABOUT_THE_ANSWER.search(sentence))
