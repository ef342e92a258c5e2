"""Serve the embedded model: detectors answer in place of a language model.

It is a small OpenAI-compatible server.

It reports shots, on-screen text (English, Chinese), English speech with times and speakers, and the kinds of sound
over time, in the form that the prompt's headings ask for, and says what it did not analyse. `docs/engine.md` has the
table. Importing this package needs none of the packages of the extra `engine`; serving does.
"""

from __future__ import annotations

MODEL = "embedded"
SNAPSHOT = "embedded-0.1.0"
