"""A small run over two recordings, to be killed: `python -m tests.support.dataset_run FOLDER RUN_ID [FAIL_POINT…]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tasks.store.answers import AnswerStore
from tasks.store.commit import publish_analysis, publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import activate
from tasks.store.history import History
from tests.support.dataset_rows import answer, attempt_rows, planned, row, run, segment_id


def small_run(folder: Path, run_id: str) -> list[str]:
    """Ask what is neither published nor kept, publish it, and return what was asked (printed at once, too)."""
    dataset = Dataset.open(folder)
    recover(dataset)
    history, answers, asked = History(dataset), AnswerStore(dataset), []
    for analysis in ("aa", "bb"):
        if history.is_done(analysis):
            continue
        for name in (segment_id(analysis, 0), segment_id(analysis, 1)):
            if answers.get(name) is None:
                asked.append(name)
                sys.stdout.write(f"{name}\n")
                sys.stdout.flush()
                answers.put(answer(planned(name=name), text=name))
        failure = row("failures", run_id=run_id, uri="x.mp4", segment_id=segment_id(analysis, 1), stage="ask")
        rows = attempt_rows(analysis, history.next_attempt(analysis), run_id=run_id) | {"failures": [failure]}
        publish_analysis(dataset, rows, run(run_id))
    ended = {
        "runs": [row("runs", run_id=run_id, state="completed")],
        "inputs": [row("inputs", run_id=run_id, uri="x.mp4", status="new")],
    }
    publish_run(dataset, ended, run(run_id))
    return asked


if __name__ == "__main__":
    activate(sys.argv[3:])
    small_run(Path(sys.argv[1]), sys.argv[2])
