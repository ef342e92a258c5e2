"""Plans of parts of a recording: only their spans are cut, and they are another question than the whole."""

from __future__ import annotations

from dataclasses import replace

from config.catalog import load_catalog
from tasks.planning.plan import plan_analysis
from tasks.planning.spec import AnalysisSpec
from tasks.records import AudioStream, Question, Recording, Span, VideoStream

CATALOG = load_catalog()
QUESTION = Question("fine", "5f", "What is amiss?", "sections", "auto", sections=("findings",))
FINE = AnalysisSpec(CATALOG.scenarios["fine"], CATALOG.models["qwen3.5-omni-plus"], CATALOG.providers["dashscope"],
                    QUESTION)  # fmt: skip
FILM = Recording(
    media_id="ab" * 32, id_basis="bytes", uri="film.mp4", path="/film.mp4", kind="video", container="mov",
    size_bytes=10**9, duration_ms=3_600_000, video=VideoStream(0, "h264", 1920, 1080, 0, 25, 1, False, 0),
    audio=AudioStream(1, "aac", 48_000, 2, 0), probe_json="{}",
)  # fmt: skip
PARTS = (Span(60_000, 80_000), Span(600_000, 780_000))


def test_a_part_is_cut_as_a_recording_of_its_length_would_be() -> None:
    plan = plan_analysis(FILM, replace(FINE, spans=PARTS))
    assert [segment.span for segment in plan.segments] == [
        Span(60_000, 80_000),
        Span(600_000, 690_000),
        Span(690_000, 780_000),
    ]


def test_parts_of_a_recording_are_another_question_than_all_of_it() -> None:
    some, others = replace(FINE, spans=PARTS), replace(FINE, spans=PARTS[:1])
    assert len({plan_analysis(FILM, spec).analysis_id for spec in (FINE, some, others)}) == 3


def test_marks_of_a_job_are_part_of_the_question() -> None:
    marked = replace(FINE, marks=(("pass", "fine"),))
    assert '"pass":"fine"' in plan_analysis(FILM, marked).params_json


def test_a_part_of_a_linked_recording_is_never_the_whole_link() -> None:
    linked = replace(FILM, id_basis="url", path="https://host.example/film.mp4", container="mp4", duration_ms=60_000)
    assert plan_analysis(linked, replace(FINE, spans=(Span(0, 20_000),))).transport == "base64"


def test_parts_travel_all_in_one_way() -> None:
    quick = replace(FINE, scenario=CATALOG.scenarios["quick"], spans=(Span(0, 20_000), Span(60_000, 3_600_000)))
    assert plan_analysis(FILM, quick).transport == "upload"
