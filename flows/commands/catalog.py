"""Show the facts of the configuration: `reelsheet models`, `reelsheet scenarios`."""

from __future__ import annotations

from config.options import ConfigOptions
from flows.commands.options import Json, takes
from flows.output.console import stdout_console


@takes(ConfigOptions)
def models(options: ConfigOptions, as_json: Json = False) -> None:
    """Show what is known about models: limits, abilities, prices."""
    from config.catalog import load_catalog
    from flows.commands import catalog_output
    from flows.pipeline.machine import config_errors

    with config_errors():
        catalog_output.models(stdout_console(), load_catalog(options.config_file), as_json)


@takes(ConfigOptions)
def scenarios(options: ConfigOptions, as_json: Json = False) -> None:
    """Show the scenarios: recommended lengths, prompts and pixels."""
    from config.catalog import load_catalog
    from flows.commands import catalog_output
    from flows.pipeline.machine import config_errors

    with config_errors():
        catalog_output.scenarios(stdout_console(), load_catalog(options.config_file), as_json)
