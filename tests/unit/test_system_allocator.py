"""How many heaps the threads of a process share."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LOOK = """
import ctypes, os, platform, sys, tempfile, threading
from tasks.system.allocator import share_heaps

libc = ctypes.CDLL(None)
chosen = share_heaps({name: "1" for name in sys.argv[1:]})
ready, over = threading.Barrier(9), threading.Barrier(9)

def take():
    bytearray(10_000)
    ready.wait()
    over.wait()

for _ in range(8):
    threading.Thread(target=take).start()
ready.wait()
with tempfile.NamedTemporaryFile("r") as file:
    libc.fopen.restype = ctypes.c_void_p
    out = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, out)
    libc.fclose(out)
    heaps = file.read().count("<heap nr=")
over.wait()
print(chosen, heaps)
"""


def found(*chosen: str) -> tuple[str, int]:
    ran = subprocess.run([sys.executable, "-c", _LOOK, *chosen], capture_output=True, text=True, check=True)
    ours, heaps = ran.stdout.split()
    return ours, int(heaps)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is not glibc")
def test_threads_share_two_heaps() -> None:
    assert found() == ("True", 2)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is not glibc")
@pytest.mark.parametrize("name", ["MALLOC_ARENA_MAX", "GLIBC_TUNABLES"])
def test_heaps_are_left_to_whoever_chose(name: str) -> None:
    ours, heaps = found(name)
    assert (ours, heaps > 2) == ("False", True)
