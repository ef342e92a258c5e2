"""Whole recordings as the standard scenario plans them, and their clips."""

from __future__ import annotations

from pathlib import Path

from config.catalog import load_catalog
from tasks.media.cut_together import Cut
from tasks.media.cutting import cut_segment
from tasks.media.probing import probe_recording
from tasks.planning.plan import plan_analysis
from tasks.planning.spec import AnalysisSpec
from tasks.records import AnalysisPlan, Clip, Question

BUDGET = 7_000_000


def planned(path: Path) -> AnalysisPlan:
    catalog = load_catalog()
    model, provider = catalog.models["qwen3.5-omni-flash"], catalog.providers["dashscope"]
    question = Question("standard", "", "", "sections", "auto")
    spec = AnalysisSpec(catalog.scenarios["standard"], model, provider, question, "base64")
    return plan_analysis(probe_recording(path, path.name), spec)


def whole(path: Path) -> Cut:
    plan = planned(path)
    [segment] = plan.segments
    return plan.recording, segment


def clip_alone(cut: Cut, workdir: Path) -> Clip:
    recording, segment = cut
    question = Question("standard", "", "", "sections", "auto")
    plan = AnalysisPlan("a", recording, "standard", question, "local", "model", "base64", (segment,), "{}")
    [clip] = cut_segment(plan, segment, workdir, BUDGET)
    return clip
