"""Where the command starts."""

from __future__ import annotations

import subprocess
import sys

from tests.support.cli import environment

_AFTER_A_COMMAND = """
import sys
from flows import entrypoint
sys.argv = ["reelsheet", "models"]
try:
    entrypoint.main()
except SystemExit as left:
    assert not left.code
import pyarrow
print(pyarrow.default_memory_pool().backend_name, *sorted({"prefect", "openai", "pandas"} & set(sys.modules)))
"""


def after_a_command(**env: str) -> list[str]:
    """The allocator, and which of the large libraries were loaded."""
    done = subprocess.run(
        [sys.executable, "-c", _AFTER_A_COMMAND], env=environment(**env), capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1].split()


def test_a_command_loads_no_large_library_that_it_does_not_need() -> None:
    assert after_a_command()[1:] == []


def test_a_command_keeps_no_memory_for_each_thread_that_wrote_a_table() -> None:
    assert after_a_command()[0] == "system"


def test_an_allocator_of_the_users_own_stays() -> None:
    assert after_a_command(ARROW_DEFAULT_MEMORY_POOL="mimalloc")[0] == "mimalloc"
