"""Define the tables of subtitles: files that were written, and violations."""

from __future__ import annotations

from tasks.tables.columns import FLAG, INT, MOMENT, OF_ANALYSIS, REAL, TEXT, column, table

SUBTITLES = table(
    "one row per subtitle file that was written, the newest of a path last",
    *OF_ANALYSIS,
    column("path", TEXT, "where the file lies"),
    column("format", TEXT, "srt, vtt, ass, ttml, lrc, txt or json"),
    column("language", TEXT, "the language of its words; und where nobody knows", "BCP 47"),
    column("style", TEXT, "name of the style"),
    column("options_json", TEXT, "the other choices, such as speakers and sdh", "JSON"),
    column("sha256", TEXT, "SHA-256 of its bytes: a file with others is not ours, or was edited since"),
    column("cues", INT, "cues, or lines where the format has none"),
    column("violations", INT, "violations of the style, rows of subtitle_qc"),
    column("written_at", MOMENT, "when", "UTC"),
)

TRANSLATIONS = table(
    "one row per translated utterance, by which a translation is known and not asked for again",
    *OF_ANALYSIS,
    column("translation_id", TEXT, "hash of all that is said, language, glossary, prompt, provider and model"),
    column("language", TEXT, "the language of the translation", "BCP 47"),
    column("seq", INT, "the utterance, as in transcript"),
    column("source", TEXT, "its words, as they were translated"),
    column("text", TEXT, "the translation"),
    column("model", TEXT, "who translated it"),
    column("translated_at", MOMENT, "when", "UTC"),
)

SUBTITLE_QC = table(
    "one row per violation of a style, and per line that was left out",
    *OF_ANALYSIS,
    column("path", TEXT, "the file"),
    column("sha256", TEXT, "which content of it, as in subtitles"),
    column("cue", INT, "the cue, from 1; null where a line was left out", null=True),
    column("start_ms", INT, "start of the cue or line, from the recording's start", "ms"),
    column("end_ms", INT, "end of the cue or line, from the recording's start", "ms"),
    column("rule", TEXT, "what is broken, such as line_length or reading_speed, or why a line was left out"),
    column("value", REAL, "what was found", "the rule's own: characters, lines, 1/s or ms"),
    column("limit", REAL, "what the style allows", "the rule's own"),
    column("mendable", FLAG, "whether the same words could be shown without it"),
)
