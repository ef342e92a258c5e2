"""Ask again what failed and may succeed now, as new attempts.

The settings are those of the runs that left it. What was judged is judged anew.
"""

# Annotations are not postponed: `serve` sends the flow to a process that could not find their names.

from prefect import flow
from prefect.client.schemas.objects import State

from flows.pipeline.batches import claim_batches
from flows.pipeline.deployed import placed
from flows.pipeline.inputs import probe_all_inputs
from flows.pipeline.retry_inputs import locate_inputs
from flows.pipeline.retry_selection import failures_to_retry
from flows.pipeline.retrying import open_retry
from flows.pipeline.run import final_state
from flows.pipeline.segments import ask_segments, cut_segments, save_answers
from tasks.errors import DatasetNotWritable, Interrupted, UsageError
from tasks.run.request import RetryRequest
from tasks.run.summary import Summary


@flow(name="retry", flow_run_name="retry {request.label}", persist_result=True)
def retry(request: RetryRequest) -> State[tuple[Summary, ...]]:
    """Ask again what the request chooses, in a run for each way of asking.

    Raises RunNotOk, which carries the summaries, where one did not end ok.
    """
    summaries: list[Summary] = []
    for failed in failures_to_retry(placed(request)):
        try:
            with open_retry(failed, summaries) as again:
                inputs = locate_inputs(again.run, failed.group)
                recordings = probe_all_inputs(again.run, inputs)
                for analyses in again.passes(recordings):
                    with claim_batches(again.run, [analyses]) as batches:
                        for batch in batches:
                            clips = cut_segments(batch)
                            answers = ask_segments(batch, clips)
                            saved = save_answers(batch, answers)
                            again.write(batch, saved)
                again.judge()
            summaries.append(again.run.summary)
        except UsageError as error:  # a prompt or a file of settings that is gone is no reason to leave the others
            summaries.append(failed.not_begun(error))
        if isinstance(summaries[-1].error, (Interrupted, DatasetNotWritable)):
            break
    return final_state(summaries, tuple(summaries))
