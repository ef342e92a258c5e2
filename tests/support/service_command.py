"""The stand-in for the service as a command of its own: `python -m tests.support.service`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from tests.support.service import FakeService
from tests.support.service_dialects import DIALECTS
from tests.support.service_rates import Rates


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for the model's service, for tests and benchmarks.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--api-key", default=None, help="refuse any other key")
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="dashscope")
    parser.add_argument("--requests-per-minute", type=float, default=None)
    parser.add_argument("--tokens-per-minute", type=float, default=None)
    parser.add_argument("--minute", type=float, default=60.0, help="seconds that a minute of those limits lasts")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that nothing is left behind
    with FakeService(
        api_key=options.api_key,
        latency_s=options.latency,
        port=options.port,
        dialect=options.dialect,
        rates=Rates(options.requests_per_minute, options.tokens_per_minute, options.minute),
    ) as service:
        sys.stdout.write(f"listening on {service.base_url}\n")
        sys.stdout.flush()
        threading.Event().wait()
