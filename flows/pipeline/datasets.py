"""Open the dataset that a command reads or changes."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings, load_settings
from flows.pipeline.machine import config_errors, use_machine
from flows.pipeline.setup import ResolvedRun, require_key
from flows.runtime.network import prepare_network
from tasks.errors import UsageError
from tasks.media.ffmpeg import require_ffmpeg
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import activate


def ready(resolved: ResolvedRun) -> Dataset:
    """Open the dataset for writing, once the machine has what a run needs.

    Raises UsageError.
    """
    use_failpoints(resolved.settings)
    prepare_network([resolved.job.base_url])
    require_ffmpeg()
    require_key(resolved)
    return Dataset.open(resolved.job.dataset)


def existing_dataset(folder: str | None, config_file: Path | None = None) -> Dataset:
    """Open the dataset that the options, the environment or the file name.

    It is for reading. Raises UsageError.
    """
    with config_errors():
        settings = load_settings(config_file, dataset=folder)
    use_machine(settings)
    return Dataset.existing(settings.dataset)


def dataset_to_change(folder: str | None) -> Dataset:
    """Open the dataset that the option or the environment names, and recover it.

    Raises UsageError where there is none."""
    with config_errors():
        settings = load_settings(None, dataset=folder)
    use_machine(settings)
    use_failpoints(settings)
    dataset = Dataset.reopen(settings.dataset)
    recover(dataset)
    return dataset


def use_failpoints(settings: Settings) -> None:
    """Be killed where the settings say so. Raises UsageError for an unknown name."""
    try:
        activate(name for name in settings.failpoints.split(",") if name)
    except ValueError as error:
        raise UsageError(f"REELSHEET_FAILPOINTS: {error}") from error
