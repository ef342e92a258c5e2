"""Judge recordings by a policy, in a cheap pass and a close one."""

# Annotations are not postponed: `serve` sends the flow to a process that could not find their names.

from prefect import flow
from prefect.client.schemas.objects import State

from flows.pipeline.batches import claim_batches
from flows.pipeline.deployed import placed
from flows.pipeline.inputs import find_inputs
from flows.pipeline.moderation import judge_recordings, open_moderation, passes_of, plan_pass
from flows.pipeline.run import final_state
from flows.pipeline.segments import ask_segments, cut_segments, save_answers
from tasks.run.request import ModerateRequest
from tasks.run.summary import Summary


@flow(name="moderate", flow_run_name="moderate {request.label}", persist_result=True)
def moderate(request: ModerateRequest) -> State[Summary]:
    """Moderate the inputs and write their tables, findings and verdicts.

    Raises RunNotOk, which carries the summary, where a recording did not end ok, or a finding is to fail the run.
    """
    with open_moderation(placed(request)) as moderation:
        run = moderation.run
        inputs = find_inputs(run, request.inputs)
        for each_pass in passes_of(moderation):
            analyses = plan_pass(moderation, inputs, each_pass)
            with claim_batches(run, analyses) as batches:
                for batch in batches:
                    clips = cut_segments(batch)
                    answers = ask_segments(batch, clips)
                    save_answers(batch, answers)
        judge_recordings(moderation)
    return final_state([run.summary], run.summary)
