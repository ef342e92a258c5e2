"""Turn recordings into tables, the main job."""

# Annotations are not postponed: `serve` sends the flow to a process that could not find their names.

from prefect import flow
from prefect.client.schemas.objects import State

from flows.pipeline.batches import claim_batches
from flows.pipeline.deployed import placed
from flows.pipeline.inputs import find_inputs
from flows.pipeline.portions import plan_in_portions
from flows.pipeline.run import final_state, open_run
from flows.pipeline.segments import ask_segments, cut_segments, save_answers
from flows.pipeline.setup import resolve
from tasks.run.request import AnalyzeRequest
from tasks.run.summary import Summary


@flow(name="analyze", flow_run_name="analyze {request.label}", persist_result=True)
def analyze(request: AnalyzeRequest) -> State[Summary]:
    """Analyse the inputs and write their tables.

    Raises RunNotOk, which carries the summary, where a recording did not end ok.
    """
    with open_run(resolve(placed(request))) as run:
        inputs = find_inputs(run, request.inputs)
        analyses = plan_in_portions(run, inputs)
        with claim_batches(run, analyses) as batches:
            for batch in batches:
                clips = cut_segments(batch)
                answers = ask_segments(batch, clips)
                save_answers(batch, answers)
    return final_state([run.summary], run.summary)
