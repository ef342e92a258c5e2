"""Place the dataset of runs that a deployment starts.

A worker runs a flow in the folder of its code, where a relative dataset would lie among the code, and go with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from config.options import DatasetOptions
from config.settings import load_settings
from flows.pipeline.machine import config_errors
from flows.runtime.process import is_deployed, set_up_process
from tasks.errors import UsageError
from tasks.system.object_store import is_stored

Request = TypeVar("Request", bound=DatasetOptions)


def placed(request: Request, deployed: bool | None = None) -> Request:
    """Return the request with a relative dataset under REELSHEET_DATASET_ROOT.

    `deployed`: whether a deployment has started the run; None: as Prefect says. Without one nothing changes. Raises
    UsageError where there is no such root.
    """
    if not (is_deployed() if deployed is None else deployed):
        return request
    with config_errors():
        settings = load_settings(getattr(request, "config_file", None), dataset=request.dataset)
    if is_stored(settings.dataset) or Path(settings.dataset).expanduser().is_absolute():
        return request
    if settings.dataset_root is None:
        set_up_process()  # else Prefect shows a traceback
        raise UsageError(
            f"An absolute dataset is expected of a deployment, and {settings.dataset!r} would lie in the folder of the "
            f"code, {Path.cwd()}: give an absolute path or an address, or set REELSHEET_DATASET_ROOT for the worker."
        )
    return request.model_copy(update={"dataset": str(settings.dataset_root / settings.dataset)})
