"""Name what the tables count: tokens, recordings and segments, each by kind."""

from __future__ import annotations

TOKEN_COLUMNS = ("video", "audio", "image", "text", "cached", "output", "output_audio", "reasoning")
RECORDING_COUNTS = ("seen", "new", "skipped", "ok", "partial", "failed", "refused")
SEGMENT_COUNTS = ("asked", "ok", "partial", "refused", "truncated", "malformed", "failed", "skipped")
