"""Ask about a group of files in one message: their names and lengths."""

from __future__ import annotations

from dataclasses import replace

from tasks.records import Question, Recording


def member_lengths(recording: Recording) -> tuple[int, ...]:
    """Return how long each file of a group lasts, in ms.

    There are none where an answer cannot mix files up: a recording is one file, or its files are the frames of a video.
    """
    if recording.is_image_sequence or len(recording.members) < 2:
        return ()
    return tuple(member.duration_ms for member in recording.members)


def question_about(recording: Recording, question: Question) -> Question:
    """Return a question as asked about a recording, with the names of its files."""
    count = len(member_lengths(recording))
    files = question.files.replace("{count}", str(count)) if count else ""
    return replace(question, files=files, instruction=with_files(question.instruction, files))


def with_files(words: str, files: str) -> str:
    """Return words to the model, followed by those about its files.

    >>> with_files("Look.", "There are 2 files."), with_files("Look.", "")
    ('Look.\\n\\nThere are 2 files.', 'Look.')
    """
    return f"{words}\n\n{files}" if files else words
