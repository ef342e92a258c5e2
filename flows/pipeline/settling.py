"""Wait for files that have just been copied, where somebody watches."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from config.settings import Settings
from flows.pipeline.scan import scan_inputs
from tasks.inputs.scan import UNSETTLED
from tasks.run.usage import plural

LONGEST_WAIT_S = 60.0
_LOOK_EVERY_S = 1.0


def wait_until_settled(
    settings: Settings,
    names: Sequence[str],
    show: Callable[[str], object],
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> None:
    """Wait until no file is still changing, unless that takes over a minute.

    What is left then waits for the next run. `show` is told each second what is waited for.
    """
    deadline = clock() + LONGEST_WAIT_S
    while True:
        scan = scan_inputs(settings, names, clock())
        changing, left = scan.left_out.get(UNSETTLED, 0), scan.settled_at - clock()
        if not changing or clock() + left > deadline:
            return
        files = plural(changing, "file")
        show(f"Waiting {math.ceil(left)} s for {files} that changed just now (`--settle 0` does not wait)")
        sleep(min(max(left, 0.05), _LOOK_EVERY_S))
