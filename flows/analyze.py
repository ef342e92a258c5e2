"""The main job: recordings to tables."""

from __future__ import annotations

import time

from prefect import flow
from prefect.client.schemas.objects import State

from flows.pipeline.overrides import with_question_sets
from flows.pipeline.run import carry_out, conclude, run_session
from flows.pipeline.setup import resolve
from flows.runtime.task_runner import threads
from tasks.inputs.groups import find
from tasks.run.request import AnalyzeRequest
from tasks.run.summary import Summary


@flow(name="analyze", flow_run_name="analyze {request.label}", task_runner=threads(16))
def analyze(request: AnalyzeRequest) -> State[Summary]:
    """Analyse the inputs and write their tables. The final state says whether every recording ended well."""
    resolved = resolve(request)
    with run_session(resolved) as session:
        how = resolved.settings
        scan = find(
            request.inputs,
            how.settle_s,
            time.time(),
            together=how.together,
            fps=how.frames,
            tags_from_columns=how.tags_from_columns,
        )
        resolved, scan = with_question_sets(resolved, scan)
        summary = carry_out(resolved, session, scan)
    return conclude([summary], summary)
