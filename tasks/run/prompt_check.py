"""Find out once a run whether a provider refuses the question itself.

It is asked about silence. Benign words are refused, too, and then every segment would be.
"""

from __future__ import annotations

import threading
import wave
from pathlib import Path

from tasks.errors import PromptRefused
from tasks.records import AnalysisPlan, Call, Clip, PlannedSegment, Span, Tokens
from tasks.run import client_pool
from tasks.run.job import Job
from tasks.tokens import audio_tokens, text_tokens

_SILENCE_MS = 2_000
_HZ = 16_000

_lock = threading.Lock()
_checked: set[tuple[str, str]] = set()  # runs, and instructions that are not refused


def check_prompt(job: Job, plan: AnalysisPlan, workdir: Path) -> tuple[Call, ...]:
    """Ask a plan's question about silence, unless this run has; return the calls.

    Raises PromptRefused where that is refused, too, and lets nothing more be asked; RunStopped, OverBudget,
    Interrupted as any question does.
    """
    key = (job.run.run_id, plan.question.instruction)
    with _lock:
        if key in _checked:
            return ()
        clip = _silence(job, plan, workdir)
        try:
            with client_pool.slot(job) as client:
                answer = client.ask(clip, plan.question.instruction)
        finally:
            Path(clip.path).unlink(missing_ok=True)
        if answer.outcome != "refused":
            _checked.add(key)
            return answer.calls
    refused = PromptRefused(
        f"{job.provider.title} refuses the question itself, also about silence: mend the descriptions of the policy's "
        "labels, or choose another provider. Nothing more was asked."
    )
    client_pool.halt_all(refused)
    raise refused.replace(calls=answer.calls)


def _silence(job: Job, plan: AnalysisPlan, workdir: Path) -> Clip:
    path = workdir / f"silence-{plan.analysis_id}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_HZ)
        file.writeframes(bytes(2 * _HZ * _SILENCE_MS // 1000))
    text = text_tokens(plan.question.instruction)
    tokens = Tokens(audio=audio_tokens(_SILENCE_MS, job.model.tokens), text=text, output=text)
    segment = PlannedSegment(0, "silence", Span(0, _SILENCE_MS), "whole", None, True, tokens)
    return Clip(segment, str(path), "wav", path.stat().st_size, "absent", "silent")
