"""Apply what the settings say about this machine, and report their errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from config.errors import ConfigError
from config.settings import Settings
from prompts.reader import PromptError
from tasks.errors import UsageError
from tasks.media.remote import allow_private
from tasks.store.local_cache_dir import use_caches
from tasks.system.workdir import use_workdir


@contextmanager
def config_errors() -> Iterator[None]:
    """Turn errors of config/ and prompts/, which know none of ours, into ours."""
    try:
        yield
    except (ConfigError, PromptError) as error:
        raise UsageError(str(error)) from error


def use_machine(settings: Settings) -> None:
    """Give what the settings say about this machine to those who ask nobody.

    Where caches and copies lie, and which nets are read.
    """
    allow_private(settings.private_urls)
    use_caches(settings.cache_dir)
    use_workdir(settings.workdir)
