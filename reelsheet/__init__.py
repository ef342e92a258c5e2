"""Give Python the jobs of reelsheet, and its tables.

They come as pandas, polars, Arrow or DuckDB.

    import reelsheet

    summary = reelsheet.analyze("talks/", dataset="tables", language="en")
    with reelsheet.open_dataset("tables") as tables:
        words = tables.to_pandas("SELECT start_ms, speaker, text FROM current_transcript")

The functions take the options of the command of the same name (`reelsheet analyze --help`), with underscores. What the
command says in one sentence is raised as a `ReelsheetError`. See docs/python.md.
"""

from __future__ import annotations

from reelsheet._modules import ensure_ours

ensure_ours()

from reelsheet.api import analyze, plan  # noqa: E402 - our packages have to be found first
from reelsheet.dataset import Tables, open_dataset  # noqa: E402
from tasks.errors import ReelsheetError  # noqa: E402
from tasks.run.summary import Summary  # noqa: E402

__all__ = ["ReelsheetError", "Summary", "Tables", "analyze", "open_dataset", "plan"]
