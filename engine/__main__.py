"""Run `python -m engine`, and end without waiting for worker threads.

Their answers have no reader any more.
"""

from __future__ import annotations

import os
import sys

from engine.main import main

status = main()
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)
