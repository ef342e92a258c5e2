"""Read the model's answers: from text to sections on a timeline, and back."""

from __future__ import annotations

from tasks.answer.parse import parse_answer
from tasks.answer.render import render_answer

__all__ = ["parse_answer", "render_answer"]
