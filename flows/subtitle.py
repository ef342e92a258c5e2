"""Turn recordings into subtitle files, and the transcript tables on the way."""

# Annotations are not postponed: `serve` sends the flow to a process that could not find their names.

from prefect import flow
from prefect.client.schemas.objects import State

from flows.pipeline.batches import claim_batches
from flows.pipeline.deployed import placed
from flows.pipeline.run import final_state, open_run
from flows.pipeline.segments import ask_segments, cut_segments, save_answers
from flows.pipeline.setup import resolve
from flows.pipeline.subtitle_choices import check_provider, choices_of
from flows.pipeline.subtitle_files import SubtitleWriter
from flows.pipeline.subtitle_inputs import plan_talk
from tasks.run.request import SubtitleRequest
from tasks.run.summary import Summary


@flow(name="subtitle", flow_run_name="subtitle {request.label}", persist_result=True)
def subtitle(request: SubtitleRequest) -> State[Summary]:
    """Find out what is said in the inputs, and write subtitle files.

    Raises RunNotOk, which carries the summary, where a recording or a file did not end ok.
    """
    request = placed(request)
    choices, resolved = choices_of(request), resolve(request)
    check_provider(request, resolved, choices)
    with open_run(resolved) as run, SubtitleWriter(run, request, choices) as writer:
        analyses = writer.with_known(plan_talk(run, request))
        with claim_batches(run, analyses) as batches:
            for batch in batches:
                clips = cut_segments(batch)
                answers = ask_segments(batch, clips)
                saved = save_answers(batch, answers)
                writer.write(batch, saved)
    return final_state([run.summary], run.summary)
