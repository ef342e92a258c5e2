"""Where the command starts."""

from __future__ import annotations

import subprocess
import sys

from tests.support.cli import environment

_AFTER_A_COMMAND = """
import sys
from flows import start
sys.argv = ["reelsheet", "models"]
try:
    start.main()
except SystemExit as left:
    assert not left.code
import pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""


def allocator(**env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _AFTER_A_COMMAND], env=environment(**env), capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def test_a_command_keeps_no_memory_for_each_thread_that_wrote_a_table() -> None:
    assert allocator() == "system"


def test_an_allocator_of_the_users_own_stays() -> None:
    assert allocator(ARROW_DEFAULT_MEMORY_POOL="mimalloc") == "mimalloc"
