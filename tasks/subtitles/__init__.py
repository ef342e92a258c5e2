"""Turn what segments heard into subtitle files.

Pure: nothing here asks a model, cuts media, reads or writes files.

The order, and what each step gives to the next:

    planning.owned_spans.plan_owned_spans(...)              -> OwnedSpan: what to ask about, and whose words count where
        ... each span is asked about, and its answer parsed (tasks/answer) ...
    speech.place_times(utterances, span)                    -> utterances that all have a time
    seams.merge_segments([SegmentTranscript, ...])          -> MergedTranscript: each line once, one name a speaker
    track.make_track(utterances, Source, Layout, lines)     -> MadeTrack: a Track, and the violations that stay
    formats.registry.render_track(track, "srt", FileForm)   -> bytes

`make_track` is speech.to_speech (clean text, sounds), invented.drop_invented (loops, "thank you for watching"),
silences.fit_to_silences (edges and pauses), cues.make_cues and qc.check_cues. A `Layout` says how cues look:
layouts.make_layout makes it of a style (config/styles/*.toml, read by config/subtitles.py), a language and the user's
choices. languages.found_language tells the language by its script where none is declared. Formats whose `names` is
"lines" want cues made with `Layout.labels`, the others cues made without: a run that writes both makes both.

Inside cues.make_cues:

    chunks      text into parts that no line break divides, and how bad a break behind each is; segmenter for scripts
                without spaces, measure for widths
    lines       chunks into lines, and lines into cues, at the least cost
    turns       the turns of a cue into lines, with dashes and names; how long they take to read
    drafts      an utterance into drafts of cues, with the times in which they are said (word_times)
    timing      when each is shown
    joining     two cues into one where one alone is too brief

Inside seams.merge_segments: alignment (words of both segments), roster and profiles (who is who), joints (where the
lines are joined), heard (their records).

translator has lines translated, by whoever is given to ask: numbered lines out, the same numbers back, which
translation reads; glossary keeps the terms. second_track.make_second_track makes the track of a translation, with the
times of the original, bilingual.make_bilingual_track one with both languages in each cue.

The names in this text are the package's public ones and stay; import them from their modules.
"""
